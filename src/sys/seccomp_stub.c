/* SPDX-License-Identifier: Apache-2.0 */
/* The ENOSYS prefix of seccomp programs, in classic BPF (seccomp(2), linux/filter.h). */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "base/slice.h"
#include "sys/seccomp_int.h"

#define X32_BIT	    0x40000000
#define ARCHS_MOST  24
#define NR_OFFSET   offsetof(struct seccomp_data, nr)
#define ARCH_OFFSET offsetof(struct seccomp_data, arch)

struct arch_last {
	uint32_t arch; /* libseccomp's token, which is the kernel's audit number but for x32 */
	int last;      /* the largest system call number the profile names; -1: none */
};

/* The largest number any rule names on this architecture. */
static int last_named(const struct oci_seccomp *p, uint32_t arch)
{
	int last = -1;

	for (size_t i = 0; i < p->syscalls.n; i++)
		for (size_t k = 0; k < p->syscalls.v[i].names.n; k++) {
			int nr = seccomp_syscall_resolve_name_arch(
				arch, p->syscalls.v[i].names.v[k]);
			if (arch == SCMP_ARCH_X32 && nr >= 0)
				nr &= ~X32_BIT;
			if (nr > last)
				last = nr;
		}
	return last;
}

static size_t gather(const struct oci_seccomp *p, struct arch_last *out)
{
	size_t n = 0;
	struct err ignored;

	out[n].arch = seccomp_arch_native();
	out[n].last = last_named(p, out[n].arch);
	n++;
	for (size_t i = 0; i < p->architectures.n && n < ARCHS_MOST; i++) {
		uint32_t arch;
		bool known = false;
		if (seccomp_arch_find(p->architectures.v[i], &arch, &ignored))
			continue;
		for (size_t k = 0; k < n; k++)
			known |= out[k].arch == arch;
		if (!known)
			out[n++] = (struct arch_last){ arch, last_named(p, arch) };
	}
	return n;
}

struct code {
	struct sock_filter *v;
	size_t n, room;
};

static void emit(struct code *c, uint16_t op, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (c->n < c->room)
		c->v[c->n] = (struct sock_filter){ op, jt, jf, k };
	c->n++;
}

#define LOAD   (BPF_LD | BPF_W | BPF_ABS)
#define IF_EQ  (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_GT  (BPF_JMP | BPF_JGT | BPF_K)
#define IF_GE  (BPF_JMP | BPF_JGE | BPF_K)
#define GO     (BPF_JMP | BPF_JA)
#define RETURN (BPF_RET | BPF_K)
#define NOSYS  (SECCOMP_RET_ERRNO | ENOSYS)

/* "if nr > last: ENOSYS, else on to behind the stub" (patched by the caller: GO 0). */
static void emit_limit(struct code *c, uint32_t last)
{
	emit(c, IF_GT, last, 0, 1);
	emit(c, RETURN, NOSYS, 0, 0);
	emit(c, GO, 0, 0, 0);
}

/* One audit architecture; x86-64's numbers from X32_BIT on are those of x32 (last_x32 < 0: not in the profile). */
static void emit_arch(struct code *c, uint32_t audit, int last, int last_x32)
{
	bool has_x32 = last_x32 >= 0;
	uint8_t body = (uint8_t)(1 + 3 + (audit == SCMP_ARCH_X86_64 ? 1 + (has_x32 ? 3 : 1) : 0));

	emit(c, IF_EQ, audit, 0, body);
	emit(c, LOAD, NR_OFFSET, 0, 0);
	if (audit == SCMP_ARCH_X86_64) {
		/* Without x32 in the profile the filter itself refuses these numbers. */
		emit(c, IF_GE, X32_BIT, 0, has_x32 ? 3 : 1);
		if (has_x32)
			emit_limit(c, X32_BIT | (uint32_t)last_x32);
		else
			emit(c, GO, 0, 0, 0);
	}
	emit_limit(c, (uint32_t)last);
}

static bool is_pointless(const struct oci_seccomp *p)
{
	if (p->default_errno_ret && *p->default_errno_ret == ENOSYS)
		return true;
	return str_eq(p->default_action, "SCMP_ACT_ALLOW") ||
	       str_eq(p->default_action, "SCMP_ACT_LOG");
}

size_t seccomp_enosys_stub(const struct oci_seccomp *p, struct sock_filter *out, size_t room)
{
	struct arch_last archs[ARCHS_MOST];
	struct code c = { out, 0, room };
	int last_x32 = -1;

	if (is_pointless(p))
		return 0;
	size_t n = gather(p, archs);
	for (size_t i = 0; i < n; i++)
		if (archs[i].arch == SCMP_ARCH_X32)
			last_x32 = archs[i].last;
	emit(&c, LOAD, ARCH_OFFSET, 0, 0);
	for (size_t i = 0; i < n; i++)
		if (archs[i].arch != SCMP_ARCH_X32 && archs[i].last >= 0)
			emit_arch(&c, archs[i].arch, archs[i].last, last_x32);
	if (c.n == 1 || c.n > room)
		return 0;
	for (size_t i = 0; i < c.n; i++)
		if (out[i].code == GO)
			out[i].k = (uint32_t)(c.n - i - 1);
	return c.n;
}
