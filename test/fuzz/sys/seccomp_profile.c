/* SPDX-License-Identifier: Apache-2.0 */
/* A profile a user gives: resolved for this machine and, when that works, compiled. */
#include <stdint.h>
#include <string.h>

#include "sys/seccomp.h"
#include "sys/seccomp_profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	struct seccomp_target t = { .caps = 0xa80425fb, .arch = "amd64", .kernel = 6, .major = 1 };
	struct seccomp_program p;
	struct oci_seccomp s;
	struct err e;

	if (seccomp_profile_resolve(a, text, &t, &s, &e) == 0 && seccomp_compile(&s, &p, &e) == 0)
		seccomp_program_done(&p);
	if (seccomp_get(-1, text, &p, &e) == 0)
		seccomp_program_done(&p);
	return 0;
}
