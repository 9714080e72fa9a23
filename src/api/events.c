/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of events (feature row B8): replay first, then what happens, each sent at once. */
#include "engine/events.h"

#include "base/slice.h"
#include "routes.h"

static void listener_cleanup(struct event_listener **l)
{
	engine_events_close(*l);
}

static int send_event(struct call *c, const struct event_message *ev, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	/* Images' create came with 1.46. */
	if (c->version < API_V(1, 46) && str_eq(ev->type, "image") && str_eq(ev->action, "create"))
		return 0;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	bind_encode(&w, event_message_fields, ev);
	buf_char(&body, '\n');
	return http_write(c->rq, body.data, body.len, e);
}

/* Sends what there is: 1, or 0 at the end of all events, or -1. */
static int send_ready(struct call *c, struct event_listener *l, struct err *e)
{
	for (;;) {
		own_arena a = arena_new();
		struct event_message ev = { 0 };
		int rc = engine_events_next(l, a, &ev, e);

		if (rc < 0)
			return 0;
		if (rc == 0)
			return 1;
		if (send_event(c, &ev, e))
			return -1;
	}
}

int system_events(struct call *c, struct err *e)
{
	__attribute__((cleanup(listener_cleanup))) struct event_listener *l = NULL;
	struct engine_events q = { 0 };
	struct filters f;
	int rc;

	if (call_time(c, "since", &q.since_ns, e) || call_time(c, "until", &q.until_ns, e) ||
		call_filters(c, &f, e))
		return -1;
	/* The engine takes 0 for "not said"; a client that says it means 1970. */
	if (q.since_ns == 0 && *call_param(c, "since"))
		q.since_ns = 1;
	if (q.until_ns == 0 && *call_param(c, "until"))
		q.until_ns = 1;
	if (q.until_ns && q.until_ns < q.since_ns)
		return err_set(e, ERR_INVALID,
			"`since` time (%s) cannot be after `until` time (%s)",
			call_param(c, "since"), call_param(c, "until"));
	q.filters = &f;
	l = engine_events_open(c->api->config.engine, &q, e);
	http_set_endless(c->rq);
	if (!l || http_start(c->rq, 200, API_JSON, e))
		return -1;
	while ((rc = send_ready(c, l, e)) > 0)
		if (http_wait(c->rq, engine_events_fd(l), engine_events_timeout_ms(l), e) < 0)
			return -1;
	return rc;
}
