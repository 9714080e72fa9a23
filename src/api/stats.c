/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: a reading a second for as long as the client stays, or one (feature row B9). One reading needs the one before
 * it, so that a client can tell how busy the processors were: without `one-shot` the first is kept back for a second.
 */
#include "stats.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "engine/inspect.h"
#include "routes.h"
#include "sys/scope.h"

#define PROC_FILE_MOST (1024 * 1024)
#define SECOND_NS      1000000000LL

struct watch {
	struct call *call;
	struct cgroup_host *cgroups;
	struct arena *arenas[2]; /* of the reading now and the one before */
	struct stats_sample samples[2];
	unsigned turn;
	bool is_stream, is_one_shot;
};

/* A file of /proc; empty when it cannot be read: the process may just have ended. */
static struct slice read_proc(struct arena *a, const char *path)
{
	struct err ignored;
	const char *text = fs_read_str(a, AT_FDCWD, path, PROC_FILE_MOST, &ignored);

	return text ? slice_str(text) : (struct slice){ NULL, 0 };
}

static int take_sample(struct watch *w, struct arena *a, const struct engine_brief *ctr,
	struct stats_sample *out, struct err *e)
{
	own_cgroup cg = scope_find(w->cgroups, ctr->cgroup_path, e);

	if (!cg || cgroup_read_stats(cg, a, &out->use, e))
		return -1;
	out->system_ns =
		stats_parse_system(read_proc(a, "/proc/stat"), (uint64_t)sysconf(_SC_CLK_TCK));
	out->online_cpus = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	out->memory_total = stats_parse_memory(read_proc(a, "/proc/meminfo"));
	if (!ctr->in_host_net)
		stats_parse_nics(a,
			read_proc(a, arena_printf(a, "/proc/%d/net/dev", (int)ctr->pid)),
			&out->nics);
	out->read_ns = clock_now_ns();
	return 0;
}

/* Reads the container as it is now; one that does not run, or is just ending, gives an empty reading. */
static int next_sample(struct watch *w, struct engine_brief *ctr, struct err *e)
{
	struct arena *a;
	struct stats_sample *out;
	struct err gone;

	w->turn = !w->turn;
	arena_free(w->arenas[w->turn]);
	a = w->arenas[w->turn] = arena_new();
	out = &w->samples[w->turn];
	*out = (struct stats_sample){ .read_ns = CLOCK_NEVER };
	if (engine_get_brief(w->call->api->config.engine, a, w->call->id, ctr, e))
		return -1;
	if (ctr->running && ctr->pid && take_sample(w, a, ctr, out, &gone))
		*out = (struct stats_sample){ .read_ns = CLOCK_NEVER };
	return 0;
}

static int send_sample(struct watch *w, const struct engine_brief *ctr, struct err *e)
{
	struct jsonw json;
	own_buf body = { 0 };

	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&json, &body, NULL);
	json.escape_html = true;
	stats_write(&json, ctr->id, arena_printf(w->arenas[w->turn], "/%s", ctr->name),
		&w->samples[w->turn], &w->samples[!w->turn]);
	buf_char(&body, '\n');
	return http_write(w->call->rq, body.data, body.len, e);
}

/* Waits until at (monotonic); -1 when the client has gone. */
static int wait_until(struct watch *w, int64_t at, struct err *e)
{
	int64_t left = at - clock_monotonic_ns();

	return left <= 0 ? 0 : http_wait(w->call->rq, -1, (int)(left / 1000000) + 1, e);
}

static int run(struct watch *w, struct engine_brief *ctr, struct err *e)
{
	int64_t at = clock_monotonic_ns();

	if (http_start(w->call->rq, 200, API_JSON, e))
		return -1;
	if (!w->is_stream && (w->is_one_shot || !ctr->running))
		return send_sample(w, ctr, e);
	if (w->is_stream && send_sample(w, ctr, e))
		return -1;
	for (;;) {
		struct err removed;

		at += SECOND_NS;
		if (wait_until(w, at, e) < 0)
			return -1;
		/* Whoever watches a container that is removed sees the stream end. */
		if (next_sample(w, ctr, &removed))
			return 0;
		if (send_sample(w, ctr, e))
			return -1;
		if (!w->is_stream)
			return 0;
	}
}

int container_stats(struct call *c, struct err *e)
{
	struct watch w = { .call = c,
		.is_stream = call_bool_or(c, "stream", true),
		.is_one_shot = call_bool(c, "one-shot") };
	struct engine_brief ctr;
	int rc = -1;

	if (w.is_stream && w.is_one_shot)
		return err_set(e, ERR_INVALID, "cannot have stream=true and one-shot=true");
	w.samples[0].read_ns = w.samples[1].read_ns = CLOCK_NEVER;
	if (w.is_stream)
		http_set_endless(c->rq);
	w.cgroups = cgroup_host_new(e);
	if (w.cgroups && next_sample(&w, &ctr, e) == 0)
		rc = run(&w, &ctr, e);
	cgroup_host_free(w.cgroups);
	arena_free(w.arenas[0]);
	arena_free(w.arenas[1]);
	return rc;
}
