/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: a stream for each container, all read by one loop, the table drawn anew twice a second. With --no-stream each
 * container is asked once, all at the same time, as each answer takes the daemon a second.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/thread.h"
#include "cmds.h"
#include "http/uri.h"
#include "listing.h"
#include "stats_row.h"

#define MILLISECOND  INT64_C(1000000)
#define DRAW_EVERY   (500 * MILLISECOND)
#define GIVE_UP	     (2000 * MILLISECOND) /* without a reading the numbers are unknown */
#define MAX_PARALLEL 50
#define SHORT_ID     12

struct entry {
	struct stats_row row;
	struct client_stream *stream; /* NULL: ended, or not there */
	int64_t heard_at;
	bool has_first;
	bool has_failed;
	struct err why;
};

struct stats {
	struct cli *c;
	const struct stats_opts *o;
	struct entry **v; /* they do not move: threads and templates point to them */
	size_t n;
	bool is_all; /* no names were given: containers come and go */
	struct client_stream *events;
};

struct stats_opts {
	struct opts_common common;
	bool all, no_stream, no_trunc;
	const char *format;
};

static const struct opt stats_opts[] = {
	OPT(BOOL, 'a', "all", NULL, struct stats_opts, all,
		"Show all containers (default shows just running)"),
	OPT(STR, 0, "format", "string", struct stats_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 0, "no-stream", NULL, struct stats_opts, no_stream,
		"Disable streaming stats and only pull the first result"),
	OPT(BOOL, 0, "no-trunc", NULL, struct stats_opts, no_trunc, "Do not truncate output"),
	OPT_END,
};

/* --- containers --- */

static struct entry *find(const struct stats *s, const char *container)
{
	for (size_t i = 0; i < s->n; i++) {
		if (str_eq(s->v[i]->row.container, container))
			return s->v[i];
	}
	return NULL;
}

static struct entry *add(struct stats *s, const char *container)
{
	struct entry *e = ARENA_NEW(s->c->arena, struct entry);

	if (find(s, container))
		return NULL;
	e->row.container = arena_strdup(s->c->arena, container);
	e->row.trunc = !s->o->no_trunc;
	e->heard_at = clock_monotonic_ns();
	s->v = arena_grow(s->c->arena, s->v, &s->n, sizeof(struct entry *));
	s->v[s->n - 1] = e;
	return e;
}

static void drop(struct stats *s, const char *container)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!str_eq(s->v[i]->row.container, container))
			continue;
		client_stream_close(s->v[i]->stream);
		stats_row_done(&s->v[i]->row);
		memmove(&s->v[i], &s->v[i + 1], (s->n - i - 1) * sizeof(struct entry *));
		s->n--;
		return;
	}
}

static struct client_stream *open_stream(struct cli *c, const char *path, struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;

	rq.method = "GET";
	rq.path = path;
	return client_stream_open(c->client, &rq, e);
}

static const char *stats_path(struct cli *c, const char *container, bool is_stream)
{
	return cli_path(
		c, "containers", container, is_stream ? "/stats?stream=1" : "/stats?stream=0");
}

static void fail(struct entry *e)
{
	client_stream_close(e->stream);
	e->stream = NULL;
	e->row.is_invalid = true;
	e->has_first = true;
	e->has_failed = true;
}

static void start_stream(struct stats *s, struct entry *e)
{
	const char *path = stats_path(s->c, e->row.container, true);

	e->stream = open_stream(s->c, path, &e->why);
	if (e->stream == NULL)
		fail(e);
}

/* --- once: many threads, a client each --- */

struct once {
	const struct stats *s;
	const char **paths;
	atomic_size_t next;
};

static void read_once(struct client *client, const char *path, struct entry *e)
{
	own_json reading = NULL;

	if (client_call_json(client, "GET", path, NULL, &reading, &e->why) < 0 || reading == NULL)
		fail(e);
	else
		stats_row_take(&e->row, reading);
}

static void once_worker(void *arg)
{
	struct once *w = arg;
	struct client_spec spec = { .host = client_host(w->s->c->client), .assume_latest = true };
	struct client *client = NULL;
	size_t i;

	while ((i = atomic_fetch_add(&w->next, 1)) < w->s->n) {
		struct entry *e = w->s->v[i];

		if (client == NULL)
			client = client_new(&spec, &e->why);
		if (client == NULL)
			fail(e);
		else
			read_once(client, w->paths[i], e);
	}
	client_free(client);
}

static void read_all_once(struct stats *s)
{
	struct once w = { .s = s };
	pthread_t threads[MAX_PARALLEL];
	size_t n = 0;

	w.paths = arena_array(s->c->arena, s->n + 1, sizeof(*w.paths));
	for (size_t i = 0; i < s->n; i++)
		w.paths[i] = stats_path(s->c, s->v[i]->row.container, false);
	while (n + 1 < s->n && n < MAX_PARALLEL) {
		struct err ignored;

		if (thread_start(&threads[n], once_worker, &w, &ignored))
			break;
		n++;
	}
	once_worker(&w);
	while (n > 0)
		thread_join(threads[--n]);
}

/* --- the stream --- */

static void hear_entry(struct entry *e)
{
	own_json reading = NULL;
	int rc = client_stream_json(e->stream, &reading, &e->why);

	if (rc <= 0) {
		fail(e);
		return;
	}
	stats_row_take(&e->row, reading);
	e->heard_at = clock_monotonic_ns();
	e->has_first = true;
}

/* 0, or -1 when events end: the daemon is gone. */
static int hear_event(struct stats *s, struct err *e)
{
	own_json event = NULL;
	const char *action, *id, *container;
	int rc = client_stream_json(s->events, &event, e);

	if (rc <= 0)
		return rc < 0 ? -1 : err_set(e, ERR_CANCELLED, "%s", "");
	action = json_str(json_get_ci(event, "Action"), "");
	id = json_str(json_get_ci(json_get_ci(event, "Actor"), "ID"), "");
	container = arena_strndup(s->c->arena, id, SHORT_ID);
	if (str_eq(action, "start") || (s->o->all && str_eq(action, "create"))) {
		struct entry *entry = add(s, container);

		if (entry)
			start_stream(s, entry);
	} else if (str_eq(action, "die") && !s->o->all) {
		drop(s, container);
	}
	return 0;
}

static bool is_ready(const struct pollfd *fd, const struct client_stream *stream)
{
	return fd->revents || client_stream_pending(stream);
}

/* Takes in what comes until the time `until` (monotonic), or all have a first reading. */
static int listen_until(struct stats *s, int64_t until, bool only_first, struct err *e)
{
	for (;;) {
		own_mem struct pollfd *fds = calloc(s->n + 1, sizeof(*fds));
		int64_t now = clock_monotonic_ns(), left = (until - now) / MILLISECOND;
		size_t n = s->n, waiting = 0;
		bool pending = s->events && client_stream_pending(s->events);

		if (fds == NULL)
			abort();
		for (size_t i = 0; i < n; i++) {
			struct entry *one = s->v[i];

			fds[i].fd = one->stream ? client_stream_fd(one->stream) : -1;
			fds[i].events = POLLIN;
			pending |= one->stream && client_stream_pending(one->stream);
			if (now - one->heard_at > GIVE_UP && one->stream) {
				stats_row_reset(&one->row);
				one->has_first = true;
			}
			waiting += !one->has_first;
		}
		if (left <= 0 || (only_first && waiting == 0))
			return 0;
		fds[n].fd = s->events ? client_stream_fd(s->events) : -1;
		fds[n].events = POLLIN;
		if (poll(fds, n + 1, pending ? 0 : (int)left) < 0)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (s->v[i]->stream && is_ready(&fds[i], s->v[i]->stream))
				hear_entry(s->v[i]);
		}
		if (s->events && is_ready(&fds[n], s->events) && hear_event(s, e))
			return -1;
	}
}

/* --- output --- */

static int draw(struct stats *s, const char *format, struct err *e)
{
	struct listing_rows list = { .type = &stats_row_type, .n = s->n };
	void **v = arena_array(s->c->arena, s->n + 1, sizeof(*v));
	own_buf text = { 0 };
	struct slice rest, line;
	bool more = true;

	for (size_t i = 0; i < s->n; i++)
		v[i] = &s->v[i]->row;
	list.v = v;
	if (!s->o->no_stream)
		buf_str(&s->c->out, "\x1b[H");
	if (listing_write(s->c, format, &list, e))
		return -1;
	if (s->o->no_stream)
		return 0;
	/* docker writes the table, and once more with each line's rest erased */
	buf_init(&text, CLI_BODY_MAX);
	buf_add(&text, s->c->out.data, s->c->out.len);
	rest = (struct slice){ text.data, text.len };
	while (more) {
		more = slice_cut(rest, '\n', &line, &rest);
		buf_fmt(&s->c->out, "%.*s \x1b[K\n", (int)line.n, line.p);
	}
	buf_str(&s->c->out, "\x1b[J");
	return 0;
}

static int stream_all(struct stats *s, const char *format, struct err *e)
{
	int64_t next = clock_monotonic_ns() + DRAW_EVERY;

	for (;;) {
		if (listen_until(s, next, false, e))
			return -1;
		next += DRAW_EVERY;
		if (draw(s, format, e))
			return -1;
		cli_flush(s->c);
		if (s->n == 0 && !s->is_all)
			return 0;
	}
}

/* --- the command --- */

static int list_containers(struct stats *s, struct err *e)
{
	own_json list = NULL;

	if (cli_get_json(s->c, s->o->all ? "/containers/json?all=1" : "/containers/json", &list, e))
		return -1;
	for (size_t i = 0; i < json_len(list); i++) {
		const char *id = json_str(json_get_ci(json_at(list, i), "Id"), "");

		add(s, arena_strndup(s->c->arena, id, SHORT_ID));
	}
	return 0;
}

/* What failed of the containers that were named. */
static int named_errors(struct stats *s, struct err *e)
{
	struct cli_errors errors;

	cli_errors_init(&errors);
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i]->has_failed)
			cli_errors_add(&errors, s->v[i]->why.msg);
	}
	return cli_errors_end(s->c, &errors, e);
}

static int begin(struct stats *s, const struct str_list *args, struct err *e)
{
	own_buf target = { 0 };

	buf_init(&target, 4096);
	buf_str(&target, "/events");
	http_add_param(&target, "filters", "{\"type\":{\"container\":true}}");
	if (cli_client(s->c, e) == NULL)
		return -1;
	if (s->is_all) {
		/* before the list, so that none is missed between the two */
		s->events = open_stream(s->c, target.data, e);
		if (s->events == NULL || list_containers(s, e))
			return -1;
	}
	for (size_t i = 0; i < args->n; i++)
		add(s, args->v[i]);
	if (s->o->no_stream) {
		read_all_once(s);
		return 0;
	}
	for (size_t i = 0; i < s->n; i++)
		start_stream(s, s->v[i]);
	return listen_until(s, INT64_MAX, true, e);
}

static int run_stats(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct stats s = { .c = c, .o = opts, .is_all = args->n == 0 };
	const char *format = s.o->format ? s.o->format : "";
	int rc = begin(&s, args, e);

	if (rc == 0 && !s.is_all)
		rc = named_errors(&s, e);
	if (*format == '\0')
		format = cli_config_str(c, "statsFormat");
	if (*format == '\0' || str_eq(format, "table"))
		format = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t"
			 "{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";
	if (rc == 0)
		rc = s.o->no_stream ? draw(&s, format, e) : stream_all(&s, format, e);
	client_stream_close(s.events);
	while (s.n > 0)
		drop(&s, s.v[0]->row.container);
	return rc;
}

const struct command_impl stats_impl = {
	.run = run_stats,
	.opts = stats_opts,
	.opts_size = sizeof(struct stats_opts),
};
