/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookup follows overlayfs: a name found in a layer hides it in the layers below, unless both are
 * directories; a 0/0 character device hides it altogether, an opaque directory all names below it. Symlinks are
 * never followed: dockerd removes one that stands where a directory is needed, so here it counts as not there.
 */
#include "init_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/slice.h"

/* A PARENT is a directory other stubs go into. */
enum stub_type { STUB_PARENT, STUB_DIR, STUB_FILE, STUB_LINK };

static const struct stub {
	const char *parent; /* NULL: the root */
	const char *name;
	enum stub_type type;
	const char *target;
} stubs[] = {
	{ NULL, "dev", STUB_PARENT, NULL },
	{ NULL, "etc", STUB_PARENT, NULL },
	{ NULL, "proc", STUB_DIR, NULL },
	{ NULL, "sys", STUB_DIR, NULL },
	{ NULL, ".dockerenv", STUB_FILE, NULL },
	{ "dev", "pts", STUB_DIR, NULL },
	{ "dev", "shm", STUB_DIR, NULL },
	{ "dev", "console", STUB_FILE, NULL },
	{ "etc", "resolv.conf", STUB_FILE, NULL },
	{ "etc", "hosts", STUB_FILE, NULL },
	{ "etc", "hostname", STUB_FILE, NULL },
	{ "etc", "mtab", STUB_LINK, "/proc/mounts" },
};
#define N_STUBS (sizeof(stubs) / sizeof(stubs[0]))

struct init_plan {
	struct {
		bool is_needed;
		bool is_copy; /* a directory of the image: made with its looks */
		mode_t mode;
		uid_t uid;
		gid_t gid;
		char *from; /* where in overlay2 it is, when it has xattrs; else NULL */
	} v[N_STUBS];
};

enum found { FOUND_NOTHING, FOUND_DIR, FOUND_OTHER };

static bool is_opaque(int overlay_fd, const char *path)
{
	char value = 0;
	own_fd fd = openat(overlay_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

/* One layer: 1 found (*what), 0 look further down. */
static int look_in(int overlay_fd, const char *layer, const struct stub *stub, enum found *what,
	char path[PATH_MAX], struct stat *st)
{
	if (stub->parent) {
		snprintf(path, PATH_MAX, "%s/%s", layer, stub->parent);
		if (fstatat(overlay_fd, path, st, AT_SYMLINK_NOFOLLOW))
			return 0;
		if (!S_ISDIR(st->st_mode))
			return *what = FOUND_NOTHING, 1;
	}
	snprintf(path, PATH_MAX, "%s/%s%s%s", layer, stub->parent ? stub->parent : "",
		stub->parent ? "/" : "", stub->name);
	if (fstatat(overlay_fd, path, st, AT_SYMLINK_NOFOLLOW) == 0) {
		bool is_whiteout = S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
		*what = S_ISDIR(st->st_mode) ? FOUND_DIR
			: is_whiteout	     ? FOUND_NOTHING
					     : FOUND_OTHER;
		return 1;
	}
	if (!stub->parent)
		return 0;
	snprintf(path, PATH_MAX, "%s/%s", layer, stub->parent);
	*what = FOUND_NOTHING;
	return is_opaque(overlay_fd, path);
}

static enum found look(int overlay_fd, const char *lower, const struct stub *stub,
	char path[PATH_MAX], struct stat *st)
{
	struct slice rest = slice_str(lower), one;
	enum found what;
	char layer[NAME_MAX + 3];

	while (rest.n) {
		slice_cut(rest, ':', &one, &rest);
		snprintf(layer, sizeof(layer), "%.*s", (int)one.n, one.p);
		if (look_in(overlay_fd, layer, stub, &what, path, st))
			return what;
	}
	return FOUND_NOTHING;
}

static int plan_stub(
	struct init_plan *p, size_t i, int overlay_fd, const char *lower, struct err *e)
{
	char from[PATH_MAX];
	struct stat st;
	bool is_dir = look(overlay_fd, lower, &stubs[i], from, &st) == FOUND_DIR;
	bool is_parent = stubs[i].type == STUB_PARENT;

	/* A directory in place of a stub stays as it is; dev and etc get things inside. */
	p->v[i].is_needed = !is_dir || is_parent;
	p->v[i].is_copy = is_dir && is_parent;
	if (!p->v[i].is_copy)
		return 0;
	p->v[i].mode = st.st_mode & 07777;
	p->v[i].uid = st.st_uid;
	p->v[i].gid = st.st_gid;
	own_fd fd = openat(overlay_fd, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", from);
	if (flistxattr(fd, NULL, 0) > 0 && !(p->v[i].from = strdup(from)))
		abort();
	return 0;
}

int init_plan_make(int overlay_fd, const char *lower, struct init_plan **out, struct err *e)
{
	struct init_plan *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	for (size_t i = 0; i < N_STUBS; i++) {
		if (plan_stub(p, i, overlay_fd, lower, e)) {
			init_plan_free(p);
			return -1;
		}
	}
	*out = p;
	return 0;
}

void init_plan_free(struct init_plan *p)
{
	for (size_t i = 0; p && i < N_STUBS; i++)
		free(p->v[i].from);
	free(p);
}

/* As overlayfs does when it copies a directory up: all but its own. */
static int copy_xattrs(int from, int to, struct err *e)
{
	char names[64 * 1024], value[64 * 1024];
	ssize_t n = flistxattr(from, names, sizeof(names));

	for (char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		if (str_starts(name, "trusted.overlay."))
			continue;
		ssize_t size = fgetxattr(from, name, value, sizeof(value));
		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) && errno != ENOTSUP)
			return err_sys(e, "copy extended attribute %s", name);
	}
	return 0;
}

static int copy_looks(const struct init_plan *p, size_t i, int overlay_fd, int fd, struct err *e)
{
	if ((p->v[i].uid || p->v[i].gid) && fchown(fd, p->v[i].uid, p->v[i].gid))
		return err_sys(e, "chown %s", stubs[i].name);
	if (p->v[i].mode != 0755 && fchmod(fd, p->v[i].mode))
		return err_sys(e, "chmod %s", stubs[i].name);
	if (!p->v[i].from)
		return 0;
	own_fd from =
		openat(overlay_fd, p->v[i].from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return from < 0 ? err_sys(e, "open %s", p->v[i].from) : copy_xattrs(from, fd, e);
}

static int make_stub(int dir, const struct stub *stub, struct err *e)
{
	int rc;

	if (stub->type == STUB_DIR || stub->type == STUB_PARENT)
		rc = mkdirat(dir, stub->name, 0755);
	else if (stub->type == STUB_LINK)
		rc = symlinkat(stub->target, dir, stub->name);
	else /* one call instead of open and close */
		rc = mknodat(dir, stub->name, S_IFREG | 0755, 0);
	return rc ? err_sys(e, "create %s in init layer", stub->name) : 0;
}

/* What goes into one directory (NULL: the root), and into those below it. */
static int apply_dir(
	const struct init_plan *p, const char *parent, int overlay_fd, int dir, struct err *e)
{
	for (size_t i = 0; i < N_STUBS; i++) {
		const struct stub *stub = &stubs[i];
		bool is_here =
			parent ? stub->parent && strcmp(stub->parent, parent) == 0 : !stub->parent;
		if (!is_here || !p->v[i].is_needed)
			continue;
		if (make_stub(dir, stub, e))
			return -1;
		if (stub->type != STUB_PARENT)
			continue;
		own_fd sub = openat(dir, stub->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (sub < 0)
			return err_sys(e, "open %s in init layer", stub->name);
		if ((p->v[i].is_copy && copy_looks(p, i, overlay_fd, sub, e)) ||
			apply_dir(p, stub->name, overlay_fd, sub, e))
			return -1;
	}
	return 0;
}

int init_plan_apply(const struct init_plan *p, int overlay_fd, int diff, struct err *e)
{
	return apply_dir(p, NULL, overlay_fd, diff, e);
}
