/* SPDX-License-Identifier: Apache-2.0 */
/* Containers' roots, and what is left of interrupted work. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "discard.h"
#include "fsck_int.h"
#include "overlay.h"
#include "root_int.h"
#include "sweep.h"

#define MOUNTS "layerdb/mounts"

static void use_dir(struct fsck *f, const char *id)
{
	map_set(f->dirs, id, f);
}

/* Its layers stay, be its image there or not. */
static bool use_layers(struct fsck *f, const char *parent)
{
	struct fsck_layer *l = *parent ? map_get(f->layers, parent) : NULL;

	if (!*parent)
		return true;
	if (!l || !l->is_there)
		return false;
	l->is_used = true;
	return true;
}

static void orphan_root(struct fsck *f, const char *ctr_id)
{
	struct err e;

	if (fsck_found(f, &(struct fsck_finding){ "orphan-root", ctr_id, "a root of no container",
				  "removed with the files in it" }))
		fsck_repaired(f, root_remove(f->store, ctr_id, &e), &e);
}

static void broken_root(struct fsck *f, const char *ctr_id, const char *problem)
{
	fsck_found(f, &(struct fsck_finding){ "broken-root", ctr_id, problem, NULL });
}

static bool is_orphan(const struct fsck *f, const char *ctr_id)
{
	return str_list_has(f->opts->roots, ctr_id) && !str_list_has(f->opts->containers, ctr_id);
}

static int remove_record(struct fsck *f, const char *ctr_id, struct err *e)
{
	return mountdb_remove(f->store, ctr_id, e);
}

static int check_root(struct fsck *f, const char *name, struct err *e)
{
	struct mount_record r = { 0 };
	struct err why;

	if (strlen(name) != ID_HEX || !id_is_hex(name, ID_HEX))
		return 0;
	f->report->n_roots++;
	bool orphan = is_orphan(f, name);
	if (mountdb_read(f->store, f->arena, name, &r, &why)) {
		const char *problem = arena_strdup(f->arena, why.msg);
		if (!orphan)
			broken_root(f, name, problem);
		else if (fsck_found(f, &(struct fsck_finding){
					       "orphan-root", name, problem, "record removed" }))
			fsck_repaired(f, remove_record(f, name, &why), &why);
		return 0;
	}
	if (orphan) {
		orphan_root(f, name);
		if (f->opts->is_repairing)
			return 0;
	}
	use_dir(f, r.mount_id);
	if (r.init_id)
		use_dir(f, r.init_id);
	(void)e;
	if (!use_layers(f, r.parent))
		broken_root(f, name, "layers of its image are missing: remove the container");
	else if (!fs_exists(f->store->overlay_fd, arena_printf(f->arena, "%s/diff", r.mount_id)))
		broken_root(f, name, "its files are missing: remove the container");
	return 0;
}

int fsck_roots(struct fsck *f, struct err *e)
{
	return fsck_each_name(f, f->store->image_fd, MOUNTS, check_root, e);
}

/* --- Leftovers ----------------------------------------------------------------------------------- */

static void leftover(struct fsck *f, const char *path, const char *problem)
{
	fsck_found(f, &(struct fsck_finding){ "leftover", path, problem,
			      "removed, as the daemon does when it starts" });
	/* By the sweep that follows a repair. */
}

static int look_in_tmp(struct fsck *f, const char *name, struct err *e)
{
	if (str_starts(name, DISCARD_PREFIX))
		leftover(f, arena_printf(f->arena, "tmp/%s", name),
			"something that was being removed");
	else if (str_starts(name, SWEEP_LOAD_PREFIX) || str_starts(name, SWEEP_STALE_PREFIX))
		leftover(f, arena_printf(f->arena, "tmp/%s", name), "a load that was cut short");
	return 0;
}

static int look_in_writes(struct fsck *f, const char *name, struct err *e)
{
	if (str_starts(name, "write-set-"))
		leftover(f, arena_printf(f->arena, "image/overlay2/layerdb/tmp/%s", name),
			"a record that was being written");
	return 0;
}

static int look_in_layers(struct fsck *f, const char *name, struct err *e)
{
	if (str_ends(name, "-removing"))
		leftover(f, arena_printf(f->arena, "image/overlay2/layerdb/sha256/%s", name),
			"a layer that was being removed");
	return 0;
}

int fsck_leftovers(struct fsck *f, struct err *e)
{
	return fsck_each_name(f, f->store->tmp_fd, ".", look_in_tmp, e) ||
			       fsck_each_name(
				       f, f->store->image_fd, "layerdb/tmp", look_in_writes, e) ||
			       fsck_each_name(
				       f, f->store->image_fd, "layerdb/sha256", look_in_layers, e)
		       ? -1
		       : 0;
}
