/* SPDX-License-Identifier: Apache-2.0 */
/* What logs and attach share: a container's log as stdio frames or raw. Stays in this room. */
#ifndef TARE_API_LOGS_H
#define TARE_API_LOGS_H

#include "engine/inspect.h"
#include "http/server.h"

struct log_query {
	int64_t since_ns; /* 0: from the first */
	int64_t until_ns; /* 0: to the last */
	int64_t tail;	  /* the last n; -1: all */
	bool timestamps;
	bool details;
	bool is_stdout, is_stderr;
	bool is_raw; /* no frames: the container has a terminal */
};

/* Where it goes: an answer under way, or (rq NULL) a socket. */
struct log_sink {
	struct http_request *rq;
	int fd;
};

/*
 * Writes what is logged now. ERR_NOT_IMPLEMENTED "configured logging driver does not support reading" when there
 * is no file; ERR_CANCELLED when the client went away.
 */
int logs_write(const struct engine_brief *ctr, const struct log_query *q,
	const struct log_sink *sink, struct err *e);

#endif
