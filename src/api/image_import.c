/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /images/create?fromSrc=…: a tar as an image. The body, taken out of its chunks, or what tare-xfer gets
 * from a URL
 * goes into a pipe to a thread that imports. Of a body nothing is answered before it is known how that ended,
 * so an error
 * has its status.
 */
#include "image/import.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "base/thread.h"
#include "engine/commit.h"
#include "images.h"
#include "registry/registry.h"
#include "routes.h"
#include "stream.h"

#define PIPE_BYTES (1024 * 1024)

static int send_status(struct call *c, const char *text, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	buf_init(&body, 65536);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "status", text);
	jsonw_obj_end(&w);
	return stream_send(c, &body, e);
}

struct import {
	struct call *call;
	struct image_import what;
	struct arena *arena; /* of the importing thread */
	const char *url;     /* NULL: the body */
	const char *id;
	atomic_bool is_cut;    /* what comes ended too early */
	atomic_bool has_ended; /* the importing thread knows how */
	int rc;
	struct err e;
};

static void import_main(void *arg)
{
	struct import *i = arg;

	i->rc = image_import(i->call->api->config.images, i->arena, &i->what, &i->id, &i->e);
	i->has_ended = true;
	/* Whoever still writes shall see that nobody reads any more. */
	close(take_fd(&i->what.fd));
}

/* {"status":"Downloading from …"}, once, then how far it is. */
static int report_url(void *arg, int64_t bytes, struct err *e)
{
	struct import *i = arg;
	struct image_progress at = { .text = "Importing", .current = bytes };

	if (!http_has_started(i->call->rq) &&
		send_status(
			i->call, arena_printf(i->call->arena, "Downloading from %s", i->url), e))
		return -1;
	return bytes ? stream_progress(i->call, &at, e) : 0;
}

/* tare-xfer closes its end before its word is here, so one of ours stays open until then. */
static int feed_url(struct import *i, int to, struct err *e)
{
	struct registry_url u = {
		.pipe = fcntl(to, F_DUPFD_CLOEXEC, 3), .report = report_url, .arg = i
	};

	if (u.pipe < 0)
		return err_sys(e, "duplicate pipe");
	if (registry_fetch_url(i->call->api->config.registries, i->url, &u, e))
		return -1;
	return report_url(i, 0, e);
}

/* Imports in a thread of its own what this one brings. */
static int run(struct call *c, struct import *i, struct err *e)
{
	struct err fault = { 0 };
	int ends[2];
	pthread_t thread;

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "pipe");
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	i->what.fd = ends[0];
	if (thread_start(&thread, import_main, i, e)) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	int fed = i->url ? feed_url(i, ends[1], &fault) : http_body_pipe(c->rq, ends[1], &fault);
	/* When it gave up by itself, it knows why. */
	bool has_failed = fed < 0 && !i->has_ended;
	if (fed < 0)
		i->is_cut = true; /* before the pipe's end can be seen */
	close(ends[1]);
	thread_join(thread);
	*e = has_failed ? fault : i->e;
	return has_failed ? -1 : i->rc;
}

static int read_platform(struct call *c, struct oci_platform *out, struct err *e)
{
	const char *text = call_param(c, "platform");

	oci_platform_host(out);
	if (c->version < API_V(1, 32) || !*text)
		return 0;
	if (oci_platform_parse(c->arena, text, out, e))
		return -1;
	if (strcmp(out->os, "linux") != 0)
		return err_set(e, ERR_INVALID, "operating system is not supported");
	return 0;
}

/* dockerd takes what names no scheme for HTTP. */
static const char *url_of(struct call *c, const char *src)
{
	if (strcmp(src, "-") == 0)
		return NULL;
	return strstr(src, "://") ? src : arena_printf(c->arena, "http://%s", src);
}

static int read_query(struct call *c, struct image_import *what, struct err *e)
{
	const char *repo = call_param(c, "repo"), *src = call_param(c, "fromSrc");
	const struct str_list none = { 0 };
	struct str_list changes = { 0 };

	call_params(c, "changes", &changes);
	what->comment = call_param(c, "message");
	if (!*what->comment)
		what->comment = arena_printf(
			c->arena, "Imported from %s", strcmp(src, "-") == 0 ? src : url_of(c, src));
	what->docker_version = API_DOCKER;
	what->layer_program = c->api->config.layer_program;
	if (read_platform(c, &what->platform, e))
		return -1;
	if (*repo && !(what->name = image_tag_name(c->arena, repo, call_param(c, "tag"), e)))
		return -1;
	what->config = engine_config_json(c->arena, &changes, e);
	if (!what->config)
		return -1;
	what->container_config = engine_config_json(c->arena, &none, e);
	return what->container_config ? 0 : -1;
}

int image_import_create(struct call *c, struct err *e)
{
	own_arena a = arena_new();
	struct import i = { .call = c, .arena = a, .what.fd = -1 };

	i.what.is_cut = &i.is_cut;
	i.url = url_of(c, call_param(c, "fromSrc"));
	if (read_query(c, &i.what, e))
		return -1;
	if (run(c, &i, e)) {
		if (!http_has_started(c->rq))
			return -1;
		stream_fail(c, e);
		return 0;
	}
	if (i.what.name)
		images_publish(c, "tag", i.id, i.what.name);
	images_publish(c, "import", i.id, i.id);
	return send_status(c, i.id, e);
}
