/* SPDX-License-Identifier: Apache-2.0 */
/* resctrl: what is written where, in an ordinary directory that stands for the file system. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sys/resctrl.h"

struct place {
	struct arena *a;
	char root[64];
};

static const char *below(struct place *p, const char *name)
{
	return arena_printf(p->a, "%s/%s", p->root, name);
}

static void file(struct place *p, const char *name, const char *text)
{
	own_fd fd = open(below(p, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static const char *content(struct place *p, const char *name)
{
	struct err e;
	const char *text = fs_read_str(p->a, AT_FDCWD, below(p, name), 4096, &e);

	return text ? text : "";
}

static void clos(struct place *p, const char *name)
{
	assert_int_equal(mkdir(below(p, name), 0700), 0);
	file(p, arena_printf(p->a, "%s/tasks", name), "");
	file(p, arena_printf(p->a, "%s/schemata", name), "");
}

static int begin(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->a = arena_new();
	snprintf(p->root, sizeof(p->root), "/tmp/tare-resctrl-XXXXXX");
	assert_non_null(mkdtemp(p->root));
	assert_int_equal(mkdir(below(p, "info"), 0700), 0);
	assert_int_equal(mkdir(below(p, "info/L3"), 0700), 0);
	file(p, "info/last_cmd_status", "unknown schema\n");
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct place *p = *state;
	struct err e;

	fs_remove_tree(AT_FDCWD, p->root, &e);
	arena_free(p->a);
	free(p);
	return 0;
}

static void only_what_the_processor_has(void **state)
{
	struct place *p = *state;
	struct oci_intel_rdt l3 = { .l3_cache_schema = "L3:0=f" },
			     mb = { .mem_bw_schema = "MB:0=20" };
	struct err e;

	assert_int_equal(resctrl_check(p->root, &l3, &e), 0);
	assert_int_equal(resctrl_check(p->root, &mb, &e), -1);
	assert_string_equal(e.msg,
		"intelRdt.memBwSchema is specified in config, but Intel RDT/MBA is not enabled");
}

static void a_named_class_is_taken_and_left(void **state)
{
	struct place *p = *state;
	const char *more[] = { "L2:0=3" };
	struct oci_intel_rdt r = { .clos_id = "gold",
		.l3_cache_schema = "L3:0=f",
		.mem_bw_schema = "MB:0=20",
		.schemata = { more, 1 } };
	struct resctrl made;
	struct err e;

	clos(p, "gold");
	assert_int_equal(resctrl_apply(p->a, p->root, &r, "c1", 42, &made, &e), 0);
	assert_string_equal(content(p, "gold/tasks"), "42");
	assert_string_equal(content(p, "gold/schemata"), "L3:0=f\nMB:0=20\nL2:0=3");
	assert_false(made.made_clos);
	assert_int_equal(resctrl_join(&made, 43, &e), 0);
	assert_string_equal(content(p, "gold/tasks"), "43");
	assert_int_equal(resctrl_remove(&made, &e), 0);
	assert_int_equal(access(below(p, "gold"), F_OK), 0);
}

static void a_named_class_without_schema_must_be_there(void **state)
{
	struct place *p = *state;
	struct oci_intel_rdt r = { .clos_id = "none" };
	struct resctrl made;
	struct err e;

	assert_int_equal(resctrl_apply(p->a, p->root, &r, "c1", 42, &made, &e), -1);
	assert_non_null(strstr(e.msg,
		"clos dir not accessible (must be pre-created when schemata, l3CacheSchema and memBwSchema are empty)"));
	assert_non_null(strstr(e.msg, ", last_cmd_status: unknown schema"));
}

/* Here nothing appears in a new directory, so the write fails: as it does for a schema the kernel dislikes. */
static void a_failure_leaves_no_class(void **state)
{
	struct place *p = *state;
	struct oci_intel_rdt r = { .l3_cache_schema = "L3:0=f" };
	struct resctrl made;
	struct err e;

	assert_int_equal(resctrl_apply(p->a, p->root, &r, "c1", 42, &made, &e), -1);
	assert_non_null(strstr(e.msg, "intelrdt: unable to write schemata"));
	assert_int_equal(access(below(p, "c1"), F_OK), -1);
	assert_null(made.clos);
}

static void monitoring_is_a_group_of_its_own(void **state)
{
	struct place *p = *state;
	struct oci_intel_rdt r = { .clos_id = "/", .enable_monitoring = true };
	struct resctrl made;
	struct err e;

	file(p, "tasks", "");
	assert_int_equal(mkdir(below(p, "mon_groups"), 0700), 0);
	assert_int_equal(mkdir(below(p, "mon_groups/c1"), 0700), 0);
	file(p, "mon_groups/c1/tasks", "");
	assert_int_equal(resctrl_apply(p->a, p->root, &r, "c1", 42, &made, &e), 0);
	assert_string_equal(content(p, "tasks"), "42");
	assert_string_equal(content(p, "mon_groups/c1/tasks"), "42");
	assert_string_equal(made.monitoring, below(p, "mon_groups/c1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_the_processor_has, begin, end),
		cmocka_unit_test_setup_teardown(a_named_class_is_taken_and_left, begin, end),
		cmocka_unit_test_setup_teardown(
			a_named_class_without_schema_must_be_there, begin, end),
		cmocka_unit_test_setup_teardown(a_failure_leaves_no_class, begin, end),
		cmocka_unit_test_setup_teardown(monitoring_is_a_group_of_its_own, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
