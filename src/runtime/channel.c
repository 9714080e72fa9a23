/* SPDX-License-Identifier: Apache-2.0 */
/* A SEQPACKET pair: messages keep their bounds and may carry a descriptor. */
#include "channel.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/unixsock.h"

struct packet {
	int type;
	pid_t number;
	struct err failure; /* sent only with CHANNEL_FAILED */
};

int channel_open(int *parent, int *child, struct err *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return err_sys(e, "socketpair");
	*parent = ends[0];
	*child = ends[1];
	return 0;
}

int channel_send(int end, enum channel_type type, int fd, pid_t number, struct err *e)
{
	struct packet p;

	p.type = type;
	p.number = number;
	return unixsock_send(end, &p, offsetof(struct packet, failure), &fd, fd >= 0, e);
}

int channel_tell(int end, enum channel_type type, pid_t number, struct err *e)
{
	if (channel_send(end, type, -1, number, e) == 0)
		return 0;
	/* The latter when it has not read all. */
	return e->sys == EPIPE || e->sys == ECONNRESET ? 0 : -1;
}

int channel_send_failure(int end, const struct err *what, struct err *e)
{
	struct packet p;

	p.type = CHANNEL_FAILED;
	p.number = 0;
	p.failure = *what;
	return unixsock_send(end, &p, sizeof(p), NULL, 0, e);
}

int channel_recv(int end, struct channel_message *out, struct err *e)
{
	struct packet p;
	size_t n_fds;
	ssize_t n;

	/*
	 * A peer that closes without having read all resets the connection. That is reported once, before
	 * what it had sent: its last words are behind it.
	 */
	for (int tries = 0; tries < 2; tries++) {
		out->fd = -1;
		n_fds = 1;
		n = unixsock_recv(end, &p, sizeof(p), &out->fd, &n_fds, e);
		if (n >= 0 || e->sys != ECONNRESET)
			break;
	}
	if (n < 0 && e->sys != ECONNRESET)
		return -1;
	if (n <= 0) {
		out->type = CHANNEL_END;
		return 0;
	}
	if (n < (ssize_t)offsetof(struct packet, failure))
		return err_set(e, ERR_INTERNAL, "short message from container init");
	out->type = p.type;
	out->number = p.number;
	if (p.type == CHANNEL_FAILED && n == sizeof(p)) {
		out->failure = p.failure;
		out->failure.msg[sizeof(out->failure.msg) - 1] = 0;
	}
	return 0;
}

int channel_expect(int end, enum channel_type type, pid_t *number, struct err *e)
{
	struct channel_message m;

	if (channel_recv(end, &m, e))
		return -1;
	if (m.type != type)
		return err_set(e, ERR_CANCELLED, "the runtime went away");
	if (number)
		*number = m.number;
	return 0;
}
