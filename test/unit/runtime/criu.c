/* SPDX-License-Identifier: Apache-2.0 */
/* The wire format, and what is read and written in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/criu.h"
#include "runtime/protobuf.h"
#include "runtime/restore.h"

#define TEXT(s) ((struct slice){ (s), sizeof(s) - 1 })

static void numbers_and_strings_have_the_formats_bytes(void **state)
{
	own_buf b;

	buf_init(&b, 256);
	protobuf_put_number(&b, 1, 1);
	protobuf_put_number(&b, 38, 0x40000000);
	protobuf_put_str(&b, 13, "/r");
	assert_int_equal(b.len, 2 + 7 + 4);
	assert_memory_equal(b.data, "\x08\x01\xb0\x02\x80\x80\x80\x80\x04\x6a\x02/r", b.len);
	buf_clear(&b);
	/* An int32 of -1 takes ten bytes. */
	protobuf_put_number(&b, 1, -1);
	assert_memory_equal(b.data, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
}

static void fields_are_read_back(void **state)
{
	struct protobuf_field f;
	own_buf b, part;

	buf_init(&b, 256);
	buf_init(&part, 256);
	protobuf_put_str(&part, 1, "in");
	protobuf_put_message(&b, 5, &part);
	protobuf_put_number(&b, 300, 70000);
	struct slice rest = { b.data, b.len };
	assert_int_equal(protobuf_next(&rest, &f), 1);
	assert_true(f.is_bytes && f.number == 5 && f.bytes.n == 4);
	assert_int_equal(protobuf_next(&rest, &f), 1);
	assert_true(!f.is_bytes && f.number == 300 && f.value == 70000);
	assert_int_equal(protobuf_next(&rest, &f), 0);
}

static void refused(struct slice text)
{
	struct protobuf_field f;
	int rc;

	while ((rc = protobuf_next(&text, &f)) > 0)
		continue;
	assert_int_equal(rc, -1);
}

static void nonsense_is_refused(void **state)
{
	refused(TEXT("\x08"));	   /* no value */
	refused(TEXT("\x08\xff")); /* a number without end */
	refused(TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
	refused(TEXT("\x0a\x05"
		     "abc"));	       /* longer than there is */
	refused(TEXT("\x01\x00"));     /* field 0 */
	refused(TEXT("\x0b"));	       /* a group */
	refused(TEXT("\x0d\x01\x02")); /* half a fixed32 */
}

static void answers_are_understood(void **state)
{
	struct criu_answer a;
	struct err e;

	assert_int_equal(criu_parse_answer(TEXT("\x08\x06\x10\x01\x2a\x0f\x0a\x0c"
						"post-restore\x10\x2a"),
				 &a, &e),
		-1); /* the part is shorter than it says */
	assert_int_equal(criu_parse_answer(TEXT("\x08\x06\x10\x01\x2a\x10\x0a\x0c"
						"post-restore\x10\x2a"),
				 &a, &e),
		0);
	assert_true(a.type == CRIU_NOTIFY && a.success && a.pid == 42);
	assert_true(slice_eq(a.script, "post-restore"));
	assert_int_equal(
		criu_parse_answer(TEXT("\x08\x0a\x10\x01\x52\x06\x08\x03\x10\x11\x20\x01"), &a, &e),
		0);
	assert_true(a.major == 3 && a.minor == 17 && a.sublevel == 1);
	assert_int_equal(criu_parse_answer(TEXT("\x08\x01\x10\x00\x38\x16"), &a, &e), 0);
	assert_true(!a.success && a.error == 22);
	assert_int_equal(
		criu_parse_answer(TEXT("\x08\x09\x10\x01\x42\x04\x08\x01\x10\x00"), &a, &e), 0);
	assert_true(a.has_mem_track && !a.has_lazy_pages);
}

static void pipes_are_inherited_and_groups_told(void **state)
{
	static const char streams[] = "[\"pipe:[7]\",\"/dev/null\"]";
	static const char groups[] = "2:cpu,cpuacct:/c\n0::/d\nx\n";
	own_buf b;
	struct err e;

	buf_init(&b, 1024);
	assert_int_equal(restore_put_descriptors(&b, streams, strlen(streams), &e), 0);
	assert_int_equal(b.len, 15);
	assert_memory_equal(b.data, "\xda\x01\x0c\x0a\x08pipe:[7]\x10\x00", 15);
	assert_int_equal(restore_put_descriptors(&b, "{}", 2, &e), -1);
	assert_int_equal(restore_put_descriptors(&b, "[", 1, &e), -1);
	buf_clear(&b);
	restore_put_cgroup_roots(&b, groups, strlen(groups));
	assert_int_equal(b.len, 20 + 9);
	assert_memory_equal(b.data,
		"\xca\x01\x11\x0a\x0b"
		"cpu,cpuacct\x12\x02/c\xca\x01\x06\x0a\x00\x12\x02/d",
		29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_strings_have_the_formats_bytes),
		cmocka_unit_test(fields_are_read_back),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(answers_are_understood),
		cmocka_unit_test(pipes_are_inherited_and_groups_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
