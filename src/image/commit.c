/* SPDX-License-Identifier: Apache-2.0 */
#include "image/commit.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/slice.h"
#include "layerdb.h"
#include "new_image.h"
#include "oci/platform.h"

/* The tar without members: dockerd takes it for no layer at all. */
#define EMPTY_TAR "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
#define PIPE_SIZE (1024 * 1024)

struct commit {
	struct image_store *store;
	const struct image_commit *c;
	struct intake in;
	struct oci_image_config parent; /* zeroed without one */
	struct intake_place place;
	struct layer_done done;
};

static int read_parent(struct commit *k, struct err *e)
{
	own_buf text = { 0 };

	if (str_empty(k->c->parent_id))
		return 0;
	buf_init(&text, CONFIG_MOST + 1);
	if (imagedb_read(k->store, k->c->parent_id, &text, e))
		return e->kind == ERR_NOT_FOUND ? store_no_image(k->c->parent_id, e) : -1;
	return oci_image_config_parse(k->in.arena, text.data, text.len, &k->parent, e);
}

static int open_upper(struct commit *k, struct err *e)
{
	struct mount_record r;
	char path[PATH_MAX];

	if (mountdb_read(k->store, k->in.arena, k->c->ctr_id, &r, e))
		return -1;
	snprintf(path, sizeof(path), "%s/diff", r.mount_id);
	int fd = openat(k->store->overlay_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

/* Spawns the two with a pipe between; nobody else holds its ends afterwards. */
static int spawn_both(
	struct commit *k, struct worker *packer, struct worker *unpacker, struct err *e)
{
	static const char *const pack[] = { "pack", "upper", NULL };
	static const char *const unpack[] = { "unpack", NULL };
	const char *program = worker_program(k->in.arena, k->c->layer_program);
	own_fd upper = open_upper(k, e);
	int ends[2];

	if (upper < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC))
		return err_sys(e, "make pipe");
	own_fd out = ends[0];
	own_fd in = ends[1];
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(in, F_SETPIPE_SZ, PIPE_SIZE);
	const struct worker_fds fds = { .stream = in, .dir = upper, .split = -1 };
	const struct intake_unpacking unpacking = {
		.program = program, .folder = &k->in.folder, .n = 1, .stream = out, .args = unpack
	};
	return worker_spawn(program, pack, &fds, packer, e) ||
			       intake_unpack(&unpacking, &k->place, unpacker, e)
		       ? -1
		       : 0;
}

/*
 * A tar that was cut off between two members looks whole: the packer must have said that it is. When it
 * failed, that is
 * why the unpacker did, unless it only lost its reader.
 */
static int await_both(
	struct commit *k, struct worker *packer, struct worker *unpacker, struct err *e)
{
	struct layer_msg msg;
	struct err why;

	int rc = worker_await(unpacker, NULL, NULL, &k->done, e);
	worker_stop(unpacker);
	if (worker_receive(packer, &msg, &why)) {
		if (rc == 0 || why.kind != ERR_CANCELLED)
			*e = why;
		return err_in(e, "pack container %s", k->c->ctr_id);
	}
	if (rc == 0 && msg.type != LAYER_MSG_PACKED)
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	return rc;
}

static int make_layer(struct commit *k, struct err *e)
{
	struct worker packer = WORKER_NONE, unpacker = WORKER_NONE;

	int rc = spawn_both(k, &packer, &unpacker, e);
	if (rc == 0)
		rc = await_both(k, &packer, &unpacker, e);
	worker_stop(&packer);
	worker_stop(&unpacker);
	return rc;
}

static void add_history(struct commit *k, struct new_image *n, bool is_empty)
{
	struct oci_history *h;

	n->history = k->parent.history;
	n->history.v = arena_grow(k->in.arena, n->history.v, &n->history.n, sizeof(*h));
	h = &n->history.v[n->history.n - 1];
	h->created = n->created;
	h->created_by = k->c->created_by;
	h->author = k->c->author;
	h->comment = k->c->comment;
	h->empty_layer = is_empty;
}

static int take_in(struct commit *k, const char **id, struct err *e)
{
	bool is_empty = strcmp(k->done.diff_id, EMPTY_TAR) == 0;
	struct oci_platform host;
	char now[CLOCK_TEXT];
	const struct image_commit *c = k->c;
	const struct oci_image_config *p = &k->parent;

	oci_platform_host(&host);
	struct new_image n = { .architecture = str_empty(p->architecture) ? host.architecture
									  : p->architecture,
		.variant = str_empty(p->architecture) ? host.variant : p->variant,
		.os = c->os,
		.os_version = p->os_version,
		.os_features = p->os_features,
		.author = c->author,
		.container = c->ctr_id,
		.docker_version = c->docker_version,
		.created = clock_rfc3339(now, clock_now_ns()),
		.config = c->config,
		.container_config = c->container_config,
		.diff_ids = p->rootfs.diff_ids };
	add_history(k, &n, is_empty);
	if (!is_empty)
		str_list_add(k->in.arena, &n.diff_ids, k->done.diff_id);
	const struct new_image_parts parts = { .image = &n,
		.place = is_empty ? NULL : &k->place,
		.size = k->done.size,
		.parent = str_empty(c->parent_id) ? NULL : c->parent_id,
		.name = c->name };
	return new_image_take(&k->in, &parts, id, e);
}

int image_commit(struct image_store *s, struct arena *a, const struct image_commit *c,
	const char **id, struct err *e)
{
	struct commit k = {
		.store = s, .c = c, .in = { .store = s, .arena = a, .action = "commit" }
	};

	int rc = intake_open(&k.in, e) || read_parent(&k, e) || make_layer(&k, e) ||
				 take_in(&k, id, e)
			 ? -1
			 : 0;
	intake_close(&k.in);
	return rc;
}
