/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event bus (feature rows B8, M1, M2). The last 256 events are kept for replay; a listener that falls
 * 4096 events behind is cut off rather than allowed to hold memory.
 */
#ifndef TARE_ENGINE_EVENTS_H
#define TARE_ENGINE_EVENTS_H

#include "engine/engine.h"
#include "model/event.h"
#include "model/filters.h"

/*
 * Publishes one event from outside the engine (images, networks). attributes may be NULL; everything is copied.
 * time is now; status, id and from are filled in for containers and images.
 */
void engine_publish(struct engine *eng, const char *type, const char *action, const char *actor_id,
	const struct str_map *attributes);

/* The same for a container (name, id or prefix): its labels, image and name become attributes. One gone meanwhile has none. */
void engine_publish_container(struct engine *eng, const char *name, const char *action);

struct engine_events {
	const struct filters *filters; /* may be NULL; stays the caller's while listening */
	int64_t since_ns;	       /* replay from then on; 0: none */
	int64_t until_ns;	       /* end there; 0: never */
};

struct event_listener;

/* Begins to listen: nothing published afterwards is missed. ERR_INVALID for an unknown filter. */
struct event_listener *engine_events_open(
	struct engine *eng, const struct engine_events *q, struct err *e);
/* Readable when engine_events_next has something to say. Stays l's. */
int engine_events_fd(const struct event_listener *l);
/*
 * The next event that matches, without waiting: 1 and *out (in a); 0 nothing now; -1 the end (until has passed
 * and all before was delivered: ERR_CANCELLED; cut off: ERR_UNAVAILABLE).
 */
int engine_events_next(
	struct event_listener *l, struct arena *a, struct event_message *out, struct err *e);
/* Milliseconds until until_ns, for poll's timeout; -1: forever. */
int engine_events_timeout_ms(const struct event_listener *l);
void engine_events_close(struct event_listener *l);

#endif
