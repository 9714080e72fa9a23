/* SPDX-License-Identifier: Apache-2.0 */
/* exec.fifo: both ends meet, and a starter never waits for the dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/fifo.h"

static char path[] = "/tmp/tare-unit-fifo-XXXXXX";
static int dir = -1, fifo = -1;
static int alive, dead; /* stand for pidfds: readable when the process has ended */

static int make_dir(void **state)
{
	if (!mkdtemp(path))
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	alive = eventfd(0, EFD_CLOEXEC);
	dead = eventfd(1, EFD_CLOEXEC);
	return dir < 0;
}

static int remove_dir(void **state)
{
	close(dir);
	close(alive);
	close(dead);
	return rmdir(path);
}

static void *stand(void *arg)
{
	static struct err e;

	return fifo_stand(fifo, &e) ? &e : NULL;
}

static void init_goes_when_it_is_let_go(void **state)
{
	pthread_t init;
	void *failed;
	struct err e;

	assert_int_equal(fifo_make(dir, &fifo, &e), 0);
	assert_int_equal(pthread_create(&init, NULL, stand, NULL), 0);
	assert_int_equal(pthread_tryjoin_np(init, &failed), EBUSY);
	assert_int_equal(fifo_release(dir, alive, &e), 0);
	pthread_join(init, &failed);
	assert_null(failed);
	close(fifo);
	assert_int_equal(faccessat(dir, FIFO_NAME, F_OK, 0), -1);
}

static void the_second_starter_is_late(void **state)
{
	struct err e;

	assert_int_equal(fifo_release(dir, alive, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.msg, "cannot start an already running container");
}

static void a_dead_init_is_not_waited_for(void **state)
{
	struct err e;

	assert_int_equal(fifo_make(dir, &fifo, &e), 0);
	close(fifo); /* as its end does */
	assert_int_equal(fifo_release(dir, dead, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	unlinkat(dir, FIFO_NAME, 0);
}

static void nobody_else_may_open_it(void **state)
{
	struct stat st;
	struct err e;

	assert_int_equal(fifo_make(dir, &fifo, &e), 0);
	close(fifo);
	assert_int_equal(fstatat(dir, FIFO_NAME, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFIFO | 0600);
	unlinkat(dir, FIFO_NAME, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_goes_when_it_is_let_go),
		cmocka_unit_test(the_second_starter_is_late),
		cmocka_unit_test(a_dead_init_is_not_waited_for),
		cmocka_unit_test(nobody_else_may_open_it),
	};
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
