/* SPDX-License-Identifier: Apache-2.0 */
/* scheme 1*SP #(token "=" (token / quoted-string)), several in one header. token68 (Negotiate) is malformed here. */
#include "challenge.h"

#include <ctype.h>
#include <string.h>

#define CHALLENGES_MOST 16
#define PARAMS_MOST	32

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static struct slice cut_token(struct slice *s)
{
	struct slice t = { s->p, 0 };

	while (t.n < s->n && is_token(s->p[t.n]))
		t.n++;
	s->p += t.n;
	s->n -= t.n;
	return t;
}

static bool cut_char(struct slice *s, char c)
{
	if (s->n == 0 || *s->p != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static void skip(struct slice *s, const char *set)
{
	while (s->n > 0 && *s->p && strchr(set, *s->p)) {
		s->p++;
		s->n--;
	}
}

static const char *lower(struct arena *a, struct slice s)
{
	char *out = arena_strndup(a, s.p, s.n);

	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

/* A quoted string or a token; NULL when it is neither. */
static const char *cut_value(struct arena *a, struct slice *s)
{
	if (!cut_char(s, '"')) {
		struct slice token = cut_token(s);
		/* Many servers leave URLs unquoted. */
		while (token.p && s->n > 0 && !strchr(", \t\"", *s->p)) {
			token.n++;
			s->p++;
			s->n--;
		}
		return token.n ? arena_strndup(a, token.p, token.n) : NULL;
	}
	char *out = arena_alloc(a, s->n + 1);
	size_t n = 0;
	while (s->n > 0 && *s->p != '"') {
		if (*s->p == '\\' && s->n > 1)
			cut_char(s, '\\');
		out[n++] = *s->p++;
		s->n--;
	}
	return cut_char(s, '"') ? out : NULL;
}

/* The parameters up to the next scheme; false when what follows is nothing at all. */
static bool cut_params(struct arena *a, struct slice *s, struct challenge *c)
{
	for (;;) {
		skip(s, " \t,");
		struct slice before = *s;
		struct slice key = cut_token(s);
		if (key.n == 0)
			return s->n == 0;
		skip(s, " \t");
		if (!cut_char(s, '=')) {
			*s = before; /* a scheme */
			return true;
		}
		skip(s, " \t");
		const char *value = cut_value(a, s);
		if (!value || c->params.n >= PARAMS_MOST)
			return false;
		str_map_set(a, &c->params, lower(a, key), value);
	}
}

void challenge_parse(struct arena *a, struct slice text, struct challenges *out)
{
	while (out->n < CHALLENGES_MOST) {
		struct challenge c = { 0 };

		skip(&text, " \t,");
		struct slice scheme = cut_token(&text);
		if (scheme.n == 0)
			return;
		c.scheme = lower(a, scheme);
		if (text.n > 0 && !strchr(" \t,", *text.p))
			return;
		bool is_whole = cut_params(a, &text, &c);
		if (is_whole) {
			out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
			out->v[out->n - 1] = c;
		}
		if (!is_whole)
			return;
	}
}

const struct challenge *challenge_find(const struct challenges *l, const char *scheme)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].scheme, scheme) == 0)
			return &l->v[i];
	return NULL;
}
