/* SPDX-License-Identifier: Apache-2.0 */
/* A recursive descent over the word; what is found goes to one builder, or to a list of words. */
#include "expand.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"

#define VALUE_MOST  (4 * 1024 * 1024)
#define NESTED_MOST 64

struct expansion {
	struct arena *a;
	const struct expand_scope *scope;
	const char *p;
	int depth;
	struct buf *out;
	struct str_list *words; /* NULL: out is all one */
	bool is_word;		/* something of the current word is in out */
};

static int expand_until(struct expansion *x, char stop, struct err *e);

static const char *lookup(const struct expansion *x, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < x->scope->env->n; i++) {
		const char *pair = x->scope->env->v[i];
		if (strncmp(pair, name, n) == 0 && (pair[n] == '=' || !pair[n]))
			return pair[n] ? pair + n + 1 : "";
	}
	return NULL;
}

static void end_word(struct expansion *x)
{
	if (x->is_word)
		str_list_add(x->a, x->words, x->out->data);
	buf_clear(x->out);
	x->is_word = false;
}

/* Blanks that are quoted do not end a word. */
static void put(struct expansion *x, char c, bool is_quoted)
{
	if (x->words && !is_quoted && isspace((unsigned char)c)) {
		end_word(x);
		return;
	}
	buf_char(x->out, c);
	x->is_word = true;
}

static void put_text(struct expansion *x, const char *text, bool is_quoted)
{
	for (; *text; text++)
		put(x, *text, is_quoted);
}

/* Letters, digits, '_'; a number; or one of the shell's own. */
static const char *take_name(struct expansion *x)
{
	const char *from = x->p;

	if (isdigit((unsigned char)*x->p)) {
		while (isdigit((unsigned char)*x->p))
			x->p++;
	} else if (*x->p && strchr("@*#?-$!", *x->p)) {
		x->p++;
	} else {
		while (isalnum((unsigned char)*x->p) || *x->p == '_' ||
			(unsigned char)*x->p >= 0x80)
			x->p++;
	}
	return arena_strndup(x->a, from, (size_t)(x->p - from));
}

/* What stands up to the '}', expanded on its own. */
static const char *take_alternative(struct expansion *x, struct err *e)
{
	own_buf text = { 0 };
	struct expansion inner = *x;

	buf_init(&text, VALUE_MOST);
	inner.out = &text;
	inner.words = NULL;
	int rc = expand_until(&inner, '}', e);
	x->p = inner.p;
	return rc ? NULL : arena_strdup(x->a, text.data);
}

/* The modifiers - + ?: which of value and word it is. NULL with e. */
static const char *choose(
	const char *name, const char *value, const char *how, const char *word, struct err *e)
{
	bool is_missing = !value || (how[0] == ':' && !*value);

	switch (how[strlen(how) - 1]) {
	case '-':
		return is_missing ? word : value;
	case '+':
		return is_missing ? "" : word;
	default:
		if (!is_missing)
			return value;
		err_set(e, ERR_INVALID, "%s: %s", name,
			*word	? word
			: value ? "is not allowed to be empty"
				: "is not allowed to be unset");
		return NULL;
	}
}

/* Behind "${". */
static const char *take_braced(struct expansion *x, struct err *e)
{
	char how[3] = "";

	if (!*x->p)
		return err_set(e, ERR_INVALID, "syntax error: missing '}'"), NULL;
	if (strchr("{}:", *x->p))
		return err_set(e, ERR_INVALID, "syntax error: bad substitution"), NULL;
	const char *name = take_name(x);
	const char *value = lookup(x, name);
	if (*x->p == '}') {
		x->p++;
		return value ? value : "";
	}
	if (!*x->p)
		return err_set(e, ERR_INVALID, "syntax error: missing '}'"), NULL;
	how[0] = *x->p++;
	if (how[0] == ':' && *x->p)
		how[1] = *x->p++;
	if (!strchr("-+?", how[strlen(how) - 1]))
		return err_set(e, ERR_INVALID, "unsupported modifier (%s) in substitution", how),
		       NULL;
	const char *word = take_alternative(x, e);
	return word ? choose(name, value, how, word, e) : NULL;
}

static const char *take_dollar(struct expansion *x, struct err *e)
{
	x->p++;
	if (*x->p == '{') {
		x->p++;
		return take_braced(x, e);
	}
	const char *name = take_name(x);
	if (!*name)
		return "$";
	const char *value = lookup(x, name);
	return value ? value : "";
}

static int take_single(struct expansion *x, struct err *e)
{
	for (x->p++; *x->p != '\''; x->p++) {
		if (!*x->p)
			return err_set(e, ERR_INVALID,
				"unexpected end of statement while looking for matching single-quote");
		put(x, *x->p, true);
	}
	x->p++;
	x->is_word = true;
	return 0;
}

static int take_double(struct expansion *x, struct err *e)
{
	x->p++;
	while (*x->p != '"') {
		if (!*x->p)
			return err_set(e, ERR_INVALID,
				"unexpected end of statement while looking for matching double-quote");
		if (*x->p == '$') {
			const char *value = take_dollar(x, e);
			if (!value)
				return -1;
			put_text(x, value, true);
			continue;
		}
		/* An escape is one only in front of what it can mean. */
		if (*x->p == x->scope->escape && x->p[1] &&
			(strchr("\"$", x->p[1]) || x->p[1] == x->scope->escape))
			x->p++;
		put(x, *x->p++, true);
	}
	x->p++;
	x->is_word = true;
	return 0;
}

static int take_one(struct expansion *x, struct err *e)
{
	const char *value;

	if (*x->p == '\'')
		return take_single(x, e);
	if (*x->p == '"')
		return take_double(x, e);
	if (*x->p == '$') {
		value = take_dollar(x, e);
		if (!value)
			return -1;
		put_text(x, value, false);
		return 0;
	}
	if (*x->p != x->scope->escape) {
		put(x, *x->p++, false);
		return 0;
	}
	x->p++;
	if (*x->p)
		put(x, *x->p++, true);
	return 0;
}

/* Up to stop, which is taken, too; 0: to the end. */
static int expand_until(struct expansion *x, char stop, struct err *e)
{
	if (++x->depth > NESTED_MOST)
		return err_set(e, ERR_INVALID, "syntax error: too deeply nested");
	while (*x->p && *x->p != stop)
		if (take_one(x, e))
			return -1;
	x->depth--;
	if (!stop)
		return 0;
	if (!*x->p)
		return err_set(e, ERR_INVALID, "syntax error: missing '}'");
	x->p++;
	return 0;
}

static int expand(struct expansion *x, const char *word, struct err *e)
{
	x->p = word;
	if (expand_until(x, 0, e))
		return err_in(e, "failed to process \"%.128s\"", word);
	if (!buf_ok(x->out))
		return err_set(e, ERR_INVALID, "\"%.128s\" becomes too long", word);
	return 0;
}

const char *expand_word(
	struct arena *a, const struct expand_scope *scope, const char *word, struct err *e)
{
	own_buf out = { 0 };
	struct expansion x = { .a = a, .scope = scope, .out = &out };

	buf_init(&out, VALUE_MOST);
	return expand(&x, word, e) ? NULL : arena_strdup(a, out.data);
}

int expand_words(struct arena *a, const struct expand_scope *scope, const char *word,
	struct str_list *out, struct err *e)
{
	own_buf text = { 0 };
	struct expansion x = { .a = a, .scope = scope, .out = &text, .words = out };

	buf_init(&text, VALUE_MOST);
	if (expand(&x, word, e))
		return -1;
	end_word(&x);
	return 0;
}
