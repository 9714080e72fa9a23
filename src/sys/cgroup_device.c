/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules as the v1 controller understands them, and the BPF program that means the same on v2. */
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "sys/cgroup_device_int.h"

#define ANY -1
#define ALL (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

static int parse_access(struct slice text, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		unsigned bit = text.p[i] == 'r'	  ? DEVICE_READ
			       : text.p[i] == 'w' ? DEVICE_WRITE
			       : text.p[i] == 'm' ? DEVICE_MKNOD
						  : 0;
		if (!bit)
			return -1;
		*out |= bit;
	}
	return 0;
}

static struct device_exception *find(struct device_policy *p, const struct device_exception *x)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].type == x->type && p->v[i].major == x->major &&
			p->v[i].minor == x->minor)
			return &p->v[i];
	return NULL;
}

static void add(struct arena *a, struct device_policy *p, const struct device_exception *x)
{
	struct device_exception *same = find(p, x);

	if (same) {
		same->access |= x->access;
		return;
	}
	p->v = arena_grow(a, p->v, &p->n, sizeof(*p->v));
	p->v[p->n - 1] = *x;
}

static void subtract(struct device_policy *p, const struct device_exception *x)
{
	struct device_exception *same = find(p, x);

	if (!same)
		return;
	same->access &= ~x->access;
	if (!same->access)
		*same = p->v[--p->n];
}

static int read_rule(const struct oci_device_rule *r, struct device_exception *out, struct err *e)
{
	struct slice access = slice_str(str_empty(r->access) ? "rwm" : r->access);

	*out = (struct device_exception){
		.type = str_empty(r->type) ? 'a' : r->type[0],
		.major = r->major ? *r->major : ANY,
		.minor = r->minor ? *r->minor : ANY,
	};
	if (!memchr("abcu", out->type, 4) || (r->type && r->type[0] && r->type[1]))
		return err_set(e, ERR_INVALID, "invalid device cgroup rule type \"%s\"", r->type);
	if (out->type == 'u')
		out->type = 'c';
	if (parse_access(access, &out->access))
		return err_set(
			e, ERR_INVALID, "invalid device cgroup rule access \"%s\"", r->access);
	if (out->major < ANY || out->minor < ANY || out->major > UINT32_MAX ||
		out->minor > UINT32_MAX)
		return err_set(e, ERR_INVALID, "invalid device cgroup rule numbers %lld:%lld",
			(long long)out->major, (long long)out->minor);
	return 0;
}

int device_policy_reduce(struct arena *a, const struct oci_device_rule_list *rules,
	struct device_policy *out, struct err *e)
{
	*out = (struct device_policy){ 0 };
	for (size_t i = 0; i < rules->n; i++) {
		struct device_exception x;
		bool allow = rules->v[i].allow;
		if (read_rule(&rules->v[i], &x, e))
			return -1;
		if (x.type == 'a')
			*out = (struct device_policy){ .allow_by_default = allow };
		else if (allow == out->allow_by_default)
			subtract(out, &x);
		else
			add(a, out, &x);
	}
	return 0;
}

static void number_text(int64_t n, char out[24])
{
	if (n == ANY)
		snprintf(out, 24, "*");
	else
		snprintf(out, 24, "%lld", (long long)n);
}

void device_exception_text(const struct device_exception *x, char out[64])
{
	char major[24], minor[24];

	number_text(x->major, major);
	number_text(x->minor, minor);
	snprintf(out, 64, "%c %s:%s %s%s%s", x->type, major, minor,
		x->access & DEVICE_READ ? "r" : "", x->access & DEVICE_WRITE ? "w" : "",
		x->access & DEVICE_MKNOD ? "m" : "");
}

static bool parse_number(struct slice s, int64_t *out)
{
	*out = ANY;
	return slice_eq(s, "*") || parse_i64(s, out);
}

int device_policy_parse(struct arena *a, const char *text, struct device_policy *out, struct err *e)
{
	struct slice rest = slice_str(text), line, type, numbers, major, minor, access;

	*out = (struct device_policy){ 0 };
	for (bool more = true; more;) {
		struct device_exception x = { 0 };
		more = slice_cut(rest, '\n', &line, &rest);
		if (!line.n)
			continue;
		if (!slice_cut(line, ' ', &type, &line) ||
			!slice_cut(line, ' ', &numbers, &access) ||
			!slice_cut(numbers, ':', &major, &minor) ||
			!parse_number(major, &x.major) || !parse_number(minor, &x.minor) ||
			parse_access(access, &x.access) || type.n != 1)
			return err_set(e, ERR_INTERNAL, "devices.list holds \"%.*s\"", (int)line.n,
				line.p);
		x.type = type.p[0];
		if (x.type == 'a')
			out->allow_by_default = true;
		else
			add(a, out, &x);
	}
	return 0;
}

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (short)(o), .imm = (int)(i) })

static void emit(struct arena *a, struct bpf_code *c, struct bpf_insn insn)
{
	c->v = arena_grow(a, c->v, &c->n, sizeof(*c->v));
	c->v[c->n - 1] = insn;
}

/* Registers while the program runs: 2 type, 3 access asked for, 4 major, 5 minor. */
static void emit_exception(struct arena *a, struct bpf_code *c, const struct device_policy *p,
	const struct device_exception *x)
{
	int checks_access = p->allow_by_default || x->access != ALL;
	int size = 1 + (checks_access ? 3 : 0) + (x->major != ANY) + (x->minor != ANY) + 2;
	int left = size;

	/* Each check jumps behind this exception when it does not match; "left" counts what is still to come. */
#define SKIP() (left - 1)
	emit(a, c,
		INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, SKIP(),
			x->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
	left--;
	if (checks_access) {
		emit(a, c, INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 3, 0, 0));
		left--;
		/* Bits are read=1 … in our masks, mknod=1 read=2 write=4 in the kernel's. */
		unsigned mask = (x->access & DEVICE_MKNOD ? BPF_DEVCG_ACC_MKNOD : 0) |
				(x->access & DEVICE_READ ? BPF_DEVCG_ACC_READ : 0) |
				(x->access & DEVICE_WRITE ? BPF_DEVCG_ACC_WRITE : 0);
		/* Allowing needs every bit asked for, refusing needs one. */
		emit(a, c, INSN(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, mask));
		left--;
		if (p->allow_by_default)
			emit(a, c, INSN(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SKIP(), 0));
		else
			emit(a, c, INSN(BPF_JMP | BPF_JNE | BPF_X, 1, 3, SKIP(), 0));
		left--;
	}
	if (x->major != ANY) {
		emit(a, c, INSN(BPF_JMP32 | BPF_JNE | BPF_K, 4, 0, SKIP(), x->major));
		left--;
	}
	if (x->minor != ANY) {
		emit(a, c, INSN(BPF_JMP32 | BPF_JNE | BPF_K, 5, 0, SKIP(), x->minor));
		left--;
	}
#undef SKIP
	emit(a, c, INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, !p->allow_by_default));
	emit(a, c, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

void device_policy_bpf(struct arena *a, const struct device_policy *p, struct bpf_code *out)
{
	*out = (struct bpf_code){ 0 };
	/* struct bpf_cgroup_dev_ctx { access_type = access << 16 | type, major, minor } */
	emit(a, out, INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0));
	emit(a, out, INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0));
	emit(a, out, INSN(BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 0xffff));
	emit(a, out, INSN(BPF_ALU64 | BPF_RSH | BPF_K, 3, 0, 0, 16));
	emit(a, out, INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 4, 0));
	emit(a, out, INSN(BPF_LDX | BPF_MEM | BPF_W, 5, 1, 8, 0));
	for (size_t i = 0; i < p->n; i++)
		emit_exception(a, out, p, &p->v[i]);
	emit(a, out, INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, p->allow_by_default));
	emit(a, out, INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}
