/* SPDX-License-Identifier: Apache-2.0 */
/* chroot, rlimits, capabilities, seccomp, in the order in which each still may do its part. */
#include "confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "oci/seccomp.h"
#include "sys/caps.h"
#include "sys/seccomp.h"

/* zstd's window (128 MiB), xz's dictionary (up to 64 MiB and some), buffers and libraries. */
#define MEMORY_MOST (1ULL << 30)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1 /* maps terabytes and reads /proc */
#else
#define IS_SANITIZED 0
#endif

static const char *const allowed[] = {
	"brk",
	"clock_gettime",
	"close",
	"exit",
	"exit_group",
	"faccessat",
	"faccessat2",
	"fchdir",
	"fchmod",
	"fchmodat",
	"fchown",
	"fchownat",
	"fcntl",
	"fgetxattr",
	"fsetxattr",
	"fstat",
	"ftruncate",
	"futex",
	"getdents64",
	"getpid",
	"getrandom",
	"gettid",
	"linkat",
	"lsetxattr",
	"lseek",
	"madvise",
	"mkdirat",
	"mknodat",
	"mremap",
	"munmap",
	"newfstatat",
	"openat",
	"openat2",
	"pread64",
	"pwrite64",
	"read",
	"readlinkat",
	"recvmsg",
	"restart_syscall",
	"rseq",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sendmsg",
	"set_robust_list",
	"splice",
	"statx",
	"symlinkat",
	"tgkill",
	"unlinkat",
	"utimensat",
	"write",
};
/* Allowed unless they ask for executable memory. */
static const char *const without_exec[] = { "mmap", "mprotect" };
/*
 * Threads, but no processes: clone3's flags are out of a filter's sight, so libc is told that there is none, and
 * takes clone.
 */
static const char *const no_call[] = { "clone3" };
static const char *const thread_call[] = { "clone" };
#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
		CLONE_NEWCGROUP)

uint64_t confine_unpack_caps(void)
{
	static const int caps[] = { CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD,
		CAP_SETFCAP, CAP_SYS_ADMIN /* trusted.overlay.opaque */ };
	uint64_t mask = 0;

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		mask |= 1ULL << caps[i];
	return mask;
}

uint64_t confine_pack_caps(bool is_upper)
{
	return 1ULL << CAP_DAC_READ_SEARCH | (is_upper ? 1ULL << CAP_SYS_ADMIN : 0);
}

static int limit(int resource, rlim_t most, struct err *e)
{
	struct rlimit now;

	if (getrlimit(resource, &now))
		return err_sys(e, "read limit %d", resource);
	if (now.rlim_max < most)
		most = now.rlim_max;
	now.rlim_cur = now.rlim_max = most;
	return setrlimit(resource, &now) ? err_sys(e, "set limit %d", resource) : 0;
}

static int drop_caps(uint64_t keep, struct err *e)
{
	struct caps caps = { .bounding = keep, .permitted = keep, .effective = keep };

	return caps_apply_bounding(&caps, e) || caps_apply(&caps, e) ? -1 : 0;
}

static int filter_calls(struct err *e)
{
	struct oci_seccomp_arg no_exec = {
		.index = 2, .value = PROT_EXEC, .op = "SCMP_CMP_MASKED_EQ"
	};
	struct oci_seccomp_arg thread = { .index = 0,
		.value = CLONE_THREAD | NEW_NAMESPACES,
		.value_two = CLONE_THREAD,
		.op = "SCMP_CMP_MASKED_EQ" };
	uint32_t enosys = ENOSYS;
	struct oci_seccomp_rule rules[] = {
		{ .names = { (const char **)allowed, sizeof(allowed) / sizeof(allowed[0]) },
			.action = "SCMP_ACT_ALLOW" },
		{ .names = { (const char **)without_exec, 2 },
			.action = "SCMP_ACT_ALLOW",
			.args = { &no_exec, 1 } },
		{ .names = { (const char **)no_call, 1 },
			.action = "SCMP_ACT_ERRNO",
			.errno_ret = &enosys },
		{ .names = { (const char **)thread_call, 1 },
			.action = "SCMP_ACT_ALLOW",
			.args = { &thread, 1 } },
	};
	struct oci_seccomp policy = { .default_action = "SCMP_ACT_ERRNO",
		.syscalls = { rules, sizeof(rules) / sizeof(rules[0]) } };
	struct seccomp_program program;
	int listener;

	if (seccomp_compile(&policy, &program, e))
		return -1;
	int rc = seccomp_install(&program, &listener, e);
	seccomp_program_done(&program);
	return rc;
}

int confine_to(int dir, uint64_t caps, struct err *e)
{
	if (fchdir(dir) || chroot("."))
		return err_sys(e, "chroot");
	if (limit(RLIMIT_CORE, 0, e) || (!IS_SANITIZED && limit(RLIMIT_AS, MEMORY_MOST, e)))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "set no_new_privs");
	if (drop_caps(caps, e))
		return err_in(e, "drop capabilities");
	return IS_SANITIZED ? 0 : filter_calls(e);
}
