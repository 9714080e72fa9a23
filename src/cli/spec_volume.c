/* SPDX-License-Identifier: Apache-2.0 */
/* -v: sections between colons; "c:" alone in a section is a Windows drive and no separator. */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec.h"

static int bad(struct err *e, const char *text, const char *why)
{
	return err_set(e, ERR_INVALID, "invalid spec: %s: %s", text, why);
}

static bool is_path(const char *s)
{
	if (*s == '.' || *s == '/' || *s == '~')
		return true;
	if (s[0] == '\\' && s[1] == '\\')
		return true;
	return isalpha((unsigned char)s[0]) && s[1] == ':';
}

/* The length of the section at s. */
static size_t section(const char *s)
{
	size_t n = isalpha((unsigned char)s[0]) && s[1] == ':' ? 2 : 0;

	return n + strcspn(s + n, ":");
}

int spec_volume(struct arena *a, const char *text, struct spec_volume *out, struct err *e)
{
	const char *p = text;
	bool has_target = false, has_options = false;

	*out = (struct spec_volume){ 0 };
	if (*text == '\0')
		return err_set(e, ERR_INVALID, "invalid empty volume spec");
	if (strlen(text) <= 2) {
		out->target = text;
		return 0;
	}
	for (;;) {
		size_t n = section(p);
		const char *part = arena_strndup(a, p, n);
		bool is_last = p[n] == '\0';

		if (n == 0)
			return bad(e, text, "empty section between colons");
		if (out->source == NULL && is_last) {
			out->target = part;
			return 0;
		}
		if (out->source == NULL) {
			out->source = part;
		} else if (!has_target) {
			out->target = part;
			has_target = true;
		} else if (!is_last || has_options) {
			return bad(e, text, "too many colons");
		} else {
			has_options = true;
		}
		if (is_last)
			break;
		p += n + 1;
	}
	out->is_path = is_path(out->source);
	return 0;
}

/* path.Join(cwd, relative) without "." and "..". */
static const char *absolute(struct arena *a, const char *relative)
{
	char cwd[PATH_MAX];
	struct str_list parts = { 0 };
	own_buf b = { 0 };

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		return relative;
	for (const char *p = arena_printf(a, "%s/%s", cwd, relative); *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && p[0] == '.' && p[1] == '.')
			parts.n -= parts.n > 0;
		else if (n > 0 && !(n == 1 && *p == '.'))
			str_list_add(a, &parts, arena_strndup(a, p, n));
		p += n + (p[n] == '/');
	}
	buf_init(&b, 1 << 16);
	for (size_t i = 0; i < parts.n; i++)
		buf_fmt(&b, "/%s", parts.v[i]);
	return b.len ? arena_strndup(a, b.data, b.len) : "/";
}

const char *spec_volume_bind(struct arena *a, const char *text, const struct spec_volume *v)
{
	const char *colon = strchr(text, ':');

	if (!v->is_path || *text != '.' || colon == NULL)
		return text;
	return arena_printf(
		a, "%s%s", absolute(a, arena_strndup(a, text, (size_t)(colon - text))), colon);
}
