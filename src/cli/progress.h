/* SPDX-License-Identifier: Apache-2.0 */
/* Progress streams of load and pull, as docker shows them: bars on a terminal, lines elsewhere. */
#ifndef TARE_CLI_PROGRESS_H
#define TARE_CLI_PROGRESS_H

#include "cli.h"

/* Reads the stream to its end, writing to fd (-1: nowhere). An error in the stream is the result. */
int progress_show(struct cli *c, struct client_stream *s, int fd, struct err *e);
/* "[====>   ]  1.2MB/3.4MB" for a line of columns; "" when nothing is known. */
const char *progress_bar(struct arena *a, int64_t current, int64_t total, int columns);

#endif
