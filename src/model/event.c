/* SPDX-License-Identifier: Apache-2.0 */
/* The binding table of EventMessage. */
#include "event.h"

static const struct bind_field event_actor_fields[] = {
	BIND(STR, struct event_actor, id, "ID", 0),
	BIND(STRMAP, struct event_actor, attributes, "Attributes", BIND_EMPTY_LIST),
	BIND_END,
};

const struct bind_field event_message_fields[] = {
	BIND(STR, struct event_message, status, "status", BIND_OMITEMPTY),
	BIND(STR, struct event_message, id, "id", BIND_OMITEMPTY),
	BIND(STR, struct event_message, from, "from", BIND_OMITEMPTY),
	BIND(STR, struct event_message, type, "Type", 0),
	BIND(STR, struct event_message, action, "Action", 0),
	BIND_NEST(OBJ, struct event_message, actor, "Actor", 0, event_actor_fields,
		struct event_actor),
	BIND(STR, struct event_message, scope, "scope", BIND_OMITEMPTY),
	BIND(I64, struct event_message, time, "time", BIND_OMITEMPTY),
	BIND(I64, struct event_message, time_ns, "timeNano", BIND_OMITEMPTY),
	BIND_END,
};
