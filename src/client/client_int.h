/* SPDX-License-Identifier: Apache-2.0 */
/* What client.c (calls) and stream.c (streams and hijacks) share. Stays in this room. */
#ifndef TARE_CLIENT_CLIENT_INT_H
#define TARE_CLIENT_CLIENT_INT_H

#include "client/client.h"
#include "http/client.h"

struct client {
	struct arena *arena;
	const char *host;
	const char *version; /* NULL: not negotiated yet */
	bool assumes;	     /* version may be taken for CLIENT_API_MAX until a daemon objects */
	const char *user_agent;
	struct http_link *idle; /* a connection at rest, or NULL */
	bool has_pinged;
	struct client_ping ping;
};

/*
 * Sends one request on a connection of its own choice and reads the head. On success *link is the
 * caller's, who gives it back with client_rest_link. Error replies (status >= 400) are errors.
 */
int client_send(struct client *c, const struct client_request *rq, bool upgrade,
	struct http_link **link, struct http_in *in, struct err *e);
/* Keeps the connection for the next request, or closes it. */
void client_rest_link(struct client *c, struct http_link *link);

/*
 * Where the first JSON value in p[0..n) ends: the length with it, or 0 when more bytes are needed.
 * *start is where it begins (blanks before it are passed over).
 */
size_t client_json_end(const char *p, size_t n, size_t *start);

#endif
