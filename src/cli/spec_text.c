/* SPDX-License-Identifier: Apache-2.0 */
/* CSV, numbers, booleans: the pieces other specs are made of. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

static int csv_error(struct err *e, const char *text, const char *at, const char *why)
{
	return err_set(e, ERR_INVALID, "parse error on line 1, column %zu: %s",
		(size_t)(at - text) + 1, why);
}

/* A quoted field at *p; moves *p behind its closing quote. */
static int quoted_field(
	struct arena *a, const char *text, const char **p, const char **out, struct err *e)
{
	char *field = arena_alloc(a, strlen(*p) + 1);
	size_t n = 0;
	const char *s = *p + 1;

	for (;; s++) {
		if (*s == '\0')
			return csv_error(e, text, s, "extraneous or missing \" in quoted-field");
		if (*s == '"' && s[1] == '"')
			s++;
		else if (*s == '"')
			break;
		field[n++] = *s;
	}
	s++;
	if (*s && *s != ',' && *s != '\n')
		return csv_error(e, text, s - 1, "extraneous or missing \" in quoted-field");
	*out = field;
	*p = s;
	return 0;
}

int spec_csv(struct arena *a, const char *text, struct str_list *out, struct err *e)
{
	const char *p = text;

	if (*p == '\0')
		return err_set(e, ERR_INVALID, "EOF");
	for (;;) {
		const char *field = NULL;
		size_t n;

		if (*p == '"') {
			if (quoted_field(a, text, &p, &field, e))
				return -1;
		} else {
			n = strcspn(p, ",\n");
			field = memchr(p, '"', n);
			if (field)
				return csv_error(e, text, field, "bare \" in non-quoted-field");
			field = arena_strndup(a, p, n);
			p += n;
		}
		str_list_add(a, out, field);
		if (*p != ',')
			return 0;
		p++;
	}
}

bool spec_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
	static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!str_eq(text, yes[i]) && !str_eq(text, no[i]))
			continue;
		*out = str_eq(text, yes[i]);
		return true;
	}
	return false;
}

/* NULL when text is a number in range, else Go's word for what is wrong. */
static const char *wrong_number(const char *text, bool sign, const char **digits)
{
	*digits = sign && (*text == '-' || *text == '+') ? text + 1 : text;
	if (**digits == '\0' || strspn(*digits, "0123456789") != strlen(*digits))
		return "invalid syntax";
	return NULL;
}

int spec_atoi(const char *text, int64_t *out, struct err *e)
{
	const char *digits;
	const char *why = wrong_number(text, true, &digits);

	if (why == NULL) {
		errno = 0;
		*out = strtoll(text, NULL, 10);
		if (errno == 0)
			return 0;
		why = "value out of range";
	}
	return err_set(e, ERR_INVALID, "%s", why);
}

int spec_int(const char *text, int64_t *out, struct err *e)
{
	struct err why;

	if (spec_atoi(text, out, &why) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "strconv.ParseInt: parsing \"%s\": %s", text, why.msg);
}

int spec_uint(const char *text, unsigned bits, uint64_t *out, struct err *e)
{
	const char *digits;
	const char *why = wrong_number(text, false, &digits);

	if (why == NULL) {
		errno = 0;
		*out = strtoull(text, NULL, 10);
		if (errno == 0 && (bits >= 64 || *out >> bits == 0))
			return 0;
		why = "value out of range";
	}
	return err_set(e, ERR_INVALID, "strconv.ParseUint: parsing \"%s\": %s", text, why);
}
