/* SPDX-License-Identifier: Apache-2.0 */
/* Loops around read(2), write(2) and poll(2). */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

int io_write(int fd, const void *data, size_t n, struct err *e)
{
	const char *p = data;

	while (n) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			err_sys(e, "write");
			if (e->sys == EPIPE || e->sys == ECONNRESET)
				e->kind = ERR_CANCELLED;
			return -1;
		}
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

ssize_t io_read_some(int fd, void *data, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = read(fd, data, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_sys(e, "read") : got;
}

ssize_t io_read(int fd, void *data, size_t n, struct err *e)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = io_read_some(fd, (char *)data + have, n - have, e);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int io_wait_readable(int fd, int timeout_ms, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(e, "poll") : n;
}

int io_set_nonblock(int fd, int on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}
