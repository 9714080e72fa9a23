/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts: names for daemons, kept where docker keeps them: contexts/meta/<sha256 of the name>/meta.json beside config.json,
 * their certificates in contexts/tls/<the same>/docker/. "default" is none of these: it is DOCKER_HOST, or the usual socket.
 */
#ifndef TARE_CLI_CONTEXT_STORE_H
#define TARE_CLI_CONTEXT_STORE_H

#include "cli.h"

#define CONTEXT_DEFAULT "default"

struct context {
	const char *name;
	const char *metadata; /* JSON object: {"Description": …} and what else there is */
	const char *description;
	const char *host;
	bool skips_verify;
	struct str_list tls_files; /* names: "ca.pem" */
	const char *meta_path, *tls_path;
};

/* The name in force: --context, -H, DOCKER_HOST, DOCKER_CONTEXT, config.json; it need not exist. */
const char *context_current(struct cli *c);
/* ERR_INVALID in docker's words when it cannot be a name of one that is made. */
int context_check_name(struct arena *a, const char *name, struct err *e);
/* ERR_NOT_FOUND `context "x": context not found: open …/meta.json: no such file or directory`. */
int context_get(struct cli *c, const char *name, struct context *out, struct err *e);
/* All but the default, in any order. */
struct str_list context_names(struct cli *c);
/* Writes its meta.json. */
int context_save(struct cli *c, const struct context *ctx, struct err *e);
/* Replaces its certificates by the files named (NULL: none); all NULL leaves it without. */
int context_save_tls(struct cli *c, const char *name, const char *const files[3], struct err *e);
int context_remove(struct cli *c, const char *name, struct err *e);
bool context_exists(struct cli *c, const char *name);

#endif
