/* SPDX-License-Identifier: Apache-2.0 */
/* ContainerState and Health: where a container is in its life. Times are RFC 3339 text. */
#ifndef TARE_MODEL_STATE_H
#define TARE_MODEL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"

struct health_result {
	const char *start;
	const char *end;
	int64_t exit_code;
	const char *output;
};

struct health_result_list {
	struct health_result *v;
	size_t n;
};

struct health {
	const char *status; /* none starting healthy unhealthy */
	int64_t failing_streak;
	struct health_result_list log;
};

struct container_state {
	const char *status; /* created running paused restarting removing exited dead */
	bool running;
	bool paused;
	bool restarting;
	bool oom_killed;
	bool dead;
	int64_t pid;
	int64_t exit_code;
	const char *error;
	const char *started_at;
	const char *finished_at;
	struct health *health; /* absent without a health check */
};

extern const struct bind_field health_fields[];
extern const struct bind_field container_state_fields[];

#endif
