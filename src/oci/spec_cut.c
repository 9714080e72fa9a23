/* SPDX-License-Identifier: Apache-2.0 */
/* A walk over brackets and strings only; what lies between them is json-c's to judge. */
#include "oci/spec_cut.h"

#define DEPTH_MOST 64

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* p at the opening quote; past the closing one, or NULL. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && ++p == end)
			break;
	}
	return NULL;
}

/* Past the value at p, or NULL. Brackets must match in kind. */
static const char *skip_value(const char *p, const char *end)
{
	char open[DEPTH_MOST];
	size_t depth = 0;

	while (p && p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
		} else if (*p == '{' || *p == '[') {
			if (depth == DEPTH_MOST)
				return NULL;
			open[depth++] = *p++;
		} else if (*p == '}' || *p == ']') {
			if (depth == 0)
				return p; /* the end of what encloses a plain value */
			if (open[--depth] != (*p == '}' ? '{' : '['))
				return NULL;
			p++;
		} else if (*p == ',' && depth == 0) {
			return p;
		} else {
			p++;
			continue;
		}
		if (depth == 0)
			return p;
	}
	return NULL;
}

/* The value of member key of the object that starts at p, or NULL. */
static const char *find_member(const char *p, const char *end, const char *key)
{
	size_t key_len = strlen(key);

	if (p >= end || *p != '{')
		return NULL;
	for (p = skip_blanks(p + 1, end); p < end && *p == '"'; p = skip_blanks(p + 1, end)) {
		const char *name = p + 1;
		p = skip_string(p, end);
		if (!p)
			return NULL;
		size_t name_len = (size_t)(p - 1 - name);
		p = skip_blanks(p, end);
		if (p >= end || *p != ':')
			return NULL;
		p = skip_blanks(p + 1, end);
		if (name_len == key_len && memcmp(name, key, key_len) == 0)
			return p;
		p = skip_value(p, end);
		p = p ? skip_blanks(p, end) : end;
		if (p >= end || *p != ',')
			return NULL;
	}
	return NULL;
}

struct slice oci_spec_cut(struct slice text, const char *outer, const char *inner)
{
	const char *end = text.p + text.n;
	const char *p = find_member(skip_blanks(text.p, end), end, outer);
	const char *value = p && inner ? find_member(p, end, inner) : p;
	const char *after = value && value < end && *value == '{' ? skip_value(value, end) : NULL;

	return after ? (struct slice){ value, (size_t)(after - value) } : (struct slice){ 0 };
}
