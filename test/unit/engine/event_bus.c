/* SPDX-License-Identifier: Apache-2.0 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/event_bus.h"

static struct arena *a;
static struct event_bus *b;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	b = event_bus_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	event_bus_free(b);
	arena_free(a);
	return 0;
}

static void publish(const char *type, const char *action, const char *id, int64_t ns)
{
	struct event_actor actor = { .id = id };

	str_map_set(a, &actor.attributes, "image", "alpine:3");
	str_map_set(a, &actor.attributes, "name", "n1");
	str_map_set(a, &actor.attributes, "tier", "web");
	event_bus_publish(b, type, action, &actor, ns);
}

static struct event_listener *listen_since(int64_t since_ns)
{
	struct err e;

	return event_bus_listen(b, &(struct event_query){ .since_ns = since_ns }, &e);
}

static int is_readable(const struct event_listener *l)
{
	struct pollfd p = { event_listener_fd(l), POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

static void events_come_in_order_and_wake(void **state)
{
	struct event_listener *l = listen_since(0);
	struct event_message m;
	struct err e;

	(void)state;
	assert_false(is_readable(l));
	publish("container", "create", "c1", 1500000000);
	publish("network", "connect", "n1", 2000000000);
	assert_true(is_readable(l));
	assert_int_equal(event_listener_next(l, a, 0, &m, &e), 1);
	assert_string_equal(m.action, "create");
	assert_string_equal(m.status, "create");
	assert_string_equal(m.id, "c1");
	assert_string_equal(m.from, "alpine:3");
	assert_int_equal(m.time, 1);
	assert_int_equal(m.time_ns, 1500000000);
	assert_int_equal(event_listener_next(l, a, 0, &m, &e), 1);
	assert_string_equal(m.type, "network");
	assert_null(m.status);
	assert_int_equal(event_listener_next(l, a, 0, &m, &e), 0);
	assert_false(is_readable(l));
	event_listener_free(l);
}

static void the_last_256_are_replayed(void **state)
{
	struct event_message m;
	struct err e;
	int n = 0;

	(void)state;
	for (int i = 1; i <= 300; i++)
		publish("container", "start", "c", i);
	struct event_listener *l = listen_since(1);
	while (event_listener_next(l, a, 0, &m, &e) == 1)
		if (n++ == 0)
			assert_int_equal(m.time_ns, 45);
	assert_int_equal(n, EVENT_RING);
	event_listener_free(l);

	l = listen_since(299);
	assert_int_equal(event_listener_next(l, a, 0, &m, &e), 1);
	assert_int_equal(m.time_ns, 299);
	event_listener_free(l);
}

static void until_ends_the_stream(void **state)
{
	struct event_message m;
	struct err e;

	(void)state;
	publish("container", "start", "c", 10);
	publish("container", "die", "c", 30);
	struct event_listener *l =
		event_bus_listen(b, &(struct event_query){ .since_ns = 1, .until_ns = 20 }, &e);
	assert_int_equal(event_listener_next(l, a, 5, &m, &e), 1);
	assert_int_equal(event_listener_next(l, a, 5, &m, &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
	event_listener_free(l);
}

static void who_does_not_listen_is_cut_off(void **state)
{
	struct event_listener *l = listen_since(0);
	struct event_message m;
	struct err e;
	int n = 0, rc;

	(void)state;
	for (int i = 0; i < EVENT_BEHIND_MOST + 10; i++)
		publish("container", "start", "c", i + 1);
	while ((rc = event_listener_next(l, a, 0, &m, &e)) == 1)
		n++;
	assert_int_equal(rc, -1);
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	assert_int_equal(n, EVENT_BEHIND_MOST);
	event_listener_free(l);
}

static bool passes(const char *type, const char *action, const char *filters)
{
	struct event_message m = {
		.type = type, .action = action, .scope = "local", .actor.id = "abc"
	};
	struct filters f;
	struct err e;

	str_map_set(a, &m.actor.attributes, "image", "alpine:3");
	str_map_set(a, &m.actor.attributes, "name", "n1");
	str_map_set(a, &m.actor.attributes, "tier", "web");
	assert_int_equal(filters_parse(a, filters, &f, &e), 0);
	return event_matches(&m, &f);
}

static void filters_choose(void **state)
{
	(void)state;
	assert_true(passes("container", "start", "{\"type\":[\"container\"]}"));
	assert_false(passes("image", "pull", "{\"type\":[\"container\"]}"));
	assert_true(passes("container", "start", "{\"container\":[\"n1\"]}"));
	assert_true(passes("container", "start", "{\"container\":[\"ab\"]}"));
	assert_false(passes("container", "start", "{\"container\":[\"zz\"]}"));
	assert_true(passes("container", "exec_create: ls", "{\"event\":[\"exec_create\"]}"));
	assert_false(passes("container", "start", "{\"event\":[\"die\",\"stop\"]}"));
	assert_true(passes("container", "start", "{\"image\":[\"alpine\"]}"));
	assert_true(passes("container", "start", "{\"image\":[\"alpine:3\"]}"));
	assert_false(passes("container", "start", "{\"image\":[\"alp\"]}"));
	assert_true(passes("container", "start", "{\"label\":[\"tier=web\"]}"));
	assert_false(passes("container", "start", "{\"label\":[\"tier=db\"]}"));
	/* an image has no attribute that names a container */
	assert_false(passes("image", "load", "{\"container\":[\"n1\"]}"));
}

static void unknown_filters_are_refused(void **state)
{
	struct filters f;
	struct err e;

	(void)state;
	assert_int_equal(filters_parse(a, "{\"colour\":[\"red\"]}", &f, &e), 0);
	assert_null(event_bus_listen(b, &(struct event_query){ .filters = &f }, &e));
	assert_string_equal(e.msg, "invalid filter 'colour'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_in_order_and_wake),
		TEST(the_last_256_are_replayed),
		TEST(until_ends_the_stream),
		TEST(who_does_not_listen_is_cut_off),
		TEST(filters_choose),
		TEST(unknown_filters_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
