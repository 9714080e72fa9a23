/* SPDX-License-Identifier: Apache-2.0 */
/* Further processes in a container. Start hands the connection over as attach does. */
#include "engine/exec.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/slice.h"
#include "http/frame.h"
#include "routes.h"

int exec_create(struct call *c, struct err *e)
{
	struct exec_config config = { 0 };
	struct exec_created answer;
	char id[ID_HEX + 1];

	if (call_body(c, exec_config_fields, &config, e))
		return -1;
	if (config.cmd.n == 0)
		return err_set(e, ERR_INVALID, "No exec command specified");
	if (c->version < API_V(1, 42))
		config.console_size = NULL;
	if (engine_exec_create(c->api->config.engine, c->id, &config, id, e))
		return -1;
	answer.id = id;
	return call_reply_bind(c, 201, exec_created_fields, &answer);
}

/* The head is out, so what went wrong is told where the output would have been. */
static void tell(int sock, bool tty, const char *text)
{
	char line[ERR_MSG_MAX + HTTP_FRAME_HEAD + 2];
	int n = snprintf(line + HTTP_FRAME_HEAD, sizeof(line) - HTTP_FRAME_HEAD, "%s\r\n", text);
	struct err ignored;

	http_frame_head((unsigned char *)line, HTTP_STDOUT, (uint32_t)n);
	if (tty)
		io_write(sock, line + HTTP_FRAME_HEAD, n, &ignored);
	else
		io_write(sock, line, HTTP_FRAME_HEAD + n, &ignored);
}

static int start_attached(struct call *c, const struct exec_start *start, struct err *e)
{
	struct engine *eng = c->api->config.engine;
	struct engine_client client = { 0 };
	struct exec_inspect exec = { 0 };
	struct engine_stdio io;
	struct slice early;
	struct err late;
	own_fd sock = -1;

	if (engine_exec_check(eng, c->id, &io, e) ||
		engine_exec_inspect(eng, c->arena, io.id, &exec, e))
		return -1;
	client.is_stdin = exec.open_stdin;
	client.is_stdout = exec.open_stdout;
	client.is_stderr = exec.open_stderr;
	if (http_hijack(c->rq, call_stream_type(c, start->tty || !c->rq->wants_upgrade), &sock,
		    &early, e))
		return -1;
	client.fd = sock;
	client.early = early.p;
	client.n_early = early.n;
	if (engine_exec_start(eng, c->id, start, &client, &late)) {
		log_error("exec %s: %s", c->id, late.msg);
		tell(sock, io.tty, late.msg);
		return 0;
	}
	take_fd(&sock);
	return 0;
}

int exec_start(struct call *c, struct err *e)
{
	struct exec_start start = { 0 };

	if (call_body(c, exec_start_fields, &start, e))
		return -1;
	if (c->version < API_V(1, 42) || !start.tty)
		start.console_size = NULL;
	if (!start.detach)
		return start_attached(c, &start, e);
	if (engine_exec_start(c->api->config.engine, c->id, &start, NULL, e))
		return -1;
	return call_reply_empty(c, 200);
}

int exec_resize(struct call *c, struct err *e)
{
	uint16_t rows, columns;

	if (call_size(c, "h", "height", &rows, e) || call_size(c, "w", "width", &columns, e) ||
		engine_exec_resize(c->api->config.engine, c->id, rows, columns, e))
		return -1;
	return call_reply_empty(c, 200);
}

int exec_inspect(struct call *c, struct err *e)
{
	struct exec_inspect answer = { 0 };

	if (engine_exec_inspect(c->api->config.engine, c->arena, c->id, &answer, e))
		return -1;
	return call_reply_bind(c, 200, exec_inspect_fields, &answer);
}
