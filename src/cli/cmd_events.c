/* SPDX-License-Identifier: Apache-2.0 */
/* events: a line for each, as they come. */
#include <time.h>

#include "cmds.h"
#include "filter_opt.h"
#include "go_types.h"
#include "http/uri.h"
#include "listing.h"
#include "timestamp.h"
#include "tmpl.h"

#define BAD_TEMPLATE_CODE 64

static const struct go_type message_ptr = GO_PTR_TO(&events_message_type);

struct events_opts {
	struct filter_opts filter;
	const char *since, *until, *format;
};

static const struct opt events_opts[] = {
	FILTER_OPT('f', "Filter output based on conditions provided"),
	OPT(STR, 0, "format", "string", struct events_opts, format, INSPECT_FORMAT_HELP),
	OPT(STR, 0, "since", "string", struct events_opts, since,
		"Show all events created since timestamp"),
	OPT(STR, 0, "until", "string", struct events_opts, until,
		"Stream events until this timestamp"),
	OPT_END,
};

/* "2024-01-02T03:04:05.000000001+02:00" in the local zone. */
static void add_time(struct buf *out, int64_t seconds, int64_t ns)
{
	time_t t = seconds;
	struct tm tm;
	char text[64], zone[16];

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	buf_fmt(out, "%s.%09lld", text, (long long)ns);
	if (tm.tm_gmtoff == 0)
		buf_str(out, "Z ");
	else
		buf_fmt(out, "%.3s:%s ", zone, zone + 3);
}

static void add_event(struct arena *a, struct buf *out, const struct json *event)
{
	const struct json *actor = json_get_ci(event, "Actor");
	struct go_val attributes = go_of(&go_string_map_type, json_get_ci(actor, "Attributes"));
	struct str_list keys = go_keys(a, attributes);
	int64_t nano = json_i64(json_get_ci(event, "timeNano"), 0);
	int64_t seconds = json_i64(json_get_ci(event, "time"), 0);

	if (nano != 0)
		add_time(out, nano / 1000000000, nano % 1000000000);
	else if (seconds != 0)
		add_time(out, seconds, 0);
	buf_fmt(out, "%s %s %s", json_str(json_get_ci(event, "Type"), ""),
		json_str(json_get_ci(event, "Action"), ""), json_str(json_get_ci(actor, "ID"), ""));
	for (size_t i = 0; i < keys.n; i++) {
		struct go_val v = GO_NONE;

		go_entry(attributes, keys.v[i], &v);
		buf_fmt(out, "%s%s=%.*s", i ? ", " : " (", keys.v[i], (int)v.s.n, v.s.p);
	}
	buf_str(out, keys.n ? ")\n" : "\n");
}

static int add_when(
	struct cli *c, struct buf *target, const char *key, const char *text, struct err *e)
{
	const char *when;

	if (str_empty(text))
		return 0;
	when = timestamp_parse(c->arena, text, time(NULL), e);
	if (when)
		http_add_param(target, key, when);
	return when ? 0 : -1;
}

/* NULL with *rc 0: the plain form. */
static struct tmpl *template_of(struct cli *c, const char *format, int *rc, struct err *e)
{
	struct tmpl *t;
	struct json *empty;
	own_buf ignored = { 0 };

	*rc = 0;
	if (str_empty(format))
		return NULL;
	t = tmpl_parse(c->arena, "", str_eq(format, "json") ? "{{json .}}" : format, e);
	buf_init(&ignored, CLI_BODY_MAX);
	empty = json_parse("{}", 2, &(struct err){ 0 });
	*rc = t ? tmpl_exec(t, go_of(&message_ptr, empty), 0, &ignored, e) : -1;
	json_free(empty);
	if (*rc == 0)
		return t;
	c->exit_code = BAD_TEMPLATE_CODE;
	err_in(e, "Error parsing format");
	return NULL;
}

static int follow(struct cli *c, struct client_stream *s, const struct tmpl *t, struct err *e)
{
	struct json *event;
	int rc;

	while ((rc = client_stream_json(s, &event, e)) > 0) {
		own_arena a = arena_new();

		if (t == NULL) {
			add_event(a, &c->out, event);
		} else {
			rc = tmpl_exec(t, go_of(&events_message_type, event), 0, &c->out, e);
			buf_char(&c->out, '\n');
		}
		json_free(event);
		cli_flush(c);
		if (rc < 0)
			return -1;
	}
	return rc;
}

static int run_events(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct events_opts *o = opts;
	const char *filters = filter_opt_json(c->arena, (struct str_list *)&o->filter.filter);
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct client_stream *s;
	own_buf target = { 0 };
	int rc;
	struct tmpl *t = template_of(c, o->format, &rc, e);

	buf_init(&target, 1 << 24);
	buf_str(&target, "/events");
	if (filters)
		http_add_param(&target, "filters", filters);
	if (rc || cli_client(c, e) == NULL || add_when(c, &target, "since", o->since, e) ||
		add_when(c, &target, "until", o->until, e))
		return -1;
	rq.method = "GET";
	rq.path = target.data;
	s = client_stream_open(c->client, &rq, e);
	if (s == NULL)
		return -1;
	rc = follow(c, s, t, e);
	client_stream_close(s);
	return rc;
}

const struct command_impl events_impl = {
	.run = run_events,
	.opts = events_opts,
	.opts_size = sizeof(struct events_opts),
};
