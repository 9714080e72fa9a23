/* SPDX-License-Identifier: Apache-2.0 */
/* EventMessage: one thing that happened (feature rows B8, M1, M2). */
#ifndef TARE_MODEL_EVENT_H
#define TARE_MODEL_EVENT_H

#include <stdint.h>

#include "base/bind.h"

struct event_actor {
	const char *id;
	struct str_map attributes;
};

struct event_message {
	const char *status; /* old clients: action, id and image of containers and images only */
	const char *id;
	const char *from;
	const char *type; /* container image network volume daemon … */
	const char *action;
	struct event_actor actor;
	const char *scope;
	int64_t time;
	int64_t time_ns;
};

extern const struct bind_field event_message_fields[];

#endif
