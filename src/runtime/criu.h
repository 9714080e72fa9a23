/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRIU as a child process, spoken to by its RPC (`criu swrk`, criu.proto): one request, any number of
 * notifications, one answer.
 */
#ifndef TARE_RUNTIME_CRIU_H
#define TARE_RUNTIME_CRIU_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "criu.pb-c.h"

/* An optional number of a message: that it is there, and what it is. */
#define CRIU_SET(message, field, value) ((message)->has_##field = 1, (message)->field = (value))

struct criu_answer {
	int type; /* CriuReqType or whatever else came */
	bool success;
	int error;	    /* errno */
	const char *script; /* NOTIFY; may be NULL */
	pid_t pid;	    /* NOTIFY, RESTORE: as seen by the caller */
	int major, minor, sublevel;
	bool has_mem_track, has_lazy_pages;
	int fd; /* came with it; -1: none. Whoever is told of it owns it */
};

/* A criu_resp; what is pointed to is in the arena. ERR_INVALID. */
int criu_parse_answer(struct slice text, struct arena *a, struct criu_answer *out, struct err *e);

struct criu {
	const char *program; /* "criu", or a path; looked up in PATH */
	struct arena *arena;
	/* Runs in the child before it becomes CRIU: joins groups, mounts. NULL: nothing. */
	int (*prepare)(void *ctx, struct err *e);
	/* What CRIU reports while it works; its further descriptors are 4, 5, …. NULL: agrees to all. */
	int (*notify)(void *ctx, struct criu_answer *a, struct err *e);
	/* Between its start and the request: adds to that what depends on its pid. NULL: nothing. */
	int (*complete)(void *ctx, pid_t criu, struct err *e);
	void *ctx;
	const int *fds;
	size_t n_fds;
};

/*
 * One call: starts CRIU, sends the request, waits for its answer and its end.
 * ERR_NOT_FOUND `exec: "criu": executable file not found in $PATH`; `criu failed: type DUMP errno 0`.
 */
int criu_call(const struct criu *c, const CriuReq *request, struct criu_answer *out, struct err *e);

/* Version as 31701. The error is runc's: "CRIU version check failed: …". */
int criu_version(const struct criu *c, int *out, struct err *e);
enum criu_feature { CRIU_MEM_TRACK, CRIU_LAZY_PAGES };
/* `criu is missing features: [LazyPages]` */
int criu_need_feature(const struct criu *c, enum criu_feature feature, struct err *e);

#endif
