/* SPDX-License-Identifier: Apache-2.0 */
#include "attach.h"

#include "http/uri.h"

int attach_open(struct session *s, const char *id, struct err *e)
{
	own_buf target = { 0 };

	buf_init(&target, 1 << 16);
	buf_str(&target, cli_path(s->c, "containers", id, "/attach"));
	if (!str_empty(s->detach_keys))
		http_add_param(&target, "detachKeys", s->detach_keys);
	if (s->attach_stderr)
		http_add_param(&target, "stderr", "1");
	if (s->attach_stdin)
		http_add_param(&target, "stdin", "1");
	if (s->attach_stdout)
		http_add_param(&target, "stdout", "1");
	http_add_param(&target, "stream", "1");
	return client_hijack(s->c->client, target.data, NULL, s->io, e);
}

int attach_open_wait(struct session *s, const char *id, const char *condition, struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;

	rq.method = "POST";
	rq.path = cli_path(s->c, "containers", id,
		*condition ? arena_printf(s->c->arena, "/wait?condition=%s", condition) : "/wait");
	s->wait = client_stream_open(s->c->client, &rq, e);
	return s->wait ? 0 : -1;
}

const char *attach_keys(struct cli *c, const char *option)
{
	return str_empty(option) ? cli_config_str(c, "detachKeys") : option;
}
