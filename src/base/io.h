/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads and writes; EINTR and short counts are handled here and nowhere else. */
#ifndef TARE_BASE_IO_H
#define TARE_BASE_IO_H

#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/* Writes all n bytes; -1 with e on failure (EPIPE becomes ERR_CANCELLED; SIGPIPE must be ignored). */
int io_write(int fd, const void *data, size_t n, struct err *e);
/* Reads up to n bytes until full or end of file; returns the count or -1. */
ssize_t io_read(int fd, void *data, size_t n, struct err *e);
/* Reads what is there, once; returns the count, 0 at end of file, or -1. */
ssize_t io_read_some(int fd, void *data, size_t n, struct err *e);
/* Waits until fd is readable: 1, 0 after timeout_ms (-1: forever), or -1. */
int io_wait_readable(int fd, int timeout_ms, struct err *e);
int io_set_nonblock(int fd, int on);

#endif
