/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request and its answer, redirects followed: what is told a server (credentials, headers of the
 * administrator, client certificates) is told nobody else. Which request, to whom and how often is session.h's.
 */
#ifndef TARE_XFER_EXCHANGE_H
#define TARE_XFER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "challenge.h"
#include "config.h"
#include "pump.h"
#include "tls.h"

/* What all requests share. */
struct exchange_env {
	struct pump *pump;
	const struct xfer_config *config;
	struct tls *tls;
	int channel;		  /* of the call: closed when nobody waits any more */
	int (*report)(void *arg); /* see pump.h */
	void *arg;
};

struct exchange_request {
	const char *method; /* GET HEAD POST PATCH PUT */
	const char *url;
	const struct xfer_endpoint *endpoint; /* NULL: a stranger's server, with the system's CAs */
	const char *authorization;	      /* "Bearer …", "Basic …", or NULL */
	const char *accept[8];
	const char *content_type;
	int64_t range_from; /* > 0: Range: bytes=N- */
	/* What is sent: text, or a stream without known length from fd until its end. */
	const char *text;
	size_t n_text;
	int stream; /* -1: none */
	/*
	 * Where an answer of 200 or 206 goes, in the pump's thread: begin is told of its head once, take of each
	 * piece: 0, -1 gives up (with e), 1 pauses (having set transfer's wait_fd) and gets the same piece again.
	 * NULL: into the answer's body, up to body_most bytes.
	 */
	int (*take)(void *arg, struct transfer *t, const char *p, size_t n);
	int (*begin)(void *arg, long status, const char *content_range, int64_t length);
	void *arg;
	size_t body_most;
};

/* Lies in the arena but for the body. */
struct exchange_answer {
	long status;
	const char *url; /* who answered at last */
	const char *content_type, *location, *link, *digest, *content_range, *range;
	int64_t length;	   /* Content-Length, -1: not said */
	int retry_after_s; /* -1: not said */
	struct challenges challenges;
	struct buf body; /* of documents and of errors; exchange_answer_done frees it */
	bool is_foreign; /* a redirect led to another server */
	int64_t sent;	 /* bytes of a stream */
};

/*
 * 0 when there is an answer, whatever its status. ERR_UNAVAILABLE: the network failed, in Go's words: `Get
 * "https://host/v2/": dial tcp: …`; ERR_INVALID when what came is not HTTP or too much; ERR_CANCELLED.
 */
int exchange_run(const struct exchange_env *env, const struct exchange_request *rq, struct arena *a,
	struct exchange_answer *out, struct err *e);
void exchange_answer_done(struct exchange_answer *answer);

/* "https://host:port" of a URL, in lower case, with the port always said; NULL when it is none of http or https. */
const char *exchange_origin(struct arena *a, const char *url);
/* What a Location means beside the URL it answers; NULL when that is no http or https URL. */
const char *exchange_resolve(struct arena *a, const char *base, const char *location);

#endif
