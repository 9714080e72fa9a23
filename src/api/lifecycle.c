/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that move a container through its life: query in, status out. */
#include "engine/lifecycle.h"

#include "base/slice.h"
#include "engine/attach.h"
#include "routes.h"
#include "write.h"

int container_start(struct call *c, struct err *e)
{
	/* {} and "null" are let through: old clients send them. */
	if (c->rq->content_length > 7 || c->rq->content_length == -1)
		return err_set(e, ERR_INVALID,
			"starting container with non-empty request body was deprecated since API v1.22 "
			"and removed in v1.24");
	if (*call_param(c, "checkpoint"))
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"starting from a checkpoint is not available in this version of tare");
	if (engine_start(c->api->config.engine, c->id, e))
		return -1;
	return call_reply_empty(c, 204);
}

static int parse_stop(const struct call *c, struct engine_stop *out, struct err *e)
{
	*out = (struct engine_stop){ .has_timeout = *call_param(c, "t") != '\0' };
	if (c->version >= API_V(1, 42) && *call_param(c, "signal"))
		out->signal = call_param(c, "signal");
	return call_i64(c, "t", 0, &out->timeout_s, e);
}

int container_stop(struct call *c, struct err *e)
{
	struct engine_stop stop;

	if (parse_stop(c, &stop, e) || engine_stop(c->api->config.engine, c->id, &stop, e))
		return -1;
	return call_reply_empty(c, 204);
}

int container_restart(struct call *c, struct err *e)
{
	struct engine_stop stop;

	if (parse_stop(c, &stop, e) || engine_restart(c->api->config.engine, c->id, &stop, e))
		return -1;
	return call_reply_empty(c, 204);
}

int container_kill(struct call *c, struct err *e)
{
	if (engine_kill(c->api->config.engine, c->id, call_param(c, "signal"), e) == 0)
		return call_reply_empty(c, 204);
	/* dockerd says so in front of every refusal, also of an unknown name. */
	if (!str_starts(e->msg, "cannot kill container: "))
		err_in(e, "cannot kill container: %s", c->id);
	return -1;
}

int container_pause(struct call *c, struct err *e)
{
	if (engine_pause(c->api->config.engine, c->id, e))
		return -1;
	return call_reply_empty(c, 204);
}

int container_unpause(struct call *c, struct err *e)
{
	if (engine_unpause(c->api->config.engine, c->id, e))
		return -1;
	return call_reply_empty(c, 204);
}

int container_rename(struct call *c, struct err *e)
{
	if (engine_rename(c->api->config.engine, c->id, call_param(c, "name"), e))
		return -1;
	return call_reply_empty(c, 204);
}

int container_remove(struct call *c, struct err *e)
{
	struct engine_remove rm = { .force = call_bool(c, "force"),
		.volumes = call_bool(c, "v"),
		.link = call_bool(c, "link") };

	if (engine_remove(c->api->config.engine, c->id, &rm, e))
		return -1;
	return call_reply_empty(c, 204);
}

/* The body is HostConfig's limits and RestartPolicy, unwrapped. */
int container_update(struct call *c, struct err *e)
{
	struct host_config wanted = { 0 };
	struct str_list warnings = { 0 };
	struct jsonw w;
	own_buf body = { 0 };

	if (call_body(c, host_config_fields, &wanted, e) ||
		engine_update(c->api->config.engine, c->arena, c->id, &wanted, &warnings, e))
		return -1;
	buf_init(&body, 65536);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	write_list(&w, "Warnings", &warnings);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}

int container_prune(struct call *c, struct err *e)
{
	struct prune_response answer = { 0 };
	struct filters f;

	if (call_filters(c, &f, e) || engine_prune(c->api->config.engine, c->arena, &f, &answer, e))
		return -1;
	return call_reply_bind(c, 200, prune_response_fields, &answer);
}

int container_resize(struct call *c, struct err *e)
{
	uint16_t rows, columns;

	if (call_size(c, "h", "height", &rows, e) || call_size(c, "w", "width", &columns, e) ||
		engine_resize(c->api->config.engine, c->id, rows, columns, e))
		return -1;
	return call_reply_empty(c, 200);
}

/* Ends engine_wait however the handler is left. */
static void wait_cleanup(struct engine_wait **w)
{
	engine_wait_free(*w);
}

/* Waits for w and writes the answer; the head is out already unless the client is older than 1.30. */
static int finish_wait(struct call *c, struct engine_wait *w, struct err *e)
{
	struct wait_response answer = { 0 };
	struct jsonw out;
	own_buf body = { 0 };

	if (http_wait(c->rq, engine_wait_fd(w), -1, e) < 0)
		return -1;
	engine_wait_result(w, c->arena, &answer);
	if (!http_has_started(c->rq))
		return call_reply_bind(c, 200, wait_response_fields, &answer);
	buf_init(&body, 65536);
	jsonw_init(&out, &body, NULL);
	bind_encode(&out, wait_response_fields, &answer);
	buf_char(&body, '\n');
	return http_write(c->rq, body.data, body.len, e);
}

int container_wait(struct call *c, struct err *e)
{
	enum wait_condition condition = WAIT_NOT_RUNNING;
	__attribute__((cleanup(wait_cleanup))) struct engine_wait *w = NULL;
	bool head_first = c->version >= API_V(1, 30);

	if (head_first && engine_parse_wait(call_param(c, "condition"), &condition, e))
		return -1;
	w = engine_wait_begin(c->api->config.engine, c->id, condition, e);
	if (!w)
		return -1;
	http_set_endless(c->rq);
	if (head_first && http_start(c->rq, 200, API_JSON, e))
		return -1;
	return finish_wait(c, w, e);
}
