/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both trees are walked at once, without recursion: how deep a tree is, a container decides. The upper one may change
 * meanwhile, so paths in it are resolved below its root by the kernel; the layers below never do, so they are
 * looked up
 * by plain paths, "l/<link>/<path>". Which of them have a directory is handed down with it.
 */
#include "image/changes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "layerdb.h"
#include "overlay.h"

#define OPAQUE_ATTR "trusted.overlay.opaque"
#define CAPS_ATTR   "security.capability"
#define CAPS_MOST   64

/* A directory of both trees, on the way through it. */
struct dir {
	struct dir *parent;
	struct arena *a;  /* holds this struct and all it points to */
	const char *path; /* "" for the root, "/etc" */
	int upper;	  /* -1: not open now; only the last one is */
	bool hides;	  /* it, or one above it, is opaque */
	bool is_listed;
	size_t at;		/* where what is in it begins among the results */
	struct str_list lowers; /* layers that have it, top first: "l/<link>" */
	struct str_list names;
	size_t next; /* of names */
};

struct walk {
	struct image_store *store;
	struct arena *a; /* the caller's: results */
	struct image_changes *out;
	int root;	/* of the upper tree */
	struct dir *at; /* the last one */
};

/* An entry in the layers below. */
struct old {
	bool is_there;
	struct stat st;
	const char *at;		/* of the uppermost, below overlay2/ */
	struct str_list lowers; /* of a directory */
};

static void add(struct walk *w, const char *path, enum image_change_kind kind)
{
	w->out->v = arena_grow(w->a, w->out->v, &w->out->n, sizeof(*w->out->v));
	w->out->v[w->out->n - 1] = (struct image_change){ arena_strdup(w->a, path), kind };
}

/* Puts one in at a place where later ones are already. */
static void insert(struct walk *w, size_t at, const char *path, enum image_change_kind kind)
{
	add(w, path, kind);
	struct image_change last = w->out->v[w->out->n - 1];
	memmove(&w->out->v[at + 1], &w->out->v[at], (w->out->n - 1 - at) * sizeof(*w->out->v));
	w->out->v[at] = last;
}

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

static bool is_opaque(int fd)
{
	char value = 0;

	return fgetxattr(fd, OPAQUE_ATTR, &value, 1) == 1 && value == 'y';
}

static bool is_opaque_at(int dir, const char *path)
{
	own_fd fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && is_opaque(fd);
}

/* What overlayfs would show of an entry without the upper layer. */
static void look(
	struct walk *w, struct arena *a, const struct dir *d, const char *name, struct old *out)
{
	int overlay_fd = w->store->overlay_fd;
	struct stat st;

	*out = (struct old){ 0 };
	for (size_t i = 0; i < d->lowers.n; i++) {
		const char *layer = d->lowers.v[i];
		const char *path = arena_printf(a, "%s%s/%s", layer, d->path, name);
		if (fstatat(overlay_fd, path, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (is_whiteout(&st) || (out->is_there && !S_ISDIR(st.st_mode)))
			return;
		if (!out->is_there) {
			out->is_there = true;
			out->st = st;
			out->at = path;
		}
		if (!S_ISDIR(st.st_mode))
			return;
		str_list_add(a, &out->lowers, layer);
		if (is_opaque_at(overlay_fd, path))
			return;
	}
}

/* Some file systems and tars keep whole seconds only. */
static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && (a->tv_nsec == b->tv_nsec || !a->tv_nsec || !b->tv_nsec);
}

static ssize_t read_caps(int dir, const char *path, char value[CAPS_MOST])
{
	own_fd fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : fgetxattr(fd, CAPS_ATTR, value, CAPS_MOST);

	return n < 0 ? 0 : n;
}

static bool has_same_caps(struct walk *w, int upper, const char *name, const struct old *old)
{
	char now[CAPS_MOST], before[CAPS_MOST];
	ssize_t n = read_caps(upper, name, now);

	return n == read_caps(w->store->overlay_fd, old->at, before) &&
	       memcmp(now, before, (size_t)n) == 0;
}

static bool is_different(
	struct walk *w, int upper, const char *name, const struct stat *now, const struct old *old)
{
	const struct stat *before = &old->st;

	if (now->st_mode != before->st_mode || now->st_uid != before->st_uid ||
		now->st_gid != before->st_gid || now->st_rdev != before->st_rdev)
		return true;
	if (S_ISDIR(now->st_mode))
		return false;
	if (now->st_size != before->st_size || !is_same_time(&now->st_mtim, &before->st_mtim))
		return true;
	return S_ISREG(now->st_mode) && !has_same_caps(w, upper, name, old);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds the names in a directory; one that is gone has none. */
static int read_names(
	struct arena *a, int dir, const char *path, struct str_list *out, struct err *e)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return errno == ENOENT ? 0 : err_sys(e, "list %s", path);
	for (struct dirent *ent; (ent = readdir(d));)
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			str_list_add(a, out, ent->d_name);
	return 0;
}

static void sort(struct str_list *names)
{
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_text);
}

/* What an opaque directory hides and does not have itself. */
static int add_hidden(struct walk *w, const struct dir *d, struct err *e)
{
	own_arena a = arena_new();
	struct str_list hidden = { 0 };
	struct old old;

	for (size_t i = 0; i < d->lowers.n; i++)
		if (read_names(a, w->store->overlay_fd,
			    arena_printf(a, "%s%s", d->lowers.v[i], d->path), &hidden, e))
			return -1;
	sort(&hidden);
	for (size_t i = 0; i < hidden.n; i++) {
		const char *name = hidden.v[i];
		if ((i && strcmp(name, hidden.v[i - 1]) == 0) ||
			(d->names.n && bsearch(&name, d->names.v, d->names.n, sizeof(*d->names.v),
					       by_text)))
			continue;
		look(w, a, d, name, &old);
		if (old.is_there)
			add(w, arena_printf(a, "%s/%s", d->path, name), IMAGE_DELETED);
	}
	return 0;
}

static int open_dir(struct walk *w, struct dir *d, struct err *e)
{
	d->upper = fs_open_in(
		w->root, *d->path ? d->path : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
	return d->upper < 0 ? -1 : 0;
}

static void close_dir(struct dir *d)
{
	if (d->upper >= 0)
		close(take_fd(&d->upper));
}

static void leave(struct walk *w)
{
	struct dir *d = w->at;

	w->at = d->parent;
	close_dir(d);
	arena_free(d->a);
}

/* Goes down into a directory; one that is gone, or is none any more, is left out. */
static int enter(struct walk *w, const char *path, const struct str_list *lowers, struct err *e)
{
	struct arena *a = arena_new();
	struct dir *d = ARENA_NEW(a, struct dir);

	d->a = a;
	d->path = arena_strdup(a, path);
	d->at = w->out->n;
	for (size_t i = 0; i < lowers->n; i++)
		str_list_add(a, &d->lowers, lowers->v[i]);
	d->is_listed = !*path || (d->at && strcmp(w->out->v[d->at - 1].path, path) == 0);
	d->upper = -1;
	if (w->at)
		close_dir(w->at);
	d->parent = w->at;
	w->at = d;
	if (strlen(path) >= PATH_MAX - NAME_MAX)
		return err_set(e, ERR_INTERNAL, "%.64s…: file name too long", path);
	if (open_dir(w, d, e)) {
		bool is_gone = e->sys == ENOENT || e->sys == ENOTDIR || e->sys == ELOOP;
		if (is_gone)
			leave(w);
		return is_gone ? 0 : -1;
	}
	d->hides = (d->parent && d->parent->hides) || is_opaque(d->upper);
	if (read_names(a, d->upper, ".", &d->names, e))
		return -1;
	sort(&d->names);
	return 0;
}

/* All of it was seen: it is changed by what is in it, too, and stands before that. */
static int finish(struct walk *w, struct err *e)
{
	struct dir *d = w->at;

	if (d->hides && add_hidden(w, d, e))
		return -1;
	if (w->out->n > d->at && !d->is_listed)
		insert(w, d->at, d->path, IMAGE_CHANGED);
	leave(w);
	return 0;
}

static int look_at(struct walk *w, const char *name, struct err *e)
{
	own_arena a = arena_new();
	struct dir *d = w->at;
	const char *path = arena_printf(a, "%s/%s", d->path, name);
	struct stat st;
	struct old old;

	if (fstatat(d->upper, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "stat %s", path);
	look(w, a, d, name, &old);
	if (is_whiteout(&st)) {
		if (old.is_there)
			add(w, path, IMAGE_DELETED);
		return 0;
	}
	if (!old.is_there)
		add(w, path, IMAGE_ADDED);
	else if (is_different(w, d->upper, name, &st, &old))
		add(w, path, IMAGE_CHANGED);
	return S_ISDIR(st.st_mode) ? enter(w, path, &old.lowers, e) : 0;
}

static int walk_all(struct walk *w, struct err *e)
{
	while (w->at) {
		struct dir *d = w->at;
		/* One that was left for another may be gone meanwhile. */
		if (d->upper < 0 && open_dir(w, d, e))
			d->next = d->names.n;
		if (d->next < d->names.n ? look_at(w, d->names.v[d->next++], e) : finish(w, e))
			return -1;
	}
	return 0;
}

int image_root_changes(struct image_store *s, struct arena *a, const char *ctr_id,
	struct image_changes *out, struct err *e)
{
	own_arena scratch = arena_new();
	struct walk w = { .store = s, .a = a, .out = out };
	struct str_list lowers = { 0 };
	struct mount_record r;

	*out = (struct image_changes){ 0 };
	if (mountdb_read(s, scratch, ctr_id, &r, e))
		return -1;
	const char *lower = overlay_lower_of(s, scratch, r.mount_id, e);
	if (!lower)
		return -1;
	for (struct slice rest = slice_str(lower), one; rest.n;) {
		slice_cut(rest, ':', &one, &rest);
		str_list_add(scratch, &lowers, arena_strndup(scratch, one.p, one.n));
	}
	const char *diff = arena_printf(scratch, "%s/diff", r.mount_id);
	own_fd root = openat(s->overlay_fd, diff, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open %s", diff);
	w.root = root;
	int rc = enter(&w, "", &lowers, e) || walk_all(&w, e) ? -1 : 0;
	while (w.at)
		leave(&w);
	return rc;
}
