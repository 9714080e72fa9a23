/* SPDX-License-Identifier: Apache-2.0 */
/* Directories in overlay2/ and the links to them. What a layer's file "lower" must say follows from its record. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "fsck_int.h"
#include "overlay.h"

static const char *read_file(struct fsck *f, const char *id, const char *name)
{
	struct err none;

	return fs_read_str(f->arena, f->store->overlay_fd,
		arena_printf(f->arena, "%s/%s", id, name), 65536, &none);
}

static int write_file(
	struct fsck *f, const char *id, const char *name, const char *text, struct err *e)
{
	own_fd dir = openat(f->store->overlay_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(e, "open overlay2/%s", id);
	return fs_replace(dir, name, text, strlen(text), 0644, FS_NO_SYNC, e);
}

/* --- Links --------------------------------------------------------------------------------------- */

/* "../ID/diff" → ID, or NULL. */
static const char *link_target(struct fsck *f, const char *link)
{
	char target[PATH_MAX];
	own_fd dir = openat(f->store->overlay_fd, "l", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n = dir < 0 ? -1 : readlinkat(dir, link, target, sizeof(target) - 1);

	if (n < 9)
		return NULL;
	target[n] = 0;
	if (!str_starts(target, "../") || !str_ends(target, "/diff"))
		return NULL;
	const char *id = arena_strndup(f->arena, target + 3, (size_t)n - 3 - 5);
	return strchr(id, '/') ? NULL : id;
}

static int note_link(struct fsck *f, const char *name, struct err *e)
{
	const char *id = link_target(f, name);

	if (id)
		map_set(f->links, id, arena_strdup(f->arena, name));
	return 0;
}

static int make_link(struct fsck *f, const char *id, const char *link, struct err *e)
{
	const char *path = arena_printf(f->arena, "l/%s", link);

	if (unlinkat(f->store->overlay_fd, path, 0) && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	if (symlinkat(arena_printf(f->arena, "../%s/diff", id), f->store->overlay_fd, path))
		return err_sys(e, "create %s", path);
	map_set(f->links, id, (void *)link);
	return 0;
}

static bool is_link_name(const char *s)
{
	return s && *s && strlen(s) < LINK_SIZE && !strchr(s, '/') && *s != '.';
}

/* The short name of a directory; a new one where there is none. */
static const char *check_link(struct fsck *f, const char *id)
{
	const char *link = read_file(f, id, "link"), *other = map_get(f->links, id);
	char fresh[LINK_SIZE];
	struct err e;

	if (is_link_name(link)) {
		map_set(f->named, link, f);
		const char *target = link_target(f, link);
		if (target && strcmp(target, id) == 0)
			return link;
		if (fsck_found(f, &(struct fsck_finding){ "missing-link",
					  arena_printf(f->arena, "overlay2/l/%s", link),
					  arena_printf(f->arena, "it does not lead to %s", id),
					  "made anew" }))
			fsck_repaired(f, make_link(f, id, link, &e), &e);
		return link;
	}
	if (!other) {
		id_base32(fresh);
		other = arena_strdup(f->arena, fresh);
	}
	if (fsck_found(f, &(struct fsck_finding){ "missing-link",
				  arena_printf(f->arena, "overlay2/%s/link", id),
				  "it does not say the directory's short name", "written anew" }))
		fsck_repaired(f,
			write_file(f, id, "link", other, &e) || make_link(f, id, other, &e) ? -1
											    : 0,
			&e);
	return other;
}

static int check_stray_link(struct fsck *f, const char *name, struct err *e)
{
	const char *id = link_target(f, name), *problem, *kind = "dangling-link";
	struct err why;
	int rc = 0;

	if (map_get(f->named, name))
		return 0; /* check_link has said what is wrong with it */
	if (id && fs_exists(f->store->overlay_fd, arena_printf(f->arena, "%s/diff", id))) {
		const char *link = read_file(f, id, "link");
		if (link && strcmp(link, name) == 0)
			return 0;
		/* Without a repair the directory's own finding says it. */
		if (!link)
			return 0;
		kind = "extra-link";
		problem = arena_printf(f->arena, "%s is called %s", id, link);
	} else {
		problem = id ? arena_printf(f->arena, "%s is not there", id)
			     : "it is no link to a layer";
	}
	const char *path = arena_printf(f->arena, "l/%s", name);
	if (!fsck_found(
		    f, &(struct fsck_finding){ kind, arena_printf(f->arena, "overlay2/%s", path),
			       problem, "removed" }))
		return 0;
	if (unlinkat(f->store->overlay_fd, path, 0))
		rc = err_sys(&why, "remove %s", path);
	fsck_repaired(f, rc, &why);
	(void)e;
	return 0;
}

/* --- Directories --------------------------------------------------------------------------------- */

static void check_lower(struct fsck *f, const char *id, const char *expected)
{
	const char *lower = read_file(f, id, "lower");
	char work[PATH_MAX];
	struct stat st;
	struct err e;
	int rc = 0;

	if (!*expected)
		return;
	if ((!lower || strcmp(lower, expected) != 0) &&
		fsck_found(f, &(struct fsck_finding){ "wrong-lower",
				      arena_printf(f->arena, "overlay2/%s/lower", id),
				      lower ? "it does not name the layers below" : "it is missing",
				      "written anew" }))
		fsck_repaired(f, write_file(f, id, "lower", expected, &e), &e);
	snprintf(work, sizeof(work), "%s/work", id);
	if (fstatat(f->store->overlay_fd, work, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	if (!fsck_found(f, &(struct fsck_finding){ "missing-work",
				   arena_printf(f->arena, "overlay2/%s", work),
				   "overlayfs cannot be mounted without it", "made" }))
		return;
	if (mkdirat(f->store->overlay_fd, work, 0700))
		rc = err_sys(&e, "create overlay2/%s", work);
	fsck_repaired(f, rc, &e);
}

/* What lies on a directory has this in "lower". */
static const char *lower_above(struct fsck *f, const char *link, const char *lower)
{
	return arena_printf(f->arena, "l/%s%s%s", link, *lower ? ":" : "", lower);
}

/* From the lowest layer up; each once. */
static void check_layer_dir(struct fsck *f, struct fsck_layer *l)
{
	struct fsck_layer *chain[OVERLAY_LAYERS_MOST * 2];
	size_t n = 0;

	for (; l && !l->lower && n < sizeof(chain) / sizeof(chain[0]);
		l = map_get(f->layers, l->record.parent)) {
		chain[n++] = l;
		if (!*l->record.parent)
			break;
	}
	while (n--) {
		struct fsck_layer *below = *chain[n]->record.parent
						   ? map_get(f->layers, chain[n]->record.parent)
						   : NULL;
		chain[n]->lower =
			below && below->lower ? lower_above(f, below->link, below->lower) : "";
		chain[n]->link = check_link(f, chain[n]->record.cache_id);
		check_lower(f, chain[n]->record.cache_id, chain[n]->lower);
	}
}

static int check_root_dir(struct fsck *f, const char *ctr_id, struct err *e)
{
	struct mount_record r;
	struct err gone;
	const char *lower = "", *init_id;

	if (strlen(ctr_id) != ID_HEX || mountdb_read(f->store, f->arena, ctr_id, &r, &gone) ||
		!fs_exists(f->store->overlay_fd, arena_printf(f->arena, "%s/diff", r.mount_id)))
		return 0;
	struct fsck_layer *top = *r.parent ? map_get(f->layers, r.parent) : NULL;
	if (*r.parent && (!top || !top->is_there || !top->link))
		return 0;
	if (top)
		lower = lower_above(f, top->link, top->lower);
	init_id = r.init_id;
	if (init_id &&
		fs_exists(f->store->overlay_fd, arena_printf(f->arena, "%s/diff", init_id))) {
		const char *link = check_link(f, init_id);
		check_lower(f, init_id, lower);
		lower = lower_above(f, link, lower);
	}
	check_link(f, r.mount_id);
	check_lower(f, r.mount_id, lower);
	(void)e;
	return 0;
}

/* Names that only we and dockerd's layers have: BuildKit's own directories are called otherwise. */
static bool is_ours(const char *name)
{
	size_t n = strlen(name);

	return n >= ID_HEX && id_is_hex(name, ID_HEX) &&
	       (n == ID_HEX || strcmp(name + ID_HEX, "-init") == 0);
}

static int check_stray_dir(struct fsck *f, const char *name, struct err *e)
{
	struct err why;

	if (!is_ours(name) || map_get(f->dirs, name) || fsck_is_cached(f, name))
		return 0;
	if (fsck_found(f, &(struct fsck_finding){ "orphan-directory",
				  arena_printf(f->arena, "overlay2/%s", name),
				  "neither a layer nor a container is in it", "removed" }))
		fsck_repaired(f, overlay_discard(f->store, name, &why), &why);
	(void)e;
	return 0;
}

int fsck_dirs(struct fsck *f, struct err *e)
{
	if (fsck_each_name(f, f->store->overlay_fd, "l", note_link, e))
		return -1;
	for (size_t i = 0; i < f->chains.n; i++) {
		struct fsck_layer *l = map_get(f->layers, f->chains.v[i]);
		if (!l->is_there)
			continue;
		map_set(f->dirs, l->record.cache_id, l);
		check_layer_dir(f, l);
	}
	return fsck_each_name(f, f->store->image_fd, "layerdb/mounts", check_root_dir, e) ||
			       fsck_each_name(f, f->store->overlay_fd, ".", check_stray_dir, e) ||
			       fsck_each_name(f, f->store->overlay_fd, "l", check_stray_link, e)
		       ? -1
		       : 0;
}
