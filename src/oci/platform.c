/* SPDX-License-Identifier: Apache-2.0 */
/* Names and matching as github.com/containerd/platforms has them, so that dockerd's choices are ours. */
#include "oci/platform.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/slice.h"

const struct bind_field oci_platform_fields[] = {
	BIND(STR, struct oci_platform, architecture, "architecture", 0),
	BIND(STR, struct oci_platform, os, "os", 0),
	BIND(STR, struct oci_platform, os_version, "os.version", BIND_OMITEMPTY),
	BIND(STRS, struct oci_platform, os_features, "os.features", BIND_OMITEMPTY),
	BIND(STR, struct oci_platform, variant, "variant", BIND_OMITEMPTY),
	BIND_END,
};

/* Another name for an architecture (variant NULL: any), and what it becomes (variant NULL: unchanged). */
static const struct alias {
	const char *arch, *variant;
	const char *to_arch, *to_variant;
} aliases[] = {
	{ "i386", NULL, "386", "" },
	{ "i486", NULL, "386", "" },
	{ "i586", NULL, "386", "" },
	{ "i686", NULL, "386", "" },
	{ "x86_64", NULL, "amd64", NULL },
	{ "x86-64", NULL, "amd64", NULL },
	{ "aarch64", NULL, "arm64", NULL },
	{ "armhf", NULL, "arm", "v7" },
	{ "armel", NULL, "arm", "v6" },
	{ "armv5l", NULL, "arm", "v5" },
	{ "armv6l", NULL, "arm", "v6" },
	{ "armv7l", NULL, "arm", "v7" },
	{ "armv8l", NULL, "arm", "v8" },
	{ "loongarch64", NULL, "loong64", NULL },
};

/* Variants that go without saying, after the aliases. */
static const struct alias variants[] = {
	{ "amd64", "v1", NULL, "" },
	{ "arm64", "8", NULL, "" },
	{ "arm64", "v8", NULL, "" },
	{ "arm64", "v8.0", NULL, "" },
	{ "arm64", "9", NULL, "v9" },
	{ "arm64", "9.0", NULL, "v9" },
	{ "arm64", "v9.0", NULL, "v9" },
	{ "arm", "", NULL, "v7" },
	{ "arm", "5", NULL, "v5" },
	{ "arm", "6", NULL, "v6" },
	{ "arm", "7", NULL, "v7" },
	{ "arm", "8", NULL, "v8" },
};

static const char *const systems[] = { "aix", "android", "darwin", "dragonfly", "freebsd", "hurd",
	"illumos", "ios", "js", "linux", "nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1",
	"windows", "zos", NULL };

static const char *const architectures[] = { "386", "amd64", "amd64p32", "arm", "armbe", "arm64",
	"arm64be", "ppc64", "ppc64le", "loong64", "mips", "mipsle", "mips64", "mips64le",
	"mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64",
	"wasm", NULL };

static bool is_in(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (strcmp(*list, s) == 0)
			return true;
	return false;
}

static const char *text_of(const char *s)
{
	return s ? s : "";
}

void oci_platform_normalize(struct oci_platform *p)
{
	if (p->os && strcmp(p->os, "macos") == 0)
		p->os = "darwin";
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(text_of(p->architecture), aliases[i].arch) != 0)
			continue;
		p->architecture = aliases[i].to_arch;
		if (aliases[i].to_variant)
			p->variant = aliases[i].to_variant;
		break;
	}
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (strcmp(text_of(p->architecture), variants[i].arch) != 0 ||
			strcmp(text_of(p->variant), variants[i].variant) != 0)
			continue;
		p->variant = variants[i].to_variant;
		break;
	}
}

void oci_platform_host(struct oci_platform *out)
{
	static const char *const machines[] = { "x86_64", "i386", "i486", "i586", "i686", "aarch64",
		"armv5l", "armv6l", "armv7l", "armv8l", "ppc64", "ppc64le", "s390x", "riscv64",
		"loongarch64", "mips", "mips64", NULL };
	struct utsname u;

	*out = (struct oci_platform){ .os = "linux", .architecture = "amd64", .variant = "" };
	if (uname(&u))
		return;
	for (const char *const *m = machines; *m; m++)
		if (strcmp(*m, u.machine) == 0)
			out->architecture = *m;
	oci_platform_normalize(out);
}

static bool is_word(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != '-' &&
			s.p[i] != '.')
			return false;
	return s.n > 0;
}

/* As is_word, without dots. */
static bool is_system(struct slice s)
{
	return is_word(s) && memchr(s.p, '.', s.n) == NULL;
}

static char *lower(struct arena *a, struct slice s)
{
	char *t = arena_strndup(a, s.p, s.n);

	for (char *c = t; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return t;
}

/* "linux(10.0)": cuts the version off the first part. */
static int cut_version(struct arena *a, struct slice *part, struct oci_platform *out)
{
	struct slice head, version;

	if (!slice_cut(*part, '(', &head, &version))
		return 0;
	if (!version.n || version.p[version.n - 1] != ')')
		return -1;
	version.n--;
	if (version.n && !is_word(version))
		return -1;
	out->os_version = arena_strndup(a, version.p, version.n);
	*part = head;
	return 0;
}

/* One part alone is an operating system or an architecture. */
static int parse_single(const char *text, struct oci_platform *out, struct err *e)
{
	struct oci_platform host;
	const char *word = out->os;

	oci_platform_host(&host);
	oci_platform_normalize(out);
	if (is_in(systems, out->os)) {
		out->architecture = host.architecture;
		out->variant = host.variant;
		return 0;
	}
	out->os = host.os;
	out->architecture = word;
	out->variant = "";
	oci_platform_normalize(out);
	if (!is_in(architectures, out->architecture))
		return err_set(e, ERR_INVALID,
			"\"%s\": unknown operating system or architecture: invalid argument", text);
	return 0;
}

int oci_platform_parse(struct arena *a, const char *text, struct oci_platform *out, struct err *e)
{
	struct slice rest = slice_str(text), part;
	const char *parts[3] = { NULL, NULL, "" };
	size_t n = 0;

	*out = (struct oci_platform){ 0 };
	if (strchr(text, '*'))
		return err_set(e, ERR_INVALID,
			"\"%s\": wildcards not yet supported: invalid argument", text);
	for (bool more = true; more; n++) {
		more = slice_cut(rest, '/', &part, &rest);
		if (n == 3)
			return err_set(e, ERR_INVALID,
				"\"%s\": cannot parse platform specifier: invalid argument", text);
		struct slice whole = part;

		if (n == 0 && (cut_version(a, &part, out) || !is_system(part)))
			return err_set(e, ERR_INVALID,
				"\"%.*s\" is an invalid OS component of \"%s\": OSAndVersion specifier "
				"component must match "
				"\"^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$\": invalid argument",
				(int)whole.n, whole.p, text);
		if (!is_word(part))
			return err_set(e, ERR_INVALID,
				"\"%.*s\" is an invalid component of \"%s\": platform specifier component "
				"must match \"^[A-Za-z0-9_.-]+$\": invalid argument",
				(int)part.n, part.p, text);
		parts[n] = lower(a, part);
	}
	out->os = parts[0];
	if (n == 1)
		return parse_single(text, out, e);
	out->architecture = parts[1];
	out->variant = parts[2];
	oci_platform_normalize(out);
	return 0;
}

const char *oci_platform_text(struct arena *a, const struct oci_platform *p)
{
	const char *variant = text_of(p->variant);

	return arena_printf(a, "%s/%s%s%s", text_of(p->os)[0] ? p->os : "unknown",
		text_of(p->architecture), *variant ? "/" : "", variant);
}

/* The number in "v7"; dflt when there is none. */
static int variant_number(const char *variant, int dflt)
{
	const char *v = text_of(variant);

	if (*v == 'v')
		v++;
	return *v >= '1' && *v <= '9' ? *v - '0' : dflt;
}

bool oci_platform_same(const struct oci_platform *a, const struct oci_platform *b)
{
	return strcmp(text_of(a->os), text_of(b->os)) == 0 &&
	       strcmp(text_of(a->architecture), text_of(b->architecture)) == 0 &&
	       strcmp(text_of(a->variant), text_of(b->variant)) == 0;
}

int oci_platform_score(const struct oci_platform *want, const struct oci_platform *have)
{
	const char *arch = text_of(want->architecture);
	bool same_arch = strcmp(arch, text_of(have->architecture)) == 0;
	int least = strcmp(arch, "arm") == 0 ? 5 : 1;
	int dflt = strcmp(arch, "arm") == 0 ? 7 : strcmp(arch, "arm64") == 0 ? 8 : 1;
	int have_dflt = strcmp(text_of(have->architecture), "arm") == 0 ? 7 : dflt;
	int wanted = variant_number(want->variant, dflt);
	int got = variant_number(have->variant, have_dflt);

	if (strcmp(text_of(want->os), text_of(have->os)) != 0)
		return 0;
	if (oci_platform_same(want, have))
		return 100;
	if (same_arch && got <= wanted && got >= least &&
		(strcmp(arch, "amd64") == 0 || strcmp(arch, "arm") == 0 ||
			strcmp(arch, "arm64") == 0))
		return 80 - (wanted - got);
	if (strcmp(arch, "amd64") == 0 && strcmp(text_of(have->architecture), "386") == 0)
		return 10;
	/* 64-bit ARM runs 32-bit code of v8 and below. */
	if (strcmp(arch, "arm64") == 0 && strcmp(text_of(have->architecture), "arm") == 0 &&
		got <= 8)
		return 10 + got;
	return 0;
}
