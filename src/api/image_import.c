/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /images/create?fromSrc=…: a tar as an image. The body, taken out of its chunks, goes into a pipe to a thread that
 * imports; nothing is answered before it is known how that ended, so an error has its status.
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
#include "routes.h"

#define PIPE_BYTES (1024 * 1024)

struct import {
	struct call *call;
	struct image_import what;
	struct arena *arena; /* of the importing thread */
	const char *id;
	atomic_bool is_cut; /* the body ended too early */
	int rc;
	struct err e;
};

static void import_main(void *arg)
{
	struct import *i = arg;

	i->rc = image_import(i->call->api->config.images, i->arena, &i->what, &i->id, &i->e);
	/* Whoever still writes shall see that nobody reads any more. */
	close(take_fd(&i->what.fd));
}

/* The body is what is imported. */
static int import_body(struct call *c, struct import *i, struct err *e)
{
	struct err body = { 0 };
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
	int fed = http_body_pipe(c->rq, ends[1], &body);
	if (fed < 0)
		i->is_cut = true; /* before the pipe's end can be seen */
	close(ends[1]);
	thread_join(thread);
	if (fed < 0) {
		*e = body;
		return -1;
	}
	*e = i->e;
	return i->rc;
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

static int read_query(struct call *c, struct image_import *what, struct err *e)
{
	const char *repo = call_param(c, "repo"), *src = call_param(c, "fromSrc");
	const struct str_list none = { 0 };
	struct str_list changes = { 0 };

	call_params(c, "changes", &changes);
	what->comment = call_param(c, "message");
	if (!*what->comment)
		what->comment = arena_printf(c->arena, "Imported from %s", src);
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

static int answer(struct call *c, const char *id, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	buf_init(&body, 4096);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "status", id);
	jsonw_obj_end(&w);
	buf_str(&body, "\r\n");
	if (http_start(c->rq, 200, API_JSON, e))
		return -1;
	return http_write(c->rq, body.data, body.len, e);
}

int image_import_create(struct call *c, struct err *e)
{
	own_arena a = arena_new();
	struct import i = { .call = c, .arena = a, .what.fd = -1 };

	i.what.is_cut = &i.is_cut;
	const char *src = call_param(c, "fromSrc");

	if (read_query(c, &i.what, e))
		return -1;
	if (strcmp(src, "-") != 0)
		return err_set(e, ERR_NOT_IMPLEMENTED, "importing from %s is not available", src);
	if (import_body(c, &i, e))
		return -1;
	if (i.what.name)
		images_publish(c, "tag", i.id, i.what.name);
	images_publish(c, "import", i.id, i.id);
	return answer(c, i.id, e);
}
