/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both ends of exec.fifo. Init has it open for both directions from before it left the host: it could not find it
 * again without a directory of the host in its hands, through which others in its pid namespace would reach
 * the host as well.
 */
#include "fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

int fifo_make(int dir, int *out, struct err *e)
{
	if (mkfifoat(dir, FIFO_NAME, 0600))
		return err_sys(e, "make %s", FIFO_NAME);
	own_fd fd = openat(dir, FIFO_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	/* Room for one packet (pipe(7): a page each): fifo_stand counts on it. */
	if (fd < 0 || fcntl(fd, F_SETFL, O_DIRECT) || fcntl(fd, F_SETPIPE_SZ, 1) < 0)
		return err_sys(e, "open %s", FIFO_NAME);
	*out = take_fd(&fd);
	return 0;
}

int fifo_stand(int fd, struct err *e)
{
	/*
	 * The second does not fit in before the first has been read, so it waits. It takes no other call than write(2),
	 * which seccomp profiles allow.
	 */
	return io_write(fd, "0", 1, e) || io_write(fd, "0", 1, e) ? -1 : 0;
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
