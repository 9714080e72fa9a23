/* SPDX-License-Identifier: Apache-2.0 */
/* Device policies put into force: by files on v1, by attaching a program on v2. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "sys/cgroup_device_int.h"
#include "sys/cgroup_int.h"
#include "sys/ns.h"

#define PROGRAMS_MOST 64
#define LOG_SIZE      4096

static const struct device_exception *find(
	const struct device_policy *p, const struct device_exception *x)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].type == x->type && p->v[i].major == x->major &&
			p->v[i].minor == x->minor)
			return &p->v[i];
	return NULL;
}

/* Writes each exception of `from` that `other` lacks (or lacks bits of) to file. */
static int write_difference(struct cgroup_member *m, const char *file,
	const struct device_policy *from, const struct device_policy *other, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		struct device_exception x = from->v[i];
		const struct device_exception *same = find(other, &x);
		char line[64];
		x.access &= same ? ~same->access : ~0u;
		if (!x.access)
			continue;
		device_exception_text(&x, line);
		if (cgroup_write(m, file, line, e))
			return -1;
	}
	return 0;
}

/* Only what changes is written, so that a running container never loses a device for a moment. */
static int set_v1(
	struct cgroup_member *m, struct arena *a, const struct device_policy *want, struct err *e)
{
	const char *more = want->allow_by_default ? "devices.deny" : "devices.allow";
	const char *less = want->allow_by_default ? "devices.allow" : "devices.deny";
	struct device_policy now;
	own_buf list = { 0 };

	buf_init(&list, CGROUP_FILE_MOST + 1);
	if (cgroup_read(m, "devices.list", &list, e) || device_policy_parse(a, list.data, &now, e))
		return -1;
	/* A policy that allows by default lists only itself: what it refuses cannot be read back. */
	if (now.allow_by_default || now.allow_by_default != want->allow_by_default) {
		if (cgroup_write(m, less, "a", e))
			return -1;
		now = (struct device_policy){ .allow_by_default = want->allow_by_default };
	}
	if (write_difference(m, less, &now, want, e))
		return -1;
	return write_difference(m, more, want, &now, e);
}

static int bpf_call(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load_program(const struct bpf_code *code, struct err *e)
{
	char log[LOG_SIZE] = "";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)code->v,
		.insn_cnt = (uint32_t)code->n,
		.license = (uintptr_t) "Apache-2.0",
	};
	int fd = bpf_call(BPF_PROG_LOAD, &attr);

	if (fd >= 0)
		return fd;
	/* Again with the verifier's words, which cost time and are only wanted now. */
	int sys = errno;
	attr.log_level = 1;
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	fd = bpf_call(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;
	errno = sys;
	return err_sys(e, "load device program (%.200s)", log);
}

/* The device programs attached to the group itself; returns how many. */
static size_t attached(int dir, uint32_t ids[PROGRAMS_MOST])
{
	union bpf_attr attr = { .query = {
					.target_fd = (uint32_t)dir,
					.attach_type = BPF_CGROUP_DEVICE,
					.prog_ids = (uintptr_t)ids,
					.prog_cnt = PROGRAMS_MOST,
				} };

	return bpf_call(BPF_PROG_QUERY, &attr) == 0 ? attr.query.prog_cnt : 0;
}

static int detach(int dir, uint32_t id, struct err *e)
{
	union bpf_attr by_id = { .prog_id = id };
	own_fd prog = bpf_call(BPF_PROG_GET_FD_BY_ID, &by_id);

	if (prog < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open old device program");
	union bpf_attr attr = {
		.target_fd = (uint32_t)dir,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
	};
	return bpf_call(BPF_PROG_DETACH, &attr) ? err_sys(e, "detach old device program") : 0;
}

/* All programs of a group must agree: the new one goes on first, then the old ones come off. */
static int set_v2(
	struct cgroup_member *m, struct arena *a, const struct device_policy *want, struct err *e)
{
	uint32_t old[PROGRAMS_MOST];
	struct bpf_code code;
	int dir = cgroup_member_fd(m, e);

	if (dir < 0)
		return -1;
	size_t n_old = attached(dir, old);
	device_policy_bpf(a, want, &code);
	own_fd prog = load_program(&code, e);
	if (prog < 0)
		return -1;
	union bpf_attr attr = {
		.target_fd = (uint32_t)dir,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	if (bpf_call(BPF_PROG_ATTACH, &attr))
		return err_sys(e, "attach device program to cgroup %s", m->dir);
	for (size_t i = 0; i < n_old; i++)
		if (detach(dir, old[i], e))
			return err_in(e, "cgroup %s", m->dir);
	return 0;
}

int cgroup_set_devices(struct cgroup *cg, const struct oci_device_rule_list *rules, struct err *e)
{
	own_arena a = arena_new();
	struct cgroup_member *v1 = cgroup_member_of(cg, "devices"), *v2 = cgroup_v2_member(cg);
	struct device_policy want;

	/* Elsewhere devices cannot be made anyway, and the rules not be set. */
	if (!rules->n || ns_in_user_namespace())
		return 0;
	if (fault_point("cgroup.devices", e) || device_policy_reduce(a, rules, &want, e))
		return -1;
	if (v1 && !v1->v2)
		return set_v1(v1, a, &want, e);
	if (v2)
		return set_v2(v2, a, &want, e);
	return err_set(e, ERR_INVALID, "cannot set devices: no devices controller");
}
