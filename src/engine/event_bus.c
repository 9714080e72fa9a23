/* SPDX-License-Identifier: Apache-2.0 */
/* Ring, listeners and their queues. */
#include "event_bus.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/slice.h"
#include "model/copy.h"

struct event {
	struct event_message m;
	unsigned refs;		/* guarded by the bus's lock */
	const char *pointers[]; /* the attributes' keys and values; the texts are behind them */
};

struct event_bus {
	pthread_mutex_t lock; /* guards all below; a leaf */
	struct event *ring[EVENT_RING];
	size_t at, n; /* next slot, filled slots */
	struct list listeners;
	uint32_t n_listeners;
};

struct event_listener {
	struct list link;
	struct event_bus *bus;
	const struct filters *filters;
	int64_t until_ns;
	int fd;
	struct event **queue; /* a window of cap slots: first, first + 1, … */
	size_t first, n, cap;
	bool cut_off;
};

struct event_bus *event_bus_new(void)
{
	struct event_bus *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	pthread_mutex_init(&b->lock, NULL);
	list_init(&b->listeners);
	return b;
}

static void event_unref(struct event *ev)
{
	if (ev && --ev->refs == 0)
		free(ev);
}

void event_bus_free(struct event_bus *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < EVENT_RING; i++)
		event_unref(b->ring[i]);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

static size_t text_size(const char *s)
{
	return s ? strlen(s) + 1 : 1;
}

/* Copies s to *at and moves it on. */
static const char *put_text(char **at, const char *s)
{
	char *to = *at;
	size_t n = text_size(s);

	memcpy(to, s ? s : "", n);
	*at += n;
	return to;
}

/* One block of just the size: 256 of these are always there. */
static struct event *event_alloc(
	const char *type, const char *action, const struct event_actor *actor, char **text)
{
	const struct str_map *attrs = &actor->attributes;
	size_t size = sizeof(struct event) + 2 * attrs->n * sizeof(char *) + text_size(type) +
		      text_size(action) + text_size(actor->id);

	for (size_t i = 0; i < attrs->n; i++)
		size += text_size(attrs->keys[i]) + text_size(attrs->v[i]);
	struct event *ev = calloc(1, size);
	if (!ev)
		abort();
	struct str_map *own = &ev->m.actor.attributes;
	own->keys = ev->pointers;
	own->v = ev->pointers + attrs->n;
	own->n = attrs->n;
	*text = (char *)(ev->pointers + 2 * attrs->n);
	return ev;
}

static struct event *event_new(
	const char *type, const char *action, const struct event_actor *actor, int64_t time_ns)
{
	char *text;
	struct event *ev = event_alloc(type, action, actor, &text);
	struct event_message *m = &ev->m;

	m->type = put_text(&text, type);
	m->action = put_text(&text, action);
	m->actor.id = put_text(&text, actor->id);
	for (size_t i = 0; i < actor->attributes.n; i++) {
		m->actor.attributes.keys[i] = put_text(&text, actor->attributes.keys[i]);
		m->actor.attributes.v[i] = put_text(&text, actor->attributes.v[i]);
	}
	m->scope = "local";
	m->time = time_ns / 1000000000;
	m->time_ns = time_ns;
	if (str_eq(type, "container") || str_eq(type, "image")) {
		m->status = m->action;
		m->id = m->actor.id;
	}
	if (str_eq(type, "container"))
		m->from = str_map_get(&m->actor.attributes, "image");
	return ev;
}

/* Appends ev to l's queue; too far behind cuts the listener off. With the bus's lock held. */
static void listener_push(struct event_listener *l, struct event *ev)
{
	uint64_t one = 1;

	if (l->cut_off || !event_matches(&ev->m, l->filters))
		return;
	if (l->n == EVENT_BEHIND_MOST) {
		l->cut_off = true;
	} else {
		if (l->first && l->first + l->n == l->cap) {
			memmove(l->queue, l->queue + l->first, l->n * sizeof(struct event *));
			l->first = 0;
		}
		if (l->n == l->cap) {
			l->cap = l->cap ? l->cap * 2 : 16;
			l->queue = realloc(l->queue, l->cap * sizeof(struct event *));
			if (!l->queue)
				abort();
		}
		l->queue[l->first + l->n++] = ev;
		ev->refs++;
	}
	if (write(l->fd, &one, sizeof(one)) != sizeof(one))
		return; /* the counter is full: readable already */
}

void event_bus_publish(struct event_bus *b, const char *type, const char *action,
	const struct event_actor *actor, int64_t time_ns)
{
	struct event *ev = event_new(type, action, actor, time_ns);
	own_lock guard = lock_take(&b->lock);

	event_unref(b->ring[b->at]);
	b->ring[b->at] = ev;
	ev->refs = 1;
	b->at = (b->at + 1) % EVENT_RING;
	if (b->n < EVENT_RING)
		b->n++;
	list_for_each (&b->listeners, l, struct event_listener, link)
		listener_push(l, ev);
}

uint32_t event_bus_listeners(struct event_bus *b)
{
	own_lock guard = lock_take(&b->lock);

	return b->n_listeners;
}

static const char *const event_filter_names[] = { "config", "container", "daemon", "event", "image",
	"label", "network", "node", "plugin", "scope", "secret", "service", "type", "volume",
	NULL };

struct event_listener *event_bus_listen(
	struct event_bus *b, const struct event_query *q, struct err *e)
{
	if (filters_check(q->filters, event_filter_names, e))
		return NULL;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0) {
		err_sys(e, "eventfd");
		return NULL;
	}
	struct event_listener *l = calloc(1, sizeof(*l));
	if (!l)
		abort();
	l->bus = b;
	l->fd = fd;
	l->filters = q->filters;
	l->until_ns = q->until_ns;

	own_lock guard = lock_take(&b->lock);
	list_append(&b->listeners, &l->link);
	b->n_listeners++;
	for (size_t i = 0; q->since_ns && i < b->n; i++) {
		struct event *ev = b->ring[(b->at + EVENT_RING - b->n + i) % EVENT_RING];

		if (ev->m.time_ns >= q->since_ns)
			listener_push(l, ev);
	}
	return l;
}

int event_listener_fd(const struct event_listener *l)
{
	return l->fd;
}

int64_t event_listener_until(const struct event_listener *l)
{
	return l->until_ns;
}

int event_listener_next(struct event_listener *l, struct arena *a, int64_t now_ns,
	struct event_message *out, struct err *e)
{
	own_lock guard = lock_take(&l->bus->lock);
	uint64_t count;

	if (l->n) {
		struct event *ev = l->queue[l->first++];

		l->n--;
		if (l->until_ns && ev->m.time_ns > l->until_ns) {
			event_unref(ev);
			return err_set(e, ERR_CANCELLED, "no more events are wanted");
		}
		model_copy(a, event_message_fields, &ev->m, out, sizeof(*out));
		event_unref(ev);
		return 1;
	}
	l->first = 0;
	if (read(l->fd, &count, sizeof(count)) < 0)
		count = 0; /* nothing was signalled */
	if (l->cut_off)
		return err_set(
			e, ERR_UNAVAILABLE, "the listener is %d events behind", EVENT_BEHIND_MOST);
	if (l->until_ns && now_ns >= l->until_ns)
		return err_set(e, ERR_CANCELLED, "no more events are wanted");
	return 0;
}

void event_listener_free(struct event_listener *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->bus->lock);
	list_remove(&l->link);
	l->bus->n_listeners--;
	for (size_t i = 0; i < l->n; i++)
		event_unref(l->queue[l->first + i]);
	pthread_mutex_unlock(&l->bus->lock);
	close(l->fd);
	free(l->queue);
	free(l);
}

/* The filters that look at actor's id or name when the event is of the filter's own type. */
static bool actor_matches(const struct event_message *m, const struct filters *f, const char *type)
{
	const struct str_list *values = filters_get(f, type);

	if (!values)
		return true;
	if (!str_eq(m->type, type)) /* "container=x" also picks events that name the container */
		return str_list_has(values, str_map_get(&m->actor.attributes, type));
	const char *name = str_map_get(&m->actor.attributes, "name");
	for (size_t i = 0; i < values->n; i++)
		if (str_eq(values->v[i], name) ||
			(*values->v[i] && str_starts(m->actor.id, values->v[i])))
			return true;
	return false;
}

/* dockerd: image=x matches an image's id or name, and a container's image, with or without its tag. */
static bool image_matches(const struct event_message *m, const struct filters *f)
{
	const struct str_list *values = filters_get(f, "image");
	bool is_image = str_eq(m->type, "image");
	const char *names[] = { is_image ? m->actor.id : NULL,
		str_map_get(&m->actor.attributes, is_image ? "name" : "image") };

	if (!values)
		return true;
	for (size_t i = 0; i < 2; i++) {
		if (!names[i])
			continue;
		const char *tag = strrchr(names[i], ':');
		size_t bare =
			tag && !strchr(tag, '/') ? (size_t)(tag - names[i]) : strlen(names[i]);

		for (size_t k = 0; k < values->n; k++)
			if (str_eq(values->v[k], names[i]) ||
				(strlen(values->v[k]) == bare &&
					strncmp(values->v[k], names[i], bare) == 0))
				return true;
	}
	return false;
}

/* event=exec_create also matches "exec_create: ls", health_status "health_status: healthy". */
static bool action_matches(const struct event_message *m, const struct filters *f)
{
	const struct str_list *values = filters_get(f, "event");
	struct slice head, rest;

	if (!values || str_list_has(values, m->action))
		return true;
	slice_cut(slice_str(m->action), ':', &head, &rest);
	for (size_t i = 0; i < values->n; i++)
		if (slice_eq(head, values->v[i]))
			return true;
	return false;
}

bool event_matches(const struct event_message *m, const struct filters *f)
{
	static const char *const by_actor[] = { "container", "network", "volume", "daemon",
		"plugin", "config", "secret", "service", "node" };

	if (!f)
		return true;
	for (size_t i = 0; i < sizeof(by_actor) / sizeof(*by_actor); i++)
		if (!actor_matches(m, f, by_actor[i]))
			return false;
	return filters_match(f, "type", m->type) && filters_match(f, "scope", m->scope) &&
	       action_matches(m, f) && image_matches(m, f) &&
	       filters_match_labels(f, "label", &m->actor.attributes);
}
