/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attach: the connection is taken out of HTTP and given to the engine, which passes it on to the container's
 * monitor. What was logged before is written here when the client asks for it.
 */
#include "engine/attach.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "engine/inspect.h"
#include "logs.h"
#include "routes.h"

/* Everything logged so far, to the client's socket. */
static int replay(struct call *c, const struct engine_brief *ctr,
	const struct engine_client *client, struct err *e)
{
	struct log_query q = { .tail = -1,
		.is_stdout = client->is_stdout,
		.is_stderr = client->is_stderr,
		.is_raw = ctr->tty };
	struct log_sink sink = { .fd = client->fd };

	return logs_write(ctr, &q, &sink, e);
}

/*
 * The head of the answer goes out under the engine's lock: a client that has read it may start the container
 * at once and must not miss its first output.
 */
static int join(struct call *c, const struct engine_stdio *io, struct engine_client *client,
	const char *type, struct err *e)
{
	struct slice early;
	struct err late;
	own_buf head = { 0 };

	buf_init(&head, 4096);
	if (http_hijack_take(c->rq, &client->fd, &early, e))
		return -1;
	http_hijack_head(c->rq, type, &head);
	client->greeting = head.data;
	client->n_greeting = head.len;
	client->early = early.p;
	client->n_early = early.n;
	if (engine_attach(c->api->config.engine, io->id, client, &late)) {
		log_warn("ctr %s: attach: %s, ignoring", io->id, late.msg);
		close(client->fd);
	}
	return 0;
}

/* What was logged before comes first, so the head must have been sent by then. */
static int join_after_replay(struct call *c, const struct engine_brief *ctr,
	struct engine_client *client, const char *type, struct err *e)
{
	struct slice early;
	struct err late;
	own_fd sock = -1;

	if (http_hijack(c->rq, type, &sock, &early, e))
		return -1;
	client->fd = sock;
	client->early = early.p;
	client->n_early = early.n;
	if ((call_bool(c, "logs") && replay(c, ctr, client, &late)) || !call_bool(c, "stream"))
		return 0;
	if (engine_attach(c->api->config.engine, ctr->id, client, &late))
		log_warn("ctr %s: attach: %s, ignoring", ctr->id, late.msg);
	else
		take_fd(&sock);
	return 0;
}

int container_attach(struct call *c, struct err *e)
{
	struct engine_client client = { .fd = -1,
		.is_stdin = call_bool(c, "stdin"),
		.is_stdout = call_bool(c, "stdout"),
		.is_stderr = call_bool(c, "stderr"),
		.detach_keys = call_param(c, "detachKeys") };
	struct engine *eng = c->api->config.engine;
	struct engine_brief ctr;
	struct engine_stdio io;

	if (engine_attach_check(eng, c->id, client.detach_keys, &io, e) ||
		engine_get_brief(eng, c->arena, io.id, &ctr, e))
		return -1;
	/* A client without Upgrade is told "raw" whatever comes, as by dockerd. */
	const char *type = call_stream_type(c, io.tty || !c->rq->wants_upgrade);
	if (call_bool(c, "logs") || !call_bool(c, "stream"))
		return join_after_replay(c, &ctr, &client, type, e);
	return join(c, &io, &client, type, e);
}
