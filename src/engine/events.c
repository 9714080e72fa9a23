/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of the event bus, and the attributes of container events. */
#include "engine/events.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "engine_int.h"
#include "model/copy.h"

void engine_publish(struct engine *eng, const char *type, const char *action, const char *actor_id,
	const struct str_map *attributes)
{
	struct event_actor actor = { .id = actor_id };

	if (attributes)
		actor.attributes = *attributes;
	event_bus_publish(eng->bus, type, action, &actor, clock_now_ns());
}

struct event_listener *engine_events_open(
	struct engine *eng, const struct engine_events *q, struct err *e)
{
	return event_bus_listen(
		eng->bus, &(struct event_query){ q->filters, q->since_ns, q->until_ns }, e);
}

int engine_events_fd(const struct event_listener *l)
{
	return event_listener_fd(l);
}

int engine_events_next(
	struct event_listener *l, struct arena *a, struct event_message *out, struct err *e)
{
	return event_listener_next(l, a, clock_now_ns(), out, e);
}

int engine_events_timeout_ms(const struct event_listener *l)
{
	int64_t until = event_listener_until(l);

	if (!until)
		return -1;
	int64_t left_ms = (until - clock_now_ns() + 999999) / 1000000;
	return left_ms < 0 ? 0 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

void engine_events_close(struct event_listener *l)
{
	event_listener_free(l);
}

void ctr_event(
	struct engine *eng, struct container *c, const char *action, const struct str_map *extra)
{
	own_arena a = arena_new();
	struct str_map attributes;

	str_map_copy(a, &c->config.labels, &attributes);
	str_map_set(a, &attributes, "image", c->config.image ? c->config.image : "");
	str_map_set(a, &attributes, "name", ctr_name(c, a));
	for (size_t i = 0; extra && i < extra->n; i++)
		str_map_set(a, &attributes, extra->keys[i], extra->v[i]);
	engine_publish(eng, "container", action, c->id, &attributes);
}

void engine_publish_container(struct engine *eng, const char *name, const char *action)
{
	struct err gone;
	own_ctr c = registry_find(eng->registry, name, &gone);

	if (c)
		ctr_event(eng, c, action, NULL);
}

void ctr_event_with(struct engine *eng, struct container *c, const char *action, const char *key,
	const char *value)
{
	ctr_event(eng, c, action, &(struct str_map){ &key, &value, 1 });
}
