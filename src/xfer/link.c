/* SPDX-License-Identifier: Apache-2.0 */
/* <target> *( ";" name [ "=" value ] ), more after commas. */
#include "link.h"

#include <strings.h>

#include "base/slice.h"

/* Whether one of the blank-separated words of a rel value is next. */
static bool says_next(struct slice value)
{
	struct slice word;

	while (value.n > 0) {
		slice_cut(value, ' ', &word, &value);
		if (word.n == 4 && strncasecmp(word.p, "next", 4) == 0)
			return true;
	}
	return false;
}

/* One parameter off s; false at the end of this link's. */
static bool cut_param(struct slice *s, struct slice *name, struct slice *value)
{
	size_t n = 0;

	*s = slice_trim(*s);
	if (s->n == 0 || *s->p != ';')
		return false;
	*s = slice_trim((struct slice){ s->p + 1, s->n - 1 });
	while (n < s->n && s->p[n] != '=' && s->p[n] != ';' && s->p[n] != ',')
		n++;
	*name = slice_trim((struct slice){ s->p, n });
	*s = (struct slice){ s->p + n, s->n - n };
	*value = (struct slice){ s->p, 0 };
	if (s->n == 0 || *s->p != '=')
		return true;
	*s = slice_trim((struct slice){ s->p + 1, s->n - 1 });
	bool is_quoted = s->n > 0 && *s->p == '"';
	size_t from = is_quoted ? 1 : 0;
	for (n = from; n < s->n; n++)
		if (is_quoted ? s->p[n] == '"' : s->p[n] == ';' || s->p[n] == ',')
			break;
	*value = slice_trim((struct slice){ s->p + from, n - from });
	if (is_quoted && n < s->n)
		n++;
	*s = (struct slice){ s->p + n, s->n - n };
	return true;
}

const char *link_next(struct arena *a, const char *header)
{
	struct slice s = slice_str(header), target, name, value;

	for (;;) {
		bool is_next = false;

		s = slice_trim(s);
		if (s.n == 0 || *s.p != '<')
			return NULL;
		if (!slice_cut((struct slice){ s.p + 1, s.n - 1 }, '>', &target, &s))
			return NULL;
		while (cut_param(&s, &name, &value))
			if (name.n == 3 && strncasecmp(name.p, "rel", 3) == 0)
				is_next |= says_next(value);
		if (is_next)
			return arena_strndup(a, target.p, target.n);
		s = slice_trim(s);
		if (s.n == 0 || *s.p != ',')
			return NULL;
		s = (struct slice){ s.p + 1, s.n - 1 };
	}
}
