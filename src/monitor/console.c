/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal: the runtime makes it inside the container and sends its master over the console socket
 * (feature row D17). We also hold the slave side open, so that a container that closes and
 * reopens its terminal does not look ended.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441 /* musl before 1.2 lacks it */
#endif

int console_listen(struct mon *m)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	m->console.fd = fd;
	unlinkat(m->dir_fd, MONITOR_CONSOLE, 0);
	/* The run directory's own path may be too long for sun_path. */
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", m->dir_fd,
		MONITOR_CONSOLE);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)
		return errno;
	watch_set(m, &m->console, EPOLLIN);
	return 0;
}

/* The first message with a descriptor: the master. -1: none yet, or none at all (*is_over). */
static int console_recv(int sock, bool *is_over)
{
	char name[256];
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { name, sizeof(name) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	int fd = -1;

	*is_over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (n <= 0)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void console_use(struct mon *m, int master)
{
	watch_close(m, &m->console);
	unlinkat(m->dir_fd, MONITOR_CONSOLE, 0);
	m->slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	stdio_take_console(m, master);
	console_resize(m);
}

void console_ready(struct mon *m, unsigned index, uint32_t events)
{
	bool is_over;
	int is_listening = 0;
	socklen_t len = sizeof(is_listening);

	(void)index;
	(void)events;
	getsockopt(m->console.fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len);
	if (is_listening) {
		int conn = accept4(m->console.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (conn < 0)
			return;
		watch_close(m, &m->console);
		m->console.fd = conn;
		watch_set(m, &m->console, EPOLLIN);
		return;
	}
	int master = console_recv(m->console.fd, &is_over);
	if (master >= 0)
		console_use(m, master);
	else if (is_over)
		watch_close(m, &m->console);
}

bool console_receive(struct mon *m)
{
	/* At most: accept, then receive. */
	for (int i = 0; i < 2 && m->console.fd >= 0; i++)
		console_ready(m, 0, 0);
	watch_close(m, &m->console);
	return m->outputs[0].watch.fd >= 0;
}

int console_resize(struct mon *m)
{
	struct winsize size = {
		.ws_row = (unsigned short)(m->winsize >> 16),
		.ws_col = (unsigned short)m->winsize,
	};

	if (!m->args.tty)
		return ENOTTY;
	if (m->outputs[0].watch.fd < 0 || m->winsize == 0)
		return 0; /* set when the terminal comes */
	return ioctl(m->outputs[0].watch.fd, TIOCSWINSZ, &size) < 0 ? errno : 0;
}
