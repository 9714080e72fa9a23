/* SPDX-License-Identifier: Apache-2.0 */
/* From linux.seccomp to classic BPF. libseccomp does the work; what the spec leaves open is done as runc does it. */
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/slice.h"
#include "sys/seccomp_int.h"

#define ARGS_MOST 6

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* libseccomp returns negative errnos. */
static int lib_error(int rc, struct err *e, const char *what)
{
	errno = -rc;
	return err_sys(e, "seccomp: %s", what);
}

static int add_archs(scmp_filter_ctx ctx, const struct oci_seccomp *p, struct err *e)
{
	for (size_t i = 0; i < p->architectures.n; i++) {
		uint32_t arch;
		if (seccomp_arch_find(p->architectures.v[i], &arch, e))
			return -1;
		int rc = seccomp_arch_add(ctx, arch);
		if (rc && rc != -EEXIST)
			return lib_error(rc, e, p->architectures.v[i]);
	}
	return 0;
}

static int read_args(
	const struct oci_seccomp_rule *r, struct scmp_arg_cmp *out, bool *repeated, struct err *e)
{
	unsigned seen = 0;

	*repeated = false;
	for (size_t i = 0; i < r->args.n; i++) {
		const struct oci_seccomp_arg *arg = &r->args.v[i];
		int op;
		if (arg->index >= ARGS_MOST || r->args.n > ARGS_MOST)
			return err_set(e, ERR_INVALID,
				"seccomp: a system call has only %d arguments", ARGS_MOST);
		if (seccomp_operator_find(arg->op, &op, e))
			return -1;
		*repeated |= seen >> arg->index & 1;
		seen |= 1u << arg->index;
		out[i] = (struct scmp_arg_cmp){ arg->index, (enum scmp_compare)op, arg->value,
			arg->value_two };
	}
	return 0;
}

static int add_name(scmp_filter_ctx ctx, const char *name, uint32_t action,
	const struct oci_seccomp_rule *r, struct err *e)
{
	struct scmp_arg_cmp args[ARGS_MOST];
	bool repeated;
	int rc = 0, nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR) /* newer than this libseccomp, or of another architecture */
		return 0;
	if (read_args(r, args, &repeated, e))
		return -1;
	/* Several conditions on one argument are alternatives (Docker's old meaning, kept by runc). */
	for (size_t i = 0; repeated && i < r->args.n && rc == 0; i++)
		rc = seccomp_rule_add_array(ctx, action, nr, 1, &args[i]);
	if (!repeated)
		rc = seccomp_rule_add_array(ctx, action, nr, (unsigned)r->args.n, args);
	return rc ? lib_error(rc, e, name) : 0;
}

static int add_rule(scmp_filter_ctx ctx, const struct oci_seccomp *p,
	const struct oci_seccomp_rule *r, uint32_t dflt, struct err *e)
{
	uint32_t action;

	if (seccomp_action_find(r->action, r->errno_ret ? *r->errno_ret : EPERM, &action, e))
		return -1;
	if (action == dflt) /* libseccomp refuses what changes nothing */
		return 0;
	for (size_t i = 0; i < r->names.n; i++) {
		/* The listener could not even be told about it. */
		if (action == SCMP_ACT_NOTIFY && strcmp(r->names.v[i], "write") == 0)
			return err_set(e, ERR_INVALID,
				"SCMP_ACT_NOTIFY cannot be used for the write syscall");
		if (add_name(ctx, r->names.v[i], action, r, e))
			return -1;
	}
	return 0;
}

static int read_flags(const struct oci_seccomp *p, struct seccomp_program *out, struct err *e)
{
	/* Speculation stays on unless the profile names its flags: runc's default since 1.1. */
	if (!p->flags.v)
		out->flags = seccomp_supported_flags() &
			     seccomp_flag_find("SECCOMP_FILTER_FLAG_SPEC_ALLOW");
	for (size_t i = 0; i < p->flags.n; i++) {
		unsigned flag = seccomp_flag_find(p->flags.v[i]);
		if (!flag)
			return err_set(e, ERR_INVALID, "seccomp flag \"%s\" not known to runc",
				p->flags.v[i]);
		out->flags |= flag;
	}
	return 0;
}

/* Lets libseccomp write the program into a memory file behind the stub, and takes it over. */
static int export(scmp_filter_ctx ctx, const struct oci_seccomp *p, struct seccomp_program *out,
	struct err *e)
{
	struct sock_filter stub[256];
	struct stat st;
	own_fd fd = memfd_create("seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "memfd_create");
	size_t n = seccomp_enosys_stub(p, stub, sizeof(stub) / sizeof(stub[0]));
	if (io_write(fd, stub, n * sizeof(*stub), e))
		return -1;
	int rc = seccomp_export_bpf(ctx, fd);
	if (rc)
		return lib_error(rc, e, "export program");
	if (fstat(fd, &st))
		return err_sys(e, "size of seccomp program");
	out->n = (size_t)st.st_size / sizeof(struct sock_filter);
	if (out->n > SECCOMP_INSNS_MOST)
		return err_set(e, ERR_INVALID,
			"seccomp program of %zu instructions is too long (%d)", out->n,
			SECCOMP_INSNS_MOST);
	out->memory_size = (size_t)st.st_size;
	out->memory = mmap(NULL, out->memory_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (out->memory == MAP_FAILED) {
		out->memory = NULL;
		return err_sys(e, "map seccomp program");
	}
	out->v = out->memory;
	return 0;
}

static bool notifies(const struct oci_seccomp *p)
{
	for (size_t i = 0; i < p->syscalls.n; i++)
		if (str_eq(p->syscalls.v[i].action, "SCMP_ACT_NOTIFY"))
			return true;
	return false;
}

int seccomp_compile(const struct oci_seccomp *p, struct seccomp_program *out, struct err *e)
{
	uint32_t dflt;

	*out = (struct seccomp_program){ .notify = notifies(p) };
	if (seccomp_action_find(p->default_action,
		    p->default_errno_ret ? *p->default_errno_ret : EPERM, &dflt, e))
		return -1;
	if (dflt == SCMP_ACT_NOTIFY)
		return err_set(e, ERR_INVALID, "SCMP_ACT_NOTIFY cannot be used as default action");
	if (read_flags(p, out, e))
		return -1;
	__attribute__((cleanup(release))) scmp_filter_ctx ctx = seccomp_init(dflt);
	if (!ctx)
		return err_set(e, ERR_INTERNAL, "seccomp: cannot make a filter");
	/* A balanced tree instead of a list: the more rules, the fewer steps for each system call. */
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc && rc != -EOPNOTSUPP)
		return lib_error(rc, e, "set optimization");
	if (add_archs(ctx, p, e))
		return -1;
	for (size_t i = 0; i < p->syscalls.n; i++)
		if (add_rule(ctx, p, &p->syscalls.v[i], dflt, e))
			return -1;
	if (export(ctx, p, out, e))
		return -1;
	out->listener_path = str_empty(p->listener_path) ? NULL : strdup(p->listener_path);
	out->listener_metadata =
		str_empty(p->listener_metadata) ? NULL : strdup(p->listener_metadata);
	return 0;
}
