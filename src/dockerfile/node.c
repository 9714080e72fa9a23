/* SPDX-License-Identifier: Apache-2.0 */
/* One logical line into keyword, flags and arguments; the grammar of the arguments is the keyword's row. */
#include "node.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/slice.h"

#define BLANKS " \t\v\f\r"

struct line {
	struct arena *a;
	char escape;
	const char *keyword; /* upper case */
	struct dockerfile_node *node;
};

/* --- Grammars of arguments ----------------------------------------------------------------------- */

static int take_whole(struct line *l, const char *rest, struct err *e)
{
	if (*rest)
		str_list_add(l->a, &l->node->args, rest);
	return 0;
}

static int take_blank_separated(struct line *l, const char *rest, struct err *e)
{
	for (;;) {
		rest += strspn(rest, BLANKS);
		size_t n = strcspn(rest, BLANKS);
		if (!n)
			return 0;
		str_list_add(l->a, &l->node->args, arena_strndup(l->a, rest, n));
		rest += n;
	}
}

/* The length of the JSON value text begins with, strings and brackets being all that counts; 0: none. */
static size_t json_length(const char *text)
{
	int depth = 0;
	bool in_string = false;

	for (const char *p = text; *p; p++) {
		if (in_string) {
			if (*p == '\\' && p[1])
				p++;
			else if (*p == '"')
				in_string = false;
		} else if (*p == '"') {
			in_string = true;
		} else if (*p == '[' || *p == '{') {
			depth++;
		} else if ((*p == ']' || *p == '}') && --depth == 0) {
			return (size_t)(p - text) + 1;
		}
	}
	return 0;
}

/* 1: it was an array of strings. What stands behind the array is ignored, as Docker's decoder does. */
static int try_json(struct line *l, const char *rest, struct err *e)
{
	struct err ignored;

	rest += strspn(rest, BLANKS);
	size_t n = *rest == '[' ? json_length(rest) : 0;
	own_json doc = n ? json_parse(rest, n, &ignored) : NULL;
	if (json_type(doc) != JSON_ARR)
		return 0;
	for (size_t i = 0; i < json_len(doc); i++)
		if (json_type(json_at(doc, i)) != JSON_STR)
			return err_set(e, ERR_INVALID,
				"when using JSON array syntax, arrays must be comprised of strings only");
	for (size_t i = 0; i < json_len(doc); i++)
		str_list_add(l->a, &l->node->args, json_str(json_at(doc, i), ""));
	l->node->is_json = true;
	return 1;
}

static int take_command(struct line *l, const char *rest, struct err *e)
{
	int found = try_json(l, rest, e);

	return found ? (found < 0 ? -1 : 0) : take_whole(l, rest, e);
}

static int take_list(struct line *l, const char *rest, struct err *e)
{
	int found = try_json(l, rest, e);

	return found ? (found < 0 ? -1 : 0) : take_blank_separated(l, rest, e);
}

/* Words as they stand, quotes and escapes in them; blanks inside quotes do not end one. */
static void cut_words(struct line *l, const char *rest, struct str_list *out)
{
	own_buf word = { 0 };
	char quote = 0;
	bool is_word = false;

	buf_init(&word, strlen(rest) + 1);
	for (const char *p = rest;; p++) {
		if (!*p || (!quote && isspace((unsigned char)*p))) {
			if (is_word)
				str_list_add(l->a, out, word.data);
			buf_clear(&word);
			is_word = false;
			if (!*p)
				return;
			continue;
		}
		if (*p == l->escape && quote != '\'') {
			if (!p[1])
				continue;
			buf_char(&word, *p++);
		} else if (quote) {
			quote = *p == quote ? 0 : quote;
		} else if (*p == '\'' || *p == '"') {
			quote = *p;
		}
		buf_char(&word, *p);
		is_word = true;
	}
}

/* "NAME value with blanks" in the old form, else name=value … */
static int take_pairs(struct line *l, const char *rest, struct err *e)
{
	struct str_list words = { 0 };

	cut_words(l, rest, &words);
	if (!words.n)
		return 0;
	if (!strchr(words.v[0], '=')) {
		size_t n = strcspn(rest, BLANKS);
		if (!rest[n])
			return err_set(e, ERR_INVALID, "%s must have two arguments", l->keyword);
		str_list_add(l->a, &l->node->args, arena_strndup(l->a, rest, n));
		str_list_add(l->a, &l->node->args, rest + n + strspn(rest + n, BLANKS));
		return 0;
	}
	for (size_t i = 0; i < words.n; i++) {
		const char *eq = strchr(words.v[i], '=');
		if (!eq)
			return err_set(e, ERR_INVALID,
				"Syntax error - can't find = in \"%s\". Must be of the form: name=value",
				words.v[i]);
		str_list_add(l->a, &l->node->args,
			arena_strndup(l->a, words.v[i], (size_t)(eq - words.v[i])));
		str_list_add(l->a, &l->node->args, eq + 1);
	}
	return 0;
}

/* ARG a b=c: words, whatever they say. */
static int take_words(struct line *l, const char *rest, struct err *e)
{
	cut_words(l, rest, &l->node->args);
	return 0;
}

static int take_health(struct line *l, const char *rest, struct err *e)
{
	size_t n = strcspn(rest, BLANKS);

	if (!n)
		return 0;
	str_list_add(l->a, &l->node->args, arena_strndup(l->a, rest, n));
	return take_command(l, rest + n + strspn(rest + n, BLANKS), e);
}

/* The triggered instruction's arguments must be well formed, too. */
static int take_trigger(struct line *l, const char *rest, struct err *e)
{
	struct dockerfile_node inner = { 0 };

	if (!*rest)
		return 0;
	if (dockerfile_parse_line(l->a, rest, l->escape, &inner, e))
		return -1;
	str_list_add(l->a, &l->node->args, inner.keyword);
	return 0;
}

static const struct grammar {
	const char *keyword;
	int (*take)(struct line *l, const char *rest, struct err *e);
} grammars[] = {
	{ "ADD", take_list },
	{ "ARG", take_words },
	{ "CMD", take_command },
	{ "COPY", take_list },
	{ "ENTRYPOINT", take_command },
	{ "ENV", take_pairs },
	{ "EXPOSE", take_blank_separated },
	{ "FROM", take_blank_separated },
	{ "HEALTHCHECK", take_health },
	{ "LABEL", take_pairs },
	{ "MAINTAINER", take_whole },
	{ "ONBUILD", take_trigger },
	{ "RUN", take_command },
	{ "SHELL", take_command },
	{ "STOPSIGNAL", take_whole },
	{ "USER", take_whole },
	{ "VOLUME", take_list },
	{ "WORKDIR", take_whole },
};

/* --- The line ------------------------------------------------------------------------------------ */

/* Takes "--word" after "--word" off the front; quotes and escapes in them are taken away. */
static const char *cut_flags(struct line *l, const char *rest)
{
	for (;;) {
		own_buf flag = { 0 };
		char quote = 0;
		const char *p = rest + strspn(rest, BLANKS);
		if (p[0] != '-' || p[1] != '-')
			return p;
		buf_init(&flag, strlen(p) + 1);
		for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
			if (*p == l->escape && p[1])
				buf_char(&flag, *++p);
			else if (quote ? *p == quote : (*p == '\'' || *p == '"'))
				quote = quote ? 0 : *p;
			else
				buf_char(&flag, *p);
		}
		rest = p;
		/* "--" ends them. */
		if (strcmp(flag.data, "--") == 0)
			return p + strspn(p, BLANKS);
		str_list_add(l->a, &l->node->flags, flag.data);
	}
}

int dockerfile_parse_line(
	struct arena *a, const char *line, char escape, struct dockerfile_node *out, struct err *e)
{
	struct slice s = slice_trim(slice_str(line));
	char *text = arena_strndup(a, s.p, s.n);
	size_t n = strcspn(text, BLANKS);
	struct line l = { .a = a, .escape = escape, .node = out };

	out->keyword = arena_strndup(a, text, n);
	out->original = arena_strdup(a, line);
	for (size_t i = 0; i < sizeof(grammars) / sizeof(grammars[0]); i++) {
		if (strcasecmp(grammars[i].keyword, out->keyword) != 0)
			continue;
		l.keyword = grammars[i].keyword;
		return grammars[i].take(&l, cut_flags(&l, text + n), e);
	}
	return 0;
}

int dockerfile_parse(struct arena *a, const char *text, struct dockerfile *out, struct err *e)
{
	struct dockerfile_lines lines;

	*out = (struct dockerfile){ 0 };
	if (dockerfile_cut(a, text, &lines, e))
		return -1;
	if (!lines.n)
		return err_set(e, ERR_INVALID, "file with no instructions");
	out->escape = lines.escape;
	for (size_t i = 0; i < lines.n; i++) {
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[i].line = lines.v[i].number;
		if (dockerfile_parse_line(a, lines.v[i].text, lines.escape, &out->v[i], e))
			return -1;
	}
	return 0;
}
