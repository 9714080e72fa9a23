/* SPDX-License-Identifier: Apache-2.0 */
/* Records of layers against what images say of them, and layers nobody uses. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "fsck_int.h"
#include "layers.h"
#include "overlay.h"

#define LAYERS "layerdb/sha256"
#define SPLIT  "tar-split.json.gz"
#define SMALL  4096

/* One record while it is looked at. */
struct looked {
	struct fsck_layer *layer;
	const char *folder; /* in image/overlay2 */
	const char *diff, *parent, *cache_id, *size;
};

static const char *read_small(struct fsck *f, const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct err none;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fs_read_str(f->arena, f->store->image_fd, path, SMALL, &none);
}

static int write_small(
	struct fsck *f, const char *folder, const char *name, const char *text, struct err *e)
{
	own_fd dir = openat(f->store->image_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(e, "open %s", folder);
	return fs_replace(dir, name, text, strlen(text), 0644, FS_NO_SYNC, e);
}

/* A layer that cannot be used any more: record and directory go. */
static int drop_layer(struct fsck *f, const struct looked *l, struct err *e)
{
	const char *hidden;

	if (layerdb_hide(f->store, f->arena, l->layer->chain_id, &hidden, e) ||
		layerdb_forget(f->store, hidden, e))
		return -1;
	if (l->cache_id && layerdb_is_cache_id(l->cache_id) &&
		overlay_discard(f->store, l->cache_id, e))
		return -1;
	own_lock guard = lock_take(&f->store->lock);
	struct layer *known = map_get(f->store->layers, l->layer->chain_id);
	/* That of an image goes with the image, which is found incomplete next. */
	if (known && !known->images && !known->holds)
		store_drop_layer(f->store, known);
	return 0;
}

static void lose(struct fsck *f, const struct looked *l, const char *kind, const char *problem)
{
	struct err e;

	l->layer->is_there = false;
	if (l->cache_id)
		map_set(f->dirs, l->cache_id, f); /* no finding of its own */
	if (fsck_found(f,
		    &(struct fsck_finding){ kind, l->layer->chain_id, problem, "layer removed" }))
		fsck_repaired(f, drop_layer(f, l, &e), &e);
}

/* The record's diff and parent must give the name it has. */
static bool fits_name(struct fsck *f, const struct looked *l)
{
	char chain[OCI_DIGEST_SIZE];

	if (!oci_digest_is_sha256(l->diff) || (l->parent && !oci_digest_is_sha256(l->parent)))
		return false;
	oci_chain_id(l->parent ? l->parent : "", l->diff, chain);
	return strcmp(chain, l->layer->chain_id) == 0;
}

static int restore_identity(struct fsck *f, const struct looked *l, struct err *e)
{
	char path[PATH_MAX];

	if (write_small(f, l->folder, "diff", l->layer->diff_id, e))
		return -1;
	if (*l->layer->parent)
		return write_small(f, l->folder, "parent", l->layer->parent, e);
	snprintf(path, sizeof(path), "%s/parent", l->folder);
	return unlinkat(f->store->image_fd, path, 0) && errno != ENOENT
		       ? err_sys(e, "remove %s", path)
		       : 0;
}

/* False: the layer is lost. */
static bool check_identity(struct fsck *f, struct looked *l)
{
	struct fsck_layer *layer = l->layer;
	struct err e;

	if (fits_name(f, l))
		return true;
	if (!layer->diff_id) {
		lose(f, l, "damaged-layer", "its diff and parent do not give its name");
		return false;
	}
	bool is_due = fsck_found(f, &(struct fsck_finding){ "wrong-diff", layer->chain_id,
					    "its diff and parent do not give its name",
					    "written anew from an image's configuration" });
	l->diff = layer->diff_id;
	l->parent = *layer->parent ? layer->parent : NULL;
	if (is_due)
		fsck_repaired(f, restore_identity(f, l, &e), &e);
	return true;
}

static bool check_directory(struct fsck *f, struct looked *l)
{
	char path[PATH_MAX];
	struct stat st;

	if (!l->cache_id || !layerdb_is_cache_id(l->cache_id)) {
		lose(f, l, "damaged-layer", "its record does not say where it is");
		return false;
	}
	snprintf(path, sizeof(path), "%s/diff", l->cache_id);
	if (fstatat(f->store->overlay_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode))
		return true;
	lose(f, l, "missing-directory", arena_printf(f->arena, "overlay2/%s is missing", path));
	return false;
}

static int64_t check_size(struct fsck *f, const struct looked *l)
{
	int64_t said = -1, size;
	char text[24];
	struct err e;

	if (overlay_size(f->store, l->cache_id, &size, &e))
		return 0;
	if (l->size && parse_i64(slice_str(l->size), &said) && said == size)
		return size;
	snprintf(text, sizeof(text), "%" PRId64, size);
	if (fsck_found(f, &(struct fsck_finding){ "wrong-size", l->layer->chain_id,
				  arena_printf(f->arena, "size says %s, there are %s bytes",
					  l->size ? l->size : "nothing", text),
				  "written anew" })) {
		fsck_repaired(f, write_small(f, l->folder, "size", text, &e), &e);
		own_lock guard = lock_take(&f->store->lock);
		struct layer *known = map_get(f->store->layers, l->layer->chain_id);
		if (known)
			known->size = size;
	}
	return size;
}

static void check_split(struct fsck *f, const struct looked *l)
{
	static const unsigned char gzip[] = { 0x1f, 0x8b };
	unsigned char magic[2] = { 0 };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" SPLIT, l->folder);
	own_fd fd = openat(f->store->image_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, magic, 2) == 2 && memcmp(magic, gzip, 2) == 0)
		return;
	/* Nobody else knows the bytes the layer's archive had. */
	fsck_found(
		f, &(struct fsck_finding){ "missing-tar-split", l->layer->chain_id,
			   fd < 0 ? "it has no tar-split: it can be run, not saved or pushed"
				  : "its tar-split is damaged: it can be run, not saved or pushed",
			   NULL });
}

/* Beside these there are half-written files at most. */
static bool is_part(const char *name)
{
	static const char *const parts[] = { ".", "..", "diff", "size", "cache-id", "parent", SPLIT,
		"descriptor.json" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(name, parts[i]) == 0)
			return true;
	return false;
}

static void check_extra(struct fsck *f, const struct looked *l)
{
	int fd = openat(f->store->image_fd, l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);
	struct err e;

	for (struct dirent *ent; d && (ent = readdir(d));) {
		if (is_part(ent->d_name))
			continue;
		const char *path =
			arena_printf(f->arena, "image/overlay2/%s/%s", l->folder, ent->d_name);
		if (fsck_found(f, &(struct fsck_finding){ "leftover", path,
					  "no part of a layer's record", "removed" }))
			fsck_repaired(f, fs_remove_tree(fd, ent->d_name, &e), &e);
	}
}

static int check_layer(struct fsck *f, const char *name, struct err *e)
{
	char id[OCI_DIGEST_SIZE];
	struct looked l = { 0 };

	if (strlen(name) != SHA_HEX || !id_is_hex(name, SHA_HEX))
		return 0; /* "-removing": fsck_leftovers */
	oci_digest_from_hex(name, id);
	l.layer = fsck_layer(f, id);
	l.folder = arena_printf(f->arena, LAYERS "/%s", name);
	l.diff = read_small(f, l.folder, "diff");
	l.parent = read_small(f, l.folder, "parent");
	l.cache_id = read_small(f, l.folder, "cache-id");
	l.size = read_small(f, l.folder, "size");
	f->report->n_layers++;
	l.layer->is_there = true;
	if (!check_directory(f, &l) || !check_identity(f, &l))
		return 0;
	check_split(f, &l);
	l.layer->record = (struct layer_record){ l.diff, l.cache_id, l.parent ? l.parent : "",
		check_size(f, &l) };
	check_extra(f, &l);
	(void)e;
	return 0;
}

/* A layer whose parent is lost is lost, too, and so are those on top of it. */
static void cascade(struct fsck *f)
{
	for (bool again = true; again;) {
		again = false;
		for (size_t i = 0; i < f->chains.n; i++) {
			struct fsck_layer *layer = map_get(f->layers, f->chains.v[i]);
			if (!layer->is_there || !*layer->record.parent)
				continue;
			struct fsck_layer *below = map_get(f->layers, layer->record.parent);
			if (below && below->is_there)
				continue;
			struct looked l = { .layer = layer, .cache_id = layer->record.cache_id };
			lose(f, &l, "missing-parent",
				arena_printf(f->arena, "the layer below it, %s, is missing",
					layer->record.parent));
			again = true;
		}
	}
}

int fsck_layers(struct fsck *f, struct err *e)
{
	if (fsck_each_name(f, f->store->image_fd, LAYERS, check_layer, e))
		return -1;
	cascade(f);
	return 0;
}

/* What a used layer stands on is used. */
static void spread_use(struct fsck *f)
{
	for (size_t i = 0; i < f->chains.n; i++) {
		struct fsck_layer *l = map_get(f->layers, f->chains.v[i]);
		{
			own_lock guard = lock_take(&f->store->lock);
			struct layer *known = map_get(f->store->layers, l->chain_id);
			l->is_used |= known && known->holds;
		}
		l->is_used |= l->is_there && (fsck_is_cached(f, oci_digest_hex(l->chain_id)) ||
						     fsck_is_cached(f, l->record.cache_id));
		while (l && l->is_used && l->is_there && *l->record.parent) {
			l = map_get(f->layers, l->record.parent);
			if (!l || l->is_used)
				break;
			l->is_used = true;
		}
	}
}

int fsck_orphan_layers(struct fsck *f, struct err *e)
{
	struct err why;

	spread_use(f);
	for (size_t i = 0; i < f->chains.n; i++) {
		struct fsck_layer *layer = map_get(f->layers, f->chains.v[i]);
		struct looked l = { .layer = layer, .cache_id = layer->record.cache_id };
		if (!layer->is_there || layer->is_used || !layerdb_has(f->store, layer->chain_id))
			continue;
		if (!fsck_found(f, &(struct fsck_finding){ "orphan-layer", layer->chain_id,
					   "neither an image nor a container uses it", "removed" }))
			continue;
		fsck_repaired(f, drop_layer(f, &l, &why), &why);
		layer->is_there = false;
	}
	(void)e;
	return 0;
}
