/* SPDX-License-Identifier: Apache-2.0 */
#include "image/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ID(c)                                                                                     \
	"sha256:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c \
		c c c c c c c c c c c c c c c c c c c c c c c c
#define A ID("a")
#define B ID("b")
#define C ID("c")

static const struct index_layer two_layers[] = { { A, 4096 }, { B, -1 } };

static void write_two(struct buf *out)
{
	static const char *keys[] = { "k", "" }, *values[] = { "v", "a value" };
	static const uint32_t numbers[] = { 1, 0 };
	struct index_image images[] = {
		{ C, 1234567890123456789, { keys, values, 2 }, numbers, 2 },
		{ A, -5, { NULL, NULL, 0 }, numbers, 0 },
	};

	buf_init(out, 1 << 20);
	index_print(two_layers, 2, images, 2, out);
	assert_true(buf_ok(out));
}

static void what_was_written_is_found(void **state)
{
	own_arena a = arena_new();
	own_buf text = { 0 };
	struct index_image img;
	char id[OCI_DIGEST_SIZE];
	int64_t size;

	write_two(&text);
	struct index *x = index_new(text.data, text.len);
	assert_non_null(x);
	assert_int_equal(index_images(x), 2);
	assert_int_equal(index_layers(x), 2);
	index_layer(x, 1, id, &size);
	assert_string_equal(id, B);
	assert_int_equal(size, -1);
	assert_true(index_find(x, a, C, &img));
	assert_int_equal(img.created_ns, 1234567890123456789);
	assert_int_equal(img.n_layers, 2);
	assert_int_equal(img.layers[0], 1);
	assert_int_equal(img.labels.n, 2);
	assert_string_equal(img.labels.keys[1], "");
	assert_string_equal(img.labels.v[1], "a value");
	assert_true(index_find(x, a, A, &img));
	assert_int_equal(img.created_ns, -5);
	assert_null(img.labels.keys);
	assert_false(index_find(x, a, B, &img));
	index_free(x);
}

static void a_file_with_any_byte_changed_is_refused(void **state)
{
	own_buf text = { 0 };

	write_two(&text);
	for (size_t i = 0; i < text.len; i++) {
		text.data[i] ^= 4;
		assert_null(index_new(text.data, text.len));
		text.data[i] ^= 4;
	}
	for (size_t n = 0; n < text.len; n++)
		assert_null(index_new(text.data, n));
}

static void numbers_of_layers_that_are_not_there_are_refused(void **state)
{
	static const uint32_t numbers[] = { 2 };
	own_arena a = arena_new();
	own_buf text = { 0 };
	struct index_image img = { A, 0, { NULL, NULL, 0 }, numbers, 1 };

	buf_init(&text, 1 << 20);
	index_print(two_layers, 2, &img, 1, &text);
	struct index *x = index_new(text.data, text.len);
	assert_non_null(x);
	assert_false(index_find(x, a, A, &img));
	index_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_found),
		cmocka_unit_test(a_file_with_any_byte_changed_is_refused),
		cmocka_unit_test(numbers_of_layers_that_are_not_there_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
