/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that is about to take its label meets in a hostile container: labelctl [SOURCE] binds SOURCE over the
 * file of its label, asks for the label "x" and prints what became of it and of its own name, which the label
 * would have replaced if SOURCE was /proc/self/comm. Needs a mount namespace of its own, and no security module.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sys/lsm.h"

int main(int argc, char **argv)
{
	struct err e = { 0 };
	char name[16] = "";

	if (argc > 1 && mount(argv[1], "/proc/thread-self/attr/exec", NULL, MS_BIND, NULL)) {
		perror("mount");
		return 1;
	}
	int rc = lsm_selinux_on_exec("x", &e);
	prctl(PR_GET_NAME, name);
	printf("%s, %s\n", name, rc ? e.msg : "written");
	fflush(stdout);
	_exit(0); /* exit(3) would have a leak checker look for a /proc that is none */
}
