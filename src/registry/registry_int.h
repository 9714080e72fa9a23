/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of registry.h: the process, its calls, and the configuration it is started with. */
#ifndef TARE_REGISTRY_INT_H
#define TARE_REGISTRY_INT_H

#include "base/buf.h"
#include "registry/registry.h"
#include "xfer/config.h"
#include "xfer/proto.h"

/* --- registry.c: the process and one call ------------------------------------------------------- */

/* Starts tare-xfer with this configuration. */
int registry_start(const struct registry_settings *settings, const struct xfer_config *config,
	struct registry **out, struct err *e);

struct registry_call {
	struct xfer_call rq;  /* all but fds */
	int text, file, pipe; /* sent along, the caller's; -1: none */
	int (*report)(void *arg, int64_t bytes, struct err *e);
	int (*digest)(void *arg, const char **digest, struct err *e);
	void *arg;
};

#define REGISTRY_CALL(type_)                                                              \
	{                                                                                 \
		.rq = { .type = (type_), .size = -1 }, .text = -1, .file = -1, .pipe = -1 \
	}

/* Blocks; *out is bounded, its texts end with NUL, but nothing it says is to be believed. */
int registry_run(struct registry *r, struct registry_call *c, struct xfer_done *out, struct err *e);
/* text into one of rq's fields; ERR_INVALID when it does not fit. */
int registry_put(char *field, size_t size, const char *text, struct err *e);
/* A memory file of n bytes whose size is sealed; the caller closes it. */
int registry_make_text(size_t n, const char *content, struct err *e);
/* What it holds after the call, at most its size; in a. */
char *registry_read_text(struct arena *a, int text, uint64_t n, size_t most, struct err *e);

/* --- registry_endpoints.c: where to ask ---------------------------------------------------------- */

/* For a repository's domain; everything in a. */
int registry_endpoints(struct arena *a, const struct registry_settings *settings,
	const char *domain, struct xfer_config *out, struct err *e);
/* Whether host[:port] is among the insecure: by name, or by address in a CIDR; 127.0.0.0/8 and ::1 always. */
bool registry_is_insecure(const struct registry_settings *settings, const char *host);
/* The registry itself: https, and http where it is insecure. */
int registry_add_origin(struct arena *a, const struct registry_settings *settings,
	const char *domain, struct xfer_config *out, struct err *e);
/* certs_dir/DOMAIN/hosts.toml, which then says all; *is_there false: nothing was added. */
int registry_read_hosts(struct arena *a, const struct registry_settings *settings,
	const char *domain, struct xfer_config *out, bool *is_there, struct err *e);
/* What both kinds of configuration have. */
void registry_common(const struct registry_settings *settings, const struct registry_auth *auth,
	struct xfer_config *out);
/* Reads certs_dir/HOST: *.crt, *.cert with its *.key. A missing directory is fine. */
int registry_read_certs(struct arena *a, const struct registry_settings *settings, const char *host,
	struct xfer_endpoint *out, struct err *e);

#endif
