/* SPDX-License-Identifier: Apache-2.0 */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"
#include "base/io.h"

#define FILE_MODE 0600

static const struct {
	mode_t type;
	const char *what;
} refused[] = {
	{ S_IFDIR, "a directory" },
	{ S_IFLNK, "a symbolic link directly" },
	{ S_IFIFO, "a named pipe (FIFO)" },
	{ S_IFSOCK, "a socket" },
	{ S_IFCHR, "a character device file" },
	{ S_IFBLK, "a block device file" },
};

/* Go's filepath.Dir. */
static const char *dir_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ".";
	while (slash > path && slash[-1] == '/')
		slash--;
	return slash == path ? "/" : arena_strndup(a, path, (size_t)(slash - path));
}

static int check(struct cli *c, const char *path, struct err *e)
{
	const char *dir = dir_of(c->arena, path);
	struct stat st;

	if (!str_eq(dir, ".") && !str_eq(dir, "..")) {
		if (stat(dir, &st))
			return err_set(e, ERR_INVALID, "invalid output path: stat %s: %s", dir,
				err_text(errno));
		if (!S_ISDIR(st.st_mode))
			return err_set(e, ERR_INVALID, "invalid output path: stat %s: %s", dir,
				err_text(ENOTDIR));
	}
	if (lstat(path, &st))
		return errno == ENOENT
			       ? 0
			       : err_set(e, ERR_INVALID, "failed to stat output path: lstat %s: %s",
					 path, err_text(errno));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if ((st.st_mode & S_IFMT) == refused[i].type)
			return err_set(e, ERR_INVALID, "cannot write to %s", refused[i].what);
	}
	return 0;
}

static const char *temporary_name(struct cli *c, const char *path)
{
	const char *slash = strrchr(path, '/');
	char random[11];

	id_hex(random, sizeof(random) - 1);
	return arena_printf(
		c->arena, "%s/.tmp-%s%s", dir_of(c->arena, path), slash ? slash + 1 : path, random);
}

int outfile_open(struct cli *c, struct outfile *f, const char *path, struct err *e)
{
	*f = (struct outfile){ .fd = STDOUT_FILENO };
	if (str_empty(path)) {
		if (isatty(STDOUT_FILENO))
			return err_set(e, ERR_INVALID,
				"cowardly refusing to save to a terminal. Use the -o flag or "
				"redirect");
		cli_flush(c);
		return 0;
	}
	if (check(c, path, e))
		return -1;
	f->path = path;
	f->temporary = temporary_name(c, path);
	f->fd = open(dir_of(c->arena, path), O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
	f->is_unnamed = f->fd >= 0;
	if (f->fd < 0)
		f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (f->fd < 0)
		return err_set(e, ERR_INTERNAL, "open %s: %s", f->temporary, err_text(errno));
	return 0;
}

int outfile_copy(struct outfile *f, struct client_stream *s, struct err *e)
{
	struct slice piece;
	int rc;

	while ((rc = client_stream_view(s, &piece, e)) > 0) {
		if (io_write(f->fd, piece.p, piece.n, e))
			return err_set(e, ERR_INTERNAL, "write %s: %s",
				f->path ? f->path : "/dev/stdout", err_text(errno));
		f->is_written = true;
	}
	return rc;
}

static int name_it(struct outfile *f, struct err *e)
{
	char proc[64];

	if (fchmod(f->fd, FILE_MODE) || fsync(f->fd))
		return err_set(e, ERR_INTERNAL, "sync %s: %s", f->path, err_text(errno));
	if (f->is_unnamed) {
		(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", f->fd);
		if (linkat(AT_FDCWD, proc, AT_FDCWD, f->temporary, AT_SYMLINK_FOLLOW))
			return err_set(
				e, ERR_INTERNAL, "link %s: %s", f->temporary, err_text(errno));
		f->is_unnamed = false;
	}
	if (rename(f->temporary, f->path))
		return err_set(e, ERR_INTERNAL, "rename %s %s: %s", f->temporary, f->path,
			err_text(errno));
	return 0;
}

int outfile_close(struct cli *c, struct outfile *f, bool is_good, struct err *e)
{
	int rc = 0;
	bool keep = is_good && f->is_written;

	if (f->path == NULL)
		return 0;
	if (keep)
		rc = name_it(f, e);
	if ((!keep || rc) && !f->is_unnamed)
		(void)unlink(f->temporary);
	close(f->fd);
	f->fd = -1;
	return rc;
}
