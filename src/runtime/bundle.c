/* SPDX-License-Identifier: Apache-2.0 */
/* Reading config.json. What the spec's own rules say is checked by oci_spec_check. */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "runtime.h"

#define CONFIG	   "config.json"
#define CONFIG_MAX (64 * 1024 * 1024)

static int read_config(int dir, struct buf *text, struct err *e)
{
	buf_init(text, CONFIG_MAX);
	if (fs_read(dir, CONFIG, CONFIG_MAX, text, e) == 0)
		return 0;
	return e->kind == ERR_NOT_FOUND
		       ? err_set(e, ERR_NOT_FOUND, "JSON specification file " CONFIG " not found")
		       : -1;
}

static int read_spec(struct arena *a, int dir, struct oci_spec *out, struct err *e)
{
	own_buf text = { 0 };

	if (read_config(dir, &text, e) || oci_spec_parse(a, text.data, text.len, out, e))
		return -1;
	if (!out->process)
		return err_set(e, ERR_INVALID, "process property must not be empty");
	return oci_spec_check(out, e);
}

static int open_bundle(const char *path, struct err *e)
{
	own_fd dir = open(str_empty(path) ? "." : path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, ERR_NOT_FOUND, "chdir %s: %s", path, runtime_errno_text(errno));
	return take_fd(&dir);
}

/* Where the directory at fd lies: absolute, without links. */
static const char *real_path(struct arena *a, int fd, struct err *e)
{
	char link[32], path[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path));
	if (n <= 0 || n == sizeof(path)) {
		err_sys(e, "resolve %s", link);
		return NULL;
	}
	return arena_strndup(a, path, (size_t)n);
}

static int find_rootfs(struct arena *a, int dir, struct bundle *b, struct err *e)
{
	const char *root = b->spec.root.path;
	own_fd fd = openat(dir, root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, ERR_INVALID, "invalid rootfs: stat %s: %s",
			root[0] == '/' ? root : arena_printf(a, "%s/%s", b->path, root),
			runtime_errno_text(errno));
	b->rootfs = real_path(a, fd, e);
	return b->rootfs ? 0 : -1;
}

int bundle_load(struct arena *a, const char *path, struct bundle *out, struct err *e)
{
	own_fd dir = open_bundle(path, e);

	if (dir < 0)
		return -1;
	if (read_spec(a, dir, &out->spec, e))
		return -1;
	out->path = real_path(a, dir, e);
	return out->path ? find_rootfs(a, dir, out, e) : -1;
}

int bundle_load_spec(struct arena *a, const char *path, struct oci_spec *out, struct err *e)
{
	own_fd dir = open_bundle(path, e);

	return dir < 0 ? -1 : read_spec(a, dir, out, e);
}

int bundle_load_own_process(
	struct arena *a, const char *path, struct oci_process *out, struct err *e)
{
	own_fd dir = open_bundle(path, e);

	if (dir < 0)
		return -1;
	own_buf text = { 0 };
	if (read_config(dir, &text, e))
		return -1;
	return oci_spec_parse_process(a, text.data, text.len, out, e);
}

int bundle_load_process(struct arena *a, const char *file, struct oci_process *out, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, CONFIG_MAX);
	if (fs_read(AT_FDCWD, file, CONFIG_MAX, &text, e)) {
		if (e->sys)
			return err_set(
				e, ERR_NOT_FOUND, "open %s: %s", file, runtime_errno_text(e->sys));
		return -1;
	}
	if (oci_process_parse(a, text.data, text.len, out, e))
		return -1;
	return oci_process_check(out, e);
}
