/* SPDX-License-Identifier: Apache-2.0 */
/* Cache and memory bandwidth allocation through the resctrl file system (linux.intelRdt). Daemon-safe. */
#ifndef TARE_SYS_RESCTRL_H
#define TARE_SYS_RESCTRL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/* What a container has there; both NULL: nothing. */
struct resctrl {
	const char *clos;	/* directory of its class of service */
	const char *monitoring; /* directory of its monitoring group; NULL: none */
	bool made_clos;		/* ours to remove */
};

/* The mount point in a; ERR_INVALID in runc's words when the kernel or the processor has none. */
const char *resctrl_find(struct arena *a, struct err *e);
/* Whether root (resctrl_find) has what r asks for; ERR_INVALID in runc's words. */
int resctrl_check(const char *root, const struct oci_intel_rdt *r, struct err *e);
/*
 * Makes container id's class (or takes the named one, which must be there when r has no schema), sets its
 * schemata and puts pid in. On failure nothing is left. Fault point resctrl.apply.
 */
int resctrl_apply(struct arena *a, const char *root, const struct oci_intel_rdt *r, const char *id,
	pid_t pid, struct resctrl *out, struct err *e);
/* Another process of the container. */
int resctrl_join(const struct resctrl *c, pid_t pid, struct err *e);
/* Removes what was made. Missing is fine. */
int resctrl_remove(const struct resctrl *c, struct err *e);

#endif
