/* SPDX-License-Identifier: Apache-2.0 */
/* exec.fifo: where init stands between create and start. The protocol is told in doc/runtime.md. */
#ifndef TARE_RUNTIME_FIFO_H
#define TARE_RUNTIME_FIFO_H

#include "base/err.h"

#define FIFO_NAME "exec.fifo"

/* Makes it in the container's directory; *out is init's end, which the caller closes when init has it. */
int fifo_make(int dir, int *out, struct err *e);
/* init's side: tells the starter and waits until it has heard. fd is what fifo_make gave. */
int fifo_stand(int fd, struct err *e);
/*
 * The starter's side: lets init go, waits until it has gone, and removes the fifo. ERR_NOT_FOUND when
 * there is none (someone was faster); ERR_CONFLICT when init (pidfd) ends instead.
 */
int fifo_release(int dir, int pidfd, struct err *e);

#endif
