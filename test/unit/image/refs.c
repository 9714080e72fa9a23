/* SPDX-License-Identifier: Apache-2.0 */
#include "image/refs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"
#include "base/buf.h"

#define ID(c)                                                                                     \
	"sha256:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c \
		c c c c c c c c c c c c c c c c c c c c c c c c
#define A ID("a")
#define B ID("b")

static struct refs *parsed(const char *text)
{
	struct refs *r = refs_new();
	struct err e;

	assert_int_equal(refs_parse(r, text, strlen(text), &e), 0);
	return r;
}

static void assert_prints(const struct refs *r, const char *want)
{
	own_buf out;

	buf_init(&out, 1 << 20);
	refs_print(r, &out);
	assert_string_equal(out.data, want);
}

static void what_dockerd_wrote_is_written_again(void **state)
{
	static const char text[] =
		"{\"Repositories\":{\"alpine\":{\"alpine:3\":\"" A "\",\"alpine:latest\":\"" B
		"\",\"alpine@" A "\":\"" B "\"},\"quay.io/x/y\":{\"quay.io/x/y:1\":\"" A "\"}}}";
	struct refs *r = parsed(text);

	assert_int_equal(refs_count(r), 4);
	assert_prints(r, text);
	refs_free(r);
}

static void unknown_members_are_kept(void **state)
{
	struct refs *r = parsed("{\"future\":{\"a\":[1,2]},\"Repositories\":{}}");
	struct refs *copy = refs_clone(r);

	refs_set(copy, "x", "x:1", A);
	assert_prints(
		copy, "{\"Repositories\":{\"x\":{\"x:1\":\"" A "\"}},\"future\":{\"a\":[1,2]}}");
	refs_free(copy);
	refs_free(r);
}

static void what_is_no_id_is_passed_over(void **state)
{
	struct refs *r =
		parsed("{\"Repositories\":{\"x\":{\"x:1\":\"sha256:12\",\"x:2\":7,\"x:3\":\"" A
		       "\"},\"y\":null}}");

	assert_int_equal(refs_count(r), 1);
	assert_string_equal(refs_at(r, 0)->name, "x:3");
	refs_free(r);
}

static void other_documents_are_refused(void **state)
{
	static const char *const texts[] = { "", "[]", "{", "{\"Repositories\":[]}", "7" };
	struct err e;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct refs *r = refs_new();
		assert_int_equal(refs_parse(r, texts[i], strlen(texts[i]), &e), -1);
		refs_free(r);
	}
}

static void repositories_stand_together_whatever_the_order_of_names(void **state)
{
	struct refs *r = refs_new();

	/* "a-b:1" < "a/c:1" < "a:1" in order of bytes */
	refs_set(r, "a", "a:1", A);
	refs_set(r, "a/c", "a/c:1", A);
	refs_set(r, "a-b", "a-b:1", A);
	refs_set(r, "a", "a@" A, A);
	assert_prints(r, "{\"Repositories\":{\"a\":{\"a:1\":\"" A "\",\"a@" A "\":\"" A
			 "\"},\"a-b\":{\"a-b:1\":\"" A "\"},\"a/c\":{\"a/c:1\":\"" A "\"}}}");
	refs_free(r);
}

static void setting_replaces_and_removing_is_told(void **state)
{
	own_arena a = arena_new();
	struct str_list tags = { 0 }, digests = { 0 };
	struct refs *r = refs_new();

	for (int i = 0; i < 40; i++)
		refs_set(r, "x", arena_printf(a, "x:%d", i), A);
	refs_set(r, "x", "x:7", B);
	refs_set(r, "x", "x@" A, B);
	assert_int_equal(refs_count(r), 41);
	assert_string_equal(refs_find(r, "x:7")->id, B);
	refs_of(r, a, B, &tags, &digests);
	assert_int_equal(tags.n, 1);
	assert_string_equal(digests.v[0], "x@" A);
	assert_true(refs_remove(r, "x:7"));
	assert_false(refs_remove(r, "x:7"));
	assert_null(refs_find(r, "x:7"));
	refs_free(r);
}

static void a_copy_is_its_own(void **state)
{
	struct refs *r = refs_new();

	refs_set(r, "x", "x:1", A);
	struct refs *copy = refs_clone(r);
	refs_set(copy, "x", "x:1", B);
	refs_remove(copy, "none");
	assert_string_equal(refs_find(r, "x:1")->id, A);
	refs_free(r);
	assert_string_equal(refs_find(copy, "x:1")->id, B);
	refs_free(copy);
}

static void a_digest_beats_a_tag_in_the_key(void **state)
{
	own_arena a = arena_new();
	struct oci_ref ref = { 0 };
	struct err e;

	assert_int_equal(oci_ref_parse(a, "x:1@" A, &ref, &e), 0);
	assert_string_equal(refs_key(a, &ref), "x@" A);
	assert_int_equal(oci_ref_parse(a, "docker.io/library/x:1", &ref, &e), 0);
	assert_string_equal(refs_key(a, &ref), "x:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_dockerd_wrote_is_written_again),
		cmocka_unit_test(unknown_members_are_kept),
		cmocka_unit_test(what_is_no_id_is_passed_over),
		cmocka_unit_test(other_documents_are_refused),
		cmocka_unit_test(repositories_stand_together_whatever_the_order_of_names),
		cmocka_unit_test(setting_replaces_and_removing_is_told),
		cmocka_unit_test(a_copy_is_its_own),
		cmocka_unit_test(a_digest_beats_a_tag_in_the_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
