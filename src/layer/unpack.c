/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One maker per file type. Per plain file owned by root these system calls: openat, write, utimensat, close;
 * everything else only where the member differs from what open(2) already gave it.
 */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/slice.h"
#include "place.h"

#define WHITEOUT    ".wh."
#define OPAQUE	    ".wh..wh..opq"
#define OPAQUE_ATTR "trusted.overlay.opaque"
#define ACL_ATTR    "system.posix_acl_default"
#define SET_IDS	    (S_ISUID | S_ISGID)
#define NS_PER_S    1000000000
#define NS_MOST	    INT64_MAX

/* What must wait until nothing more is made in a directory. */
struct late_dir {
	const char *path;
	struct timespec times[2];
	const void *acl; /* a default ACL would be inherited by the files of the layer */
	size_t acl_len;
};

struct unpack {
	struct tar_reader *tar;
	struct place_table *places;
	const struct unpack_opts *opts;
	struct arena *arena;
	struct late_dir *dirs;
	size_t n_dirs;
	struct unpack_result result;
};

/* The member being made. */
struct item {
	const struct tar_entry *m;
	const char *path; /* cleaned */
	struct place at;
	int fd;	     /* of a plain file */
	bool is_old; /* a directory that was there before */
};

/* As dockerd's boundTime: what does not fit in 64 bits of nanoseconds is the epoch. */
static struct timespec bound_time(struct timespec t)
{
	bool is_late = t.tv_sec > NS_MOST / NS_PER_S ||
		       (t.tv_sec == NS_MOST / NS_PER_S && t.tv_nsec > NS_MOST % NS_PER_S);

	return t.tv_sec < 0 || is_late ? (struct timespec){ 0 } : t;
}

/* As its timeToTimespec, which is all that symbolic links' times go through: nanoseconds, wrapping around. */
static struct timespec wrap_time(struct timespec t)
{
	int64_t ns = (int64_t)((uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec);
	int64_t below = ns % NS_PER_S < 0;

	return (struct timespec){ ns / NS_PER_S - below, ns % NS_PER_S + below * NS_PER_S };
}

static void fit_times(const struct tar_entry *m, struct timespec out[2])
{
	struct timespec (*fit)(struct timespec) = m->symlink ? wrap_time : bound_time;

	out[0] = fit(m->atime);
	out[1] = fit(m->mtime);
}

static int fail(struct err *e, const char *doing, const struct item *it)
{
	err_sys(e, "%s /%s", doing, it->path);
	if (e->sys == ENOTDIR || e->sys == ENAMETOOLONG || e->sys == ELOOP || e->sys == ENOENT)
		e->kind = ERR_INVALID;
	return -1;
}

static bool needs_owner(const struct item *it)
{
	return it->m->uid || it->m->gid || it->at.gives_group;
}

/*
 * What is in the way of a later member may only be a whiteout: a file's content would be missing when the layer is put
 * together again. dockerd refuses such layers in these words, and directories listed twice, which do no harm, as well.
 */
static int clear_way(const struct item *it, struct err *e)
{
	struct stat st;

	if (fstatat(it->at.dir, it->at.base, &st, AT_SYMLINK_NOFOLLOW))
		return fail(e, "stat", it);
	if (!S_ISCHR(st.st_mode) || st.st_rdev)
		return err_set(
			e, ERR_INVALID, "duplicates of file paths not supported: /%s", it->path);
	return unlinkat(it->at.dir, it->at.base, 0) ? fail(e, "remove whiteout", it) : 0;
}

/* --- Extended attributes ------------------------------------------------------------------------- */

static int check_xattr(const struct item *it, const char *name, struct err *e)
{
	/* redirect or metacopy would let a layer point into others: only the driver may set these. */
	if (str_starts(name, "trusted.overlay.") || str_starts(name, "user.overlay."))
		return err_set(e, ERR_INVALID,
			"/%s: extended attribute %s is reserved for the storage driver", it->path,
			name);
	return 0;
}

static void keep_acl(struct unpack *u, const void *value, size_t n)
{
	struct late_dir *d = &u->dirs[u->n_dirs - 1];

	d->acl = arena_strndup(u->arena, value, n);
	d->acl_len = n;
}

/* Filesystems and files that cannot hold them are no error; nor are there empty ones (as dockerd). */
static int set_xattrs(struct unpack *u, const struct item *it, struct err *e)
{
	const char *name;
	const void *value;
	size_t n;

	if (!it->m->n_xattrs)
		return 0;
	if (it->fd < 0 && fchdir(it->at.dir))
		return fail(e, "enter directory of", it);
	for (int i = 0; tar_reader_xattr(u->tar, i, &name, &value, &n); i++) {
		if (check_xattr(it, name, e))
			return -1;
		if (!n)
			continue;
		if (S_ISDIR(it->m->mode) && strcmp(name, ACL_ATTR) == 0) {
			keep_acl(u, value, n);
			continue;
		}
		int rc = it->fd < 0 ? lsetxattr(it->at.base, name, value, n, 0)
				    : fsetxattr(it->fd, name, value, n, 0);
		if (rc && errno != ENOTSUP && errno != EPERM)
			return fail(e, "set extended attribute of", it);
	}
	return 0;
}

/* --- File types: making sets errno only, finishing gives owner, mode, attributes and times -------- */

static int create_file(struct unpack *u, struct item *it)
{
	it->fd = openat(it->at.dir, it->at.base,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, it->m->mode & 07777);
	return it->fd < 0 ? -1 : 0;
}

static int write_content(struct unpack *u, const struct item *it, struct err *e)
{
	const void *data;
	size_t n;
	int64_t at, end = 0;
	int more;

	while ((more = tar_reader_data(u->tar, &data, &n, &at, e)) > 0) {
		if (at != end && lseek(it->fd, at, SEEK_SET) < 0)
			return fail(e, "seek in", it);
		if (io_write(it->fd, data, n, e))
			return err_in(e, "/%s", it->path);
		end = at + (int64_t)n;
		if (u->opts->tick && u->opts->tick(u->opts->arg, e))
			return -1;
	}
	if (more == 0 && it->m->is_sparse && end < it->m->size && ftruncate(it->fd, it->m->size))
		return fail(e, "truncate", it);
	return more;
}

static int finish_file(struct unpack *u, struct item *it, struct err *e)
{
	mode_t mode = it->m->mode & 07777;
	struct timespec times[2];

	if (write_content(u, it, e))
		return -1;
	if (needs_owner(it) && fchown(it->fd, (uid_t)it->m->uid, (gid_t)it->m->gid))
		return fail(e, "chown", it);
	if (set_xattrs(u, it, e))
		return -1;
	/* chown takes set-id bits away (chown(2)), an access control list brings a mode of its own */
	if (((mode & SET_IDS) || it->m->n_xattrs) && fchmod(it->fd, mode))
		return fail(e, "chmod", it);
	fit_times(it->m, times);
	if (futimens(it->fd, times))
		return fail(e, "set times of", it);
	u->result.size += it->m->size;
	return 0;
}

static int create_dir(struct unpack *u, struct item *it)
{
	struct stat st;

	if (mkdirat(it->at.dir, it->at.base, it->m->mode & 07777) == 0)
		return 0;
	if (errno != EEXIST || fstatat(it->at.dir, it->at.base, &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	it->is_old = S_ISDIR(st.st_mode); /* listed twice, or made on the way to a file */
	errno = EEXIST;
	return it->is_old ? 0 : -1;
}

static int finish_dir(struct unpack *u, struct item *it, struct err *e)
{
	mode_t mode = it->m->mode & 07777;
	struct late_dir *d;

	if ((it->is_old || needs_owner(it)) && fchownat(it->at.dir, it->at.base, (uid_t)it->m->uid,
						       (gid_t)it->m->gid, AT_SYMLINK_NOFOLLOW))
		return fail(e, "chown", it);
	u->dirs = arena_grow(u->arena, u->dirs, &u->n_dirs, sizeof(*u->dirs));
	d = &u->dirs[u->n_dirs - 1];
	d->path = arena_strdup(u->arena, it->path);
	fit_times(it->m, d->times);
	if (set_xattrs(u, it, e))
		return -1;
	/* mkdir(2) ignores set-id bits and inherits set-group-id */
	if ((it->is_old || it->at.gives_group || (mode & SET_IDS) || it->m->n_xattrs) &&
		fchmodat(it->at.dir, it->at.base, mode, 0))
		return fail(e, "chmod", it);
	/* It may be held open with the looks it had before. */
	if (it->is_old)
		place_forget(u->places);
	return 0;
}

static int create_symlink(struct unpack *u, struct item *it)
{
	return symlinkat(it->m->symlink ? it->m->symlink : "", it->at.dir, it->at.base);
}

static int create_node(struct unpack *u, struct item *it)
{
	return mknodat(it->at.dir, it->at.base, it->m->mode, it->m->rdev);
}

static int finish_node(struct unpack *u, struct item *it, struct err *e)
{
	struct timespec times[2];

	if (needs_owner(it) && fchownat(it->at.dir, it->at.base, (uid_t)it->m->uid,
				       (gid_t)it->m->gid, AT_SYMLINK_NOFOLLOW))
		return fail(e, "chown", it);
	if (set_xattrs(u, it, e))
		return -1;
	if (!S_ISLNK(it->m->mode) && fchmodat(it->at.dir, it->at.base, it->m->mode & 07777, 0))
		return fail(e, "chmod", it);
	fit_times(it->m, times);
	if (utimensat(it->at.dir, it->at.base, times, AT_SYMLINK_NOFOLLOW))
		return fail(e, "set times of", it);
	if (it->m->symlink)
		u->result.size += (int64_t)strlen(it->m->symlink);
	return 0;
}

static const struct kind {
	mode_t type;
	int (*create)(struct unpack *u, struct item *it);
	int (*finish)(struct unpack *u, struct item *it, struct err *e);
} kinds[] = {
	{ S_IFREG, create_file, finish_file },
	{ S_IFDIR, create_dir, finish_dir },
	{ S_IFLNK, create_symlink, finish_node },
	{ S_IFCHR, create_node, finish_node },
	{ S_IFBLK, create_node, finish_node },
	{ S_IFIFO, create_node, finish_node },
};

/* Makes it, once more when something was in the way. */
static int create(struct unpack *u, const struct kind *k, struct item *it, struct err *e)
{
	if (k->create(u, it) == 0)
		return 0;
	if (errno != EEXIST)
		return fail(e, "create", it);
	if (clear_way(it, e))
		return -1;
	return k->create(u, it) ? fail(e, "create", it) : 0;
}

static int make_member(struct unpack *u, struct item *it, struct err *e)
{
	mode_t type = it->m->mode & S_IFMT;
	const struct kind *k = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			k = &kinds[i];
	if (!k)
		return err_set(
			e, ERR_INVALID, "unhandled tar header type %o for /%s", type, it->path);
	if (create(u, k, it, e))
		return -1;
	int rc = k->finish(u, it, e);
	if (it->fd >= 0)
		close(take_fd(&it->fd));
	return rc;
}

/* --- Hard links ---------------------------------------------------------------------------------- */

static int link_target(
	struct unpack *u, const struct item *it, int to_dir, const char *to_base, struct err *e)
{
	char path[PATH_MAX];
	struct place from;

	if (place_clean(it->m->hardlink, path, e) || !*path)
		return err_set(e, ERR_INVALID, "invalid hardlink \"/%.256s\" -> \"%.256s\"",
			it->path, it->m->hardlink);
	if (place_find(u->places, path, &from, e))
		return err_in(e, "link /%s", it->path);
	e->msg[0] = 0; /* the caller tells our refusals from linkat's by it */
	return linkat(from.dir, from.base, to_dir, to_base, 0);
}

/*
 * A link's header may say other things of the file than the file's own: the last one wins. Of a symbolic link only the
 * owner (as dockerd).
 */
static int finish_link(struct unpack *u, const struct item *it, struct err *e)
{
	struct timespec times[2];
	struct stat st;

	fit_times(it->m, times);
	if (fstatat(it->at.dir, it->at.base, &st, AT_SYMLINK_NOFOLLOW))
		return fail(e, "stat", it);
	if ((st.st_uid != (uid_t)it->m->uid || st.st_gid != (gid_t)it->m->gid) &&
		fchownat(it->at.dir, it->at.base, (uid_t)it->m->uid, (gid_t)it->m->gid,
			AT_SYMLINK_NOFOLLOW))
		return fail(e, "chown", it);
	if (set_xattrs(u, it, e))
		return -1;
	if (S_ISLNK(st.st_mode))
		return 0;
	if (((st.st_mode & 07777) != (it->m->mode & 07777) || it->m->n_xattrs) &&
		fchmodat(it->at.dir, it->at.base, it->m->mode & 07777, 0))
		return fail(e, "chmod", it);
	if (utimensat(it->at.dir, it->at.base, times, AT_SYMLINK_NOFOLLOW))
		return fail(e, "set times of", it);
	return 0;
}

static int make_link(struct unpack *u, struct item *it, struct err *e)
{
	/* Finding the target's directory may close this one, so it is held. */
	own_fd dir = fcntl(it->at.dir, F_DUPFD_CLOEXEC, 3);

	if (dir < 0)
		return fail(e, "open directory of", it);
	it->at.dir = dir;
	int rc = link_target(u, it, dir, it->at.base, e);
	if (rc && !e->msg[0] && errno == EEXIST) {
		if (clear_way(it, e))
			return -1;
		rc = link_target(u, it, dir, it->at.base, e);
	}
	if (rc)
		return e->msg[0] ? -1 : fail(e, "link", it);
	return finish_link(u, it, e);
}

/* --- Whiteouts ----------------------------------------------------------------------------------- */

static int make_opaque(const struct item *it, struct err *e)
{
	own_fd dir = openat(it->at.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return fail(e, "open directory of", it);
	return fsetxattr(dir, OPAQUE_ATTR, "y", 1, 0) ? fail(e, "make opaque", it) : 0;
}

static int make_whiteout(const struct item *it, struct err *e)
{
	const char *name = it->at.base + strlen(WHITEOUT);

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, ERR_INVALID, "invalid whiteout name: /%s", it->path);
	if (mknodat(it->at.dir, name, S_IFCHR, 0)) {
		/* A whiteout hides lower layers only: what this one brought itself stays. */
		return errno == EEXIST ? 0 : fail(e, "make whiteout", it);
	}
	if (needs_owner(it) && fchownat(it->at.dir, name, (uid_t)it->m->uid, (gid_t)it->m->gid,
				       AT_SYMLINK_NOFOLLOW))
		return fail(e, "chown", it);
	return 0;
}

/* --- The whole ----------------------------------------------------------------------------------- */

static int unpack_member(struct unpack *u, const struct tar_entry *m, struct err *e)
{
	char path[PATH_MAX];
	struct item it = { .m = m, .path = path, .fd = -1 };

	if (place_clean(m->name, path, e))
		return -1;
	if (!*path)
		return 0; /* the layer's root: dockerd ignores how it looks */
	if (m->uid < 0 || m->uid >= UINT32_MAX || m->gid < 0 || m->gid >= UINT32_MAX)
		return err_set(e, ERR_INVALID, "archive/tar: invalid tar header");
	if (place_find(u->places, path, &it.at, e))
		return -1;
	if (strcmp(it.at.base, OPAQUE) == 0)
		return make_opaque(&it, e);
	if (str_starts(it.at.base, WHITEOUT))
		return make_whiteout(&it, e);
	if (m->hardlink)
		return make_link(u, &it, e);
	return make_member(u, &it, e);
}

static int finish_dirs(struct unpack *u, struct err *e)
{
	for (size_t i = 0; i < u->n_dirs; i++) {
		const struct late_dir *d = &u->dirs[i];
		struct item it = { .path = d->path, .fd = -1 };
		if (place_find(u->places, d->path, &it.at, e))
			return -1;
		if (d->acl &&
			(fchdir(it.at.dir) ||
				lsetxattr(it.at.base, ACL_ATTR, d->acl, d->acl_len, 0)) &&
			errno != ENOTSUP)
			return fail(e, "set default ACL of", &it);
		if (utimensat(it.at.dir, it.at.base, d->times, AT_SYMLINK_NOFOLLOW))
			return fail(e, "set times of", &it);
	}
	return 0;
}

static int unpack_all(struct unpack *u, struct err *e)
{
	struct tar_entry m;
	int more;

	while ((more = tar_reader_next(u->tar, &m, e)) > 0) {
		u->result.entries++;
		if (unpack_member(u, &m, e))
			return -1;
		if (u->opts->tick && u->opts->tick(u->opts->arg, e))
			return -1;
	}
	return more < 0 ? -1 : finish_dirs(u, e);
}

int unpack_layer(struct tar_reader *tar, int root, const struct unpack_opts *opts,
	struct unpack_result *out, struct err *e)
{
	struct unpack u = { .tar = tar, .opts = opts };

	u.places = place_table_new(root);
	u.arena = arena_new();
	int rc = unpack_all(&u, e);
	*out = u.result;
	place_table_free(u.places);
	arena_free(u.arena);
	return rc;
}
