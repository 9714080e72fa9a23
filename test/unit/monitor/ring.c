/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/ring.h"

static const struct ring_view raw_out = { .streams = 1 << 1 };
static const struct ring_view framed_all = { .streams = 1 << 1 | 1 << 2, .framed = true };

static int ring_setup(void **state)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (r)
		r->data = malloc(RING_SIZE);
	*state = r;
	return r && r->data ? 0 : -1;
}

static int ring_teardown(void **state)
{
	struct ring *r = *state;

	free(r->data);
	free(r);
	return 0;
}

/* Takes everything a view has at c, at most step bytes at a time. */
static size_t take(const struct ring *r, const struct ring_view *v, struct ring_cursor *c,
	char *out, size_t step)
{
	struct iovec iov[2];
	size_t total = 0, n;

	while ((n = ring_peek(r, v, c, iov)) > 0) {
		assert_int_equal(n, iov[0].iov_len + iov[1].iov_len);
		size_t k = n < step ? n : step;
		size_t first = k < iov[0].iov_len ? k : iov[0].iov_len;
		memcpy(out + total, iov[0].iov_base, first);
		memcpy(out + total + first, iov[1].iov_base, k - first);
		ring_advance(c, k);
		total += k;
	}
	return total;
}

static void views_see_their_streams(void **state)
{
	struct ring *r = *state;
	struct ring_cursor c1 = { 0 }, c2 = { 0 };
	char out[256];

	ring_append(r, 1, "one", 3);
	ring_append(r, 2, "two", 3);
	ring_append(r, 1, "three", 5);
	assert_int_equal(take(r, &raw_out, &c1, out, 100), 8);
	assert_memory_equal(out, "onethree", 8);
	assert_int_equal(take(r, &framed_all, &c2, out, 2), 11 + 3 * RING_HEADER);
	assert_memory_equal(out, "\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\3two\1\0\0\0\0\0\0\5three", 35);
	assert_int_equal(c1.pos, r->tail);
	assert_int_equal(c2.pos, r->tail);
}

static void an_emptied_ring_starts_at_its_first_page(void **state)
{
	struct ring *r = *state;

	ring_append(r, 1, "x", 1);
	assert_true(ring_release(r, r->tail));
	assert_int_equal(r->tail % RING_SIZE, 0);
	assert_int_equal(ring_free(r), RING_SIZE);
	assert_false(ring_release(r, r->tail));
}

static void room_is_what_the_slowest_leaves(void **state)
{
	struct ring *r = *state;

	ring_append(r, 1, "abcd", 4);
	ring_append(r, 1, "abcd", 4);
	assert_int_equal(ring_free(r), RING_SIZE - 24);
	assert_false(ring_release(r, 12));
	assert_int_equal(ring_free(r), RING_SIZE - 12);
}

/* Long enough to wrap many times, at pieces that divide nothing. */
static void nothing_is_lost_over_the_wrap(void **state)
{
	struct ring *r = *state;
	struct ring_cursor c1 = { 0 }, c2 = { 0 };
	static char data[5000], out[2 * RING_SIZE];
	unsigned char next_in = 0, next_out = 0;
	size_t left_framed = 0;

	for (int round = 0; round < 500; round++) {
		size_t n = 1 + (size_t)(round * 37) % sizeof(data);
		for (size_t i = 0; i < n; i++)
			data[i] = (char)next_in++;
		ring_append(r, 1, data, n);
		left_framed += n + RING_HEADER;
		size_t got = take(r, &raw_out, &c1, out, 997);
		for (size_t i = 0; i < got; i++)
			assert_int_equal((unsigned char)out[i], next_out++);
		if (round % 7 == 6) {
			assert_int_equal(take(r, &framed_all, &c2, out, 1 + round), left_framed);
			left_framed = 0;
			if (ring_release(r, c1.pos < c2.pos ? c1.pos : c2.pos))
				c1.pos = c2.pos = r->tail;
		}
	}
	assert_int_equal(next_in, next_out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(views_see_their_streams, ring_setup, ring_teardown),
		cmocka_unit_test_setup_teardown(
			an_emptied_ring_starts_at_its_first_page, ring_setup, ring_teardown),
		cmocka_unit_test_setup_teardown(
			room_is_what_the_slowest_leaves, ring_setup, ring_teardown),
		cmocka_unit_test_setup_teardown(
			nothing_is_lost_over_the_wrap, ring_setup, ring_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
