/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive makes headers and padding. Of a member whose content comes from elsewhere it believes that nothing came,
 * and fills it up with zeros when the next one begins: these are passed over.
 */
#include "compose.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/unixsock.h"
#include "proto.h"
#include "split_reader.h"

#define PIECE (64 * 1024)

struct composer {
	struct archive *tar;
	int socket, out;
	int64_t elsewhere; /* bytes still to be passed over */
	struct err err;	   /* of the output */
};

static la_ssize_t emit(struct archive *a, void *arg, const void *data, size_t n)
{
	struct composer *c = arg;
	size_t skip = (int64_t)n < c->elsewhere ? n : (size_t)c->elsewhere;

	c->elsewhere -= (int64_t)skip;
	if (io_write(c->out, (const char *)data + skip, n - skip, &c->err)) {
		archive_set_error(a, EIO, "%s", c->err.msg);
		return -1;
	}
	return (la_ssize_t)n;
}

static int tar_error(struct composer *c, struct err *e)
{
	const char *text = archive_error_string(c->tar);

	if (*c->err.msg) {
		*e = c->err;
		return -1;
	}
	return err_set(e, ERR_INTERNAL, "write archive: %s", text ? text : "unknown error");
}

static int open_tar(struct composer *c, struct err *e)
{
	c->tar = archive_write_new();
	if (!c->tar)
		abort();
	archive_write_set_format_pax_restricted(c->tar);
	/* Nothing stays behind in a buffer, nor is the end filled up. */
	archive_write_set_bytes_per_block(c->tar, 0);
	if (archive_write_open2(c->tar, c, NULL, emit, NULL, NULL) != ARCHIVE_OK)
		return tar_error(c, e);
	return 0;
}

static int write_header(struct composer *c, const struct layer_entry *m, struct err *e)
{
	static const struct {
		mode_t mode;
		bool has_size;
	} looks[] = {
		[LAYER_MEMBER_FILE] = { S_IFREG | 0644, true },
		[LAYER_MEMBER_LINK] = { S_IFLNK | 0777, false },
		[LAYER_MEMBER_DIR] = { S_IFDIR | 0755, false },
	};

	if (m->type > LAYER_MEMBER_DIR || m->size < 0)
		return err_set(e, ERR_INTERNAL, "write archive: malformed entry");
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, m->name);
	archive_entry_set_mode(entry, looks[m->type].mode);
	archive_entry_set_size(entry, looks[m->type].has_size ? m->size : 0);
	archive_entry_set_mtime(entry, m->mtime, 0);
	if (m->type == LAYER_MEMBER_LINK)
		archive_entry_set_symlink(entry, m->target);
	int code = archive_write_header(c->tar, entry);
	archive_entry_free(entry);
	return code == ARCHIVE_OK ? 0 : tar_error(c, e);
}

static int copy_content(struct composer *c, const struct layer_entry *m, int from, struct err *e)
{
	char piece[PIECE];
	int64_t left = m->size;

	while (left) {
		ssize_t n = io_read_some(from, piece, left < PIECE ? (size_t)left : PIECE, e);
		if (n < 0)
			return err_in(e, "read %s", m->name);
		if (n == 0)
			return err_set(e, ERR_INTERNAL, "read %s: unexpected EOF", m->name);
		if (archive_write_data(c->tar, piece, (size_t)n) != n)
			return tar_error(c, e);
		left -= n;
	}
	return 0;
}

static int add_entry(struct composer *c, struct layer_entry *m, int from, struct err *e)
{
	m->name[sizeof(m->name) - 1] = m->target[sizeof(m->target) - 1] = 0;
	if (write_header(c, m, e))
		return -1;
	if (m->type != LAYER_MEMBER_FILE)
		return 0;
	if (m->has_content)
		return copy_content(c, m, from, e);
	c->elsewhere = m->size;
	return 0;
}

/* One question and its answer: 1, 0 when it was END. */
static int serve(struct composer *c, struct err *e)
{
	struct layer_msg msg, answer = { .type = LAYER_MSG_WRITTEN };
	own_fd from = -1;
	size_t n_fds = 1;
	ssize_t n = unixsock_recv(c->socket, &msg, sizeof(msg), &from, &n_fds, e);

	if (n < 0)
		return -1;
	if (n == 0)
		return err_set(e, ERR_CANCELLED, "told to stop");
	if (n < (ssize_t)sizeof(msg.type) || n < (ssize_t)layer_msg_size(msg.type))
		return err_set(e, ERR_INTERNAL, "write archive: malformed message");
	switch (msg.type) {
	case LAYER_MSG_ENTRY:
		if (add_entry(c, &msg.entry, from, e))
			return -1;
		break;
	case LAYER_MSG_MEASURE:
		answer.type = LAYER_MSG_MEASURED;
		if (split_measure(from, &answer.measured, e))
			return -1;
		break;
	default:
		return 0;
	}
	return unixsock_send(c->socket, &answer, layer_msg_size(answer.type), NULL, 0, e) ? -1 : 1;
}

int compose_archive(int socket, int out, struct err *e)
{
	struct composer c = { .socket = socket, .out = out };
	int more = open_tar(&c, e) ? -1 : 1;

	while (more > 0)
		more = serve(&c, e);
	if (more == 0 && archive_write_close(c.tar) != ARCHIVE_OK)
		more = tar_error(&c, e);
	/* What failed is not to be finished. */
	if (more < 0)
		archive_write_fail(c.tar);
	archive_write_free(c.tar);
	return more;
}
