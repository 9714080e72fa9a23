/* SPDX-License-Identifier: Apache-2.0 */
/* Mount option strings and what they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "base/slice.h"
#include "sys/mounts.h"

/* "ro,nosuid" as a list. */
static struct mount_opts parsed(struct arena *a, const char *text)
{
	struct str_list l = { 0 };
	struct slice rest = { text, strlen(text) };
	struct mount_opts o;
	struct err e;

	while (rest.n) {
		size_t n = 0;
		while (n < rest.n && rest.p[n] != ' ')
			n++;
		str_list_add(a, &l, arena_strndup(a, rest.p, n));
		rest.p += n + (n < rest.n);
		rest.n -= n + (n < rest.n);
	}
	assert_int_equal(mount_parse_options(a, &l, &o, &e), 0);
	return o;
}

static void attributes_are_set_and_cleared(void **state)
{
	own_arena a = arena_new();
	struct mount_opts o = parsed(a, "ro nosuid nodev noexec");

	assert_true(o.attr_set ==
		    (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
	assert_true(o.attr_clr == 0);
	o = parsed(a, "ro suid rw");
	assert_true(o.attr_set == 0);
	assert_true(o.attr_clr == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY));
	o = parsed(a, "rw ro");
	assert_true(o.attr_set == MOUNT_ATTR_RDONLY && o.attr_clr == 0);
	assert_true(parsed(a, "nosymfollow").attr_set == MOUNT_ATTR_NOSYMFOLLOW);
}

static void recursive_forms_are_kept_apart(void **state)
{
	own_arena a = arena_new();
	struct mount_opts o = parsed(a, "rro rnosuid nodev rexec");

	assert_true(o.rec_set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
	assert_true(o.rec_clr == MOUNT_ATTR_NOEXEC);
	assert_true(o.attr_set == MOUNT_ATTR_NODEV);
}

/* access time is one field of three values, which the kernel wants cleared whole */
static void the_last_word_on_access_times_wins(void **state)
{
	own_arena a = arena_new();
	struct mount_opts o = parsed(a, "noatime strictatime");

	assert_true(o.attr_set == MOUNT_ATTR_STRICTATIME && o.attr_clr == MOUNT_ATTR__ATIME);
	o = parsed(a, "strictatime relatime");
	assert_true(o.attr_set == 0 && o.attr_clr == MOUNT_ATTR__ATIME);
	o = parsed(a, "noatime atime");
	assert_true(o.attr_set == 0 && o.attr_clr == MOUNT_ATTR__ATIME);
	o = parsed(a, "rnoatime");
	assert_true(o.rec_set == MOUNT_ATTR_NOATIME && o.rec_clr == MOUNT_ATTR__ATIME);
	assert_true(parsed(a, "nodiratime").attr_set == MOUNT_ATTR_NODIRATIME);
}

static void binds_and_propagation(void **state)
{
	own_arena a = arena_new();
	struct mount_opts o = parsed(a, "bind rprivate");

	assert_true(o.bind && !o.recursive);
	assert_true(o.propagation == (MS_PRIVATE | MS_REC));
	o = parsed(a, "rbind shared slave");
	assert_true(o.bind && o.recursive && o.propagation == MS_SLAVE);
	assert_true(parsed(a, "remount").remount);
	assert_true(parsed(a, "tmpcopyup").tmpcopyup);
	o = parsed(a, "ridmap");
	assert_true(o.idmap && o.ridmap);
}

static void the_rest_is_the_filesystems(void **state)
{
	own_arena a = arena_new();
	struct mount_opts o = parsed(
		a, "nosuid mode=755 sync size=64k lazytime async defaults rsize=1 newinstance");

	assert_string_equal(o.data, "mode=755,size=64k,rsize=1,newinstance");
	assert_true(o.sb_flags == MS_LAZYTIME);
	assert_null(parsed(a, "ro").data);
}

static void every_name_listed_is_understood(void **state)
{
	own_arena a = arena_new();
	struct str_list names;

	mount_option_names(a, &names);
	assert_true(names.n > 60);
	assert_true(str_list_has(&names, "rro") && str_list_has(&names, "rnosymfollow") &&
		    str_list_has(&names, "tmpcopyup") && str_list_has(&names, "rslave"));
	for (size_t i = 0; i < names.n; i++) {
		assert_null(parsed(a, names.v[i]).data);
		assert_true(i == 0 || strcmp(names.v[i - 1], names.v[i]) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_are_set_and_cleared),
		cmocka_unit_test(recursive_forms_are_kept_apart),
		cmocka_unit_test(the_last_word_on_access_times_wins),
		cmocka_unit_test(binds_and_propagation),
		cmocka_unit_test(the_rest_is_the_filesystems),
		cmocka_unit_test(every_name_listed_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
