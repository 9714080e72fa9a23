/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's entry point on x86-64, before libc's own: when this call will enter a container and is not yet
 * executed from where a container cannot write (seal.c tells why), it does so at once, by system calls alone. libc's
 * start would be paid twice otherwise, and on virtual machines it is the dearest part of a static program:
 * it asks for dozens of CPUID leaves, each of which traps to the hypervisor (0.35 ms here).
 *
 * Whatever does not work out is left to seal_self, which runs later and knows the other way. No libc function and
 * no stack protector may be used here: there is no thread area yet.
 */
#if defined(__x86_64__)

#include <elf.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <sys/syscall.h>

#define EARLY __attribute__((no_stack_protector, noinline))

EARLY static long call(long number, long a, const void *b, long c, const void *d, long f)
{
	register long r10 __asm__("r10") = (long)d;
	register long r8 __asm__("r8") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

/* How many leading characters both share. */
EARLY static long common(const char *a, const char *b)
{
	long n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

EARLY static bool is_word(const char *s, const char *word)
{
	long n = common(s, word);

	return !s[n] && !word[n];
}

/* A container of such a name costs that call 0.1 ms: cheaper than reading all options here. */
EARLY static bool enters_container(char *const *argv)
{
	for (; *argv; argv++)
		if (is_word(*argv, "create") || is_word(*argv, "run") || is_word(*argv, "exec"))
			return true;
	return false;
}

/* As for is_sealed in seal.c: executed by descriptor, the kernel says so. */
EARLY static bool was_executed_by_fd(const Elf64_auxv_t *auxv)
{
	for (; auxv->a_type != AT_NULL; auxv++)
		if (auxv->a_type == AT_EXECFN)
			return common((const char *)auxv->a_un.a_val, "/dev/fd/") == 8;
	return true; /* strange: leave it alone */
}

/* stack is what the kernel left: argc, argv, NULL, envp, NULL, auxv. */
EARLY __attribute__((used)) static void early_seal(const long *stack)
{
	const struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	char *const *argv = (char *const *)(stack + 1);
	char *const *env = argv + stack[0] + 1;
	char *const *end = env;

	while (*end)
		end++;
	if (!enters_container(argv) || was_executed_by_fd((const Elf64_auxv_t *)(end + 1)))
		return;
	long fd = call(SYS_open_tree, AT_FDCWD, "/proc/self/exe",
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, NULL, 0);
	if (fd < 0)
		return;
	if (call(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) == 0)
		call(SYS_execveat, fd, "", (long)argv, env, AT_EMPTY_PATH);
	call(SYS_close, fd, NULL, 0, NULL, 0);
}

/* rdx is for _start as well (the ABI's function to run at exit). */
__asm__(".text\n"
	".globl tare_runtime_entry\n"
	".type tare_runtime_entry, @function\n"
	"tare_runtime_entry:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rbx\n"
	"	mov %rdx, %r12\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call early_seal\n"
	"	mov %r12, %rdx\n"
	"	mov %rbx, %rsp\n"
	"	jmp _start\n"
	".size tare_runtime_entry, . - tare_runtime_entry\n");

#endif
