/* SPDX-License-Identifier: Apache-2.0 */
#include "image/fsck.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "discard.h"
#include "fsck_int.h"
#include "refs.h"
#include "sweep.h"

/* BuildKit in dockerd keeps directories of its own in overlay2/, and layers no image has; this file names them all. */
#define BUILD_CACHE	 "../../buildkit/snapshots.db"
#define BUILD_CACHE_MOST (512 * 1024 * 1024)

bool fsck_found(struct fsck *f, const struct fsck_finding *finding)
{
	struct fsck_report *r = f->report;

	r->v = arena_grow(f->arena, r->v, &r->n, sizeof(*r->v));
	r->v[r->n - 1] = (struct fsck_finding){
		.kind = finding->kind,
		.object = arena_strdup(f->arena, finding->object),
		.problem = arena_strdup(f->arena, finding->problem),
		.repair = finding->repair ? arena_strdup(f->arena, finding->repair) : "",
	};
	return f->opts->is_repairing && finding->repair;
}

void fsck_repaired(struct fsck *f, int rc, const struct err *e)
{
	struct fsck_finding *last = &f->report->v[f->report->n - 1];

	last->is_repaired = rc == 0;
	last->failure = rc ? arena_strdup(f->arena, e->msg) : NULL;
}

bool fsck_is_mended(const struct fsck_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!r->v[i].is_repaired)
			return false;
	return true;
}

struct fsck_layer *fsck_layer(struct fsck *f, const char *chain_id)
{
	struct fsck_layer *l = map_get(f->layers, chain_id);

	if (l)
		return l;
	l = ARENA_NEW(f->arena, struct fsck_layer);
	l->chain_id = arena_strdup(f->arena, chain_id);
	map_set(f->layers, chain_id, l);
	str_list_add(f->arena, &f->chains, chain_id);
	return l;
}

bool fsck_is_cached(const struct fsck *f, const char *text)
{
	return f->build_cache.len &&
	       memmem(f->build_cache.data, f->build_cache.len, text, strlen(text));
}

int fsck_each_name(struct fsck *f, int dir, const char *path,
	int (*fn)(struct fsck *f, const char *name, struct err *e), struct err *e)
{
	struct str_list names = { 0 };
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return errno == ENOENT ? 0 : err_sys(e, "list %s", path);
	/* First all names: fn may remove some. */
	for (struct dirent *ent; (ent = readdir(d));)
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			str_list_add(f->arena, &names, ent->d_name);
	for (size_t i = 0; i < names.n; i++)
		if (fn(f, names.v[i], e))
			return -1;
	return 0;
}

/* Names that cannot be read stop everything else, for the daemon as for this check. */
static int check_names_file(struct fsck *f, struct err *e)
{
	struct image_store *s = f->store;
	struct refs *refs = refs_new();
	own_buf text = { 0 };

	buf_init(&text, REFS_MOST);
	int rc = fs_read(s->image_fd, "repositories.json", REFS_MOST, &text, e);
	if (rc && e->kind == ERR_NOT_FOUND)
		rc = 0;
	else if (rc == 0)
		rc = refs_parse(refs, text.data, text.len, e);
	refs_free(refs);
	if (rc == 0)
		return 0;
	if (!fsck_found(
		    f, &(struct fsck_finding){ "damaged-names", "image/overlay2/repositories.json",
			       e->msg,
			       "moved to repositories.json.damaged: all images lose their names" }))
		return err_set(e, ERR_INTERNAL,
			"without the names in repositories.json nothing else can be checked");
	rc = renameat(s->image_fd, "repositories.json", s->image_fd, "repositories.json.damaged");
	if (rc)
		err_sys(e, "rename repositories.json");
	fsck_repaired(f, rc, e);
	return rc;
}

static void read_build_cache(struct fsck *f)
{
	struct err none;

	buf_init(&f->build_cache, BUILD_CACHE_MOST);
	if (fs_read(f->store->image_fd, BUILD_CACHE, BUILD_CACHE_MOST - 1, &f->build_cache, &none))
		buf_clear(&f->build_cache);
}

static int check_all(struct fsck *f, struct err *e)
{
	static int (*const parts[])(struct fsck * f, struct err * e) = { fsck_contents, fsck_layers,
		fsck_incomplete_images, fsck_roots, fsck_orphan_layers, fsck_dirs, fsck_names,
		fsck_metadata };

	read_build_cache(f);
	/* First: what repairs take away becomes a leftover for a moment. */
	if (f->opts->is_offline && fsck_leftovers(f, e))
		return -1;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i](f, e))
			return -1;
	return 0;
}

int image_fsck(struct image_store *s, struct arena *a, const struct fsck_opts *o,
	struct fsck_report *out, struct err *e)
{
	struct fsck f = { .store = s, .arena = a, .opts = o, .report = out };

	*out = (struct fsck_report){ 0 };
	pthread_rwlock_wrlock(&s->roots);
	int rc = check_names_file(&f, e) || store_read(s, e) ? -1 : 0;
	if (rc == 0) {
		own_lock change = lock_take(&s->change);
		f.layers = map_new();
		f.dirs = map_new();
		f.links = map_new();
		f.named = map_new();
		rc = check_all(&f, e);
		map_free(f.layers);
		map_free(f.dirs);
		map_free(f.links);
		map_free(f.named);
		buf_done(&f.build_cache);
	}
	pthread_rwlock_unlock(&s->roots);
	return rc ? err_in(e, "check image store") : 0;
}
