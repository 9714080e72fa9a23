/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Docker's profile format and choosing the rules that hold for one container. */
#include "sys/seccomp_profile.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/json.h"
#include "base/slice.h"
#include "oci/platform.h"
#include "sys/caps.h"

struct condition {
	struct str_list caps;
	struct str_list arches;
	const char *min_kernel;
};

struct rule {
	const char *name; /* the old form of names */
	struct oci_seccomp_rule oci;
	struct condition *includes, *excludes;
};

struct arch_map {
	const char *architecture;
	struct str_list sub;
};

struct profile {
	struct oci_seccomp oci; /* without its rules */
	struct {
		struct arch_map *v;
		size_t n;
	} arch_map;
	struct {
		struct rule *v;
		size_t n;
	} rules;
};

static const struct bind_field condition_fields[] = {
	BIND(STRS, struct condition, caps, "caps", 0),
	BIND(STRS, struct condition, arches, "arches", 0),
	BIND(STR, struct condition, min_kernel, "minKernel", 0),
	BIND_END,
};

static const struct bind_field rule_fields[] = {
	BIND(STR, struct rule, name, "name", 0),
	BIND(STRS, struct rule, oci.names, "names", 0),
	BIND(STR, struct rule, oci.action, "action", 0),
	BIND(U32P, struct rule, oci.errno_ret, "errnoRet", 0),
	BIND_NEST(OBJS, struct rule, oci.args, "args", 0, oci_seccomp_arg_fields,
		struct oci_seccomp_arg),
	BIND_NEST(OBJP, struct rule, includes, "includes", 0, condition_fields, struct condition),
	BIND_NEST(OBJP, struct rule, excludes, "excludes", 0, condition_fields, struct condition),
	BIND_END,
};

static const struct bind_field arch_map_fields[] = {
	BIND(STR, struct arch_map, architecture, "architecture", 0),
	BIND(STRS, struct arch_map, sub, "subArchitectures", 0),
	BIND_END,
};

static const struct bind_field profile_fields[] = {
	BIND(STR, struct profile, oci.default_action, "defaultAction", 0),
	BIND(U32P, struct profile, oci.default_errno_ret, "defaultErrnoRet", 0),
	BIND(STRS, struct profile, oci.architectures, "architectures", 0),
	BIND(STRS, struct profile, oci.flags, "flags", 0),
	BIND(STR, struct profile, oci.listener_path, "listenerPath", 0),
	BIND(STR, struct profile, oci.listener_metadata, "listenerMetadata", 0),
	BIND_NEST(OBJS, struct profile, arch_map, "archMap", 0, arch_map_fields, struct arch_map),
	BIND_NEST(OBJS, struct profile, rules, "syscalls", 0, rule_fields, struct rule),
	BIND_END,
};

/* Go's architecture name, the profile's name in conditions, and the spec's. */
static const struct {
	const char *go, *native, *scmp;
} archs[] = {
	{ "386", "x86", "SCMP_ARCH_X86" },
	{ "amd64", "amd64", "SCMP_ARCH_X86_64" },
	{ "arm", "arm", "SCMP_ARCH_ARM" },
	{ "arm64", "arm64", "SCMP_ARCH_AARCH64" },
	{ "mips64", "mips64", "SCMP_ARCH_MIPS64" },
	{ "mips64n32", "mips64n32", "SCMP_ARCH_MIPS64N32" },
	{ "mipsel64", "mipsel64", "SCMP_ARCH_MIPSEL64" },
	{ "mips3l64n32", "mipsel64n32", "SCMP_ARCH_MIPSEL64N32" },
	{ "mipsle", "mipsel", "SCMP_ARCH_MIPSEL" },
	{ "ppc", "ppc", "SCMP_ARCH_PPC" },
	{ "ppc64", "ppc64", "SCMP_ARCH_PPC64" },
	{ "ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE" },
	{ "riscv64", "riscv64", "SCMP_ARCH_RISCV64" },
	{ "s390", "s390", "SCMP_ARCH_S390" },
	{ "s390x", "s390x", "SCMP_ARCH_S390X" },
	{ "loong64", "loongarch64", "SCMP_ARCH_LOONGARCH64" },
};

#define COUNT (sizeof(archs) / sizeof(archs[0]))

static size_t find_arch(const char *go)
{
	size_t i = 0;

	while (i < COUNT && !str_eq(archs[i].go, go))
		i++;
	return i;
}

void seccomp_target_host(uint64_t caps, struct seccomp_target *out)
{
	struct oci_platform host;
	struct utsname u;
	struct slice major, minor, rest;
	uint32_t a = 0, b = 0;

	oci_platform_host(&host);
	/* "6.18.44-rc1": what is not a number ends the version. */
	if (uname(&u) == 0 && slice_cut(slice_str(u.release), '.', &major, &rest)) {
		minor = (struct slice){ rest.p, strspn(rest.p, "0123456789") };
		if (!parse_u32(major, &a) || !parse_u32(minor, &b))
			a = b = 0;
	}
	*out = (struct seccomp_target){
		.caps = caps, .arch = host.architecture, .kernel = a, .major = b
	};
}

/* 1 when the target's kernel is at least "4.8", 0 when older, -1 when text is no version. */
static int is_kernel_at_least(const struct seccomp_target *t, const char *text, struct err *e)
{
	struct slice major, minor;
	uint32_t a, b;

	if (!slice_cut(slice_str(text), '.', &major, &minor) || !parse_u32(major, &a) ||
		!parse_u32(minor, &b))
		return err_set(e, ERR_INVALID,
			"decoding seccomp profile failed: invalid kernel version: %s, expected \"<kernel>.<major>\"",
			text);
	return t->kernel > a || (t->kernel == a && t->major >= b);
}

static bool has_cap(const struct seccomp_target *t, const char *name)
{
	int cap = caps_find(name);

	return cap >= 0 && (t->caps >> cap & 1);
}

/* Whether the rule stays: 1, 0, or -1. Any one exclusion drops it, every inclusion must hold. */
static int holds(
	const struct rule *r, const struct seccomp_target *t, const char *native, struct err *e)
{
	const struct condition *x = r->excludes, *in = r->includes;
	int at_least;

	if (x && str_list_has(&x->arches, native))
		return 0;
	for (size_t i = 0; x && i < x->caps.n; i++)
		if (has_cap(t, x->caps.v[i]))
			return 0;
	if (x && !str_empty(x->min_kernel)) {
		at_least = is_kernel_at_least(t, x->min_kernel, e);
		if (at_least)
			return at_least < 0 ? -1 : 0;
	}
	if (in && in->arches.n && !str_list_has(&in->arches, native))
		return 0;
	for (size_t i = 0; in && i < in->caps.n; i++)
		if (!has_cap(t, in->caps.v[i]))
			return 0;
	return in && !str_empty(in->min_kernel) ? is_kernel_at_least(t, in->min_kernel, e) : 1;
}

static int settle_names(struct arena *a, struct rule *r, struct err *e)
{
	if (str_empty(r->name))
		return 0;
	if (r->oci.names.n)
		return err_set(e, ERR_INVALID,
			"both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'");
	str_list_add(a, &r->oci.names, r->name);
	return 0;
}

static bool same_errno(const uint32_t *x, const uint32_t *y)
{
	return x && y ? *x == *y : x == y;
}

/* Rules that do the same to different system calls become one: less text to carry and to compare. */
static bool merge(struct arena *a, struct oci_seccomp *out, const struct oci_seccomp_rule *r)
{
	for (size_t i = 0; i < out->syscalls.n && !r->args.n; i++) {
		struct oci_seccomp_rule *to = &out->syscalls.v[i];
		if (to->args.n || !str_eq(to->action, r->action) ||
			!same_errno(to->errno_ret, r->errno_ret))
			continue;
		for (size_t k = 0; k < r->names.n; k++)
			if (!str_list_has(&to->names, r->names.v[k]))
				str_list_add(a, &to->names, r->names.v[k]);
		return true;
	}
	return false;
}

static void choose_archs(
	struct arena *a, const struct profile *p, const char *scmp, struct oci_seccomp *out)
{
	for (size_t i = 0; i < p->arch_map.n; i++) {
		const struct arch_map *m = &p->arch_map.v[i];
		if (!str_eq(m->architecture, scmp))
			continue;
		str_list_add(a, &out->architectures, m->architecture);
		for (size_t k = 0; k < m->sub.n; k++)
			str_list_add(a, &out->architectures, m->sub.v[k]);
		return;
	}
}

static int resolve(struct arena *a, struct profile *p, const struct seccomp_target *t,
	struct oci_seccomp *out, struct err *e)
{
	size_t arch = find_arch(t->arch);
	const char *native = arch < COUNT ? archs[arch].native : t->arch;

	if (p->oci.architectures.n && p->arch_map.n)
		return err_set(e, ERR_INVALID,
			"both 'architectures' and 'archMap' are specified in the seccomp profile, use either "
			"'architectures' or 'archMap'");
	*out = p->oci;
	if (arch < COUNT)
		choose_archs(a, p, archs[arch].scmp, out);
	for (size_t i = 0; i < p->rules.n; i++) {
		struct rule *r = &p->rules.v[i];
		if (settle_names(a, r, e))
			return -1;
		int stays = holds(r, t, native, e);
		if (stays < 0)
			return -1;
		if (!stays || merge(a, out, &r->oci))
			continue;
		out->syscalls.v =
			arena_grow(a, out->syscalls.v, &out->syscalls.n, sizeof(*out->syscalls.v));
		out->syscalls.v[out->syscalls.n - 1] = r->oci;
	}
	return 0;
}

int seccomp_profile_resolve(struct arena *a, const char *text, const struct seccomp_target *t,
	struct oci_seccomp *out, struct err *e)
{
	own_json doc = json_parse(text, strlen(text), e);
	struct profile p = { 0 };

	if (!doc || bind_decode(a, doc, profile_fields, &p, e))
		return err_in(e, "decoding seccomp profile failed");
	return resolve(a, &p, t, out, e);
}

char *seccomp_profile_text(
	struct arena *a, const char *text, const struct seccomp_target *t, struct err *e)
{
	struct oci_seccomp s;
	own_buf b = { 0 };

	buf_init(&b, 64u << 20);
	if (seccomp_profile_resolve(a, text, t, &s, e))
		return NULL;
	oci_seccomp_write(&s, &b);
	return arena_strndup(a, b.data, b.len);
}
