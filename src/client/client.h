/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Engine API from the outside: where the daemon is, which version to speak, calls with JSON in
 * and out, streams, and hijacked connections. It knows no resource: paths and bodies are the
 * caller's. Error texts are those of docker's own client library. Not thread-safe: one per thread.
 */
#ifndef TARE_CLIENT_CLIENT_H
#define TARE_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/slice.h"
#include "http/frame.h"
#include "http/head.h"

#define CLIENT_DEFAULT_HOST "unix:///var/run/docker.sock"
#define CLIENT_API_MAX	    "1.50"
#define CLIENT_API_MIN	    "1.24"

struct client;

struct client_spec {
	const char *host;	 /* NULL: $DOCKER_HOST, else CLIENT_DEFAULT_HOST */
	const char *api_version; /* NULL: $DOCKER_API_VERSION, else negotiated at the first call */
	const char *user_agent;	 /* NULL: "tare/VERSION" */
	/* Speak CLIENT_API_MAX without asking first, which saves a round trip; a daemon that is too old
	 * for it says so, and the call is made again with the version it names. */
	bool assume_latest;
};

/* Checks the host's form (no connection yet): "unable to parse docker host `x`". */
struct client *client_new(const struct client_spec *spec, struct err *e);
void client_free(struct client *c);
const char *client_host(const struct client *c);

/*
 * GET or HEAD /_ping, once; later calls answer from memory. Fills what is not NULL. The strings are
 * the client's. api_version: the daemon's own (""/absent header: "1.24").
 */
struct client_ping {
	const char *api_version;
	const char *os_type;
	const char *builder_version;
	bool experimental;
};
int client_ping(struct client *c, struct client_ping *out, struct err *e);
/* The version calls are made with (negotiates first when needed): "1.50". NULL on error. */
const char *client_api_version(struct client *c, struct err *e);

/*
 * One call. path is without version and already escaped ("/containers/json?all=1"); body is JSON
 * text or NULL. The reply's body is appended to out (NULL: read and dropped). Returns the status
 * (200…399), or -1: no connection, or an error reply:
 * "Error response from daemon: No such container: x" with the kind that fits its status.
 */
int client_call(struct client *c, const char *method, const char *path, const char *body,
	struct buf *out, struct err *e);
/* The same, the reply parsed; *out (NULL when the reply is empty or null) is freed by the caller. */
int client_call_json(struct client *c, const char *method, const char *path, const char *body,
	struct json **out, struct err *e);

/* --- streams: logs, events, wait, progress, archives --- */

struct client_stream;

struct client_request {
	const char *method;
	const char *path;
	const char *body;		    /* JSON text, or NULL */
	int body_fd;			    /* a file sent to its end instead, or -1 */
	const char *content_type;	    /* of body_fd; NULL: none */
	const struct http_headers *headers; /* further ones, or NULL */
};
#define CLIENT_REQUEST_INIT   \
	{                     \
		.body_fd = -1 \
	}

/* Opens a connection of its own, sends, reads the head. Error replies as in client_call. */
struct client_stream *client_stream_open(
	struct client *c, const struct client_request *rq, struct err *e);
void client_stream_close(struct client_stream *s);
int client_stream_status(const struct client_stream *s);
/* The first header of that name, or NULL. */
const char *client_stream_header(const struct client_stream *s, const char *name);
/* Up to n bytes of the body as they come; 0 at its end, -1. */
ssize_t client_stream_read(struct client_stream *s, void *data, size_t n, struct err *e);
/* The next piece of it without copying, valid until the next call: 1, 0 at the end, -1. */
int client_stream_view(struct client_stream *s, struct slice *out, struct err *e);
/* The next of concatenated JSON values (progress, events, wait): 1 with *out (the caller's), 0 at the
 * end, -1. */
int client_stream_json(struct client_stream *s, struct json **out, struct err *e);
/* For poll(2). When client_stream_pending is true there is something to read without waiting. */
int client_stream_fd(const struct client_stream *s);
bool client_stream_pending(const struct client_stream *s);
/* From any thread: makes a blocked read return 0 or -1. */
void client_stream_cancel(struct client_stream *s);

/* Reads the stream to its end as stdio frames (http/frame.h), or, when is_raw, as stdout. */
int client_stream_demux(
	struct client_stream *s, bool is_raw, http_demux_fn fn, void *arg, struct err *e);

/* --- hijacked connections: attach and exec start --- */

struct client_hijack {
	int fd;		     /* blocking socket; half-close by shutdown(fd, SHUT_WR) */
	struct buf leftover; /* bytes that came with the head: use them before reading fd */
	bool is_multiplexed; /* Content-Type …multiplexed-stream; false when raw or not said */
	bool is_typed;	     /* the daemon said which */
};

/* POST with an upgrade; body NULL or JSON text. client_hijack_close frees both parts. */
int client_hijack(struct client *c, const char *path, const char *body, struct client_hijack *out,
	struct err *e);
void client_hijack_close(struct client_hijack *h);

#endif
