/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "discard.h"
#include "layerdb.h"
#include "layers.h"
#include "overlay.h"

#define STALE_PREFIX "tare-stale-"
#define JOURNAL_MOST (1024 * 1024)

/* Calls fn for each name in a folder. */
static int for_each(int dir, const char *path, struct image_store *s,
	int (*fn)(struct image_store *s, const char *name, bool *is_dirty, struct err *e),
	bool *is_dirty, struct err *e)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return err_sys(e, "list %s", path);
	for (struct dirent *ent; (ent = readdir(d));)
		if (fn(s, ent->d_name, is_dirty, e))
			return -1;
	return 0;
}

static int find_in_tmp(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	char to[NAME_MAX + 1];

	if (str_starts(name, DISCARD_PREFIX) || str_starts(name, STALE_PREFIX))
		*is_dirty = true;
	if (!str_starts(name, SWEEP_LOAD_PREFIX))
		return 0;
	*is_dirty = true;
	snprintf(to, sizeof(to), STALE_PREFIX "%s", name + strlen(SWEEP_LOAD_PREFIX));
	return renameat(s->tmp_fd, name, s->tmp_fd, to) ? err_sys(e, "rename %s", name) : 0;
}

/* Unfinished records: nobody writes one yet. */
static int find_write_set(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	char path[PATH_MAX];

	if (!str_starts(name, "write-set-"))
		return 0;
	*is_dirty = true;
	snprintf(path, sizeof(path), "layerdb/tmp/%s", name);
	return fs_remove_tree(s->image_fd, path, e);
}

static int find_removing(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	*is_dirty |= str_ends(name, "-removing");
	return 0;
}

int sweep_find(struct image_store *s, bool *is_dirty, struct err *e)
{
	if (for_each(s->tmp_fd, ".", s, find_in_tmp, is_dirty, e) ||
		for_each(s->image_fd, "layerdb/tmp", s, find_write_set, is_dirty, e) ||
		for_each(s->image_fd, "layerdb/sha256", s, find_removing, is_dirty, e))
		return err_in(e, "look for leftovers");
	return 0;
}

/* A layer that was renamed for removal: its directory may still be there. */
static int finish_removing(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	own_arena a = arena_new();
	char path[PATH_MAX];

	if (!str_ends(name, "-removing"))
		return 0;
	snprintf(path, sizeof(path), "layerdb/sha256/%s/cache-id", name);
	const char *cache_id = fs_read_str(a, s->image_fd, path, NAME_MAX, e);
	if (cache_id && *cache_id && *cache_id != '.' && !strchr(cache_id, '/') &&
		overlay_discard(s, cache_id, e))
		return -1;
	return layerdb_forget(s, name, e);
}

/* One line of a journal: "<chain id> <cache id>". */
static int undo_layer(struct image_store *s, struct slice line, struct err *e)
{
	own_arena a = arena_new();
	struct slice chain, cache;
	struct layer_record r;

	slice_cut(line, ' ', &chain, &cache);
	const char *chain_id = arena_strndup(a, chain.p, chain.n);
	const char *cache_id = arena_strndup(a, cache.p, cache.n);
	if (!oci_digest_is_sha256(chain_id) || cache.n != ID_HEX || !id_is_hex(cache_id, ID_HEX))
		return 0; /* the last line may be half written; then its layer was not begun */
	if (layerdb_read(s, a, chain_id, &r, e) == 0 && strcmp(r.cache_id, cache_id) == 0)
		return layers_collect(s, a, &chain_id, 1, NULL, e);
	return overlay_discard(s, cache_id, e);
}

/* Layers were registered lowest first: upper ones must go first. */
static int undo_journal(struct image_store *s, struct slice rest, struct err *e)
{
	struct slice line;

	while (rest.n) {
		if (rest.p[rest.n - 1] == '\n')
			rest.n--;
		if (!slice_rcut(rest, '\n', &rest, &line)) {
			line = rest;
			rest.n = 0;
		}
		if (undo_layer(s, line, e))
			return -1;
	}
	return 0;
}

static int undo_load(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	char path[PATH_MAX];
	own_buf journal;

	buf_init(&journal, JOURNAL_MOST);
	if (!str_starts(name, STALE_PREFIX))
		return 0;
	snprintf(path, sizeof(path), "%s/" SWEEP_JOURNAL, name);
	if (fs_read(s->tmp_fd, path, JOURNAL_MOST, &journal, e) && e->kind != ERR_NOT_FOUND)
		return -1;
	if (undo_journal(s, (struct slice){ journal.data, journal.len }, e))
		return -1;
	return discard_tree(s->discard, s->tmp_fd, name, e);
}

void sweep_work(void *arg)
{
	struct image_store *s = arg;
	bool is_dirty = false;
	struct err e;

	if (store_read(s, &e)) {
		log_warn("image store: %s, leftovers stay", e.msg);
		return;
	}
	own_lock change = lock_take(&s->change);
	if (for_each(s->tmp_fd, ".", s, undo_load, &is_dirty, &e) ||
		for_each(s->image_fd, "layerdb/sha256", s, finish_removing, &is_dirty, &e))
		log_warn("image store: %s, leftovers stay", e.msg);
}
