/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles resolved, compiled, run (in a small interpreter: no rights, no filter on the test itself) and cached. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
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
#include "sys/caps.h"
#include "sys/seccomp.h"
#include "sys/seccomp_profile.h"

/* What the kernel would answer: SECCOMP_RET_*. */
static uint32_t evaluate(const struct seccomp_program *p, const struct seccomp_data *data)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < p->n; pc++) {
		const struct sock_filter *i = &p->v[pc];
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&acc, (const char *)data + i->k, 4);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			acc &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += acc == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			pc += acc > i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			pc += acc >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %x", i->code);
		}
	}
	fail_msg("ran off the end");
	return 0;
}

static uint32_t call(const struct seccomp_program *p, int nr, uint64_t arg0)
{
	struct seccomp_data d = { .nr = nr, .arch = AUDIT_ARCH_X86_64, .args = { arg0 } };

	return evaluate(p, &d);
}

static uint32_t call_name(const struct seccomp_program *p, const char *name, uint64_t arg0)
{
	return call(p, seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, name), arg0);
}

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define CAP(n)	 (UINT64_C(1) << caps_find(n))

static const struct seccomp_target amd64 = { .arch = "amd64", .kernel = 6, .major = 1 };

static void compile_default(uint64_t caps, struct seccomp_program *out)
{
	own_arena a = arena_new();
	struct seccomp_target t = amd64;
	struct oci_seccomp s;
	struct err e;

	t.caps = caps;
	assert_int_equal(seccomp_profile_resolve(a, seccomp_profile_default(), &t, &s, &e), 0);
	if (seccomp_compile(&s, out, &e))
		fail_msg("%s", e.msg);
}

static void the_default_profile_allows_dockers_set(void **state)
{
	struct seccomp_program p;

	compile_default(caps_docker_default(), &p);
	assert_int_equal(call_name(&p, "execve", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "openat", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "arch_prctl", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "chroot", 0),
		SECCOMP_RET_ALLOW); /* CAP_SYS_CHROOT is a default one */
	assert_int_equal(call_name(&p, "ptrace", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "mount", 0), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "unshare", 0), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "setns", 0), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "bpf", 0), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "keyctl", 0), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "io_uring_setup", 0), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "clone3", 0), ERRNO(ENOSYS));
	assert_int_equal(call_name(&p, "socket", 2), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "socket", 40), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "personality", 8), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "personality", 9), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "personality", 0xffffffff), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "clone", 0x11), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "clone", 0x10000011), ERRNO(EPERM)); /* CLONE_NEWUSER */
	seccomp_program_done(&p);
}

static void capabilities_open_more(void **state)
{
	struct seccomp_program p;

	compile_default(caps_docker_default() | CAP("SYS_ADMIN") | CAP("SYS_TIME"), &p);
	assert_int_equal(call_name(&p, "mount", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "clone", 0x10000011), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "clone3", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "settimeofday", 0), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "reboot", 0), ERRNO(EPERM));
	seccomp_program_done(&p);
	compile_default(0, &p);
	assert_int_equal(call_name(&p, "chroot", 0), ERRNO(EPERM));
	seccomp_program_done(&p);
}

/* a libc that tries something newer than the profile falls back on ENOSYS, not on EPERM */
static void calls_newer_than_the_profile_do_not_exist(void **state)
{
	struct seccomp_program p;
	struct seccomp_data i386 = { .nr = 100000, .arch = AUDIT_ARCH_I386 };
	struct seccomp_data x32 = { .nr = 0x40000000 | 100000, .arch = AUDIT_ARCH_X86_64 };
	struct seccomp_data arm = { .nr = 1, .arch = AUDIT_ARCH_AARCH64 };

	compile_default(caps_docker_default(), &p);
	assert_int_equal(call(&p, 100000, 0), ERRNO(ENOSYS));
	assert_int_equal(evaluate(&p, &i386), ERRNO(ENOSYS));
	assert_int_equal(evaluate(&p, &x32), ERRNO(ENOSYS));
	i386.nr = 11; /* execve */
	assert_int_equal(evaluate(&p, &i386), SECCOMP_RET_ALLOW);
	i386.nr = 21; /* mount */
	assert_int_equal(evaluate(&p, &i386), ERRNO(EPERM));
	x32.nr = 0x40000000 | 257; /* openat */
	assert_int_equal(evaluate(&p, &x32), SECCOMP_RET_ALLOW);
	assert_int_equal(
		evaluate(&p, &arm), SECCOMP_RET_KILL_THREAD); /* an architecture nobody listed */
	seccomp_program_done(&p);
}

static int compile_text(const char *text, struct seccomp_program *p, struct err *e)
{
	own_arena a = arena_new();
	char *t = arena_strdup(a, text);

	for (char *q = t; (q = strchr(q, '\'')); q++)
		*q = '"';
	return seccomp_get(-1, t, p, e);
}

static void all_actions_and_operators_compile(void **state)
{
	struct seccomp_program p;
	struct err e;

	assert_int_equal(
		compile_text(
			"{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
			"{'names':['getpid'],'action':'SCMP_ACT_KILL_PROCESS'},"
			"{'names':['getppid'],'action':'SCMP_ACT_KILL'},"
			"{'names':['getuid'],'action':'SCMP_ACT_TRAP'},"
			"{'names':['getgid'],'action':'SCMP_ACT_ERRNO','errnoRet':7},"
			"{'names':['geteuid'],'action':'SCMP_ACT_TRACE','errnoRet':9},"
			"{'names':['getegid'],'action':'SCMP_ACT_LOG'},"
			"{'names':['gettid'],'action':'SCMP_ACT_NOTIFY'},"
			"{'names':['no_such_call'],'action':'SCMP_ACT_KILL'},"
			"{'names':['close'],'action':'SCMP_ACT_ERRNO','args':[{'index':0,'value':5,'op':"
			"'SCMP_CMP_GE'},{'index':1,'value':255,'valueTwo':3,'op':'SCMP_CMP_MASKED_EQ'}]},"
			/* one argument twice: either */
			"{'names':['dup'],'action':'SCMP_ACT_ERRNO','args':[{'index':0,'value':1,'op':"
			"'SCMP_CMP_EQ'},{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]}]}",
			&p, &e),
		0);
	assert_int_equal(call_name(&p, "getpid", 0), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(call_name(&p, "getppid", 0), SECCOMP_RET_KILL_THREAD);
	assert_int_equal(call_name(&p, "getuid", 0), SECCOMP_RET_TRAP);
	assert_int_equal(call_name(&p, "getgid", 0), ERRNO(7));
	assert_int_equal(call_name(&p, "geteuid", 0), SECCOMP_RET_TRACE | 9);
	assert_int_equal(call_name(&p, "getegid", 0), SECCOMP_RET_LOG);
	assert_int_equal(call_name(&p, "gettid", 0), SECCOMP_RET_USER_NOTIF);
	assert_true(p.notify);
	struct seccomp_data d = { .nr = 3, .arch = AUDIT_ARCH_X86_64, .args = { 5, 0x103 } };
	assert_int_equal(evaluate(&p, &d), ERRNO(EPERM));
	d.args[1] = 4;
	assert_int_equal(evaluate(&p, &d), SECCOMP_RET_ALLOW);
	assert_int_equal(call_name(&p, "dup", 1), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "dup", 2), ERRNO(EPERM));
	assert_int_equal(call_name(&p, "dup", 3), SECCOMP_RET_ALLOW);
	seccomp_program_done(&p);
}

static void wrong_profiles_are_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "{'defaultAction':'X'}", "string X is not a valid action for seccomp" },
		{ "{'defaultAction':'','syscalls':[{'names':['dup'],'action':'SCMP_ACT_ALLOW'}]}",
			"string  is not a valid action for seccomp" },
		{ "{'defaultAction':'SCMP_ACT_NOTIFY'}",
			"SCMP_ACT_NOTIFY cannot be used as default action" },
		{ "{'defaultAction':'SCMP_ACT_KILL','architectures':['x']}",
			"string x is not a valid arch for seccomp" },
		{ "{'defaultAction':'SCMP_ACT_KILL','flags':['x']}",
			"seccomp flag \"x\" not known to runc" },
		{ "{'defaultAction':'SCMP_ACT_KILL','syscalls':[{'names':['write'],'action':'SCMP_ACT_NOTIFY'}]}",
			"SCMP_ACT_NOTIFY cannot be used for the write syscall" },
		{ "{'defaultAction':'SCMP_ACT_KILL','syscalls':[{'names':['dup'],'action':'SCMP_ACT_ALLOW','args':"
		  "[{'index':6,'op':'SCMP_CMP_EQ'}]}]}",
			"seccomp: a system call has only 6 arguments" },
		{ "{'defaultAction':'SCMP_ACT_KILL','syscalls':[{'names':['dup'],'action':'SCMP_ACT_ALLOW','args':"
		  "[{'index':1,'op':'x'}]}]}",
			"string x is not a valid operator for seccomp" },
	};
	struct seccomp_program p;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(compile_text(rows[i].text, &p, &e), -1);
		assert_string_equal(e.msg, rows[i].message);
	}
}

static void an_empty_profile_is_none(void **state)
{
	struct seccomp_program p;
	struct err e;
	int listener = 7;

	assert_int_equal(compile_text("{}", &p, &e), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(seccomp_install(&p, &listener, &e), 0);
	assert_int_equal(listener, -1);
}

static int resolve(struct arena *a, const char *text, struct oci_seccomp *out, struct err *e)
{
	char *t = arena_strdup(a, text);

	for (char *q = t; (q = strchr(q, '\'')); q++)
		*q = '"';
	return seccomp_profile_resolve(a, t, &amd64, out, e);
}

static void conditions_choose_rules(void **state)
{
	own_arena a = arena_new();
	struct oci_seccomp s;
	struct err e;

	assert_int_equal(
		resolve(a,
			"{'defaultAction':'SCMP_ACT_ERRNO','archMap':[{'architecture':'SCMP_ARCH_AARCH64'},"
			"{'architecture':'SCMP_ARCH_X86_64','subArchitectures':['SCMP_ARCH_X86']}],'syscalls':["
			"{'name':'a','action':'SCMP_ACT_ALLOW','includes':{'arches':['amd64']}},"
			"{'names':['b'],'action':'SCMP_ACT_ALLOW','includes':{'arches':['arm64']}},"
			"{'names':['c'],'action':'SCMP_ACT_ALLOW','excludes':{'arches':['amd64']}},"
			"{'names':['d'],'action':'SCMP_ACT_ALLOW','includes':{'minKernel':'6.1'}},"
			"{'names':['e'],'action':'SCMP_ACT_ALLOW','includes':{'minKernel':'6.2'}},"
			"{'names':['f'],'action':'SCMP_ACT_ALLOW','excludes':{'minKernel':'4.8'}},"
			"{'names':['g'],'action':'SCMP_ACT_ALLOW','includes':{'caps':['CAP_SYS_ADMIN']}},"
			"{'names':['h'],'action':'SCMP_ACT_LOG','excludes':{'caps':['CAP_SYS_ADMIN']}},"
			"{'names':['i','a'],'action':'SCMP_ACT_ALLOW','comment':'x','includes':{},'excludes':{}}]}",
			&s, &e),
		0);
	assert_int_equal(s.architectures.n, 2);
	assert_string_equal(s.architectures.v[1], "SCMP_ARCH_X86");
	/* rules that do the same are one */
	assert_int_equal(s.syscalls.n, 2);
	assert_int_equal(s.syscalls.v[0].names.n, 3);
	assert_string_equal(s.syscalls.v[0].names.v[0], "a");
	assert_string_equal(s.syscalls.v[0].names.v[1], "d");
	assert_string_equal(s.syscalls.v[0].names.v[2], "i");
	assert_string_equal(s.syscalls.v[1].names.v[0], "h");
}

static void contradictory_profiles_are_refused(void **state)
{
	own_arena a = arena_new();
	struct oci_seccomp s;
	struct err e;

	assert_int_equal(
		resolve(a, "{'architectures':['x'],'archMap':[{'architecture':'y'}]}", &s, &e), -1);
	assert_string_equal(e.msg,
		"both 'architectures' and 'archMap' are specified in the seccomp profile, use either "
		"'architectures' or 'archMap'");
	assert_int_equal(resolve(a, "{'syscalls':[{'name':'a','names':['b']}]}", &s, &e), -1);
	assert_string_equal(e.msg,
		"both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'");
	assert_int_equal(resolve(a, "{", &s, &e), -1);
	assert_int_equal(
		resolve(a, "{'syscalls':[{'names':['b'],'includes':{'minKernel':'x'}}]}", &s, &e),
		-1);
}

/* feature row K2 */
static void the_default_profile_has_dockers_numbers(void **state)
{
	own_arena a = arena_new();
	struct seccomp_target t = {
		.arch = "ppc64", .kernel = 3, .major = 0, .caps = CAP("SYS_ADMIN")
	};
	struct oci_seccomp s;
	struct err e;

	assert_int_equal(seccomp_profile_resolve(a, seccomp_profile_default(), &t, &s, &e), 0);
	assert_string_equal(s.default_action, "SCMP_ACT_ERRNO");
	assert_int_equal(*s.default_errno_ret, 1);
	/* 361 for everybody, and 26 with CAP_SYS_ADMIN */
	assert_int_equal(s.syscalls.v[0].names.n, 361 + 26);
	/* beside them: socket, and personality five times */
	assert_int_equal(s.syscalls.n, 1 + 1 + 5);
}

struct cache {
	char path[64];
	int fd;
};

static int cache_setup(void **state)
{
	struct cache *c = calloc(1, sizeof(*c));

	snprintf(c->path, sizeof(c->path), "/tmp/tare-unit-XXXXXX");
	*state = c;
	if (!mkdtemp(c->path))
		return -1;
	c->fd = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c->fd < 0;
}

static int cache_teardown(void **state)
{
	struct cache *c = *state;
	struct err e;

	close(c->fd);
	fs_remove_tree(AT_FDCWD, c->path, &e);
	free(c);
	return 0;
}

static const char small[] =
	"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\",\"syscalls\":[{"
	"\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}";

static char *only_file(const struct cache *c, char out[256])
{
	own_dir d = opendir(c->path);

	*out = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			snprintf(out, 256, "%s", e->d_name);
	return out;
}

static void a_second_look_finds_the_same_program(void **state)
{
	struct cache *c = *state;
	struct seccomp_program first, second;
	struct err e;
	char name[256];
	struct stat st;

	assert_int_equal(seccomp_get(c->fd, small, &first, &e), 0);
	assert_int_equal(fstatat(c->fd, only_file(c, name), &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(seccomp_get(c->fd, small, &second, &e), 0);
	/* it lies in the file, which is larger than the program */
	assert_true(
		second.memory_size == (size_t)st.st_size && first.memory_size < second.memory_size);
	assert_int_equal(first.n, second.n);
	assert_memory_equal(first.v, second.v, first.n * sizeof(*first.v));
	assert_int_equal(first.flags, second.flags);
	assert_true(second.notify);
	assert_string_equal(second.listener_path, "/l");
	assert_null(second.listener_metadata);
	seccomp_program_done(&first);
	seccomp_program_done(&second);
}

/* Whether the entry as it lies there is taken for text. */
static bool is_hit(const struct cache *c, const char *text)
{
	struct seccomp_program p;
	struct err e;
	char name[256];
	struct stat st;

	assert_int_equal(fstatat(c->fd, only_file(c, name), &st, 0), 0);
	assert_int_equal(seccomp_get(c->fd, text, &p, &e), 0);
	bool hit = p.memory_size == (size_t)st.st_size;
	assert_int_equal(call_name(&p, "getpid", 0), SECCOMP_RET_USER_NOTIF);
	seccomp_program_done(&p);
	return hit;
}

static void damage(const struct cache *c, off_t at, char byte)
{
	char name[256];
	own_fd fd = openat(c->fd, only_file(c, name), O_WRONLY | O_CLOEXEC);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, &byte, 1, at < 0 ? st.st_size + at : at), 1);
}

static void a_damaged_entry_is_made_again(void **state)
{
	static const off_t places[] = { 0, 20, 60, 200, -1, -8 };
	struct cache *c = *state;
	struct seccomp_program p;
	struct err e;
	char name[256];

	assert_int_equal(seccomp_get(c->fd, small, &p, &e), 0);
	seccomp_program_done(&p);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		assert_true(is_hit(c, small));
		damage(c, places[i], '\x5a');
		assert_false(is_hit(c, small));
	}
	assert_true(is_hit(c, small));
	own_fd fd = openat(c->fd, only_file(c, name), O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_false(is_hit(c, small));
}

/* the name a file lies under proves nothing: its text is compared */
static void an_entry_of_another_text_is_no_hit(void **state)
{
	struct cache *c = *state;
	struct seccomp_program p;
	struct err e;
	char mine[256], other[256];
	static const char allow[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}";

	assert_int_equal(seccomp_get(c->fd, small, &p, &e), 0);
	seccomp_program_done(&p);
	only_file(c, mine);
	assert_int_equal(unlinkat(c->fd, mine, 0), 0);
	assert_int_equal(seccomp_get(c->fd, allow, &p, &e), 0);
	seccomp_program_done(&p);
	only_file(c, other);
	/* as if both had the same hash */
	assert_int_equal(renameat(c->fd, other, c->fd, mine), 0);
	assert_int_equal(seccomp_get(c->fd, small, &p, &e), 0);
	assert_int_equal(call_name(&p, "getpid", 0), SECCOMP_RET_USER_NOTIF);
	seccomp_program_done(&p);
}

static void a_directory_others_may_write_is_not_used(void **state)
{
	struct cache *c = *state;
	struct seccomp_program p;
	struct err e;
	char name[256];

	assert_int_equal(fchmod(c->fd, 0770), 0);
	assert_int_equal(seccomp_get(c->fd, small, &p, &e), 0);
	seccomp_program_done(&p);
	assert_string_equal(only_file(c, name), "");
	assert_int_equal(fchmod(c->fd, 0700), 0);
	assert_int_equal(seccomp_get(c->fd, small, &p, &e), 0);
	seccomp_program_done(&p);
	assert_int_equal(fchmodat(c->fd, only_file(c, name), 0620, 0), 0);
	assert_false(is_hit(c, small));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_profile_allows_dockers_set),
		cmocka_unit_test(capabilities_open_more),
		cmocka_unit_test(calls_newer_than_the_profile_do_not_exist),
		cmocka_unit_test(all_actions_and_operators_compile),
		cmocka_unit_test(wrong_profiles_are_refused),
		cmocka_unit_test(an_empty_profile_is_none),
		cmocka_unit_test(conditions_choose_rules),
		cmocka_unit_test(contradictory_profiles_are_refused),
		cmocka_unit_test(the_default_profile_has_dockers_numbers),
		cmocka_unit_test_setup_teardown(
			a_second_look_finds_the_same_program, cache_setup, cache_teardown),
		cmocka_unit_test_setup_teardown(
			a_damaged_entry_is_made_again, cache_setup, cache_teardown),
		cmocka_unit_test_setup_teardown(
			an_entry_of_another_text_is_no_hit, cache_setup, cache_teardown),
		cmocka_unit_test_setup_teardown(
			a_directory_others_may_write_is_not_used, cache_setup, cache_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
