/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User, limits, capabilities, system calls. It still reads files: the resolver's and the CAs, at the time of their
 * need; everything else it works with comes by descriptor.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <nss.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "oci/seccomp.h"
#include "sys/caps.h"
#include "sys/seccomp.h"

#define NOBODY	    65534
#define MEMORY_MOST (2ULL << 30) /* mostly stacks and heaps of threads that are never touched */
#define FILES_MOST  1024

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1 /* maps terabytes and reads /proc */
#else
#define IS_SANITIZED 0
#endif

static const char *const allowed[] = { "accept4", "bind", "brk", "clock_gettime", "clock_nanosleep",
	"close", "connect", "epoll_create1", "epoll_ctl", "epoll_wait", "eventfd2", "exit",
	"exit_group", "fcntl", "fstat", "futex", "getpeername", "getpid", "getppid", "getrandom",
	"getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "geteuid", "getgid",
	"getegid", "ioctl", "lseek", "madvise", "mremap", "munmap", "newfstatat", "pipe2", "poll",
	"ppoll", "pread64", "pwrite64", "read", "readv", "recvfrom", "recvmmsg", "recvmsg",
	"restart_syscall", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"sched_getaffinity", "sched_yield", "sendfile", "sendmmsg", "sendmsg", "sendto",
	"set_robust_list", "setsockopt", "shutdown", "socketpair", "splice", "statx", "sysinfo",
	"tgkill", "uname", "write", "writev" };
/* Allowed unless they ask for executable memory. */
static const char *const without_exec[] = { "mmap", "mprotect" };
static const char *const no_call[] = { "clone3" };
static const char *const thread_call[] = { "clone" };
static const char *const open_call[] = { "openat" };
static const char *const socket_call[] = { "socket" };
#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
		CLONE_NEWCGROUP)

#define NAMES(list)                                                     \
	{                                                               \
		(const char **)(list), sizeof(list) / sizeof((list)[0]) \
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

static int filter_calls(struct err *e)
{
	struct oci_seccomp_arg no_exec = {
		.index = 2, .value = PROT_EXEC, .op = "SCMP_CMP_MASKED_EQ"
	};
	struct oci_seccomp_arg thread = { .index = 0,
		.value = CLONE_THREAD | NEW_NAMESPACES,
		.value_two = CLONE_THREAD,
		.op = "SCMP_CMP_MASKED_EQ" };
	struct oci_seccomp_arg reading = { .index = 2,
		.value = O_ACCMODE | O_CREAT | O_TRUNC,
		.value_two = O_RDONLY,
		.op = "SCMP_CMP_MASKED_EQ" };
	struct oci_seccomp_arg families[] = {
		{ .index = 0, .value = AF_INET, .op = "SCMP_CMP_EQ" },
		{ .index = 0, .value = AF_INET6, .op = "SCMP_CMP_EQ" },
		{ .index = 0,
			.value = AF_NETLINK,
			.op = "SCMP_CMP_EQ" }, /* which addresses there are */
	};
	uint32_t enosys = ENOSYS;
	const char *allow = "SCMP_ACT_ALLOW";
	struct oci_seccomp_rule rules[] = {
		{ .names = NAMES(allowed), .action = allow },
		{ .names = NAMES(without_exec), .action = allow, .args = { &no_exec, 1 } },
		{ .names = NAMES(no_call), .action = "SCMP_ACT_ERRNO", .errno_ret = &enosys },
		{ .names = NAMES(thread_call), .action = allow, .args = { &thread, 1 } },
		{ .names = NAMES(open_call), .action = allow, .args = { &reading, 1 } },
		{ .names = NAMES(socket_call), .action = allow, .args = { &families[0], 1 } },
		{ .names = NAMES(socket_call), .action = allow, .args = { &families[1], 1 } },
		{ .names = NAMES(socket_call), .action = allow, .args = { &families[2], 1 } },
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

int confine_secrets(struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return err_sys(e, "forbid dumps");
	return limit(RLIMIT_CORE, 0, e);
}

static int drop_user(struct err *e)
{
	struct caps none = { 0 };

	if (geteuid() != 0)
		return 0;
	if (caps_apply_bounding(&none, e))
		return -1;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		setresuid(NOBODY, NOBODY, NOBODY))
		return err_sys(e, "become nobody");
	return caps_apply(&none, e);
}

int confine_all(struct err *e)
{
	/* Other sources of names are libraries to be loaded, which the filter forbids: those of libc do. */
	__nss_configure_lookup("hosts", "files dns");
	if (limit(RLIMIT_NOFILE, FILES_MOST, e) ||
		(!IS_SANITIZED && limit(RLIMIT_AS, MEMORY_MOST, e)))
		return -1;
	if (drop_user(e))
		return err_in(e, "drop privileges");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "set no_new_privs");
	/* A change of user lifts it. */
	if (confine_secrets(e))
		return -1;
	return IS_SANITIZED ? 0 : filter_calls(e);
}
