/* SPDX-License-Identifier: Apache-2.0 */
/* One load from the first byte to the last word. */
#include "image/load.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "layers.h"
#include "load_int.h"

#define JOBS_MOST 8

static size_t count_processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n < 2 ? 2 : n > JOBS_MOST ? JOBS_MOST : (size_t)n;
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
	const struct worker_fds fds = { l->stream_fd, l->in.folder.fd, -1 };
	static const char *const args[] = { "archive", NULL };

	if (worker_spawn(l->program, args, &fds, &l->archive, e))
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
		worker_stop(&job->worker);
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
			for (size_t j = 0; j < l->images[i].to->n_layers; j++) {
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
		unlinkat(l->in.folder.fd, name, 0);
	}
}

static void name_places(struct load *l)
{
	for (size_t i = 0; i < l->n_images; i++) {
		for (size_t j = 0; j < l->images[i].to->n_layers; j++) {
			const struct load_layer *layer = &l->images[i].layers[j];
			if (!layer->job)
				continue;
			layer->to->place = &layer->job->place;
			layer->to->size = layer->job->done.size;
		}
	}
}

static int run(struct load *l, struct err *e)
{
	if (intake_open(&l->in, e))
		return -1;
	note_layers(l);
	if (take_archive(l, e) || load_plan(l, e))
		return -1;
	drop_spare_jobs(l);
	if (unpack_layers(l, e))
		return -1;
	drop_members(l);
	name_places(l);
	if (intake_commit(&l->in, e))
		return -1;
	/* Who went away now has missed the news, not the image. */
	struct err ignored;
	load_report_all(l, &ignored);
	return 0;
}

static void clean_up(struct load *l)
{
	worker_stop(&l->archive);
	for (size_t i = 0; i < l->n_jobs; i++) {
		worker_stop(&l->jobs[i]->worker);
		if (l->jobs[i]->stream >= 0)
			close(l->jobs[i]->stream);
	}
	intake_close(&l->in);
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
		.program = worker_program(a, opts->layer_program),
		.in = { .store = s, .arena = a, .action = "load", .folder.fd = -1 },
		.stream_fd = fd,
		.archive.socket = -1,
		.jobs_most = count_processors(),
	};

	if (store_read(s, e))
		return -1;
	l.members = map_new();
	l.diff_ids = map_new();
	int rc = run(&l, e);
	clean_up(&l);
	return rc;
}
