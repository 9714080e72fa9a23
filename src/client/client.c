/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the daemon, agreeing on a version, calls. Texts are docker's own: users and scripts look for
 * them. Streams and hijacks are in stream.c.
 */
#include "client/client_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "http/uri.h"

#define REPLY_MAX (256 * 1024 * 1024)
#define ERROR_MAX (1024 * 1024)

static const struct {
	int status;
	enum err_kind kind;
} kinds[] = {
	{ 304, ERR_NOT_MODIFIED },
	{ 400, ERR_INVALID },
	{ 401, ERR_UNAUTHORIZED },
	{ 403, ERR_FORBIDDEN },
	{ 404, ERR_NOT_FOUND },
	{ 409, ERR_CONFLICT },
	{ 501, ERR_NOT_IMPLEMENTED },
	{ 503, ERR_UNAVAILABLE },
};

static enum err_kind kind_of(int status)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].status == status)
			return kinds[i].kind;
	return ERR_INTERNAL;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
	if (!str_empty(a))
		return a;
	return str_empty(b) ? c : b;
}

struct client *client_new(const struct client_spec *spec, struct err *e)
{
	const char *host = first_of(spec->host, getenv("DOCKER_HOST"), CLIENT_DEFAULT_HOST);
	const char *version = first_of(spec->api_version, getenv("DOCKER_API_VERSION"), NULL);
	const char *sep = strstr(host, "://");
	struct client *c;

	if (!sep || sep == host || sep[3] == '\0') {
		err_set(e, ERR_INVALID, "unable to parse docker host `%s`", host);
		return NULL;
	}
	if (!str_empty(getenv("DOCKER_TLS_VERIFY")) && !str_starts(host, "unix://")) {
		err_set(e, ERR_INVALID,
			"DOCKER_TLS_VERIFY is set, but %s cannot be reached with TLS: use ssh or a "
			"unix socket",
			host);
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->arena = arena_new();
	c->host = arena_strdup(c->arena, host);
	if (version)
		c->version = arena_strdup(c->arena, *version == 'v' ? version + 1 : version);
	c->assumes = spec->assume_latest && !version;
	c->user_agent =
		arena_strdup(c->arena, first_of(spec->user_agent, NULL, "tare/" TARE_VERSION));
	return c;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	http_link_close(c->idle);
	arena_free(c->arena);
	free(c);
}

const char *client_host(const struct client *c)
{
	return c->host;
}

void client_rest_link(struct client *c, struct http_link *link)
{
	if (link && !c->idle && http_link_reusable(link))
		c->idle = link;
	else
		http_link_close(link);
}

/* "Get \"http://%2Frun%2Fdocker.sock/v1.50/info\"", as Go's url.Error begins. */
static void add_go_url(
	const struct client *c, const char *method, const char *target, struct buf *out)
{
	const char *address = strstr(c->host, "://") + 3;

	for (const char *p = method; *p; p++)
		buf_char(out, p == method ? *p : (char)tolower((unsigned char)*p));
	buf_str(out, " \"http://");
	if (str_starts(c->host, "unix://"))
		http_escape_path(out, address);
	else
		buf_str(out, address);
	buf_fmt(out, "%s\"", target);
}

/* Turns a failed connection into docker's sentence. */
static int explain(const struct client *c, const char *method, const char *target, struct err *e)
{
	own_buf url = { 0 };
	struct err cause = *e;
	bool is_unix = str_starts(c->host, "unix://");

	buf_init(&url, 8192);
	/* docker asks for the version first: its texts name that request */
	if (c->assumes)
		add_go_url(c, "HEAD", "/_ping", &url);
	else
		add_go_url(c, method, target, &url);
	if (cause.kind == ERR_INVALID)
		return -1;
	if (cause.sys == EACCES || cause.sys == EPERM)
		err_set(e, ERR_UNAVAILABLE,
			"permission denied while trying to connect to the Docker daemon socket at "
			"%s: %s: %s",
			c->host, url.data, cause.msg);
	else if (cause.sys == ECONNREFUSED || (is_unix && str_starts(cause.msg, "dial unix")))
		err_set(e, ERR_UNAVAILABLE,
			"Cannot connect to the Docker daemon at %s. Is the docker daemon running?",
			c->host);
	else
		err_set(e, ERR_UNAVAILABLE, "error during connect: %s: %s", url.data, cause.msg);
	e->sys = cause.sys;
	return -1;
}

/* An error reply as docker's library words it. */
static int error_reply(
	struct http_link *link, const struct http_in *in, const char *target, struct err *e)
{
	const char *type = http_headers_get(&in->headers, "Content-Type");
	const char *message = NULL;
	own_json doc = NULL;
	own_buf body = { 0 };
	struct slice piece, text;
	struct err ignored;

	buf_init(&body, ERROR_MAX);
	while (body.len < ERROR_MAX && http_link_view(link, &piece, &ignored) > 0)
		buf_add(&body, piece.p, piece.n);
	text = slice_trim((struct slice){ body.data, body.len });
	if (text.n == 0)
		return err_set(e, kind_of(in->status),
			"request returned %s for API route and version %s, check if the server "
			"supports the requested API version",
			http_status_text(in->status), target);
	if (type && str_starts(type, "application/json"))
		doc = json_parse(text.p, text.n, &ignored);
	message = json_str(json_get(doc, "message"), NULL);
	if (message)
		text = slice_trim(slice_str(message));
	return err_set(
		e, kind_of(in->status), "Error response from daemon: %.*s", (int)text.n, text.p);
}

static int send_once(struct client *c, struct http_link *link, const struct http_out *out,
	struct http_in *in, struct err *e)
{
	if (http_link_send(link, out, in, e))
		return -1;
	if (in->status < 400)
		return 0;
	error_reply(link, in, out->target, e);
	return 1;
}

/* Sends out on the connection at rest or a new one. */
static int exchange(struct client *c, const struct http_out *out, struct http_link **link,
	struct http_in *in, struct err *e)
{
	struct http_link *l = take(c->idle);
	int rc;

	if (l) {
		rc = send_once(c, l, out, in, e);
		if (rc == 0) {
			*link = l;
			return 0;
		}
		if (rc > 0) {
			client_rest_link(c, l);
			return -1;
		}
		/* Closed while it was at rest, most likely: once more on a new one. */
		http_link_close(l);
		if (out->body_fd >= 0 || (e->sys != EPIPE && e->sys != ECONNRESET))
			return explain(c, out->method, out->target, e);
	}
	l = http_link_open(c->host, e);
	if (!l)
		return explain(c, out->method, out->target, e);
	rc = send_once(c, l, out, in, e);
	if (rc < 0)
		explain(c, out->method, out->target, e);
	if (rc == 0)
		*link = l;
	else
		client_rest_link(c, l);
	return rc ? -1 : 0;
}

static int send_as(struct client *c, const struct client_request *rq, bool upgrade,
	const char *version, struct http_link **link, struct http_in *in, struct err *e)
{
	struct http_headers headers = { 0 };
	struct http_out out = HTTP_OUT_INIT;
	own_arena a = arena_new();

	for (size_t i = 0; rq->headers && i < rq->headers->n; i++)
		http_headers_add(a, &headers, rq->headers->v[i].name, rq->headers->v[i].value);
	http_headers_add(a, &headers, "User-Agent", c->user_agent);
	out.method = rq->method;
	out.target = arena_printf(a, "/v%s%s", version, rq->path);
	out.headers = &headers;
	out.content_type = rq->body ? "application/json" : rq->content_type;
	out.body = slice_str(rq->body);
	out.body_fd = rq->body_fd;
	out.upgrade = upgrade;
	return exchange(c, &out, link, in, e);
}

/* The version an older daemon names when it refuses ours; NULL: the error says something else. */
static const char *named_version(struct client *c, const struct err *e)
{
	static const char text[] = "is too new. Maximum supported API version is ";
	const char *at = e->kind == ERR_INVALID ? strstr(e->msg, text) : NULL;

	if (!at)
		return NULL;
	at += sizeof(text) - 1;
	return arena_strndup(c->arena, at, strspn(at, "0123456789."));
}

int client_send(struct client *c, const struct client_request *rq, bool upgrade,
	struct http_link **link, struct http_in *in, struct err *e)
{
	const char *version;

	/* A file cannot be sent twice, so for it the version is asked for. */
	if (c->assumes && rq->body_fd < 0) {
		if (send_as(c, rq, upgrade, CLIENT_API_MAX, link, in, e) == 0) {
			c->version = CLIENT_API_MAX;
			c->assumes = false;
			return 0;
		}
		c->version = named_version(c, e);
		if (!c->version)
			return -1;
	}
	version = client_api_version(c, e);
	c->assumes = false;
	return version ? send_as(c, rq, upgrade, version, link, in, e) : -1;
}

static void keep_ping(struct client *c, const struct http_in *in)
{
	const char *version = http_headers_get(&in->headers, "Api-Version");
	const char *os = http_headers_get(&in->headers, "Ostype");
	const char *builder = http_headers_get(&in->headers, "Builder-Version");
	const char *experimental = http_headers_get(&in->headers, "Docker-Experimental");

	c->ping.api_version = arena_strdup(c->arena, first_of(version, NULL, CLIENT_API_MIN));
	c->ping.os_type = arena_strdup(c->arena, first_of(os, NULL, ""));
	c->ping.builder_version = arena_strdup(c->arena, first_of(builder, NULL, ""));
	c->ping.experimental = str_eq(experimental, "true");
	c->has_pinged = true;
}

int client_ping(struct client *c, struct client_ping *out, struct err *e)
{
	static const char *const methods[] = { "HEAD", "GET" };
	int rc = c->has_pinged ? 0 : -1;

	for (size_t i = 0; i < 2 && rc; i++) {
		struct http_out rq = HTTP_OUT_INIT;
		struct http_link *link = NULL;
		struct http_in in;
		struct slice drop;

		rq.method = methods[i];
		rq.target = "/_ping";
		rc = exchange(c, &rq, &link, &in, e);
		if (rc && e->kind == ERR_UNAVAILABLE && !str_starts(e->msg, "Error response"))
			return -1;
		if (rc)
			continue;
		keep_ping(c, &in);
		while (http_link_view(link, &drop, e) > 0)
			;
		client_rest_link(c, link);
	}
	if (rc == 0 && out)
		*out = c->ping;
	return rc;
}

/* "1.9" is older than "1.24". */
static bool is_older(const char *a, const char *b)
{
	char *end_a, *end_b;
	long major_a = strtol(a, &end_a, 10), major_b = strtol(b, &end_b, 10);

	if (major_a != major_b)
		return major_a < major_b;
	return strtol(*end_a ? end_a + 1 : "0", NULL, 10) <
	       strtol(*end_b ? end_b + 1 : "0", NULL, 10);
}

const char *client_api_version(struct client *c, struct err *e)
{
	struct client_ping ping;

	if (c->version)
		return c->version;
	if (client_ping(c, &ping, e))
		return NULL;
	c->version = is_older(ping.api_version, CLIENT_API_MAX) ? ping.api_version : CLIENT_API_MAX;
	return c->version;
}

int client_call(struct client *c, const char *method, const char *path, const char *body,
	struct buf *out, struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct http_link *link = NULL;
	struct http_in in;
	struct slice piece;
	size_t total = 0;
	int rc;

	rq.method = method;
	rq.path = path;
	rq.body = body;
	if (client_send(c, &rq, false, &link, &in, e))
		return -1;
	while ((rc = http_link_view(link, &piece, e)) > 0) {
		total += piece.n;
		if (out)
			buf_add(out, piece.p, piece.n);
	}
	client_rest_link(c, link);
	if (rc < 0)
		return err_in(e, "error reading the reply to %s %s", method, path);
	if (out && !buf_ok(out))
		return err_set(e, ERR_INTERNAL, "the reply to %s %s is too large (%zu bytes)",
			method, path, total);
	return in.status;
}

int client_call_json(struct client *c, const char *method, const char *path, const char *body,
	struct json **out, struct err *e)
{
	struct slice trimmed;
	own_buf text = { 0 };
	int status;

	*out = NULL;
	buf_init(&text, REPLY_MAX);
	status = client_call(c, method, path, body, &text, e);
	if (status < 0)
		return -1;
	trimmed = slice_trim((struct slice){ text.data, text.len });
	if (trimmed.n == 0 || slice_eq(trimmed, "null"))
		return status;
	*out = json_parse(text.data, text.len, e);
	if (!*out)
		return err_in(e, "unexpected reply to %s %s", method, path);
	return status;
}
