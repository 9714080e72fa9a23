/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-terminals without posix_openpt: a container's ptmx is not the host's. */
#include "sys/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/unixsock.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/*
 * The multiplexer is character device 5:2 wherever it lies below dev_fd: a link in a container's /dev would lead
 * into the host's while the root has not been changed.
 */
static int open_ptmx(int dev_fd, const char *name)
{
	struct err e;
	own_fd fd = fs_open_in(dev_fd, name, O_RDWR | O_NOCTTY, 0, &e);
	struct stat st;

	if (fd < 0)
		return errno = e.sys, -1;
	if (fstat(fd, &st))
		return -1;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(5, 2)) {
		errno = ENODEV;
		return -1;
	}
	return take_fd(&fd);
}

int pty_open(int dev_fd, struct pty *out, struct err *e)
{
	int unlock = 0;
	unsigned number;

	*out = (struct pty){ -1, -1, "" };
	own_fd master = open_ptmx(dev_fd, "pts/ptmx");
	if (master < 0)
		master = open_ptmx(dev_fd, "ptmx");
	if (master < 0)
		return err_sys(e, "open ptmx");
	if (ioctl(master, TIOCSPTLCK, &unlock) || ioctl(master, TIOCGPTN, &number))
		return err_sys(e, "unlock pseudo-terminal");
	int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, "open the other end of the pseudo-terminal");
	snprintf(out->name, sizeof(out->name), "/dev/pts/%u", number);
	out->master = take_fd(&master);
	out->slave = slave;
	return 0;
}

int pty_open_host(struct pty *out, struct err *e)
{
	own_fd dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*out = (struct pty){ -1, -1, "" };
	return dev < 0 ? err_sys(e, "open /dev") : pty_open(dev, out, e);
}

void pty_close(struct pty *p)
{
	cleanup_fd(&p->master);
	cleanup_fd(&p->slave);
	p->master = p->slave = -1;
}

int pty_resize(int fd, uint16_t rows, uint16_t columns, struct err *e)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	if (!rows && !columns)
		return 0;
	return ioctl(fd, TIOCSWINSZ, &size) ? err_sys(e, "resize terminal") : 0;
}

int pty_raw(int fd, struct termios *saved, struct err *e)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return err_sys(e, "get terminal modes");
	if (saved)
		*saved = t;
	cfmakeraw(&t);
	return tcsetattr(fd, TCSANOW, &t) ? err_sys(e, "set terminal modes") : 0;
}

int pty_send(const char *socket_path, int master, const char *name, struct err *e)
{
	own_fd sock = unixsock_connect(socket_path, SOCK_STREAM, e);

	if (sock < 0)
		return err_in(e, "console socket %s", socket_path);
	return unixsock_send(sock, name, strlen(name), &master, 1, e);
}

int pty_make_controlling(int slave, struct err *e)
{
	if (setsid() < 0 && errno != EPERM) /* EPERM: already a leader */
		return err_sys(e, "setsid");
	if (ioctl(slave, TIOCSCTTY, 0))
		return err_sys(e, "set controlling terminal");
	for (int fd = 0; fd < 3; fd++)
		if ((fd == slave ? fcntl(fd, F_SETFD, 0) : dup3(slave, fd, 0)) < 0)
			return err_sys(e, "dup terminal to %d", fd);
	return 0;
}
