/* SPDX-License-Identifier: Apache-2.0 */
/* The loop behind every multi-step action. */
#include "steps.h"

#include <stddef.h>
#include <stdio.h>

#include "fault.h"
#include "log.h"

static int step_run(const char *action, const struct step *s, void *ctx, struct err *e)
{
	char point[96];

	snprintf(point, sizeof(point), "%s.%s", action, s->name);
	return fault_point(point, e) || s->run(ctx, e) ? -1 : 0;
}

int steps_run(const char *action, const struct step *steps, void *ctx, struct err *e)
{
	const struct step *s = steps;

	while (s->name && step_run(action, s, ctx, e) == 0)
		s++;
	if (!s->name)
		return 0;
	log_debug("%s: step %s failed, undoing: %s", action, s->name, e->msg);
	while (s-- > steps)
		if (s->undo)
			s->undo(ctx);
	return -1;
}
