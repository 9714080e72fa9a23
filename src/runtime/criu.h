/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRIU as a child process, spoken to by its RPC (`criu swrk`, images/rpc.proto of CRIU): one request, any number of
 * notifications, one answer.
 */
#ifndef TARE_RUNTIME_CRIU_H
#define TARE_RUNTIME_CRIU_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum criu_type {
	CRIU_DUMP = 1,
	CRIU_RESTORE = 2,
	CRIU_PRE_DUMP = 4,
	CRIU_NOTIFY = 6,
	CRIU_FEATURE_CHECK = 9,
	CRIU_VERSION = 10,
};

/* Field numbers of criu_opts. */
enum criu_opt {
	CRIU_OPT_IMAGES_DIR_FD = 1,
	CRIU_OPT_PID = 2,
	CRIU_OPT_LEAVE_RUNNING = 3,
	CRIU_OPT_EXT_UNIX_SK = 4,
	CRIU_OPT_TCP_ESTABLISHED = 5,
	CRIU_OPT_EVASIVE_DEVICES = 6,
	CRIU_OPT_SHELL_JOB = 7,
	CRIU_OPT_FILE_LOCKS = 8,
	CRIU_OPT_LOG_LEVEL = 9,
	CRIU_OPT_LOG_FILE = 10,
	CRIU_OPT_PAGE_SERVER = 11,
	CRIU_OPT_NOTIFY_SCRIPTS = 12,
	CRIU_OPT_ROOT = 13,
	CRIU_OPT_PARENT_IMG = 14,
	CRIU_OPT_TRACK_MEM = 15,
	CRIU_OPT_AUTO_DEDUP = 16,
	CRIU_OPT_WORK_DIR_FD = 17,
	CRIU_OPT_LINK_REMAP = 18,
	CRIU_OPT_EXT_MNT = 23,
	CRIU_OPT_MANAGE_CGROUPS = 24,
	CRIU_OPT_CG_ROOT = 25,
	CRIU_OPT_RST_SIBLING = 26,
	CRIU_OPT_INHERIT_FD = 27,
	CRIU_OPT_MANAGE_CGROUPS_MODE = 34,
	CRIU_OPT_EXTERNAL = 37,
	CRIU_OPT_EMPTY_NS = 38,
	CRIU_OPT_JOIN_NS = 39,
	CRIU_OPT_FREEZE_CGROUP = 44,
	CRIU_OPT_TCP_SKIP_IN_FLIGHT = 46,
	CRIU_OPT_LAZY_PAGES = 48,
	CRIU_OPT_STATUS_FD = 49,
	CRIU_OPT_ORPHAN_PTS_MASTER = 50,
	CRIU_OPT_CONFIG_FILE = 51,
	CRIU_OPT_LSM_PROFILE = 53,
	CRIU_OPT_LSM_MOUNT_CONTEXT = 63,
};

struct criu_answer {
	int type; /* enum criu_type or whatever else came */
	bool success;
	int error;	     /* errno */
	struct slice script; /* NOTIFY */
	pid_t pid;	     /* NOTIFY, RESTORE: as seen by the caller */
	int major, minor, sublevel;
	bool has_mem_track, has_lazy_pages;
	int fd; /* came with it; -1: none. Whoever is told of it owns it */
};

/* criu_resp; what points into text lives as long. ERR_INVALID. */
int criu_parse_answer(struct slice text, struct criu_answer *out, struct err *e);

struct criu {
	const char *program; /* "criu", or a path; looked up in PATH */
	struct arena *arena;
	/* Runs in the child before it becomes CRIU: joins groups, mounts. NULL: nothing. */
	int (*prepare)(void *ctx, struct err *e);
	/* What CRIU reports while it works; its further descriptors are 4, 5, …. NULL: agrees to all. */
	int (*notify)(void *ctx, struct criu_answer *a, struct err *e);
	/* Between its start and the request: adds what depends on its pid. NULL: nothing. */
	int (*complete)(void *ctx, pid_t criu, struct buf *opts, struct err *e);
	void *ctx;
	const int *fds;
	size_t n_fds;
};

/*
 * One call: starts CRIU, sends type with the finished options (empty: none), waits for its answer and its end.
 * ERR_NOT_FOUND `exec: "criu": executable file not found in $PATH`; `criu failed: type DUMP errno 0`.
 */
int criu_call(const struct criu *c, enum criu_type type, struct buf *opts, struct criu_answer *out,
	struct err *e);

/* Version as 31701. The error is runc's: "CRIU version check failed: …". */
int criu_version(const struct criu *c, int *out, struct err *e);
enum criu_feature { CRIU_MEM_TRACK = 1, CRIU_LAZY_PAGES = 2 };
/* `criu is missing features: [LazyPages]` */
int criu_need_feature(const struct criu *c, enum criu_feature feature, struct err *e);

#endif
