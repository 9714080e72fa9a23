/* SPDX-License-Identifier: Apache-2.0 */
/* POST /commit: a container as an image. */
#include "engine/commit.h"

#include "model/container_config.h"
#include "routes.h"

/* What the image shall have in place of what the container has; *out is NULL when the body says nothing. */
static int read_config(struct call *c, const struct container_config **out, struct err *e)
{
	struct container_config *config = ARENA_NEW(c->arena, struct container_config);
	struct json *body;

	*out = NULL;
	if (call_body_json(c, &body, e))
		return -1;
	own_json doc = body;
	if (json_type(doc) != JSON_OBJ || json_len(doc) == 0)
		return 0;
	if (bind_decode(c->arena, doc, container_config_fields, config, e))
		return -1;
	*out = config;
	return 0;
}

int container_commit(struct call *c, struct err *e)
{
	struct engine_commit q = { .name = call_param(c, "container"),
		.repo = call_param(c, "repo"),
		.tag = call_param(c, "tag"),
		.author = call_param(c, "author"),
		.comment = call_param(c, "comment"),
		/* "" is true, too: only what says no is no. */
		.pause = *call_param(c, "pause") ? call_bool(c, "pause") : true,
		.docker_version = API_DOCKER,
		.layer_program = c->api->config.layer_program };
	struct engine_committed made;
	own_buf body = { 0 };
	struct jsonw w;

	call_params(c, "changes", &q.changes);
	if (read_config(c, &q.config, e) ||
		engine_commit(c->api->config.engine, c->arena, &q, &made, e))
		return -1;
	buf_init(&body, 4096);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "Id", made.id);
	jsonw_obj_end(&w);
	return call_reply(c, 201, &body);
}
