/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that is about to take its label meets in a hostile container. labelctl [SOURCE] binds SOURCE over the
 * file of its label, asks for the label "x" and prints what became of it and of its own name, which the label
 * would have replaced if SOURCE was /proc/self/comm. labelctl --try SECONDS prints its thread's directory, then asks again
 * and again while somebody else may cover the file, and prints how often it was opened, how often not, and its name.
 * Needs a mount namespace of its own, and no security module.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "sys/lsm.h"

static _Noreturn void end(void)
{
	fflush(stdout);
	_exit(0); /* exit(3) would have a leak checker look for a /proc that is none */
}

static _Noreturn void try_for(double seconds)
{
	struct err e = { 0 };
	struct timespec begin, t;
	char name[16] = "";
	unsigned long opened = 0, refused = 0;

	printf("/proc/%d/task/%d\n", getpid(), gettid());
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		int rc = lsm_selinux_on_exec("x", &e);
		/* Without SELinux nothing can be written to what was rightly opened. */
		if (rc && strstr(e.msg, "write"))
			opened++;
		else if (rc)
			refused++;
		clock_gettime(CLOCK_MONOTONIC, &t);
	} while ((double)(t.tv_sec - begin.tv_sec) + (double)(t.tv_nsec - begin.tv_nsec) / 1e9 <
		 seconds);
	prctl(PR_GET_NAME, name);
	printf("opened %lu refused %lu %s\n", opened, refused, name);
	end();
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	char name[16] = "";

	if (argc == 3 && strcmp(argv[1], "--try") == 0)
		try_for(strtod(argv[2], NULL));
	if (argc > 1 && mount(argv[1], "/proc/thread-self/attr/exec", NULL, MS_BIND, NULL)) {
		perror("mount");
		return 1;
	}
	int rc = lsm_selinux_on_exec("x", &e);
	prctl(PR_GET_NAME, name);
	printf("%s, %s\n", name, rc ? e.msg : "written");
	end();
}
