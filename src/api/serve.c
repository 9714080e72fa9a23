/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From request to handler: the headers every answer has, the version asked for, the route, and the answer
 * when a handler fails.
 */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/slice.h"
#include "routes.h"

struct api *api_new(const struct api_config *c)
{
	struct api *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->config = *c;
	a->debug = c->debug;
	a->registries = c->registries;
	return a;
}

void api_free(struct api *a)
{
	free(a);
}

void api_set_debug(struct api *a, bool debug)
{
	a->debug = debug;
}

void api_set_registries(struct api *a, const struct registry_settings *registries)
{
	a->registries = registries;
}

const struct registry_settings *call_registries(const struct call *c)
{
	return c->api->registries;
}

static void set_headers(struct http_request *rq)
{
	http_set_header(rq, "Api-Version", API_VERSION);
	http_set_header(rq, "Docker-Experimental", "false");
	http_set_header(rq, "Ostype", "linux");
	http_set_header(rq, "Server", "Docker/" API_DOCKER " (linux)");
}

/* "1.9" is API_V(1, 9); what follows a second dot does not count. */
static uint32_t version_number(const char *text)
{
	struct slice major, minor, rest;
	uint32_t a = 0, b = 0;

	slice_cut(slice_str(text), '.', &major, &rest);
	slice_cut(rest, '.', &minor, &rest);
	if (!parse_u32(major, &a) || a > 0xffff)
		a = major.n > 5 ? 0xffff : 0;
	if (!parse_u32(minor, &b) || b > 0xffff)
		b = minor.n > 5 ? 0xffff : 0;
	return API_V(a, b);
}

static int check_version(struct call *c, const char *text, struct err *e)
{
	c->version = version_number(text ? text : API_VERSION);
	if (c->version < version_number(API_MIN_VERSION))
		return err_set(e, ERR_INVALID,
			"client version %s is too old. Minimum supported API version is %s, please "
			"upgrade your client to a newer version",
			text, API_MIN_VERSION);
	if (c->version > version_number(API_VERSION))
		return err_set(e, ERR_INVALID,
			"client version %s is too new. Maximum supported API version is %s", text,
			API_VERSION);
	return 0;
}

/* Clients older than all that is supported expect plain text (moby's makeHTTPHandler). */
static void fail_plainly(struct call *c, const struct err *fault)
{
	struct err e;
	char *text = arena_printf(c->arena, "%s\n", fault->msg);

	http_set_header(c->rq, "X-Content-Type-Options", "nosniff");
	http_respond(
		c->rq, call_status(fault->kind), "text/plain; charset=utf-8", slice_str(text), &e);
}

static void fail(struct call *c, const struct err *e)
{
	if (e->kind == ERR_CANCELLED) {
		http_abort(c->rq);
		return;
	}
	if (call_status(e->kind) >= 500)
		log_error("%s %s: %s", c->rq->method, c->rq->path, e->msg);
	if (http_has_started(c->rq))
		http_abort(c->rq);
	else if (c->version < version_number(API_MIN_VERSION))
		fail_plainly(c, e);
	else
		call_fail(c, e);
}

void api_serve(void *arg, struct http_request *rq)
{
	struct call c = { .api = arg, .rq = rq, .arena = rq->arena, .version = API_V(1, 24) };
	const char *version;
	const char *path = route_cut_version(rq->arena, rq->path, &version);
	struct err e;

	c.route = route_find(rq->arena, rq->method, path, &c.id);
	set_headers(rq);
	http_query_parse(rq->arena, rq->query, &c.query);
	if (!c.route) {
		/* Also for a known path with another method: moby's mux is set up so. */
		err_set(&e, ERR_NOT_FOUND, "page not found");
		fail(&c, &e);
		return;
	}
	log_debug("%s %s", rq->method, rq->path);
	if (check_version(&c, version, &e) || c.route->handler(&c, &e))
		fail(&c, &e);
}

void api_refuse(void *arg, struct http_request *rq, int status, const char *text)
{
	struct jsonw w;
	struct err e;
	own_buf body = { 0 };

	set_headers(rq);
	buf_init(&body, 8192);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "message", text);
	jsonw_obj_end(&w);
	buf_char(&body, '\n');
	http_respond(rq, status, API_JSON, (struct slice){ body.data, body.len }, &e);
}
