/* SPDX-License-Identifier: Apache-2.0 */
/* Who may be removed, what goes along, and in what order it is told (feature row B20). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store_make.h"

#define LAYERS(...) ((const int[]){ __VA_ARGS__, 0 })
#define CTR	    "c0ffee0000000000000000000000000000000000000000000000000000000000"

static struct image_removed_list removed;

static int rm(struct made *m, const char *name, bool force)
{
	struct image_remove_opts opts = { .force = force };

	return image_remove(m->store, m->a, name, &opts, &removed, &m->e);
}

static int rm_used(struct made *m, const char *name, bool force, const char *id, bool is_running)
{
	struct image_user user = { CTR, id, is_running };
	struct image_remove_opts opts = { .force = force, .users = { &user, 1 } };

	return image_remove(m->store, m->a, name, &opts, &removed, &m->e);
}

/* "Untagged: x:1 Deleted: 123456789abc …" as one string. */
static const char *told(struct made *m)
{
	const char *text = "";

	for (size_t i = 0; i < removed.n; i++) {
		const struct image_removed *r = &removed.v[i];
		text = r->untagged ? arena_printf(m->a, "%s-%s ", text, r->untagged)
				   : arena_printf(m->a, "%s%s%.12s ", text, r->is_image ? "+" : "/",
					     oci_digest_hex(r->deleted));
	}
	return text;
}

static const char *short_id(struct made *m, const char *id)
{
	return arena_strndup(m->a, oci_digest_hex(id), 12);
}

static void one_name_of_two_is_only_untagged(void **state)
{
	struct made *m = *state;
	const char *id = made_image(m, 1, "null", LAYERS(1, 2));

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\",\"x:2\":\"%s\"}", id, id));
	assert_non_null(made_open(m));
	assert_int_equal(rm(m, "x:1", false), 0);
	assert_string_equal(told(m), "-x:1 ");
	assert_int_equal(rm(m, "x:1", false), -1);
	assert_string_equal(m->e.msg, "No such image: x:1");
	/* two names must be forced, by id */
	assert_int_equal(rm(m, "x:2", false), 0);
	assert_int_equal(removed.n, 4);
	assert_true(removed.v[1].is_image && !removed.v[2].is_image);
	assert_false(fs_exists(m->root, arena_printf(m->a, "overlay2/%064d", 1)));
	assert_false(fs_exists(m->root, arena_printf(m->a, "overlay2/%064d", 2)));
}

static void shared_layers_stay(void **state)
{
	struct made *m = *state;
	const char *one = made_image(m, 1, "null", LAYERS(1, 2));
	const char *two = made_image(m, 2, "null", LAYERS(1, 3));

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\",\"x:2\":\"%s\"}", one, two));
	assert_non_null(made_open(m));
	assert_int_equal(rm(m, "x:1", false), 0);
	assert_int_equal(removed.n, 3);
	assert_true(fs_exists(m->root, arena_printf(m->a, "overlay2/%064d", 1)));
	assert_false(fs_exists(m->root, arena_printf(m->a, "overlay2/%064d", 2)));
	assert_true(fs_exists(m->root, arena_printf(m->a, "overlay2/%064d", 3)));
}

static void names_in_several_repositories_must_be_forced_by_id(void **state)
{
	struct made *m = *state;
	const char *id = made_image(m, 1, "null", LAYERS(1));

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"},\"y\":{\"y:1\":\"%s\"}", id, id));
	assert_non_null(made_open(m));
	assert_int_equal(rm(m, id, false), -1);
	assert_int_equal(m->e.kind, ERR_CONFLICT);
	assert_string_equal(m->e.msg,
		arena_printf(m->a,
			"conflict: unable to delete %s (must be forced) - image is referenced in multiple repositories",
			short_id(m, id)));
	assert_int_equal(removed.n, 0);
	assert_int_equal(rm(m, short_id(m, id), true), 0);
	assert_int_equal(removed.n, 4);
	assert_string_equal(removed.v[0].untagged, "x:1");
	assert_string_equal(removed.v[1].untagged, "y:1");
}

static void digests_go_with_the_last_tag_of_their_repository(void **state)
{
	struct made *m = *state;
	const char *id = made_image(m, 1, "null", LAYERS(1));

	made_refs(m,
		arena_printf(m->a,
			"\"x\":{\"x:1\":\"%s\",\"x:2\":\"%s\",\"x@%s\":\"%s\"},\"y\":{\"y@%s\":\"%s\"}",
			id, id, id, id, id, id));
	assert_non_null(made_open(m));
	assert_int_equal(rm(m, "x:1", false), 0);
	assert_string_equal(told(m), "-x:1 ");
	assert_int_equal(rm(m, "x:2", false), 0);
	assert_string_equal(told(m), arena_printf(m->a, "-x:2 -x@%s ", id));
	assert_int_equal(rm(m, arena_printf(m->a, "y@%s", id), false), 0);
	assert_int_equal(removed.n, 3);
}

static void a_single_repository_goes_by_id_without_force(void **state)
{
	struct made *m = *state;
	const char *id = made_image(m, 1, "null", LAYERS(1));

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\",\"x@%s\":\"%s\"}", id, id, id));
	assert_non_null(made_open(m));
	assert_int_equal(rm(m, short_id(m, id), false), 0);
	assert_int_equal(removed.n, 4);
}

static void containers_stand_in_the_way(void **state)
{
	struct made *m = *state;
	const char *id = made_image(m, 1, "null", LAYERS(1));
	const char *s = short_id(m, id);

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"}", id));
	assert_non_null(made_open(m));
	assert_int_equal(rm_used(m, "x:1", false, id, false), -1);
	assert_string_equal(m->e.msg,
		arena_printf(m->a,
			"conflict: unable to remove repository reference \"x:1\" (must force) - container c0ffee000000 is using its referenced image %s",
			s));
	assert_int_equal(rm_used(m, id, false, id, false), -1);
	assert_string_equal(m->e.msg,
		arena_printf(m->a,
			"conflict: unable to delete %s (must be forced) - image is being used by stopped container c0ffee000000",
			s));
	assert_int_equal(rm_used(m, id, true, id, true), -1);
	assert_string_equal(m->e.msg,
		arena_printf(m->a,
			"conflict: unable to delete %s (cannot be forced) - image is being used by running container c0ffee000000",
			s));
	/* another image's container does not */
	assert_int_equal(rm_used(m, "x:1", true, id, true), 0);
	assert_string_equal(told(m), "-x:1 ");
	assert_int_equal(rm_used(m, id, false, made_diff_id(m, 5), true), 0);
}

static void children_stand_in_the_way_and_parents_go_along(void **state)
{
	struct made *m = *state;
	const char *base = made_image(m, 1, "null", LAYERS(1));
	const char *step = made_image(m, 2, "null", LAYERS(1, 2));
	const char *top = made_image(m, 3, "null", LAYERS(1, 2, 3));

	made_parent(m, top, step);
	made_parent(m, step, base);
	made_refs(
		m, arena_printf(m->a, "\"b\":{\"b:1\":\"%s\"},\"x\":{\"x:1\":\"%s\"}", base, top));
	assert_non_null(made_open(m));
	assert_int_equal(rm(m, step, true), -1);
	assert_string_equal(m->e.msg,
		arena_printf(m->a,
			"conflict: unable to delete %s (cannot be forced) - image has dependent child images",
			short_id(m, step)));
	/* the untagged step goes with its child, the tagged base does not */
	assert_int_equal(rm(m, "x:1", false), 0);
	assert_int_equal(removed.n, 5);
	assert_string_equal(removed.v[3].deleted, step);
	assert_int_equal(image_resolve(m->store, m->a, "b:1", &base, &m->e), 0);
}

static void parents_stay_when_asked(void **state)
{
	struct made *m = *state;
	struct image_remove_opts opts = { .no_prune = true };
	const char *step = made_image(m, 2, "null", LAYERS(1));
	const char *top = made_image(m, 3, "null", LAYERS(1, 2));

	made_parent(m, top, step);
	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"}", top));
	assert_non_null(made_open(m));
	assert_int_equal(image_remove(m->store, m->a, "x:1", &opts, &removed, &m->e), 0);
	assert_int_equal(removed.n, 3);
	assert_int_equal(image_resolve(m->store, m->a, step, &step, &m->e), 0);
}

static void layers_of_containers_stay(void **state)
{
	struct made *m = *state;
	const char *id = made_image(m, 1, "null", LAYERS(1));
	char chain[OCI_DIGEST_SIZE];

	oci_chain_id("", made_diff_id(m, 1), chain);
	made_put(m, "image/overlay2/layerdb/mounts/" CTR "/parent", chain);
	made_put(m, "image/overlay2/layerdb/mounts/" CTR "/mount-id", CTR);
	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"}", id));
	assert_non_null(made_open(m));
	assert_int_equal(rm_used(m, "x:1", true, id, false), 0);
	assert_int_equal(removed.n, 2);
	assert_true(fs_exists(m->root, arena_printf(m->a, "overlay2/%064d", 1)));
}

static void a_tag_moves_and_is_refused(void **state)
{
	struct made *m = *state;
	const char *one = made_image(m, 1, "null", LAYERS(1)), *id, *name;
	const char *two = made_image(m, 2, "null", LAYERS(2));

	made_refs(m, arena_printf(m->a, "\"x\":{\"x:1\":\"%s\"}", one));
	assert_non_null(made_open(m));
	assert_int_equal(image_tag(m->store, m->a, two, "docker.io/x", "1", &name, &m->e), 0);
	assert_string_equal(name, "x:1");
	assert_int_equal(image_resolve(m->store, m->a, "x:1", &id, &m->e), 0);
	assert_string_equal(id, two);
	/* on disk, too */
	image_store_close(m->store);
	assert_non_null(made_open(m));
	assert_int_equal(image_resolve(m->store, m->a, "x:1", &id, &m->e), 0);
	assert_string_equal(id, two);
	assert_int_equal(image_tag(m->store, m->a, two, "sha256", "1", NULL, &m->e), -1);
	assert_int_equal(m->e.kind, ERR_INVALID);
	assert_int_equal(image_tag(m->store, m->a, made_diff_id(m, 9), "y", "", NULL, &m->e), -1);
	assert_int_equal(m->e.kind, ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_begin, made_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_name_of_two_is_only_untagged),
		TEST(shared_layers_stay),
		TEST(names_in_several_repositories_must_be_forced_by_id),
		TEST(digests_go_with_the_last_tag_of_their_repository),
		TEST(a_single_repository_goes_by_id_without_force),
		TEST(containers_stand_in_the_way),
		TEST(children_stand_in_the_way_and_parents_go_along),
		TEST(parents_stay_when_asked),
		TEST(layers_of_containers_stay),
		TEST(a_tag_moves_and_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
