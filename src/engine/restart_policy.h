/* SPDX-License-Identifier: Apache-2.0 */
/* When a container that ended is started again, and after how long (feature row M3). Pure. */
#ifndef TARE_ENGINE_RESTART_POLICY_H
#define TARE_ENGINE_RESTART_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "container.h"

/* dockerd's checks at create; ERR_INVALID "invalid restart policy: …". */
int restart_policy_check(const struct restart_policy *p, bool auto_remove, struct err *e);
/* Whether the policy starts again at all (anything but "no" and ""). */
bool restart_policy_is_set(const struct restart_policy *p);

/*
 * Decides after an exit. True: start again after life->backoff_ms, which is updated (100 ms doubled each time
 * up to a minute, from the start again after 10 s of running); restart_count is counted up.
 */
bool restart_after_exit(const struct restart_policy *p, struct ctr_life *life);

/*
 * Decides when the daemon starts and finds the container down. was_running: it ran when it was last written.
 */
bool restart_after_boot(
	const struct restart_policy *p, const struct ctr_life *life, bool was_running);

#endif
