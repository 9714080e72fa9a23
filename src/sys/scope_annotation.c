/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Annotations "org.systemd.property.NAME": VALUE, by which a spec adds properties to its scope, as with runc and crun. VALUE is
 * GVariant text; of it what units' properties are made of: booleans, strings, numbers with or without a type before them, and
 * lists of strings.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "sys/scope.h"

#define PREFIX	    "org.systemd.property."
#define SECOND_USEC 1000000

static const struct number_type {
	const char *word;
	const char *signature;
	bool is_signed;
} number_types[] = {
	{ "uint64", "t", false }, { "uint32", "u", false }, { "int64", "x", true },
	{ "int32", "i", true }, { "", "i", true }, /* GVariant's own choice */
};

static int refuse(const char *key, const char *value, struct err *e)
{
	return err_set(e, ERR_INVALID, "annotation %s=%s value parse error", key, value);
}

/* A quoted string at the beginning of *text, which is cut off; its content, unescaped, goes to out. */
static bool read_string(struct slice *text, struct buf *out)
{
	char quote = text->n ? text->p[0] : 0;
	size_t i = 1;

	if (quote != '\'' && quote != '"')
		return false;
	for (; i < text->n && text->p[i] != quote; i++) {
		if (text->p[i] == '\\' && (++i == text->n || !strchr("\\'\"", text->p[i])))
			return false;
		/* They would end the field or the line. */
		if ((unsigned char)text->p[i] < ' ')
			return false;
		buf_char(out, text->p[i]);
	}
	if (i >= text->n)
		return false;
	*text = slice_trim((struct slice){ text->p + i + 1, text->n - i - 1 });
	return true;
}

/* "['a', 'b']", "@as []" */
static bool read_list(struct slice text, struct buf *out)
{
	if (slice_starts(text, "@as "))
		text = slice_trim((struct slice){ text.p + 4, text.n - 4 });
	if (text.n < 2 || text.p[0] != '[' || text.p[text.n - 1] != ']')
		return false;
	text = slice_trim((struct slice){ text.p + 1, text.n - 2 });
	if (!text.n)
		buf_char(out, '\t');
	while (text.n) {
		buf_char(out, '\t');
		if (!read_string(&text, out) || (text.n && text.p[0] != ','))
			return false;
		if (text.n)
			text = slice_trim((struct slice){ text.p + 1, text.n - 1 });
	}
	return true;
}

static bool read_number(struct slice text, const struct number_type **type, struct slice *digits)
{
	struct slice word = { "", 0 }, rest;
	uint64_t u;
	int64_t i;

	*digits = text;
	if (slice_cut(text, ' ', &word, &rest))
		*digits = slice_trim(rest);
	else
		word = (struct slice){ "", 0 };
	for (size_t k = 0; k < sizeof(number_types) / sizeof(number_types[0]); k++) {
		*type = &number_types[k];
		if (slice_eq(word, (*type)->word))
			return (*type)->is_signed ? parse_i64(*digits, &i) : parse_u64(*digits, &u);
	}
	return false;
}

/* "…Sec" is how units' files say what D-Bus calls "…USec". */
static int add_seconds(
	const char *key, const char *name, const char *value, struct buf *out, struct err *e)
{
	struct slice text = slice_trim(slice_str(value)), digits;
	const struct number_type *type;
	char *end;

	if (!read_number(text, &type, &digits))
		digits = text;
	double seconds = strtod(digits.p, &end);
	if (end == digits.p || end != digits.p + digits.n || !(seconds >= 0) || seconds > 1e12)
		return refuse(key, value, e);
	buf_fmt(out, "0\tt\t%.*sUSec\t%" PRIu64 "\n", (int)strlen(name) - 3, name,
		(uint64_t)(seconds * SECOND_USEC));
	return 0;
}

static int add_value(
	const char *key, const char *name, const char *value, struct buf *out, struct err *e)
{
	struct slice text = slice_trim(slice_str(value)), digits, rest = text;
	const struct number_type *type;
	own_buf content = { 0 };

	buf_init(&content, 65536);
	if (slice_eq(text, "true") || slice_eq(text, "false"))
		buf_fmt(out, "0\tb\t%s\t%s\n", name, text.p[0] == 't' ? "true" : "false");
	else if (read_number(text, &type, &digits))
		buf_fmt(out, "0\t%s\t%s\t%.*s\n", type->signature, name, (int)digits.n, digits.p);
	else if (read_string(&rest, &content) && !rest.n && buf_ok(&content))
		buf_fmt(out, "0\ts\t%s\t%s\n", name, content.data);
	else if (buf_clear(&content), read_list(text, &content) && buf_ok(&content))
		buf_fmt(out, "0\tas\t%s%s\n", name, content.data);
	else
		return refuse(key, value, e);
	return 0;
}

int scope_add_annotation(const char *key, const char *value, struct buf *out, struct err *e)
{
	if (!str_starts(key, PREFIX))
		return 0;
	const char *name = key + strlen(PREFIX);
	size_t n = strlen(name);
	for (const char *p = name; *p || n < 3; p++)
		if (n < 3 || !isalpha((unsigned char)*p))
			return err_set(e, ERR_INVALID, "annotation %s name incorrect", key);
	if (n > 3 && str_ends(name, "Sec") && islower((unsigned char)name[n - 4]))
		return add_seconds(key, name, value, out, e);
	return add_value(key, name, value, out, e);
}
