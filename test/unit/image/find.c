/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a store somebody else wrote: find, inspect, list, history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store_make.h"

#define LAYERS(...) ((const int[]){ __VA_ARGS__, 0 })

static const char *resolved(struct made *m, const char *name)
{
	const char *id;

	return image_resolve(m->store, m->a, name, &id, &m->e) ? m->e.msg : id;
}

static void names_come_before_id_prefixes(void **state)
{
	struct made *m = *state;
	const char *one = made_image(m, 1, "null", LAYERS(1));
	const char *two = made_image(m, 2, "null", LAYERS(1, 2));
	const char *hex = oci_digest_hex(one);

	/* an image called like the beginning of another one's id */
	made_refs(m, arena_printf(m->a, "\"%.6s\":{\"%.6s:latest\":\"%s\"}", hex, hex, two));
	assert_non_null(made_open(m));
	assert_string_equal(resolved(m, arena_printf(m->a, "%.6s", hex)), two);
	assert_string_equal(resolved(m, arena_printf(m->a, "%.7s", hex)), one);
	assert_string_equal(resolved(m, one), one);
	assert_string_equal(resolved(m, hex), one);
	assert_string_equal(resolved(m, arena_printf(m->a, "sha256:%.12s", hex)), one);
}

static void an_ambiguous_prefix_is_nobodys(void **state)
{
	struct made *m = *state;
	char first[17] = { 0 }, name[2] = { 0 };

	for (int i = 1; i <= 17; i++) { /* two of seventeen begin alike */
		const char *id = oci_digest_hex(made_image(m, i, "null", LAYERS(1)));
		if (memchr(first, id[0], 17))
			name[0] = id[0];
		first[i % 17] = id[0];
	}
	assert_non_null(made_open(m));
	assert_string_equal(
		resolved(m, name), arena_printf(m->a, "No such image: %s:latest", name));
	assert_int_equal(m->e.kind, ERR_NOT_FOUND);
}

static void what_is_missing_is_named_in_full(void **state)
{
	struct made *m = *state;

	made_refs(m, "");
	assert_non_null(made_open(m));
	assert_string_equal(resolved(m, "x"), "No such image: x:latest");
	assert_int_equal(m->e.kind, ERR_NOT_FOUND);
	assert_string_equal(resolved(m, "docker.io/library/x:1"), "No such image: x:1");
	assert_string_equal(resolved(m, "quay.io/x/y"), "No such image: quay.io/x/y:latest");
	assert_string_equal(resolved(m, "abcdef"), "No such image: abcdef:latest");
	resolved(m, "X");
	assert_int_equal(m->e.kind, ERR_INVALID);
}

static void inspect_knows_names_sizes_and_directories(void **state)
{
	struct made *m = *state;
	struct image_info info;
	const char *parent = made_image(m, 1, "null", LAYERS(1));
	const char *id = made_image(m, 2, "{\"k\":\"v\"}", LAYERS(1, 2));

	made_parent(m, id, parent);
	made_put(m, arena_printf(m->a, "overlay2/%064d/lower", 2), "l/LINK0000000000000000000001");
	made_put(m,
		arena_printf(m->a, "image/overlay2/imagedb/metadata/sha256/%s/lastUpdated",
			oci_digest_hex(id)),
		"2024-02-03T04:05:06Z");
	made_refs(m, arena_printf(m->a, "\"x\":{\"x:2\":\"%s\",\"x:1\":\"%s\",\"x@%s\":\"%s\"}", id,
			     id, id, id));
	assert_non_null(made_open(m));
	assert_int_equal(image_inspect(m->store, m->a, id, &info, &m->e), 0);
	assert_string_equal(info.parent, parent);
	assert_int_equal(info.repo_tags.n, 2);
	assert_string_equal(info.repo_tags.v[0], "x:1");
	assert_int_equal(info.repo_digests.n, 1);
	assert_int_equal(info.size_bytes, 300);
	assert_string_equal(info.comment, "last");
	assert_string_equal(info.docker_version, "1.2");
	assert_int_equal(info.created_ns, 1704067202LL * 1000000000);
	assert_int_equal(info.last_tag_ns, 1706933106LL * 1000000000);
	assert_string_equal(str_map_get(&info.graph_data, "UpperDir"),
		arena_printf(m->a, "%s/overlay2/%064d/diff", m->dir, 2));
	assert_non_null(str_map_get(&info.graph_data, "LowerDir"));
	assert_int_equal(image_inspect(m->store, m->a, parent, &info, &m->e), 0);
	assert_null(str_map_get(&info.graph_data, "LowerDir"));
	assert_int_equal(info.last_tag_ns, CLOCK_NEVER);
}

static size_t listed(struct made *m, const struct image_query *q, struct image_summary_list *out)
{
	assert_int_equal(image_list(m->store, m->a, q, out, &m->e), 0);
	return out->n;
}

static void lists_are_newest_first_and_hide_steps(void **state)
{
	struct made *m = *state;
	struct image_summary_list l;
	const char *step = made_image(m, 1, "null", LAYERS(1));
	const char *top = made_image(m, 9, "{\"a\":\"1\"}", LAYERS(1, 2));
	const char *dangling = made_image(m, 5, "{\"a\":\"2\"}", LAYERS(3));

	made_parent(m, top, step);
	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"}", top));
	assert_non_null(made_open(m));
	assert_int_equal(listed(m, &(struct image_query){ .with_shared_size = true }, &l), 2);
	assert_string_equal(l.v[0].id, top);
	assert_int_equal(l.v[0].size_bytes, 300);
	assert_int_equal(l.v[0].shared_bytes, 100);
	assert_int_equal(l.v[0].n_containers, -1);
	assert_string_equal(l.v[1].id, dangling);
	assert_int_equal(l.v[1].repo_tags.n, 0);
	assert_int_equal(listed(m, &(struct image_query){ .all = true }, &l), 3);
	bool yes = true, no = false;
	assert_int_equal(listed(m, &(struct image_query){ .dangling = &yes }, &l), 1);
	assert_string_equal(l.v[0].id, dangling);
	assert_int_equal(listed(m, &(struct image_query){ .dangling = &no }, &l), 1);
	assert_string_equal(l.v[0].id, top);
	assert_int_equal(listed(m,
				 &(struct image_query){
					 .before = { (const char *[]){ "x:1" }, 1 }, .all = true },
				 &l),
		2);
	assert_int_equal(
		listed(m, &(struct image_query){ .since = { (const char *[]){ step }, 1 } }, &l),
		2);
	assert_int_equal(
		listed(m, &(struct image_query){ .until_ns = 1704067206LL * 1000000000 }, &l), 1);
	const char *labels[] = { "a", "a=2" };
	assert_int_equal(listed(m, &(struct image_query){ .labels = { labels, 1 } }, &l), 2);
	assert_int_equal(listed(m, &(struct image_query){ .labels = { labels, 2 } }, &l), 1);
}

static void reference_patterns_choose_names_and_images(void **state)
{
	struct made *m = *state;
	struct image_summary_list l;
	const char *id = made_image(m, 1, "null", LAYERS(1));

	made_refs(
		m, arena_printf(m->a,
			   "\"x\":{\"x:1\":\"%s\",\"x:2\":\"%s\"},\"q.io/y\":{\"q.io/y:1\":\"%s\"}",
			   id, id, id));
	assert_non_null(made_open(m));
	const char *patterns[] = { "x:1", "q.io/*", "none" };
	assert_int_equal(listed(m, &(struct image_query){ .references = { patterns, 1 } }, &l), 1);
	assert_int_equal(l.v[0].repo_tags.n, 1);
	assert_int_equal(listed(m, &(struct image_query){ .references = { patterns, 2 } }, &l), 1);
	assert_int_equal(l.v[0].repo_tags.n, 2);
	assert_int_equal(
		listed(m, &(struct image_query){ .references = { patterns + 2, 1 } }, &l), 0);
}

static void history_gives_layers_their_sizes(void **state)
{
	struct made *m = *state;
	struct image_history h;
	const char *id = made_image(m, 1, "null", LAYERS(7));

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"}", id));
	assert_non_null(made_open(m));
	assert_int_equal(image_history(m->store, m->a, id, &h, &m->e), 0);
	assert_int_equal(h.n, 2);
	assert_string_equal(h.v[0].id, id);
	assert_string_equal(h.v[0].created_by, "b");
	assert_string_equal(h.v[0].tags.v[0], "x:1");
	assert_int_equal(h.v[0].size_bytes, 0);
	assert_string_equal(h.v[1].id, "<missing>");
	assert_int_equal(h.v[1].size_bytes, 700);
}

static void opening_makes_an_empty_store_and_reads_nothing(void **state)
{
	struct made *m = *state;
	size_t n;

	/* a broken file is only found out by who asks */
	made_put(m, "image/overlay2/repositories.json", "{");
	assert_non_null(made_open(m));
	assert_int_equal(image_count(m->store, &n, &m->e), -1);
	assert_non_null(strstr(m->e.msg, "repositories.json"));
	made_refs(m, "");
	assert_int_equal(image_count(m->store, &n, &m->e), 0);
	assert_int_equal(n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_begin, made_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_come_before_id_prefixes),
		TEST(an_ambiguous_prefix_is_nobodys),
		TEST(what_is_missing_is_named_in_full),
		TEST(inspect_knows_names_sizes_and_directories),
		TEST(lists_are_newest_first_and_hide_steps),
		TEST(reference_patterns_choose_names_and_images),
		TEST(history_gives_layers_their_sizes),
		TEST(opening_makes_an_empty_store_and_reads_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
