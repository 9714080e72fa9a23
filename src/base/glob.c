/* SPDX-License-Identifier: Apache-2.0 */
/* Go's path.Match, without recursion: on a mismatch the last star takes one more character. */
#include "glob.h"

#include <stddef.h>

/* Matches c against the class at p ("[…]"); *end is behind it, or NULL when the class is malformed. */
static bool class_match(const char *p, char c, const char **end)
{
	bool negated = *++p == '^', hit = false;

	if (negated)
		p++;
	*end = NULL;
	for (bool first = true; *p != ']' || first; first = false) {
		if (*p == '\\')
			p++;
		if (!*p || *p == ']' || *p == '-')
			return false;
		char lo = *p++, hi = lo;
		if (*p == '-') {
			if (*++p == '\\')
				p++;
			if (!*p || *p == ']')
				return false;
			hi = *p++;
		}
		hit |= lo <= c && c <= hi;
	}
	*end = p + 1;
	return hit != negated;
}

/* One pattern element against one character; *next is behind the element. */
static bool element_match(const char *p, char c, const char **next)
{
	if (*p == '?') {
		*next = p + 1;
		return c != '/';
	}
	if (*p == '[')
		return class_match(p, c, next) && *next;
	if (*p == '\\')
		p++;
	*next = p + 1;
	return *p && *p == c;
}

bool glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL, *next;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
		} else if (*pattern && element_match(pattern, *name, &next)) {
			pattern = next;
			name++;
		} else if (star && *retry != '/') {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool glob_valid(const char *pattern)
{
	const char *end;

	while (*pattern) {
		if (*pattern == '[') {
			class_match(pattern, 'x', &end);
			if (!end)
				return false;
			pattern = end;
			continue;
		}
		if (*pattern == '\\' && !*++pattern)
			return false;
		pattern++;
	}
	return true;
}
