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
#include "blobs.h"
#include "discard.h"
#include "layerdb.h"
#include "layers.h"
#include "overlay.h"
#include "settle.h"
#include "takeback.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

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

	if (str_starts(name, DISCARD_PREFIX) || str_starts(name, SWEEP_STALE_PREFIX) ||
		strcmp(name, BLOBS_FOLDER) == 0)
		*is_dirty = true;
	if (!str_starts(name, SWEEP_LOAD_PREFIX))
		return 0;
	*is_dirty = true;
	snprintf(to, sizeof(to), SWEEP_STALE_PREFIX "%s", name + strlen(SWEEP_LOAD_PREFIX));
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

/* --- Journals ------------------------------------------------------------------------------------ */

void sweep_print_boot(struct arena *a, struct buf *journal)
{
	struct err ignored;
	const char *boot = fs_read_str(a, AT_FDCWD, BOOT_ID, NAME_MAX, &ignored);

	buf_fmt(journal, "boot %s\n", boot ? boot : "unknown");
}

/* A journal that does not say is of a time when loads were synced before they were answered. */
static bool is_of_this_boot(struct arena *a, const struct journal *j)
{
	struct err ignored;
	const char *boot = fs_read_str(a, AT_FDCWD, BOOT_ID, NAME_MAX, &ignored);

	return !j->boot || (boot && strcmp(boot, j->boot) == 0);
}

/* The last line may be half written: what it would have told of was not begun. */
static void parse_line(struct arena *a, struct slice line, struct journal *j)
{
	struct slice key, value;

	slice_cut(line, ' ', &key, &value);
	const char *k = arena_strndup(a, key.p, key.n);
	const char *v = arena_strndup(a, value.p, value.n);
	if (strcmp(k, "boot") == 0)
		j->boot = v;
	else if (strcmp(k, "image") == 0 && oci_digest_is_sha256(v))
		str_list_add(a, &j->images, v);
	else if (oci_digest_is_sha256(k) && value.n == ID_HEX && id_is_hex(v, ID_HEX))
		str_map_set(a, &j->layers, k, v);
}

static int read_journal(struct image_store *s, struct arena *a, const char *folder,
	struct journal *j, struct err *e)
{
	char path[PATH_MAX];
	struct slice line, rest;
	own_buf text = { 0 };

	buf_init(&text, SWEEP_JOURNAL_MOST);
	snprintf(path, sizeof(path), "%s/" SWEEP_JOURNAL, folder);
	if (fs_read(s->tmp_fd, path, SWEEP_JOURNAL_MOST, &text, e))
		return -1;
	rest = (struct slice){ text.data, text.len };
	while (slice_cut(rest, '\n', &line, &rest))
		parse_line(a, line, j);
	return 0;
}

/* The daemon ended, the machine went on: whatever was written is there. Layers no image came of go. */
static int undo_load(struct image_store *s, struct arena *a, const struct journal *j, struct err *e)
{
	/* Lowest first they were registered: upper ones must go first. */
	for (size_t i = j->layers.n; i-- > 0;) {
		const char *chain_id = j->layers.keys[i];
		struct layer_record r;
		bool is_registered = layerdb_read(s, a, chain_id, &r, e) == 0 &&
				     strcmp(r.cache_id, j->layers.v[i]) == 0;
		if (is_registered ? layers_collect(s, a, &chain_id, 1, NULL, e)
				  : overlay_discard(s, j->layers.v[i], e))
			return -1;
	}
	return 0;
}

static int recover_load(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	own_arena a = arena_new();
	struct journal j = { 0 };
	struct err why;

	if (!str_starts(name, SWEEP_STALE_PREFIX))
		return 0;
	if (read_journal(s, a, name, &j, &why)) {
		if (why.kind == ERR_NOT_FOUND)
			return 0;
	} else if (is_of_this_boot(a, &j)) {
		if (store_read(s, &why) == 0) {
			own_lock change = lock_take(&s->change);
			if (undo_load(s, a, &j, &why) == 0) {
				settle_begin(s->settle, name);
				return 0;
			}
		}
	} else if (takeback_load(s, a, &j, &why) == 0) {
		settle_begin(s->settle, name);
		return 0;
	}
	/* It stays for the next start. */
	log_warn("image store: interrupted load: %s, ignoring", why.msg);
	(void)is_dirty;
	(void)e;
	return 0;
}

int sweep_find(struct image_store *s, bool *is_dirty, struct err *e)
{
	if (for_each(s->tmp_fd, ".", s, find_in_tmp, is_dirty, e) ||
		for_each(s->image_fd, "layerdb/tmp", s, find_write_set, is_dirty, e) ||
		for_each(s->image_fd, "layerdb/sha256", s, find_removing, is_dirty, e) ||
		for_each(s->tmp_fd, ".", s, recover_load, is_dirty, e))
		return err_in(e, "look for leftovers");
	return 0;
}

static int discard_stale(struct image_store *s, const char *name, bool *is_dirty, struct err *e)
{
	char path[PATH_MAX];

	/* One that still has its journal waits for the next start. */
	snprintf(path, sizeof(path), "%s/" SWEEP_JOURNAL, name);
	if (!str_starts(name, SWEEP_STALE_PREFIX) || fs_exists(s->tmp_fd, path))
		return 0;
	return discard_tree(s->discard, s->tmp_fd, name, e);
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

void sweep_work(void *arg)
{
	struct image_store *s = arg;
	bool is_dirty = false;
	struct err e;

	if (store_read(s, &e)) {
		log_warn("image store: %s, leftovers stay", e.msg);
		return;
	}
	blobs_expire(s);
	own_lock change = lock_take(&s->change);
	if (for_each(s->tmp_fd, ".", s, discard_stale, &is_dirty, &e) ||
		for_each(s->image_fd, "layerdb/sha256", s, finish_removing, &is_dirty, &e))
		log_warn("image store: %s, leftovers stay", e.msg);
}
