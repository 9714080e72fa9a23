/* SPDX-License-Identifier: Apache-2.0 */
#include "assemble.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "place.h"
#include "split.h"
#include "split_reader.h"

struct assembler {
	int root;
	struct sink *out;
	const struct assemble_opts *opts;
};

static int tick(const struct assembler *a, struct err *e)
{
	return a->opts->tick ? a->opts->tick(a->opts->arg, e) : 0;
}

/* Other bytes than those that came in. */
static int is_changed(const struct split_item *it, struct err *e)
{
	return err_set(e, ERR_INVALID, "file integrity checksum failed for \"%.256s\"", it->name);
}

static int open_file(const struct assembler *a, const struct split_item *it, struct err *e)
{
	char path[PATH_MAX];
	struct stat st;

	if (place_clean(it->name, path, e))
		return -1;
	/* A pipe or device is in a file's place only when somebody put it there: it must not hang us. */
	own_fd fd = fs_open_in(
		a->root, *path ? path : ".", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, e);
	if (fd < 0)
		return err_set(e, ERR_INVALID, "open /%.256s: %s", path, err_text(e->sys));
	if (fstat(fd, &st))
		return err_sys(e, "stat /%.256s", path);
	if (!S_ISREG(st.st_mode) || st.st_size != it->size)
		return is_changed(it, e);
	return take_fd(&fd);
}

static int add_file(const struct assembler *a, const struct split_item *it, struct err *e)
{
	own_fd fd = open_file(a, it, e);
	uint64_t crc = 0;

	if (fd < 0)
		return -1;
	for (int64_t left = it->size; left;) {
		size_t room;
		void *to = sink_room(a->out, &room);
		ssize_t n = read(fd, to, (int64_t)room < left ? room : (size_t)left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read %.256s", it->name);
		if (n == 0)
			return is_changed(it, e);
		crc = split_crc(crc, to, (size_t)n);
		left -= n;
		if (sink_filled(a->out, (size_t)n, e) || tick(a, e))
			return -1;
	}
	return crc == it->crc ? 0 : is_changed(it, e);
}

static int add_items(const struct assembler *a, struct split_reader *split, struct err *e)
{
	struct split_item it;
	int more;

	while ((more = split_reader_next(split, &it, e)) > 0) {
		if (it.is_file ? it.size && add_file(a, &it, e)
			       : sink_add(a->out, it.data, it.n, e))
			return -1;
		if (tick(a, e))
			return -1;
	}
	return more;
}

int assemble_layer(
	int split, int root, struct sink *out, const struct assemble_opts *opts, struct err *e)
{
	struct assembler a = { .root = root, .out = out, .opts = opts };
	struct split_reader *reader;

	if (split_reader_open(split, &reader, e))
		return -1;
	int rc = add_items(&a, reader, e);
	split_reader_close(reader);
	return rc;
}
