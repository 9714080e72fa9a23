/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bus behind events.h: events are numbered, the last 256 are kept, each listener has its place in the
 * sequence. An event is one block shared by ring and listeners, freed by the last of them.
 */
#ifndef TARE_ENGINE_EVENT_BUS_H
#define TARE_ENGINE_EVENT_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/event.h"
#include "model/filters.h"

struct event_bus;
struct event_listener;

#define EVENT_RING	  256
#define EVENT_BEHIND_MOST 4096

struct event_bus *event_bus_new(void);
void event_bus_free(struct event_bus *b);
/* Publishes; time_ns is taken by the caller so that tests need no clock. */
void event_bus_publish(struct event_bus *b, const char *type, const char *action,
	const struct event_actor *actor, int64_t time_ns);
uint32_t event_bus_listeners(struct event_bus *b);

struct event_query {
	const struct filters *filters;
	int64_t since_ns;
	int64_t until_ns;
};

struct event_listener *event_bus_listen(
	struct event_bus *b, const struct event_query *q, struct err *e);
int event_listener_fd(const struct event_listener *l);
/* now_ns decides whether until has come. See engine_events_next. */
int event_listener_next(struct event_listener *l, struct arena *a, int64_t now_ns,
	struct event_message *out, struct err *e);
int64_t event_listener_until(const struct event_listener *l);
void event_listener_free(struct event_listener *l);

/* Whether m passes f (feature row C.filters, events). */
bool event_matches(const struct event_message *m, const struct filters *f);

#endif
