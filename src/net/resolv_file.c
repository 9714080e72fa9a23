/* SPDX-License-Identifier: Apache-2.0 */
/* The files beside resolv.c: the host's resolv.conf, and the container's with its users' edits. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/sha.h"
#include "base/slice.h"
#include "net/files.h"

#define HOST_FILE     "/etc/resolv.conf"
#define RESOLVED_FILE "/run/systemd/resolve/resolv.conf"
#define FILE_MAX      (256 * 1024)
#define NAME	      "resolv.conf"
#define HASH_NAME     "resolv.conf.hash"

/* The text of path in a; NULL when there is no such file. */
static int read_optional(struct arena *a, const char *path, const char **text, struct err *e)
{
	own_buf b = { 0 };

	buf_init(&b, FILE_MAX);
	*text = NULL;
	if (fs_read(AT_FDCWD, path, FILE_MAX, &b, e) < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	*text = arena_strndup(a, b.data, b.len);
	return 0;
}

int net_resolv_read_host(struct arena *a, const char **path, const char **text, struct err *e)
{
	*path = HOST_FILE;
	if (read_optional(a, HOST_FILE, text, e) < 0)
		return -1;
	if (!*text || !net_resolv_is_stub(*text))
		return 0;
	*path = RESOLVED_FILE;
	return read_optional(a, RESOLVED_FILE, text, e);
}

/* dir/name in b; false when it cannot be had. */
static bool read_into(int dir, const char *name, struct buf *b)
{
	struct err e;

	return fs_read(dir, name, FILE_MAX, b, &e) == 0;
}

enum found { FOUND_OURS, FOUND_SAME, FOUND_EDITED };

/* What is there: nothing or what an earlier put left, that text already, or somebody's work. */
static enum found look(int dir, const char *text, size_t n)
{
	own_buf file = { 0 }, hash = { 0 };
	char digest[SHA_DIGEST_TEXT + 1];

	buf_init(&file, FILE_MAX);
	buf_init(&hash, FILE_MAX);
	if (!read_into(dir, HASH_NAME, &hash) || !read_into(dir, NAME, &file))
		return FOUND_OURS;
	sha_digest(file.data, file.len, digest);
	if (!str_eq(digest, hash.data))
		return FOUND_EDITED;
	return file.len == n && memcmp(file.data, text, n) == 0 ? FOUND_SAME : FOUND_OURS;
}

/* In place: a running container has this very file mounted. */
static int write_file(int dir, const char *name, const char *text, size_t n, struct err *e)
{
	own_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(e, "open %s", name);
	/* whatever the umask says: the container's users read it */
	if (fchmod(fd, 0644) < 0)
		return err_sys(e, "chmod %s", name);
	if (io_write(fd, text, n, e) < 0)
		return err_in(e, "write %s", name);
	return 0;
}

int net_resolv_put(int dir, const char *text, size_t n, struct err *e)
{
	char digest[SHA_DIGEST_TEXT + 1];

	if (look(dir, text, n) != FOUND_OURS)
		return 0;
	/* first, or a daemon that dies in between leaves what looks like somebody's edit */
	if (unlinkat(dir, HASH_NAME, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove " HASH_NAME);
	sha_digest(text, n, digest);
	if (write_file(dir, NAME, text, n, e) < 0)
		return -1;
	return write_file(dir, HASH_NAME, digest, strlen(digest), e);
}
