/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of ContainerState and Health. */
#include "state.h"

static const struct bind_field health_result_fields[] = {
	BIND(STR, struct health_result, start, "Start", 0),
	BIND(STR, struct health_result, end, "End", 0),
	BIND(I64, struct health_result, exit_code, "ExitCode", 0),
	BIND(STR, struct health_result, output, "Output", 0),
	BIND_END,
};

const struct bind_field health_fields[] = {
	BIND(STR, struct health, status, "Status", 0),
	BIND(I64, struct health, failing_streak, "FailingStreak", 0),
	BIND_NEST(OBJS, struct health, log, "Log", 0, health_result_fields, struct health_result),
	BIND_END,
};

const struct bind_field container_state_fields[] = {
	BIND(STR, struct container_state, status, "Status", 0),
	BIND(BOOL, struct container_state, running, "Running", 0),
	BIND(BOOL, struct container_state, paused, "Paused", 0),
	BIND(BOOL, struct container_state, restarting, "Restarting", 0),
	BIND(BOOL, struct container_state, oom_killed, "OOMKilled", 0),
	BIND(BOOL, struct container_state, dead, "Dead", 0),
	BIND(I64, struct container_state, pid, "Pid", 0),
	BIND(I64, struct container_state, exit_code, "ExitCode", 0),
	BIND(STR, struct container_state, error, "Error", 0),
	BIND(STR, struct container_state, started_at, "StartedAt", 0),
	BIND(STR, struct container_state, finished_at, "FinishedAt", 0),
	BIND_NEST(OBJP, struct container_state, health, "Health", BIND_OMITEMPTY, health_fields,
		struct health),
	BIND_END,
};
