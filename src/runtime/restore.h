/* SPDX-License-Identifier: Apache-2.0 */
/* A container out of files CRIU has written: what creation.h is for one out of a bundle alone. */
#ifndef TARE_RUNTIME_RESTORE_H
#define TARE_RUNTIME_RESTORE_H

#include "base/err.h"
#include "creation.h"
#include "criu_request.h"

struct restore {
	struct creation creation; /* rt, opts and id given; init is filled */
	const struct criu_options *options;
};

/*
 * Restores; on failure everything is taken back. The process is a child of the caller. creation_done closes what is
 * open. Hooks: prestart and createRuntime, when the namespaces are there.
 */
int restore_run(struct restore *r, struct err *e);

/*
 * descriptors.json, {"pipe:[1]","/dev/null",…}: standard streams that were pipes get the caller's own, by
 * inheritance. ERR_INVALID.
 */
int restore_put_descriptors(struct criu_request *r, const char *text, size_t n, struct err *e);
/* /proc/PID/cgroup: CRIU's own groups become the container's. */
void restore_put_cgroup_roots(struct criu_request *r, const char *text, size_t n);

#endif
