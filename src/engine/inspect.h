/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at containers. Answers are snapshots taken under the locks and belong to the caller's arena.
 */
#ifndef TARE_ENGINE_INSPECT_H
#define TARE_ENGINE_INSPECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "engine/engine.h"
#include "model/container.h"
#include "model/filters.h"

struct engine_list {
	bool all;		       /* else only running ones (a status filter counts as all) */
	int64_t limit;		       /* newest n, running or not; <= 0: no limit */
	bool size;		       /* fill size_rw and size_root_fs (walks the layers) */
	const struct filters *filters; /* may be NULL */
};

/* ContainerSummary rows, newest first. Filters: feature row C.filters, ps; unknown: "invalid filter 'x'". */
int engine_list(struct engine *eng, struct arena *a, const struct engine_list *q,
	struct container_summary_list *out, struct err *e);

/* Everything about one container. with_size fills size_rw and size_root_fs. */
int engine_inspect(struct engine *eng, struct arena *a, const char *name, bool with_size,
	struct container_inspect *out, struct err *e);

/* The few facts that logs, top, stats and archive need. */
struct engine_brief {
	const char *id;
	const char *name;     /* without '/' */
	const char *dir;      /* containers/<id> below the data root */
	const char *run_dir;  /* c/<id> below the exec root: the monitor's */
	const char *log_path; /* "" when the driver keeps none */
	const char *log_driver;
	const char *rootfs;	 /* where the root is mounted while it runs */
	const char *cgroup_path; /* linux.cgroupsPath: "/docker/<id>" */
	const char *image_id;
	bool tty;
	bool in_host_net; /* the host's interfaces are not its own */
	bool running;	  /* paused counts as running */
	bool paused;
	bool restarting;
	pid_t pid; /* 0 when it does not run */
};

int engine_get_brief(struct engine *eng, struct arena *a, const char *name,
	struct engine_brief *out, struct err *e);

#endif
