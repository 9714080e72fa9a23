/* SPDX-License-Identifier: Apache-2.0 */
/* What version and info say of this program: docker's clientVersion, as JSON and as a Go type. */
#ifndef TARE_CLI_CLIENT_INFO_H
#define TARE_CLI_CLIENT_INFO_H

#include "base/jsonw.h"
#include "cli.h"
#include "go_value.h"

/* The members, shared by version's Client and info's ClientInfo. */
extern const struct go_type client_version_type;

/* Writes the members into an open object; api_version NULL: left out. */
void client_info_write(struct jsonw *w, const char *api_version);
/* "Thu Aug 20 12:38:49 2026" of an RFC 3339 text; the text itself when it is none. */
const char *client_info_date(struct arena *a, const char *rfc3339);

#endif
