/* SPDX-License-Identifier: Apache-2.0 */
/* The restart rules, after moby's restartmanager. */
#include "restart_policy.h"

#include "base/clock.h"
#include "base/slice.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MOST_MS	 60000
#define STEADY_NS	 (10 * INT64_C(1000000000))

bool restart_policy_is_set(const struct restart_policy *p)
{
	return !str_empty(p->name) && !str_eq(p->name, "no");
}

int restart_policy_check(const struct restart_policy *p, bool auto_remove, struct err *e)
{
	bool on_failure = str_eq(p->name, "on-failure");

	if (restart_policy_is_set(p) && !on_failure && !str_eq(p->name, "always") &&
		!str_eq(p->name, "unless-stopped"))
		return err_set(e, ERR_INVALID,
			"invalid restart policy: unknown policy '%s'; use one of 'no', 'always', "
			"'on-failure', or 'unless-stopped'",
			p->name);
	if (p->maximum_retry_count && !on_failure)
		return err_set(e, ERR_INVALID,
			"invalid restart policy: maximum retry count can only be used with "
			"'on-failure'%s",
			p->maximum_retry_count < 0 ? " and cannot be negative" : "");
	if (p->maximum_retry_count < 0)
		return err_set(e, ERR_INVALID,
			"invalid restart policy: maximum retry count cannot be negative");
	if (auto_remove && restart_policy_is_set(p))
		return err_set(
			e, ERR_INVALID, "can't create 'AutoRemove' container with restart policy");
	return 0;
}

/* The rule alone, without back-off. */
static bool policy_wants(const struct restart_policy *p, const struct ctr_life *life)
{
	if (str_eq(p->name, "always"))
		return true;
	if (str_eq(p->name, "unless-stopped"))
		return !life->was_stopped_by_hand;
	if (str_eq(p->name, "on-failure"))
		return life->exit_code != 0 &&
		       (p->maximum_retry_count == 0 ||
			       life->restart_count < p->maximum_retry_count);
	return false;
}

bool restart_after_exit(const struct restart_policy *p, struct ctr_life *life)
{
	bool knows_times = life->started_ns != CLOCK_NEVER && life->finished_ns != CLOCK_NEVER;

	if (life->exit_on_next || !policy_wants(p, life))
		return false;
	if (knows_times && life->finished_ns - life->started_ns >= STEADY_NS)
		life->backoff_ms = 0;
	life->backoff_ms = life->backoff_ms ? life->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (life->backoff_ms > BACKOFF_MOST_MS)
		life->backoff_ms = BACKOFF_MOST_MS;
	life->restart_count++;
	return true;
}

bool restart_after_boot(
	const struct restart_policy *p, const struct ctr_life *life, bool was_running)
{
	if (str_eq(p->name, "on-failure"))
		return was_running && policy_wants(p, life);
	return life->was_started && policy_wants(p, life);
}
