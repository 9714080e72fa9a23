/* SPDX-License-Identifier: Apache-2.0 */
/* Names, look-up order, and the matrix of states and verbs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/registry.h"

#define ID_A "aaaa000000000000000000000000000000000000000000000000000000000001"
#define ID_B "aaab000000000000000000000000000000000000000000000000000000000002"
#define ID_C "cccc000000000000000000000000000000000000000000000000000000000003"

static struct registry *r;
static struct arena *a;

static struct container *add(const char *id, const char *name, int64_t created_ns)
{
	struct container *c = ctr_new(id, "/data", "/run");
	struct err e;

	assert_non_null(registry_reserve(r, a, name, id, &e));
	c->name = strdup(name);
	c->created_ns = created_ns;
	assert_true(registry_add(r, c));
	ctr_unref(c);
	return c;
}

static int setup(void **state)
{
	(void)state;
	r = registry_new();
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	registry_free(r);
	arena_free(a);
	return 0;
}

static const char *found(const char *name)
{
	struct err e;
	own_ctr c = registry_find(r, name, &e);

	return arena_strdup(a, c ? c->id : e.msg);
}

static void look_up_goes_by_id_then_name_then_prefix(void **state)
{
	(void)state;
	add(ID_A, "one", 1);
	add(ID_B, "two", 2);
	add(ID_C, "aaab", 3); /* named as a prefix of two's id: the name wins */
	assert_string_equal(found(ID_A), ID_A);
	assert_string_equal(found("one"), ID_A);
	assert_string_equal(found("/one"), ID_A);
	assert_string_equal(found("aaab"), ID_C);
	assert_string_equal(found("aaab0"), ID_B);
	assert_string_equal(found("c"), ID_C);
	assert_string_equal(found("aaa"), "multiple IDs found with provided prefix: aaa");
	assert_string_equal(found("dd"), "No such container: dd");
	assert_string_equal(found(""), "No such container: ");
}

static void a_name_is_taken_once(void **state)
{
	struct err e;

	(void)state;
	add(ID_A, "one", 1);
	assert_null(registry_reserve(r, a, "one", ID_B, &e));
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_string_equal(e.msg,
		"Conflict. The container name \"/one\" is already in use by container \"" ID_A
		"\". You have to remove (or rename) that container to be able to reuse that name.");
	registry_release(r, "one", ID_B); /* not its own: stays */
	assert_null(registry_reserve(r, a, "one", ID_B, &e));
}

static void invented_names_differ(void **state)
{
	struct err e;
	const char *x = registry_reserve(r, a, NULL, ID_A, &e);
	const char *y = registry_reserve(r, a, NULL, ID_B, &e);

	(void)state;
	assert_non_null(strchr(x, '_'));
	assert_string_not_equal(x, y);
}

static void names_follow_docker_s_rule(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(registry_check_name("a.b-c_1", &e), 0);
	assert_int_equal(registry_check_name("_x", &e), -1);
	assert_string_equal(e.msg, "Invalid container name (_x), only "
				   "[a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
	assert_int_equal(registry_check_name("a", &e), -1);
}

static void a_renamed_container_frees_its_name(void **state)
{
	struct container *c = add(ID_A, "one", 1);
	struct err e;

	(void)state;
	assert_non_null(registry_reserve(r, a, "uno", ID_A, &e));
	assert_string_equal(registry_rename(r, a, c, "uno"), "one");
	assert_string_equal(found("uno"), ID_A);
	assert_string_equal(found("one"), "No such container: one");
}

static void removal_takes_container_and_name(void **state)
{
	struct container *c = add(ID_A, "one", 1);
	struct err e;

	(void)state;
	add(ID_B, "two", 2);
	registry_remove(r, c);
	assert_string_equal(found(ID_A), "No such container: " ID_A);
	assert_non_null(registry_reserve(r, a, "one", ID_C, &e));
	assert_string_equal(found("two"), ID_B);
}

static void lists_are_newest_first(void **state)
{
	struct ctr_list l;

	(void)state;
	add(ID_A, "one", 10);
	add(ID_B, "two", 30);
	add(ID_C, "three", 20);
	registry_all(r, a, &l);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[0]->id, ID_B);
	assert_string_equal(l.v[2]->id, ID_A);
	ctr_list_unref(&l);
}

/* ---- states and verbs ---- */

static const char *refusal(struct container *c, enum ctr_state s, enum ctr_verb v)
{
	struct err e;

	c->life.state = s;
	return ctr_allow(c, v, "given", &e) ? arena_strdup(a, e.msg) : NULL;
}

static void the_matrix_refuses_in_docker_s_words(void **state)
{
	struct container *c = add(ID_A, "one", 1);

	(void)state;
	assert_null(refusal(c, CTR_CREATED, CTR_START));
	assert_null(refusal(c, CTR_EXITED, CTR_START));
	assert_null(refusal(c, CTR_RESTARTING, CTR_START));
	assert_null(refusal(c, CTR_RUNNING, CTR_STOP));
	assert_null(refusal(c, CTR_PAUSED, CTR_STOP));
	assert_null(refusal(c, CTR_EXITED, CTR_ATTACH));
	assert_null(refusal(c, CTR_RUNNING, CTR_FORCE_REMOVE));
	assert_null(refusal(c, CTR_DEAD, CTR_REMOVE));
	assert_string_equal(refusal(c, CTR_EXITED, CTR_PAUSE), "container " ID_A " is not running");
	assert_string_equal(refusal(c, CTR_EXITED, CTR_KILL),
		"cannot kill container: given: container " ID_A " is not running");
	assert_string_equal(
		refusal(c, CTR_PAUSED, CTR_PAUSE), "Container " ID_A " is already paused");
	assert_string_equal(
		refusal(c, CTR_RUNNING, CTR_UNPAUSE), "Container " ID_A " is not paused");
	assert_string_equal(refusal(c, CTR_RUNNING, CTR_REMOVE),
		"cannot remove container \"/one\": container is running: stop the container before "
		"removing or force remove");
	assert_string_equal(refusal(c, CTR_PAUSED, CTR_REMOVE),
		"cannot remove container \"/one\": container is paused and must be unpaused first");
	assert_string_equal(refusal(c, CTR_REMOVING, CTR_FORCE_REMOVE),
		"removal of container given is already in progress");
	assert_string_equal(refusal(c, CTR_DEAD, CTR_START),
		"container is marked for removal and cannot be started");
	assert_string_equal(refusal(c, CTR_PAUSED, CTR_EXEC),
		"Container given is paused, unpause the container before exec");
}

static void nothing_to_do_is_not_modified(void **state)
{
	struct container *c = add(ID_A, "one", 1);
	struct err e;

	(void)state;
	c->life.state = CTR_RUNNING;
	assert_int_equal(ctr_allow(c, CTR_START, "x", &e), -1);
	assert_int_equal(e.kind, ERR_NOT_MODIFIED);
	c->life.state = CTR_EXITED;
	assert_int_equal(ctr_allow(c, CTR_STOP, "x", &e), -1);
	assert_int_equal(e.kind, ERR_NOT_MODIFIED);
}

static void states_have_docker_s_names(void **state)
{
	(void)state;
	for (enum ctr_state s = 0; s < CTR_N_STATES; s++)
		assert_int_equal(ctr_state_find(ctr_state_name(s)), s);
	assert_int_equal(ctr_state_find("asleep"), CTR_N_STATES);
	assert_string_equal(ctr_state_name(CTR_EXITED), "exited");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(look_up_goes_by_id_then_name_then_prefix),
		TEST(a_name_is_taken_once),
		TEST(invented_names_differ),
		TEST(names_follow_docker_s_rule),
		TEST(a_renamed_container_frees_its_name),
		TEST(removal_takes_container_and_name),
		TEST(lists_are_newest_first),
		TEST(the_matrix_refuses_in_docker_s_words),
		TEST(nothing_to_do_is_not_modified),
		TEST(states_have_docker_s_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
