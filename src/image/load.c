/* SPDX-License-Identifier: Apache-2.0 */
/* One load from the first byte to the last word. */
#include "image/load.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "discard.h"
#include "layers.h"
#include "load_int.h"
#include "settle.h"
#include "sweep.h"

#define JOBS_MOST 8

/* "tare-layer" beside this program, else in ../libexec/tare. */
static const char *find_program(struct arena *a, const char *given)
{
	if (given)
		return given;
	const char *beside = arena_printf(a, "%s/tare-layer", proc_self_dir());
	if (access(beside, X_OK) == 0)
		return beside;
	return arena_printf(a, "%s/../libexec/tare/tare-layer", proc_self_dir());
}

static size_t count_processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n < 2 ? 2 : n > JOBS_MOST ? JOBS_MOST : (size_t)n;
}

static int make_dir(struct load *l, struct err *e)
{
	char random[17];

	id_hex(random, 16);
	snprintf(l->dir_name, sizeof(l->dir_name), SWEEP_LOAD_PREFIX "%s", random);
	if (mkdirat(l->store->tmp_fd, l->dir_name, 0700))
		return err_sys(e, "create load directory");
	l->dir_fd = openat(l->store->tmp_fd, l->dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return l->dir_fd < 0 ? err_sys(e, "open load directory") : 0;
}

/* Diff ids of the layers the store has. A layer that cannot be read is not there. */
static void note_layers(struct load *l)
{
	struct image_store *s = l->store;
	struct pinned all = { 0 };
	struct err ignored;

	{
		own_lock guard = lock_take(&s->lock);
		all.v = arena_array(l->arena, map_len(s->layers) + 1, sizeof(*all.v));
		for (struct map_iter it = map_iter(s->layers); map_next(&it);) {
			all.v[all.n++] = it.value;
			((struct layer *)it.value)->pins++;
		}
	}
	for (size_t i = 0; i < all.n; i++)
		if (layers_read(s, all.v[i], &ignored) == 0)
			map_set(l->diff_ids, all.v[i]->diff_id, l);
	store_unpin(s, &all);
}

static int take_archive(struct load *l, struct err *e)
{
	const int fds[] = { l->stream_fd, l->dir_fd, -1, -1 };

	if (load_spawn(l, "archive", NULL, fds, &l->archive, e))
		return -1;
	while (!l->is_archive_done)
		if (load_step(l, e))
			return -1;
	return 0;
}

/* Early jobs that turned out to be of no use are not waited for. */
static void drop_spare_jobs(struct load *l)
{
	for (size_t i = 0; i < l->n_jobs; i++) {
		struct job *job = l->jobs[i];
		if (job->is_used || job->state == JOB_DONE || job->state == JOB_FAILED)
			continue;
		if (job->state == JOB_RUNNING)
			l->n_running--;
		load_stop_worker(&job->worker);
		job->state = JOB_FAILED;
	}
}

/* Twins are made when what they are copied from is there. */
static int copy_twins(struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->n_jobs; i++)
		if (l->jobs[i]->twin && l->jobs[i]->state == JOB_WAITING &&
			load_copy_twin(l, l->jobs[i], e))
			return -1;
	return load_verify(l, e);
}

static bool is_pending(const struct job *job)
{
	return !job->twin && (job->state == JOB_WAITING || job->state == JOB_RUNNING);
}

/* Stops at the first layer that failed: the others would be unpacked for nothing. */
static int unpack_layers(struct load *l, struct err *e)
{
	for (;;) {
		bool is_waiting = false;
		for (size_t i = 0; i < l->n_images; i++) {
			for (size_t j = 0; j < l->images[i].n_layers; j++) {
				const struct job *job = l->images[i].layers[j].job;
				is_waiting |= job && is_pending(job);
				if (job && job->state == JOB_FAILED)
					return load_verify(l, e);
			}
		}
		if (!is_waiting)
			return copy_twins(l, e);
		if (load_step(l, e))
			return -1;
	}
}

/* The archive's files are not needed any more; written back they would only cost. */
static void drop_members(struct load *l)
{
	char name[16];

	for (struct map_iter it = map_iter(l->members); map_next(&it);) {
		struct load_member *m = it.value;
		if (m->type != LAYER_MEMBER_FILE || m->is_streamed)
			continue;
		snprintf(name, sizeof(name), "m%u", m->number);
		unlinkat(l->dir_fd, name, 0);
	}
}

static int run(struct load *l, struct err *e)
{
	if (make_dir(l, e))
		return -1;
	note_layers(l);
	if (take_archive(l, e) || load_plan(l, e))
		return -1;
	drop_spare_jobs(l);
	if (unpack_layers(l, e))
		return -1;
	drop_members(l);
	return load_commit(l, e);
}

/* After a success the folder stays, with the journal, until all is on disk. */
static void clean_up(struct load *l, bool is_loaded)
{
	struct err e;

	load_stop_worker(&l->archive);
	for (size_t i = 0; i < l->n_jobs; i++) {
		load_stop_worker(&l->jobs[i]->worker);
		if (l->jobs[i]->stream >= 0)
			close(l->jobs[i]->stream);
	}
	load_release(l);
	if (l->dir_fd >= 0)
		close(l->dir_fd);
	if (is_loaded)
		settle_begin(l->store->settle, l->dir_name);
	else if (*l->dir_name && discard_tree(l->store->discard, l->store->tmp_fd, l->dir_name, &e))
		log_warn("load: %s, ignoring", e.msg);
	map_free(l->members);
	map_free(l->diff_ids);
}

int image_load(struct image_store *s, int fd, const struct image_load_opts *opts, struct err *e)
{
	own_arena a = arena_new();
	struct load l = {
		.store = s,
		.opts = opts,
		.arena = a,
		.program = find_program(a, opts->layer_program),
		.dir_fd = -1,
		.stream_fd = fd,
		.archive.socket = -1,
		.jobs_most = count_processors(),
	};

	if (store_read(s, e))
		return -1;
	l.members = map_new();
	l.diff_ids = map_new();
	int rc = run(&l, e);
	clean_up(&l, rc == 0);
	return rc;
}
