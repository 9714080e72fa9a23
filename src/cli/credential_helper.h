/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of docker-credential-NAME: the verb as argument, one message on stdin, one on stdout. */
#ifndef TARE_CLI_CREDENTIAL_HELPER_H
#define TARE_CLI_CREDENTIAL_HELPER_H

#include "credentials.h"

/* name is without "docker-credential-". Fills user, secret and address; unknown ones are empty, no error. */
int credential_helper_get(struct cli *c, const char *name, const char *server,
	struct credentials *out, struct err *e);
int credential_helper_store(
	struct cli *c, const char *name, const struct credentials *auth, struct err *e);
int credential_helper_erase(struct cli *c, const char *name, const char *server, struct err *e);

/* Takes the answer to "get" apart: false when it is no JSON object. Strings lie in a. */
bool credential_helper_parse(struct arena *a, const char *text, size_t n, struct credentials *out);

#endif
