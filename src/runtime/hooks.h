/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of the runtime spec (feature row D9). The caller stands in the right namespaces already. */
#ifndef TARE_RUNTIME_HOOKS_H
#define TARE_RUNTIME_HOOKS_H

#include "base/buf.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/* Where hooks run, as far as they do not say themselves. runc's answers are in the calls. */
struct hook_place {
	const struct str_list *env; /* of hooks that name no environment; NULL: the caller's */
	const char *dir;	    /* to start in; NULL, or one that is gone: the caller's */
	const int
		*init; /* pidfd of the container they are for: its end ends them; NULL: does not */
};

/*
 * Runs the hooks one after the other, each with state (JSON) on stdin, exactly the environment it names,
 * and its timeout. Stops at the first that fails, in runc's words: "error running hook #0: error
 * running hook: exit status 1, stdout: , stderr: ". name ("createRuntime") is for the log.
 */
int hooks_run(const char *name, const struct oci_hook_list *hooks, const struct buf *state,
	const struct hook_place *place, struct err *e);

#endif
