/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of CRIU, byte by byte, and what is understood of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/criu.h"
#include "runtime/restore.h"

#define TEXT(s) ((struct slice){ (s), sizeof(s) - 1 })

/* What was put into the options, as CRIU reads it; the leading required field is checked here. */
static struct slice packed(struct criu_request *r, uint8_t *out, size_t room)
{
	assert_true(criu_opts__get_packed_size(&r->opts) <= room);
	size_t n = criu_opts__pack(&r->opts, out);
	assert_true(n >= 2 && memcmp(out, "\x08\x00", 2) == 0);
	return (struct slice){ (const char *)out + 2, n - 2 };
}

static void numbers_that_are_zero_are_sent(void **state)
{
	own_arena a = arena_new();
	struct criu_request r = { .arena = a, .opts = CRIU_OPTS__INIT };
	uint8_t out[256];

	assert_int_equal(packed(&r, out, sizeof(out)).n, 0);
	CRIU_SET(&r.opts, leave_running, false);
	CRIU_SET(&r.opts, manage_cgroups_mode, CRIU_CG_MODE__IGNORE);
	CRIU_SET(&r.opts, empty_ns, 0x40000000);
	struct slice text = packed(&r, out, sizeof(out));
	assert_int_equal(text.n, 2 + 3 + 7);
	assert_memory_equal(text.p, "\x18\x00\x90\x02\x00\xb0\x02\x80\x80\x80\x80\x04", text.n);
}

static void mounts_are_told(void **state)
{
	own_arena a = arena_new();
	struct criu_request r = { .arena = a, .opts = CRIU_OPTS__INIT };
	uint8_t out[256];

	criu_put_ext_mount(&r, "/a", "/b");
	criu_put_ext_mount(&r, "/c", "/c");
	struct slice text = packed(&r, out, sizeof(out));
	assert_int_equal(text.n, 22);
	assert_memory_equal(
		text.p, "\xba\x01\x08\x0a\x02/a\x12\x02/b\xba\x01\x08\x0a\x02/c\x12\x02/c", text.n);
}

static void refused(struct slice text)
{
	own_arena a = arena_new();
	struct criu_answer answer;
	struct err e;

	assert_int_equal(criu_parse_answer(text, a, &answer, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
}

#define WHOLE "\x08\x06\x10\x01" /* a NOTIFY that succeeded */

static void nonsense_is_refused(void **state)
{
	refused(TEXT(""));
	refused(TEXT("\x08\x06"));	 /* a type, no success */
	refused(TEXT(WHOLE "\x38"));	 /* no value */
	refused(TEXT(WHOLE "\x38\xff")); /* a number without end */
	refused(TEXT(WHOLE "\x7a\x05"
			   "abc"));	     /* longer than there is */
	refused(TEXT(WHOLE "\x01\x00"));     /* field 0 */
	refused(TEXT(WHOLE "\x7b"));	     /* a group */
	refused(TEXT(WHOLE "\x7d\x01\x02")); /* half a fixed32 */
}

static void answers_are_understood(void **state)
{
	own_arena memory = arena_new();
	struct criu_answer a;
	struct err e;

	assert_int_equal(criu_parse_answer(TEXT("\x08\x06\x10\x01\x2a\x0f\x0a\x0c"
						"post-restore\x10\x2a"),
				 memory, &a, &e),
		-1); /* the part is shorter than it says */
	assert_int_equal(criu_parse_answer(TEXT("\x08\x06\x10\x01\x2a\x10\x0a\x0c"
						"post-restore\x10\x2a"),
				 memory, &a, &e),
		0);
	assert_true(a.type == CRIU_REQ_TYPE__NOTIFY && a.success && a.pid == 42);
	assert_true(str_eq(a.script, "post-restore"));
	assert_int_equal(criu_parse_answer(TEXT("\x08\x0a\x10\x01\x52\x06\x08\x03\x10\x11\x20\x01"),
				 memory, &a, &e),
		0);
	assert_true(a.major == 3 && a.minor == 17 && a.sublevel == 1);
	assert_int_equal(criu_parse_answer(TEXT("\x08\x01\x10\x00\x38\x16"), memory, &a, &e), 0);
	assert_true(!a.success && a.error == 22);
	assert_int_equal(
		criu_parse_answer(TEXT("\x08\x09\x10\x01\x42\x04\x08\x01\x10\x00"), memory, &a, &e),
		0);
	assert_true(a.has_mem_track && !a.has_lazy_pages);
	/* What newer ones add is passed over. */
	assert_int_equal(
		criu_parse_answer(TEXT(WHOLE "\x4a\x02hm\xf8\x01\x05"), memory, &a, &e), 0);
	assert_true(a.type == CRIU_REQ_TYPE__NOTIFY && !a.script && a.fd == -1);
}

static void pipes_are_inherited_and_groups_told(void **state)
{
	static const char streams[] = "[\"pipe:[7]\",\"/dev/null\"]";
	static const char groups[] = "2:cpu,cpuacct:/c\n0::/d\nx\n";
	own_arena a = arena_new();
	struct criu_request pipes = { .arena = a, .opts = CRIU_OPTS__INIT }, roots = pipes;
	uint8_t out[256];
	struct err e;

	assert_int_equal(restore_put_descriptors(&pipes, streams, strlen(streams), &e), 0);
	struct slice text = packed(&pipes, out, sizeof(out));
	assert_int_equal(text.n, 15);
	assert_memory_equal(text.p, "\xda\x01\x0c\x0a\x08pipe:[7]\x10\x00", 15);
	assert_int_equal(restore_put_descriptors(&pipes, "{}", 2, &e), -1);
	assert_int_equal(restore_put_descriptors(&pipes, "[", 1, &e), -1);
	restore_put_cgroup_roots(&roots, groups, strlen(groups));
	text = packed(&roots, out, sizeof(out));
	assert_int_equal(text.n, 20 + 9);
	assert_memory_equal(text.p,
		"\xca\x01\x11\x0a\x0b"
		"cpu,cpuacct\x12\x02/c\xca\x01\x06\x0a\x00\x12\x02/d",
		29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_that_are_zero_are_sent),
		cmocka_unit_test(mounts_are_told),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(answers_are_understood),
		cmocka_unit_test(pipes_are_inherited_and_groups_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
