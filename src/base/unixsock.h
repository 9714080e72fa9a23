/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unix sockets and fd passing. Paths may be longer than sun_path: the directory is opened and the
 * name bound through /proc/self/fd. type is SOCK_STREAM or SOCK_SEQPACKET.
 */
#ifndef TARE_BASE_UNIXSOCK_H
#define TARE_BASE_UNIXSOCK_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* Listens on path with this mode (umask does not matter); a stale socket file is replaced. */
int unixsock_listen(const char *path, int type, mode_t mode, struct err *e);
/* Connects; e->sys is ENOENT, ECONNREFUSED or EACCES when that is why. */
int unixsock_connect(const char *path, int type, struct err *e);

#define UNIXSOCK_MAX_FDS 16
/* Sends n bytes with n_fds descriptors as one message. */
int unixsock_send(
	int sock, const void *data, size_t n, const int *fds, size_t n_fds, struct err *e);
/*
 * Receives one message of up to max bytes and up to *n_fds descriptors (set O_CLOEXEC; caller
 * owns them). Returns the byte count, 0 at end of file, -1 on error.
 */
ssize_t unixsock_recv(int sock, void *data, size_t max, int *fds, size_t *n_fds, struct err *e);

#endif
