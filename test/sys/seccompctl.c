/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys/seccomp.h as a command, for seccomp.bats:
 *	seccompctl text [CAP…]           linux.seccomp of the default profile for these capabilities
 *	seccompctl time CACHE < TEXT     microseconds of a compilation, a store, a hit, and the program's size
 *	seccompctl run CACHE COMMAND…    < TEXT: executes the command under the program
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "sys/caps.h"
#include "sys/seccomp.h"
#include "sys/seccomp_profile.h"

#define TURNS 20

static int print_text(int n, char **caps, struct err *e)
{
	own_arena a = arena_new();
	struct seccomp_target t;
	uint64_t mask = n ? 0 : caps_docker_default();

	for (int i = 0; i < n; i++)
		mask |= UINT64_C(1) << caps_find(caps[i]);
	seccomp_target_host(mask, &t);
	char *text = seccomp_profile_text(a, seccomp_profile_default(), &t, e);
	return text && puts(text) >= 0 ? 0 : -1;
}

static int64_t microseconds(int dir, const char *text, struct err *e)
{
	struct seccomp_program p;
	int64_t start = clock_monotonic_ns();

	if (seccomp_get(dir, text, &p, e))
		return -1;
	int64_t took = (clock_monotonic_ns() - start) / 1000;
	seccomp_program_done(&p);
	return took;
}

/* The best of some turns: what the machine does beside is not the program's. */
static int64_t best(int dir, const char *text, struct err *e)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < TURNS; i++) {
		int64_t took = microseconds(dir, text, e);
		if (took < 0)
			return -1;
		least = took < least ? took : least;
	}
	return least;
}

static int print_times(int dir, const char *text, struct err *e)
{
	struct seccomp_program p;
	int64_t compile = best(-1, text, e), store = microseconds(dir, text, e),
		hit = best(dir, text, e);

	if (compile < 0 || store < 0 || hit < 0 || seccomp_get(dir, text, &p, e))
		return -1;
	printf("compile %lld\nstore %lld\nhit %lld\ninstructions %zu\ntext %zu\n",
		(long long)compile, (long long)store, (long long)hit, p.n, strlen(text));
	seccomp_program_done(&p);
	return 0;
}

static int run_under(int dir, const char *text, char **argv, struct err *e)
{
	struct seccomp_program p;
	int listener;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "no_new_privs");
	if (seccomp_get(dir, text, &p, e) || seccomp_install(&p, &listener, e))
		return -1;
	execvp(argv[0], argv);
	return err_sys(e, "exec %s", argv[0]);
}

static int run(int argc, char **argv, struct err *e)
{
	static char text[1 << 20];

	if (argc >= 2 && strcmp(argv[1], "text") == 0)
		return print_text(argc - 2, argv + 2, e);
	own_fd dir = argc >= 3 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	ssize_t n = io_read(0, text, sizeof(text) - 1, e);
	if (n < 0)
		return -1;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	if (argc >= 3 && strcmp(argv[1], "time") == 0)
		return print_times(dir, text, e);
	if (argc >= 4 && strcmp(argv[1], "run") == 0)
		return run_under(dir, text, argv + 3, e);
	return err_set(e, ERR_INVALID, "usage: seccompctl text|time|run …");
}

int main(int argc, char **argv)
{
	struct err e;

	if (run(argc, argv, &e) == 0)
		return 0;
	fprintf(stderr, "seccompctl: %s\n", e.msg);
	return 1;
}
