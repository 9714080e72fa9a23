/* SPDX-License-Identifier: Apache-2.0 */
/* logs. The stream's content type tells whether it comes in frames, so nothing is asked before. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "cmds.h"
#include "http/uri.h"
#include "timestamp.h"

struct logs_opts {
	struct opts_common common;
	bool details, follow, timestamps;
	const char *since, *until, *tail;
};

static const struct opt logs_opts[] = {
	OPT(BOOL, 0, "details", NULL, struct logs_opts, details,
		"Show extra details provided to logs"),
	OPT(BOOL, 'f', "follow", NULL, struct logs_opts, follow, "Follow log output"),
	OPT(STR, 0, "since", "string", struct logs_opts, since,
		"Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" "
		"for 42 minutes)"),
	OPT(STR, 'n', "tail", "string", struct logs_opts, tail,
		"Number of lines to show from the end of the logs (default \"all\")"),
	OPT(BOOL, 't', "timestamps", NULL, struct logs_opts, timestamps, "Show timestamps"),
	OPT(STR, 0, "until", "string", struct logs_opts, until,
		"Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. "
		"\"42m\" for 42 minutes)"),
	OPT_END,
};

static const struct logs_opts logs_defaults = { .tail = "all" };

static int add_time(
	struct cli *c, struct buf *target, const char *key, const char *text, struct err *e)
{
	const char *when;

	if (str_empty(text))
		return 0;
	when = timestamp_parse(c->arena, text, time(NULL), e);
	if (when == NULL)
		return err_in(e, "invalid value for \"%s\"", key);
	http_add_param(target, key, when);
	return 0;
}

static int target_of(
	struct cli *c, const struct logs_opts *o, const char *id, struct buf *target, struct err *e)
{
	buf_str(target, cli_path(c, "containers", id, "/logs"));
	if (o->details)
		http_add_param(target, "details", "1");
	if (o->follow)
		http_add_param(target, "follow", "1");
	if (add_time(c, target, "since", o->since, e))
		return -1;
	http_add_param(target, "stderr", "1");
	http_add_param(target, "stdout", "1");
	http_add_param(target, "tail", o->tail);
	if (o->timestamps)
		http_add_param(target, "timestamps", "1");
	return add_time(c, target, "until", o->until, e);
}

static int write_piece(void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e)
{
	if (stream == HTTP_SYSTEMERR)
		return err_set(e, ERR_INTERNAL, "error from daemon in stream: %.*s", (int)n, data);
	if (io_write(stream == HTTP_STDERR ? STDERR_FILENO : STDOUT_FILENO, data, n, e) == 0)
		return 0;
	if (e->kind == ERR_CANCELLED) {
		/* our reader went away (logs | head): end as a filter does */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return -1;
}

/* Daemons before API 1.42 do not say; then the container's terminal decides. */
static int is_raw(
	struct cli *c, const char *id, const struct client_stream *s, bool *out, struct err *e)
{
	const char *type = client_stream_header(s, "Content-Type");
	own_json doc = NULL;

	*out = str_eq(type, "application/vnd.docker.raw-stream");
	if (*out || str_eq(type, "application/vnd.docker.multiplexed-stream"))
		return 0;
	if (cli_get_json(c, cli_path(c, "containers", id, "/json"), &doc, e))
		return -1;
	*out = json_bool(json_get_ci(json_get_ci(doc, "Config"), "Tty"), false);
	return 0;
}

static int run_logs(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct client_stream *s;
	own_buf target = { 0 };
	bool raw;
	int rc;

	buf_init(&target, 1 << 16);
	if (cli_client(c, e) == NULL || target_of(c, opts, args->v[0], &target, e))
		return -1;
	rq.method = "GET";
	rq.path = target.data;
	s = client_stream_open(c->client, &rq, e);
	if (s == NULL)
		return -1;
	rc = is_raw(c, args->v[0], s, &raw, e);
	if (rc == 0)
		rc = client_stream_demux(s, raw, write_piece, NULL, e);
	client_stream_close(s);
	return rc;
}

const struct command_impl logs_impl = {
	.run = run_logs,
	.opts = logs_opts,
	.opts_size = sizeof(struct logs_opts),
	.defaults = &logs_defaults,
};
