/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of exec.fifo. */
#include "fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

int fifo_make(int dir, struct err *e)
{
	/* Writable for others: init opens it as the container's user. */
	if (mkfifoat(dir, FIFO_NAME, 0622) || fchmodat(dir, FIFO_NAME, 0622, 0))
		return err_sys(e, "make %s", FIFO_NAME);
	return 0;
}

int fifo_stand(int dir, struct err *e)
{
	int fd;

	do
		fd = openat(dir, FIFO_NAME, O_WRONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_sys(e, "open %s", FIFO_NAME);
	int rc = io_write(fd, "0", 1, e);
	close(fd);
	return rc;
}

int fifo_release(int dir, int pidfd, struct err *e)
{
	own_fd fd = openat(dir, FIFO_NAME, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
	char byte;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "cannot start an already running container");
	if (fd < 0)
		return err_sys(e, "open %s", FIFO_NAME);
	while (!(fds[0].revents & (POLLIN | POLLHUP)) && !(fds[1].revents & POLLIN))
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return err_sys(e, "wait for init at %s", FIFO_NAME);
	/* The byte may have come just before init ended: it counts. */
	if (read(fd, &byte, 1) != 1)
		return err_set(e, ERR_CONFLICT, "container process is already dead");
	if (unlinkat(dir, FIFO_NAME, 0) && errno != ENOENT)
		return err_sys(e, "remove %s", FIFO_NAME);
	return 0;
}
