/* SPDX-License-Identifier: Apache-2.0 */
#include "members.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/unixsock.h"
#include "place.h"
#include "proto.h"
#include "source.h"

static uint32_t looks_of(struct tar_reader *tar)
{
	const void *head;
	size_t n;

	tar_reader_peek(tar, &head, &n);
	if (!n)
		return LAYER_LOOKS_OTHER;
	if (source_detect(head, n) != SOURCE_PLAIN)
		return LAYER_LOOKS_COMPRESSED;
	return source_is_tar(head, n) ? LAYER_LOOKS_TAR : LAYER_LOOKS_OTHER;
}

static int store_file(struct tar_reader *tar, int dir, const struct layer_member *m,
	struct layer_stored *stored, struct err *e)
{
	char name[16];
	const void *data;
	size_t n;
	int64_t at;
	int more;

	snprintf(name, sizeof(name), "m%u", m->number);
	own_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create %s", name);
	struct sha *sha = sha_new();
	while ((more = tar_reader_data(tar, &data, &n, &at, e)) > 0) {
		sha_add(sha, data, n);
		if (io_write(fd, data, n, e)) {
			more = err_in(e, "store %s", m->name);
			break;
		}
	}
	memcpy(stored->digest, "sha256:", 7);
	sha_hex(sha, stored->digest + 7);
	sha_free(sha);
	return more;
}

static int put_name(char out[LAYER_NAME_MAX], const char *name, struct err *e)
{
	char clean[PATH_MAX];

	if (place_clean(name, clean, e))
		return -1;
	if (strlen(clean) >= LAYER_NAME_MAX)
		return err_set(e, ERR_INVALID, "%.64s…: file name too long", clean);
	snprintf(out, LAYER_NAME_MAX, "%s", clean);
	return 0;
}

/* A symlink's target is relative to where it lies: docker save wrote "../<id>/layer.tar". */
static int put_target(struct layer_member *m, const char *target, struct err *e)
{
	char joined[2 * LAYER_NAME_MAX];
	const char *slash = strrchr(m->name, '/');
	int n = 0;

	if (!m->is_hard && slash && *target != '/')
		n = (int)(slash - m->name + 1);
	if (snprintf(joined, sizeof(joined), "%.*s%s", n, m->name, target) >= (int)sizeof(joined))
		return err_set(e, ERR_INVALID, "%.64s…: file name too long", target);
	if (put_name(m->target, joined, e))
		return err_set(e, ERR_INVALID, "invalid symlink \"%.256s\" -> \"%.256s\"", m->name,
			target);
	return 0;
}

/* 1: to be reported, 0: passed over. */
static int describe(
	struct tar_reader *tar, const struct tar_entry *t, struct layer_member *m, struct err *e)
{
	const char *target = t->hardlink ? t->hardlink : t->symlink;

	if (put_name(m->name, t->name, e))
		return -1;
	if (target) {
		m->type = LAYER_MEMBER_LINK;
		m->is_hard = t->hardlink != NULL;
		return put_target(m, target, e) ? -1 : 1;
	}
	if (S_ISDIR(t->mode)) {
		m->type = LAYER_MEMBER_DIR;
		return *m->name != 0;
	}
	if (!S_ISREG(t->mode) || !*m->name)
		return 0;
	if (t->is_sparse)
		return err_set(e, ERR_INVALID,
			"%s: sparse members are not supported in image archives", m->name);
	m->type = LAYER_MEMBER_FILE;
	m->size = t->size;
	m->looks = looks_of(tar);
	return 1;
}

/* Sends MEMBER and waits for the answer; *pipe is what came with it, or -1. */
static int ask(int socket, const struct layer_msg *msg, int *pipe, struct err *e)
{
	size_t n_fds = 1;
	char go = 0;

	*pipe = -1;
	if (unixsock_send(socket, msg, layer_msg_size(msg->type), NULL, 0, e))
		return -1;
	ssize_t n = unixsock_recv(socket, &go, 1, pipe, &n_fds, e);
	if (n < 0)
		return -1;
	return n == 1 && go == LAYER_GO ? 0 : err_set(e, ERR_CANCELLED, "told to stop");
}

static int take_content(struct tar_reader *tar, const struct layer_member *m, int dir, int pipe,
	struct layer_stored *stored, struct err *e)
{
	return pipe >= 0 ? tar_reader_pass(tar, pipe, e) : store_file(tar, dir, m, stored, e);
}

static int take_member(
	struct tar_reader *tar, const struct layer_msg *msg, int dir, int socket, struct err *e)
{
	struct layer_msg stored = { .type = LAYER_MSG_STORED };
	own_fd pipe = -1;

	if (ask(socket, msg, &pipe, e))
		return -1;
	if (msg->member.type != LAYER_MEMBER_FILE)
		return 0;
	if (take_content(tar, &msg->member, dir, pipe, &stored.stored, e))
		return -1;
	return unixsock_send(socket, &stored, layer_msg_size(stored.type), NULL, 0, e);
}

int members_take(struct tar_reader *tar, int dir, int socket, struct err *e)
{
	struct tar_entry t;
	uint32_t number = 0;
	int more;

	while ((more = tar_reader_next(tar, &t, e)) > 0) {
		struct layer_msg msg = { .type = LAYER_MSG_MEMBER, .member.number = number };
		int found = describe(tar, &t, &msg.member, e);
		if (found < 0)
			return -1;
		if (++number > LAYER_MEMBERS_MAX)
			return err_set(e, ERR_INVALID, "archive has more than %d members",
				LAYER_MEMBERS_MAX);
		if (found && take_member(tar, &msg, dir, socket, e))
			return -1;
	}
	return more;
}
