/* SPDX-License-Identifier: Apache-2.0 */
/* The spec's names for actions, operators, architectures and flags, and what they are called below. */
#include <ctype.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/slice.h"
#include "sys/seccomp_int.h"

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const char *const action_names[] = { "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL",
	"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
	"SCMP_ACT_TRACE", "SCMP_ACT_TRAP", NULL };

static const char *const operator_names[] = { "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
	"SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE", NULL };

static const enum scmp_compare operators[] = { SCMP_CMP_EQ, SCMP_CMP_GE, SCMP_CMP_GT, SCMP_CMP_LE,
	SCMP_CMP_LT, SCMP_CMP_MASKED_EQ, SCMP_CMP_NE };

/* libseccomp knows them without the prefix and in lower case. */
static const char *const arch_names[] = { "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC",
	"SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390",
	"SCMP_ARCH_S390X", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64", NULL };

static const char *const flag_names[] = { "SECCOMP_FILTER_FLAG_LOG",
	"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
	"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL };

static const unsigned flags[] = { SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV };

const char *const *seccomp_action_names(void)
{
	return action_names;
}

const char *const *seccomp_operator_names(void)
{
	return operator_names;
}

const char *const *seccomp_arch_names(void)
{
	return arch_names;
}

const char *const *seccomp_flag_names(void)
{
	return flag_names;
}

static int find(const char *const *names, const char *name)
{
	for (int i = 0; name && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int seccomp_action_find(const char *name, uint32_t errno_ret, uint32_t *out, struct err *e)
{
	const uint32_t actions[] = { SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(errno_ret),
		SCMP_ACT_KILL_THREAD, SCMP_ACT_KILL_PROCESS, SCMP_ACT_KILL_THREAD, SCMP_ACT_LOG,
		SCMP_ACT_NOTIFY, SCMP_ACT_TRACE(errno_ret), SCMP_ACT_TRAP };
	int i = find(action_names, name);

	*out = i < 0 ? 0 : actions[i];
	if (i < 0)
		return err_set(e, ERR_INVALID, "string %s is not a valid action for seccomp",
			name ? name : "");
	return 0;
}

int seccomp_operator_find(const char *name, int *out, struct err *e)
{
	int i = find(operator_names, name);

	*out = i < 0 ? 0 : (int)operators[i];
	if (i < 0)
		return err_set(e, ERR_INVALID, "string %s is not a valid operator for seccomp",
			name ? name : "");
	return 0;
}

int seccomp_arch_find(const char *name, uint32_t *out, struct err *e)
{
	char plain[32] = "";

	*out = 0;
	if (find(arch_names, name) >= 0)
		for (size_t i = 0; name[10 + i] && i + 1 < sizeof(plain); i++)
			plain[i] = (char)tolower((unsigned char)name[10 + i]);
	*out = *plain ? seccomp_arch_resolve_name(plain) : 0;
	if (*out == 0)
		return err_set(e, ERR_INVALID, "string %s is not a valid arch for seccomp",
			name ? name : "");
	return 0;
}

unsigned seccomp_flag_find(const char *name)
{
	int i = find(flag_names, name);

	return i < 0 ? 0 : flags[i];
}

unsigned seccomp_supported_flags(void)
{
	unsigned supported = 0;

	/* With a known flag the kernel gets as far as reading the program at address 0. */
	for (size_t i = 0; i < LENGTH(flags); i++) {
		/* Waiting killably makes sense, and is taken, only together with a listener. */
		unsigned with = flags[i] == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
					? SECCOMP_FILTER_FLAG_NEW_LISTENER
					: 0;
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags[i] | with, NULL) < 0 &&
			errno == EFAULT)
			supported |= flags[i];
	}
	return supported;
}
