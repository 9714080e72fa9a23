/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive writes the headers, pax ones only where ustar's do not suffice, as Go's archive/tar does for dockerd.
 * What is small is gathered in a block; a file's content goes from one read to one write.
 */
#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
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
#include "base/io.h"
#include "base/map.h"

#define BLOCK	    (256 * 1024)
#define WHITEOUT    ".wh."
#define OPAQUE	    ".wh..wh..opq"
#define OPAQUE_ATTR "trusted.overlay.opaque"
#define CAPS_ATTR   "security.capability"
/* struct vfs_cap_data: revision 3 is 2 with the owner of a user namespace behind it (capabilities(7)) */
#define CAPS_MOST	64
#define CAPS_REVISION	3 /* index of the byte */
#define CAPS_SIZE_TWO	20
#define CAPS_SIZE_LEAST 4

struct packer {
	const struct pack_opts *opts;
	int out;
	struct archive *tar;
	struct archive_entry *entry;
	struct arena *arena; /* names of files with several */
	struct map *linked;  /* "device:inode" → the name it was packed under */
	char *block;	     /* what is not yet written */
	size_t filled;
	char *content;	/* of a file */
	struct err err; /* of writing, told in place of libarchive's */
	bool failed;
	char path[PATH_MAX]; /* of the entry in the tar, without the slash of a directory */
	size_t path_len;
	struct pack_result result;
};

/* --- Output -------------------------------------------------------------------------------------- */

static int flush(struct packer *p, struct err *e)
{
	size_t n = p->filled;

	p->filled = 0;
	return n ? io_write(p->out, p->block, n, e) : 0;
}

static la_ssize_t put(struct archive *a, void *arg, const void *data, size_t n)
{
	struct packer *p = arg;
	int rc = 0;

	if (n > BLOCK - p->filled)
		rc = flush(p, &p->err);
	if (rc == 0 && n >= BLOCK) {
		rc = io_write(p->out, data, n, &p->err);
	} else if (rc == 0) {
		memcpy(p->block + p->filled, data, n);
		p->filled += n;
	}
	if (rc) {
		p->failed = true;
		archive_set_error(a, EIO, "%s", p->err.msg);
		return -1;
	}
	p->result.bytes += (int64_t)n;
	return (la_ssize_t)n;
}

static int tar_error(struct packer *p, struct err *e)
{
	const char *text = archive_error_string(p->tar);

	if (p->failed) {
		*e = p->err;
		return -1;
	}
	return err_set(e, ERR_INTERNAL, "%s: %s", p->path, text ? text : "cannot be archived");
}

static int open_tar(struct packer *p, struct err *e)
{
	p->tar = archive_write_new();
	p->entry = archive_entry_new();
	p->block = malloc(BLOCK);
	p->content = malloc(BLOCK);
	if (!p->tar || !p->entry || !p->block || !p->content)
		abort();
	/* One empty layer has one digest everywhere: two blocks of zeros and nothing behind them. */
	if (archive_write_set_format_pax_restricted(p->tar) != ARCHIVE_OK ||
		archive_write_set_options(p->tar, "xattrheader=SCHILY") != ARCHIVE_OK ||
		archive_write_set_bytes_per_block(p->tar, 0) != ARCHIVE_OK ||
		archive_write_open(p->tar, p, NULL, put, NULL) != ARCHIVE_OK)
		return tar_error(p, e);
	return 0;
}

static void close_tar(struct packer *p)
{
	archive_entry_free(p->entry);
	archive_write_free(p->tar);
	free(p->block);
	free(p->content);
}

/* --- Headers ------------------------------------------------------------------------------------- */

static int fail(struct packer *p, const char *doing, struct err *e)
{
	return err_sys(e, "%s /%s", doing, p->path);
}

/* The looks of an entry; its type in mode. */
static void describe(struct packer *p, const struct stat *st)
{
	archive_entry_clear(p->entry);
	archive_entry_copy_pathname(p->entry, p->path);
	archive_entry_set_mode(p->entry, st->st_mode);
	archive_entry_set_uid(p->entry, st->st_uid);
	archive_entry_set_gid(p->entry, st->st_gid);
	archive_entry_set_mtime(p->entry, st->st_mtim.tv_sec, 0);
	archive_entry_set_size(p->entry, S_ISREG(st->st_mode) ? st->st_size : 0);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) {
		archive_entry_set_rdevmajor(p->entry, major(st->st_rdev));
		archive_entry_set_rdevminor(p->entry, minor(st->st_rdev));
	}
}

/* WARN: the name is not UTF-8, and goes out byte by byte. */
static int put_header(struct packer *p, struct err *e)
{
	int code = archive_write_header(p->tar, p->entry);

	p->result.entries++;
	return code == ARCHIVE_OK || code == ARCHIVE_WARN ? 0 : tar_error(p, e);
}

/* A capability given inside a user namespace means its root, who is nobody elsewhere. */
static void add_caps(struct packer *p, int fd)
{
	unsigned char value[CAPS_MOST];
	ssize_t n = fgetxattr(fd, CAPS_ATTR, value, sizeof(value));

	if (n < CAPS_SIZE_LEAST)
		return;
	if (value[CAPS_REVISION] == 3 && n > CAPS_SIZE_TWO) {
		value[CAPS_REVISION] = 2;
		n = CAPS_SIZE_TWO;
	}
	archive_entry_xattr_add_entry(p->entry, CAPS_ATTR, value, (size_t)n);
}

static bool is_opaque(int fd)
{
	char value = 0;

	return fgetxattr(fd, OPAQUE_ATTR, &value, 1) == 1 && value == 'y';
}

/* --- Names --------------------------------------------------------------------------------------- */

/* Appends "/name" to the path; *before is what pop_name wants. */
static int push_name(struct packer *p, const char *name, size_t *before, struct err *e)
{
	size_t n = strlen(name), slash = p->path_len > 0;

	*before = p->path_len;
	if (p->path_len + slash + n >= PATH_MAX)
		return err_set(e, ERR_INVALID, "%.64s…/%.64s: file name too long", p->path, name);
	if (slash)
		p->path[p->path_len++] = '/';
	memcpy(p->path + p->path_len, name, n + 1);
	p->path_len += n;
	return 0;
}

static void pop_name(struct packer *p, size_t before)
{
	p->path_len = before;
	p->path[before] = 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted names of directory fd, which stays the caller's. */
static int read_names(
	struct packer *p, int fd, struct arena *a, struct str_list *out, struct err *e)
{
	own_fd copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = copy < 0 ? NULL : fdopendir(copy);

	if (!d)
		return fail(p, "open", e);
	take_fd(&copy);
	for (;;) {
		errno = 0;
		struct dirent *ent = readdir(d);
		if (!ent)
			break;
		if (strcmp(ent->d_name, ".") != 0 && strcmp(ent->d_name, "..") != 0)
			str_list_add(a, out, ent->d_name);
	}
	if (errno)
		return fail(p, "list", e);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_bytes);
	return 0;
}

/* --- Kinds of files ------------------------------------------------------------------------------ */

/* Whether the file was packed under another name; if not, this one is noted. */
static const char *find_link(struct packer *p, const struct stat *st)
{
	char key[48];

	if (st->st_nlink < 2)
		return NULL;
	snprintf(key, sizeof(key), "%llx:%llx", (unsigned long long)st->st_dev,
		(unsigned long long)st->st_ino);
	const char *first = map_get(p->linked, key);
	if (!first)
		map_set(p->linked, key, arena_strdup(p->arena, p->path));
	return first;
}

static int put_link(struct packer *p, const struct stat *st, const char *first, struct err *e)
{
	describe(p, st);
	archive_entry_copy_hardlink(p->entry, first);
	archive_entry_set_size(p->entry, 0);
	return put_header(p, e);
}

/* As many bytes as the header says, whatever becomes of the file meanwhile. */
static int put_content(struct packer *p, int fd, int64_t size, struct err *e)
{
	while (size > 0) {
		size_t want = size < BLOCK ? (size_t)size : BLOCK;
		ssize_t n = io_read(fd, p->content, want, e);
		if (n < 0)
			return err_in(e, "read /%s", p->path);
		if (n < (ssize_t)want)
			memset(p->content + n, 0, want - (size_t)n);
		if (archive_write_data(p->tar, p->content, want) < 0)
			return tar_error(p, e);
		size -= (int64_t)want;
	}
	return 0;
}

static int pack_file(struct packer *p, int dir, const char *name, struct err *e)
{
	own_fd fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : fail(p, "open", e);
	if (fstat(fd, &st))
		return fail(p, "stat", e);
	if (!S_ISREG(st.st_mode))
		return 0; /* it is another one now, and will change again */
	const char *first = find_link(p, &st);
	if (first)
		return put_link(p, &st, first, e);
	describe(p, &st);
	add_caps(p, fd);
	return put_header(p, e) ? -1 : put_content(p, fd, st.st_size, e);
}

static int pack_symlink(
	struct packer *p, int dir, const char *name, const struct stat *st, struct err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return errno == ENOENT || errno == EINVAL ? 0 : fail(p, "read link", e);
	target[n] = 0;
	const char *first = find_link(p, st);
	if (first)
		return put_link(p, st, first, e);
	describe(p, st);
	archive_entry_copy_symlink(p->entry, target);
	return put_header(p, e);
}

static int pack_node(struct packer *p, const struct stat *st, struct err *e)
{
	const char *first = find_link(p, st);

	if (first)
		return put_link(p, st, first, e);
	describe(p, st);
	return put_header(p, e);
}

/* An empty file, 0600, whose other looks are those the kernel gave the device. */
static int pack_whiteout(struct packer *p, const char *name, const struct stat *st, struct err *e)
{
	char hidden[NAME_MAX + sizeof(WHITEOUT)];
	struct stat file = *st;
	size_t before = p->path_len - strlen(name);

	before -= before > 0;
	snprintf(hidden, sizeof(hidden), WHITEOUT "%s", name);
	pop_name(p, before);
	if (push_name(p, hidden, &before, e))
		return -1;
	file.st_mode = S_IFREG | 0600;
	file.st_size = 0;
	describe(p, &file);
	return put_header(p, e);
}

/* Behind the directory's own header: its permissions and owner, no time. */
static int pack_opaque(struct packer *p, const struct stat *st, struct err *e)
{
	struct stat file = *st;
	size_t before;

	if (push_name(p, OPAQUE, &before, e))
		return -1;
	file.st_mode = S_IFREG | (st->st_mode & 0777);
	file.st_size = 0;
	file.st_mtim.tv_sec = 0;
	describe(p, &file);
	int rc = put_header(p, e);
	pop_name(p, before);
	return rc;
}

/* --- The tree ------------------------------------------------------------------------------------ */

static int pack_entry(struct packer *p, int dir, const char *name, struct err *e);

static int pack_names(struct packer *p, int fd, struct err *e)
{
	own_arena a = arena_new();
	struct str_list names = { 0 };
	size_t before;

	if (read_names(p, fd, a, &names, e))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (push_name(p, names.v[i], &before, e) || pack_entry(p, fd, names.v[i], e))
			return -1;
		pop_name(p, before);
	}
	return 0;
}

static int pack_dir(struct packer *p, int dir, const char *name, struct err *e)
{
	own_fd fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
									     : fail(p, "open", e);
	if (fstat(fd, &st))
		return fail(p, "stat", e);
	describe(p, &st);
	add_caps(p, fd);
	if (put_header(p, e) || (p->opts->is_upper && is_opaque(fd) && pack_opaque(p, &st, e)))
		return -1;
	return pack_names(p, fd, e);
}

static int pack_entry(struct packer *p, int dir, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : fail(p, "stat", e);
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return pack_dir(p, dir, name, e);
	case S_IFREG:
		return pack_file(p, dir, name, e);
	case S_IFLNK:
		return pack_symlink(p, dir, name, &st, e);
	case S_IFSOCK:
		return 0; /* archive/tar: sockets not supported */
	case S_IFCHR:
		if (p->opts->is_upper && st.st_rdev == makedev(0, 0))
			return pack_whiteout(p, name, &st, e);
		return pack_node(p, &st, e);
	default:
		return pack_node(p, &st, e);
	}
}

static int pack_all(struct packer *p, int root, struct err *e)
{
	const struct pack_opts *o = p->opts;
	size_t before;
	int rc;

	if (open_tar(p, e))
		return -1;
	if (o->only)
		rc = push_name(p, o->as, &before, e) ? -1 : pack_entry(p, root, o->only, e);
	else
		rc = pack_names(p, root, e);
	if (rc)
		return -1;
	if (archive_write_close(p->tar) != ARCHIVE_OK)
		return tar_error(p, e);
	return flush(p, e);
}

int pack_tree(
	int root, int out, const struct pack_opts *opts, struct pack_result *result, struct err *e)
{
	own_arena a = arena_new();
	struct packer p = { .opts = opts, .out = out, .arena = a };

	p.linked = map_new();
	int rc = pack_all(&p, root, e);
	if (rc && p.tar)
		archive_write_fail(
			p.tar); /* else it would finish the tar, zeros for bytes that are missing */
	close_tar(&p);
	map_free(p.linked);
	*result = p.result;
	return rc;
}
