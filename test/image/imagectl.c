/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image store by hand, for black-box tests without a daemon: imagectl ROOT VERB [ARG…]. Errors go to stderr
 * as "KIND: text", exit 1. TARE_LAYER names the worker.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/slice.h"
#include "base/thread.h"
#include "image/fsck.h"
#include "image/image.h"
#include "image/load.h"
#include "image/root.h"

struct call {
	struct image_store *store;
	struct arena *arena;
	int argc;
	char **argv;
};

static const char *arg(const struct call *c, int i)
{
	return i < c->argc ? c->argv[i] : "";
}

static int find(struct call *c, const char *name, const char **id, struct err *e)
{
	return image_resolve(c->store, c->arena, name, id, e);
}

static void print_list(const char *title, const struct str_list *l)
{
	printf("%s", title);
	for (size_t i = 0; i < l->n; i++)
		printf(" %s", l->v[i]);
	printf("\n");
}

static void print_map(const struct str_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		printf("%s: %s\n", m->keys[i], m->v[i]);
}

static int report(void *unused, const struct image_load_event *ev, struct err *e)
{
	static const char *const names[] = { "progress", "stream", "image", "tagged" };

	if (ev->type == IMAGE_LOAD_STREAM)
		printf("%s", ev->text);
	else if (ev->type == IMAGE_LOAD_PROGRESS)
		printf("# progress %s %" PRId64 "/%" PRId64 "\n", ev->layer, ev->current,
			ev->total);
	else
		printf("# %s %s %s\n", names[ev->type], ev->image_id, ev->text ? ev->text : "");
	fflush(stdout);
	return 0;
}

/* load [-q] [-p PLATFORM] FILE ("-": stdin) */
static int do_load(struct call *c, struct err *e)
{
	struct image_load_opts opts = { .layer_program = getenv("TARE_LAYER"), .report = report };
	struct oci_platform platform;
	int i = 0;

	for (; str_starts(arg(c, i), "-") && strcmp(arg(c, i), "-") != 0; i++) {
		if (strcmp(arg(c, i), "-q") == 0)
			opts.quiet = true;
		else if (strcmp(arg(c, i), "-p") == 0) {
			if (oci_platform_parse(c->arena, arg(c, ++i), &platform, e))
				return -1;
			opts.platform = &platform;
		}
	}
	int fd = strcmp(arg(c, i), "-") == 0 ? 0 : open(arg(c, i), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", arg(c, i));
	return image_load(c->store, fd, &opts, e);
}

/* list [-a] [reference=P|label=L|dangling=B|before=X|since=X]… */
static int do_list(struct call *c, struct err *e)
{
	struct image_query q = { .with_shared_size = true };
	struct image_summary_list list;
	char when[CLOCK_TEXT];
	bool dangling;

	for (int i = 0; i < c->argc; i++) {
		const char *value = strchr(arg(c, i), '=');
		value = value ? value + 1 : "";
		if (strcmp(arg(c, i), "-a") == 0)
			q.all = true;
		else if (str_starts(arg(c, i), "reference="))
			str_list_add(c->arena, &q.references, value);
		else if (str_starts(arg(c, i), "label="))
			str_list_add(c->arena, &q.labels, value);
		else if (str_starts(arg(c, i), "before="))
			str_list_add(c->arena, &q.before, value);
		else if (str_starts(arg(c, i), "since="))
			str_list_add(c->arena, &q.since, value);
		else {
			dangling = strcmp(value, "true") == 0;
			q.dangling = &dangling;
		}
	}
	if (image_list(c->store, c->arena, &q, &list, e))
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		const struct image_summary *s = &list.v[i];
		printf("%.19s %s %" PRId64 " %" PRId64, s->id,
			s->created_ns == CLOCK_NEVER ? "never" : clock_rfc3339(when, s->created_ns),
			s->size_bytes, s->shared_bytes);
		print_list("", &s->repo_tags);
	}
	return 0;
}

struct load2 {
	struct call *call;
	const char *path;
	int rc;
	struct err e;
};

static void load_one(void *arg)
{
	struct load2 *l = arg;
	struct image_load_opts opts = {
		.layer_program = getenv("TARE_LAYER"), .quiet = true, .report = report
	};
	int fd = open(l->path, O_RDONLY | O_CLOEXEC);

	l->rc = fd < 0 ? err_sys(&l->e, "open %s", l->path)
		       : image_load(l->call->store, fd, &opts, &l->e);
	if (fd >= 0)
		close(fd);
}

/* load2 FILE FILE: both at once */
static int do_load2(struct call *c, struct err *e)
{
	struct load2 loads[2] = { { c, arg(c, 0) }, { c, arg(c, 1) } };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		if (thread_start(&threads[i], load_one, &loads[i], e))
			return -1;
	for (int i = 0; i < 2; i++)
		thread_join(threads[i]);
	for (int i = 0; i < 2; i++) {
		if (loads[i].rc) {
			*e = loads[i].e;
			return -1;
		}
	}
	return 0;
}

static int do_resolve(struct call *c, struct err *e)
{
	const char *id;

	if (find(c, arg(c, 0), &id, e))
		return -1;
	printf("%s\n", id);
	return 0;
}

static int do_inspect(struct call *c, struct err *e)
{
	struct image_info info;
	char when[CLOCK_TEXT];
	const char *id;

	if (find(c, arg(c, 0), &id, e) || image_inspect(c->store, c->arena, id, &info, e))
		return -1;
	printf("Id: %s\nParent: %s\n", info.id, info.parent);
	print_list("RepoTags:", &info.repo_tags);
	print_list("RepoDigests:", &info.repo_digests);
	printf("Created: %s\nSize: %" PRId64 "\nComment: %s\nDockerVersion: %s\n",
		info.created_ns == CLOCK_NEVER ? "never" : clock_rfc3339(when, info.created_ns),
		info.size_bytes, info.comment, info.docker_version);
	printf("Tagged: %s\nChain: %s\n", info.last_tag_ns == CLOCK_NEVER ? "never" : "yes",
		info.chain_id);
	print_list("Cmd:", &info.config.config.cmd);
	print_list("Layers:", &info.config.rootfs.diff_ids);
	print_map(&info.graph_data);
	return 0;
}

static int do_history(struct call *c, struct err *e)
{
	struct image_history h;
	const char *id;

	if (find(c, arg(c, 0), &id, e) || image_history(c->store, c->arena, id, &h, e))
		return -1;
	for (size_t i = 0; i < h.n; i++)
		printf("%.19s %" PRId64 " %s\n", h.v[i].id, h.v[i].size_bytes, h.v[i].created_by);
	return 0;
}

static int do_tag(struct call *c, struct err *e)
{
	const char *id, *name;

	if (find(c, arg(c, 0), &id, e) ||
		image_tag(c->store, c->arena, id, arg(c, 1), arg(c, 2), &name, e))
		return -1;
	printf("%s\n", name);
	return 0;
}

/* rm [-f] [-n] NAME [CONTAINER=IMAGE[=running]]… */
static int do_rm(struct call *c, struct err *e)
{
	struct image_remove_opts opts = { 0 };
	struct image_removed_list out;
	struct image_user users[16];
	const char *id;
	int i = 0;

	for (; *arg(c, i) == '-'; i++) {
		opts.force |= strcmp(arg(c, i), "-f") == 0;
		opts.no_prune |= strcmp(arg(c, i), "-n") == 0;
	}
	const char *name = arg(c, i++);
	for (; i < c->argc && opts.users.n < 16; i++) {
		struct slice ctr, rest, image, running;
		slice_cut(slice_str(arg(c, i)), '=', &ctr, &rest);
		slice_cut(rest, '=', &image, &running);
		if (find(c, arena_strndup(c->arena, image.p, image.n), &id, e))
			return -1;
		users[opts.users.n++] = (struct image_user){ arena_strndup(c->arena, ctr.p, ctr.n),
			id, running.n > 0 };
	}
	opts.users.v = users;
	int rc = image_remove(c->store, c->arena, name, &opts, &out, e);
	for (size_t k = 0; k < out.n; k++)
		printf("%s: %s\n", out.v[k].untagged ? "Untagged" : "Deleted",
			out.v[k].untagged ? out.v[k].untagged : out.v[k].deleted);
	return rc;
}

static int do_driver(struct call *c, struct err *e)
{
	struct str_map rows = { 0 };

	if (image_driver_status(c->store, c->arena, &rows, e))
		return -1;
	print_map(&rows);
	return 0;
}

static int do_create(struct call *c, struct err *e)
{
	const char *id = "";

	if (*arg(c, 1) && find(c, arg(c, 1), &id, e))
		return -1;
	return image_root_create(c->store, arg(c, 0), id, e);
}

static int do_mount(struct call *c, struct err *e)
{
	const char *path;

	if (image_root_mount(c->store, c->arena, arg(c, 0), &path, e))
		return -1;
	printf("%s\n", path);
	return 0;
}

static int do_unmount(struct call *c, struct err *e)
{
	return image_root_unmount(c->store, arg(c, 0), e);
}

static int do_remove(struct call *c, struct err *e)
{
	return image_root_remove(c->store, arg(c, 0), e);
}

static int do_size(struct call *c, struct err *e)
{
	int64_t rw, image;

	if (image_root_size(c->store, arg(c, 0), &rw, &image, e))
		return -1;
	printf("%" PRId64 " %" PRId64 "\n", rw, image);
	return 0;
}

static int do_graph(struct call *c, struct err *e)
{
	struct str_map rows = { 0 };

	if (image_root_graph(c->store, c->arena, arg(c, 0), &rows, e))
		return -1;
	print_map(&rows);
	return 0;
}

static int do_open(struct call *c, struct err *e)
{
	return 0;
}

/* prune [-a] */
static int do_prune(struct call *c, struct err *e)
{
	struct image_prune_opts opts = { .all = strcmp(arg(c, 0), "-a") == 0 };
	struct image_removed_list out;
	int64_t bytes;

	int rc = image_prune(c->store, c->arena, &opts, &out, &bytes, e);
	printf("%zu rows, %" PRId64 " bytes\n", out.n, bytes);
	return rc;
}

/* fsck [-r] [CONTAINER…]: of a store nobody works on; exit status as fsck(8) */
static int do_fsck(struct call *c, struct err *e)
{
	struct str_list roots = { 0 }, containers = { 0 };
	struct fsck_opts o = { .is_offline = true, .roots = &roots, .containers = &containers };
	struct fsck_report r;
	int i = 0;

	if (strcmp(arg(c, 0), "-r") == 0) {
		o.is_repairing = true;
		i++;
	}
	for (; i < c->argc; i++)
		str_list_add(c->arena, &containers, arg(c, i));
	if (image_root_list(c->store, c->arena, &roots, e))
		return -1;
	int rc = image_fsck(c->store, c->arena, &o, &r, e);
	for (size_t k = 0; k < r.n; k++)
		printf("%s %s: %s%s%s\n", r.v[k].kind, r.v[k].object, r.v[k].problem,
			r.v[k].is_repaired ? " (repaired)" : "",
			r.v[k].failure ? r.v[k].failure : "");
	return rc;
}

/* time N IMAGE: microseconds of creating, mounting, unmounting, removing a root */
static int do_time(struct call *c, struct err *e)
{
	int64_t sum[4] = { 0 }, n = strtol(arg(c, 0), NULL, 10);
	const char *id, *path;
	char ctr[65];

	if (find(c, arg(c, 1), &id, e))
		return -1;
	for (int64_t i = 0; i < n; i++) {
		snprintf(ctr, sizeof(ctr), "%064" PRIx64, i + 1);
		int64_t t[5];
		t[0] = clock_monotonic_ns();
		int rc = image_root_create(c->store, ctr, id, e);
		t[1] = clock_monotonic_ns();
		rc = rc || image_root_mount(c->store, c->arena, ctr, &path, e);
		t[2] = clock_monotonic_ns();
		rc = rc || image_root_unmount(c->store, ctr, e);
		t[3] = clock_monotonic_ns();
		rc = rc || image_root_remove(c->store, ctr, e);
		t[4] = clock_monotonic_ns();
		if (rc)
			return -1;
		for (int k = 0; k < 4; k++)
			sum[k] += t[k + 1] - t[k];
	}
	printf("create %" PRId64 " mount %" PRId64 " unmount %" PRId64 " remove %" PRId64 "\n",
		sum[0] / n / 1000, sum[1] / n / 1000, sum[2] / n / 1000, sum[3] / n / 1000);
	return 0;
}

static const struct verb {
	const char *name;
	int (*run)(struct call *c, struct err *e);
} verbs[] = {
	{ "open", do_open },
	{ "load", do_load },
	{ "list", do_list },
	{ "resolve", do_resolve },
	{ "inspect", do_inspect },
	{ "history", do_history },
	{ "tag", do_tag },
	{ "rm", do_rm },
	{ "driver", do_driver },
	{ "create", do_create },
	{ "mount", do_mount },
	{ "unmount", do_unmount },
	{ "remove", do_remove },
	{ "size", do_size },
	{ "graph", do_graph },
	{ "fsck", do_fsck },
	{ "prune", do_prune },
	{ "time", do_time },
	{ "load2", do_load2 },
};

static int run(const struct verb *v, int argc, char **argv, struct err *e)
{
	struct call c = { .argc = argc - 3, .argv = argv + 3, .arena = arena_new() };
	int rc = -1;

	c.store = v->run == do_fsck ? image_store_open_still(argv[1], e)
				    : image_store_open(argv[1], e);
	if (c.store)
		rc = v->run(&c, e);
	image_store_close(c.store);
	arena_free(c.arena);
	return rc;
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = { "internal", "invalid", "unauthorized", "forbidden",
		"not found", "conflict", "not modified", "not implemented", "unavailable",
		"cancelled" };
	struct err e;

	umask(022);
	for (size_t i = 0; argc > 2 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, argv[2]) != 0)
			continue;
		if (run(&verbs[i], argc, argv, &e) == 0)
			return 0;
		fprintf(stderr, "%s: %s\n", kinds[e.kind], e.msg);
		return 1;
	}
	fprintf(stderr, "usage: imagectl ROOT VERB [ARG...]\n");
	return 2;
}
