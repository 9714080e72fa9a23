/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grammar of github.com/distribution/reference v0.6, which dockerd and the docker client use:
 *	reference := name [":" tag] ["@" digest]
 *	name      := [domain "/"] path-component ("/" path-component)*
 *	domain    := (component ("." component)* | "[" IPv6 "]") [":" digits]
 *	path-component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *	tag       := [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 */
#include "oci/reference.h"

#include <ctype.h>
#include <string.h>

#include "base/slice.h"
#include "oci/digest.h"

#define DEFAULT_DOMAIN	"docker.io"
#define LEGACY_DOMAIN	"index.docker.io"
#define OFFICIAL_PREFIX "library/"
#define PATH_MOST	255
#define TAG_MOST	128

static bool is_alnum(char c)
{
	return isalnum((unsigned char)c);
}

static bool is_lower_alnum(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c);
}

static bool is_component(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
	return s.n && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

static bool is_bracketed(struct slice s)
{
	if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++)
		if (!isxdigit((unsigned char)s.p[i]) && s.p[i] != ':')
			return false;
	return true;
}

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_domain(struct slice s)
{
	struct slice host = s, port, part;
	bool in_brackets = s.n && s.p[0] == '[';
	bool has_port = slice_rcut(s, ':', &host, &port);

	if (in_brackets && (!has_port || (port.n && port.p[port.n - 1] == ']')))
		return is_bracketed(s);
	if (has_port && !is_digits(port))
		return false;
	if (in_brackets)
		return is_bracketed(host);
	for (bool more = true; more;) {
		more = slice_cut(host, '.', &part, &host);
		if (!is_component(part))
			return false;
	}
	return true;
}

/* One separator: ".", "_", "__" or dashes; its length, 0 when there is none. */
static size_t separator(struct slice s)
{
	size_t n = 0;

	if (!s.n)
		return 0;
	if (s.p[0] == '-')
		while (n < s.n && s.p[n] == '-')
			n++;
	else if (s.p[0] == '_')
		n = s.n > 1 && s.p[1] == '_' ? 2 : 1;
	else if (s.p[0] == '.')
		n = 1;
	return n;
}

static bool is_path_component(struct slice s)
{
	for (;;) {
		size_t word = 0;
		while (word < s.n && is_lower_alnum(s.p[word]))
			word++;
		if (!word)
			return false;
		s = (struct slice){ s.p + word, s.n - word };
		if (!s.n)
			return true;
		size_t sep = separator(s);
		if (!sep)
			return false;
		s = (struct slice){ s.p + sep, s.n - sep };
	}
}

static bool is_path(struct slice s)
{
	struct slice part;

	for (bool more = true; more;) {
		more = slice_cut(s, '/', &part, &s);
		if (!is_path_component(part))
			return false;
	}
	return true;
}

static bool is_tag(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '_' &&
			(i == 0 || (s.p[i] != '.' && s.p[i] != '-')))
			return false;
	return s.n && s.n <= TAG_MOST;
}

bool oci_ref_is_tag(const char *tag)
{
	return tag && is_tag(slice_str(tag));
}

static bool has_upper(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (isupper((unsigned char)s.p[i]))
			return true;
	return false;
}

static bool is_lower_hex64(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return n == 64 && !s[n];
}

/* What stands before the first '/' is a domain when it looks like one (feature row E11). */
static void split_domain(struct slice text, struct slice *domain, struct slice *rest)
{
	struct slice head, tail;

	*domain = (struct slice){ 0 };
	*rest = text;
	if (!slice_cut(text, '/', &head, &tail))
		return;
	if (slice_eq(head, LEGACY_DOMAIN)) {
		*rest = tail;
	} else if (slice_eq(head, "localhost") || memchr(head.p, '.', head.n) ||
		   memchr(head.p, ':', head.n) || has_upper(head)) {
		*domain = head;
		*rest = tail;
	}
}

static int parse_digest(struct arena *a, struct slice s, struct oci_ref *out, struct err *e)
{
	struct slice name, hex;
	size_t i = 0;

	/* The reference grammar asks for at least 32 hex digits before the digest itself is looked at. */
	if (!slice_cut(s, ':', &name, &hex) || hex.n < 32)
		return err_set(e, ERR_INVALID, "invalid reference format");
	while (i < hex.n && isxdigit((unsigned char)hex.p[i]))
		i++;
	if (i < hex.n || !name.n || !isalpha((unsigned char)name.p[0]))
		return err_set(e, ERR_INVALID, "invalid reference format");
	if (oci_digest_check(s, e))
		return -1;
	out->digest = arena_strndup(a, s.p, s.n);
	return 0;
}

/* The part behind the domain: path[:tag][@digest]. */
static int parse_rest(struct arena *a, struct slice rest, struct oci_ref *out, struct err *e)
{
	struct slice name, digest, tag = { 0 };
	bool has_digest = slice_cut(rest, '@', &name, &digest);
	bool has_tag = slice_cut(name, ':', &name, &tag);
	bool official = strcmp(out->domain, DEFAULT_DOMAIN) == 0 && !memchr(name.p, '/', name.n);

	if (has_upper(name))
		return err_set(e, ERR_INVALID,
			"invalid reference format: repository name (%s%.*s) must be lowercase",
			official ? OFFICIAL_PREFIX : "", (int)name.n, name.p);
	if (!is_path(name) || (has_tag && !is_tag(tag)))
		return err_set(e, ERR_INVALID, "invalid reference format");
	if (name.n + (official ? strlen(OFFICIAL_PREFIX) : 0) > PATH_MOST)
		return err_set(
			e, ERR_INVALID, "repository name must not be more than 255 characters");
	out->path = arena_printf(a, "%s%.*s", official ? OFFICIAL_PREFIX : "", (int)name.n, name.p);
	out->tag = has_tag ? arena_strndup(a, tag.p, tag.n) : NULL;
	return has_digest ? parse_digest(a, digest, out, e) : 0;
}

int oci_ref_parse(struct arena *a, const char *text, struct oci_ref *out, struct err *e)
{
	struct slice domain, rest;

	*out = (struct oci_ref){ 0 };
	if (is_lower_hex64(text))
		return err_set(e, ERR_INVALID,
			"invalid repository name (%s), cannot specify 64-byte hexadecimal strings",
			text);
	split_domain(slice_str(text), &domain, &rest);
	if (domain.n && !is_domain(domain))
		return err_set(e, ERR_INVALID, "invalid reference format");
	out->domain = domain.n ? arena_strndup(a, domain.p, domain.n) : DEFAULT_DOMAIN;
	return parse_rest(a, rest, out, e);
}

int oci_ref_parse_any(struct arena *a, const char *text, struct oci_ref *out, struct err *e)
{
	struct err ignored;

	*out = (struct oci_ref){ 0 };
	if (is_lower_hex64(text))
		out->digest = arena_printf(a, "sha256:%s", text);
	else if (oci_digest_check(slice_str(text), &ignored) == 0)
		out->digest = arena_strdup(a, text);
	else
		return oci_ref_parse(a, text, out, e);
	return 0;
}

void oci_ref_default_tag(struct oci_ref *r)
{
	if (!r->tag && !r->digest)
		r->tag = "latest";
}

int oci_ref_set_tag(struct arena *a, struct oci_ref *r, const char *tag, struct err *e)
{
	if (!oci_ref_is_tag(tag))
		return err_set(e, ERR_INVALID, "invalid tag format");
	r->tag = arena_strdup(a, tag);
	r->digest = NULL;
	return 0;
}

const char *oci_ref_name(struct arena *a, const struct oci_ref *r)
{
	return r->path ? arena_printf(a, "%s/%s", r->domain, r->path) : r->digest;
}

static const char *with_suffix(struct arena *a, const char *name, const struct oci_ref *r)
{
	if (!r->path)
		return r->digest;
	return arena_printf(a, "%s%s%s%s%s", name, r->tag ? ":" : "", r->tag ? r->tag : "",
		r->digest ? "@" : "", r->digest ? r->digest : "");
}

const char *oci_ref_full(struct arena *a, const struct oci_ref *r)
{
	return with_suffix(a, oci_ref_name(a, r), r);
}

const char *oci_ref_familiar_name(struct arena *a, const struct oci_ref *r)
{
	size_t prefix = strlen(OFFICIAL_PREFIX);

	if (!r->path || strcmp(r->domain, DEFAULT_DOMAIN) != 0)
		return oci_ref_name(a, r);
	if (strncmp(r->path, OFFICIAL_PREFIX, prefix) == 0 && !strchr(r->path + prefix, '/'))
		return arena_strdup(a, r->path + prefix);
	return arena_strdup(a, r->path);
}

const char *oci_ref_familiar(struct arena *a, const struct oci_ref *r)
{
	return with_suffix(a, oci_ref_familiar_name(a, r), r);
}
