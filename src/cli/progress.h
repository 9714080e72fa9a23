/* SPDX-License-Identifier: Apache-2.0 */
/* Progress streams of load, pull and push, as docker shows them: bars on a terminal, lines elsewhere. */
#ifndef TARE_CLI_PROGRESS_H
#define TARE_CLI_PROGRESS_H

#include "cli.h"

/* Told of "aux" members, which are not shown. */
typedef void (*progress_aux_fn)(void *arg, const struct json *aux);

/* Reads the stream to its end, writing to fd (-1: nowhere). An error in the stream is the result. */
int progress_show(struct cli *c, struct client_stream *s, int fd, struct err *e);
int progress_show_aux(struct cli *c, struct client_stream *s, int fd, progress_aux_fn aux,
	void *arg, struct err *e);

/* What a message's "progressDetail" says. */
struct progress {
	int64_t current, total;
	int64_t start;	   /* Unix seconds, 0: not said */
	bool hides_counts; /* the bar alone */
	const char *units; /* "": bytes */
};

/* "[====>   ]  1.2MB/3.4MB" for a line of columns at the time now; "" when nothing is known. */
const char *progress_bar(struct arena *a, const struct progress *p, int columns, int64_t now_ns);

#endif
