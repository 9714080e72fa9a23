/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/client.h"
#include "monitor/keys.h"

/* Feeds in split at every byte ('|' marks where) and whole; both must pass out on, and detach or not. */
static void feed(const char *seq, const char *in, const char *out, bool detaches)
{
	unsigned char got[256];
	size_t total = 0, n;
	struct keys k;
	bool is_detached = false;

	keys_init(&k, (const unsigned char *)seq, strlen(seq));
	for (const char *p = in; *p && !is_detached; p++) {
		is_detached = keys_feed(&k, (const unsigned char *)p, 1, got + total, &n);
		total += n;
	}
	if (!is_detached)
		total += keys_flush(&k, got + total);
	assert_int_equal(is_detached, detaches);
	assert_int_equal(total, strlen(out));
	assert_memory_equal(got, out, total);

	keys_init(&k, (const unsigned char *)seq, strlen(seq));
	is_detached = keys_feed(&k, (const unsigned char *)in, strlen(in), got, &n);
	if (!is_detached)
		n += keys_flush(&k, got + n);
	assert_int_equal(is_detached, detaches);
	assert_int_equal(n, strlen(out));
	assert_memory_equal(got, out, n);
}

static void sequences_are_found_in_any_pieces(void **state)
{
	(void)state;
	feed("pq", "hello", "hello", false);
	feed("pq", "hepqxx", "he", true);
	feed("pq", "pq", "", true);
	feed("pq", "hep", "hep", false);
	feed("pq", "pxq", "pxq", false);
	feed("pq", "ppq", "p", true);
	feed("pq", "pppp", "pppp", false);
	feed("a", "xxaxx", "xx", true);
	feed("aab", "aaab", "a", true);
	feed("abab!", "ababab!", "ab", true);
	feed("abab!", "abaabab!", "aba", true);
	feed("aaaa", "aaabaaaa", "aaab", true);
	feed("", "ab\x10\x11", "ab", true); /* the default: ctrl-p ctrl-q */
	feed("", "\x10z", "\x10z", false);
}

static void undecided_bytes_wait_for_the_next(void **state)
{
	struct keys k;
	unsigned char out[64];
	size_t n;

	(void)state;
	keys_init(&k, NULL, 0);
	assert_false(keys_feed(&k, (const unsigned char *)"x\x10", 2, out, &n));
	assert_int_equal(n, 1);
	assert_false(keys_feed(&k, (const unsigned char *)"y", 1, out, &n));
	assert_int_equal(n, 2);
	assert_memory_equal(out, "\x10y", 2);
}

static void texts_are_parsed_as_docker_does(void **state)
{
	static const struct {
		const char *text;
		int n;
		const char *bytes;
	} rows[] = {
		{ "ctrl-p,ctrl-q", 2, "\x10\x11" },
		{ "a,ctrl-],DEL", 3, "a\x1d\x7f" },
		{ "ctrl-@", 1, "\0" },
		{ "ctrl-[,ctrl-\\,ctrl-^,ctrl-_", 4, "\x1b\x1c\x1e\x1f" },
		{ "", 0, "" },
	};
	static const char *const wrong[] = { "ctrl-P", "ctrl-", "ab", "a,,b", "a,", "ctrl-aa",
		"del" };
	unsigned char out[MONITOR_KEYS_MAX];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(monitor_parse_keys(rows[i].text, out, &e), rows[i].n);
		assert_memory_equal(out, rows[i].bytes, (size_t)rows[i].n);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(monitor_parse_keys(wrong[i], out, &e), -1);
	monitor_parse_keys("x,ctrl-1", out, &e);
	assert_string_equal(e.msg, "Unknown character: 'ctrl-1'");
}

static void too_many_keys_are_refused(void **state)
{
	unsigned char out[MONITOR_KEYS_MAX];
	char text[2 * MONITOR_KEYS_MAX + 2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? ',' : 'a';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(monitor_parse_keys(text, out, &e), -1);
	text[2 * MONITOR_KEYS_MAX - 1] = '\0';
	assert_int_equal(monitor_parse_keys(text, out, &e), MONITOR_KEYS_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_are_found_in_any_pieces),
		cmocka_unit_test(undecided_bytes_wait_for_the_next),
		cmocka_unit_test(texts_are_parsed_as_docker_does),
		cmocka_unit_test(too_many_keys_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
