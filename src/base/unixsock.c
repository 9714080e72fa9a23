/* SPDX-License-Identifier: Apache-2.0 */
/* Listening, connecting, and SCM_RIGHTS. */
#include "unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

/* Fills addr; long paths go through an fd of their directory, which *dir then holds open. */
static int address(const char *path, struct sockaddr_un *addr, int *dir, struct err *e)
{
	const char *name = strrchr(path, '/');

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) < sizeof(addr->sun_path)) {
		snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path);
		return 0;
	}
	if (!name)
		return errno = ENAMETOOLONG, err_sys(e, "socket %s", path);
	own_mem char *parent = strndup(path, (size_t)(name - path));
	*dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0)
		return err_sys(e, "open %s", parent);
	int n = snprintf(
		addr->sun_path, sizeof(addr->sun_path), "/proc/self/fd/%d/%s", *dir, name + 1);
	if (n >= (int)sizeof(addr->sun_path))
		return errno = ENAMETOOLONG, err_sys(e, "socket %s", path);
	return 0;
}

int unixsock_listen(const char *path, int type, mode_t mode, struct err *e)
{
	struct sockaddr_un addr;
	own_fd dir = -1;

	if (address(path, &addr, &dir, e))
		return -1;
	own_fd fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	/* The mode is set before bind: the file is never there with a wider one. */
	if (fchmod(fd, mode))
		return err_sys(e, "chmod socket");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return err_sys(e, "bind %s", path);
	if (chmod(path, mode) || listen(fd, 4096)) {
		err_sys(e, "listen on %s", path);
		unlink(path);
		return -1;
	}
	return take_fd(&fd);
}

int unixsock_connect(const char *path, int type, struct err *e)
{
	struct sockaddr_un addr;
	own_fd dir = -1;

	if (address(path, &addr, &dir, e))
		return -1;
	own_fd fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	int rc;
	do
		rc = connect(fd, (struct sockaddr *)&addr, sizeof(addr));
	while (rc && errno == EINTR);
	if (rc)
		return err_sys(e, "connect to %s", path);
	return take_fd(&fd);
}

union control {
	char bytes[CMSG_SPACE(UNIXSOCK_MAX_FDS * sizeof(int))];
	struct cmsghdr align;
};

int unixsock_send(int sock, const void *data, size_t n, const int *fds, size_t n_fds, struct err *e)
{
	union control control = { 0 };
	struct iovec iov = { (void *)data, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds > UNIXSOCK_MAX_FDS)
		return errno = E2BIG, err_sys(e, "send %zu descriptors", n_fds);
	if (n_fds) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	ssize_t done;
	do
		done = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	return done < 0 ? err_sys(e, "send message") : 0;
}

static size_t collect_fds(struct msghdr *msg, int *fds, size_t max)
{
	size_t have = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (have < max)
				fds[have++] = fd;
			else
				close(fd);
		}
	}
	return have;
}

ssize_t unixsock_recv(int sock, void *data, size_t max, int *fds, size_t *n_fds, struct err *e)
{
	union control control;
	struct iovec iov = { data, max };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "receive message");
	size_t have = collect_fds(&msg, fds, n_fds ? *n_fds : 0);
	if (n_fds)
		*n_fds = have;
	return n;
}
