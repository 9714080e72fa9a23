/* SPDX-License-Identifier: Apache-2.0 */
/* docker's formatter: the table's header goes through the same template as its rows. */
#include "listing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/unit.h"
#include "columns.h"
#include "tmpl.h"
#include "utf8.h"

#define SHORT_ID 12

/* "\t" and "\n" as typed become what they mean; blanks around are dropped. */
static const char *template_of(struct arena *a, const char *format, bool *is_table)
{
	struct slice s = slice_str(format);
	char *text, *out;

	*is_table = str_starts(format, "table");
	if (*is_table) {
		s.p += strlen("table");
		s.n -= strlen("table");
	} else if (str_eq(format, "json")) {
		s = slice_str("{{json .}}");
	}
	while (s.n > 0 && *s.p == ' ') {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	text = out = arena_strndup(a, s.p, s.n);
	for (const char *p = text; *p; p++) {
		if (p[0] == '\\' && (p[1] == 't' || p[1] == 'n'))
			*out++ = *++p == 't' ? '\t' : '\n';
		else
			*out++ = *p;
	}
	*out = '\0';
	return text;
}

const char *listing_template(struct arena *a, const char *format)
{
	bool is_table;

	return template_of(a, format, &is_table);
}

int listing_write(struct cli *c, const char *format, const struct listing_rows *rows, struct err *e)
{
	static const struct columns layout = { .min_width = 10, .padding = 3 };
	bool is_table;
	const char *text = template_of(c->arena, format, &is_table);
	struct tmpl *t = tmpl_parse(c->arena, "", text, e);
	own_buf body = { 0 };
	struct err ignored;

	if (t == NULL)
		return err_in(e, "template parsing error");
	buf_init(&body, CLI_BODY_MAX);
	if (is_table) {
		(void)tmpl_exec(t, go_object(rows->type, NULL), TMPL_HEADER, &body, &ignored);
		buf_char(&body, '\n');
	}
	for (size_t i = 0; i < rows->n; i++) {
		const struct go_type *type = rows->types ? rows->types[i] : rows->type;

		if (tmpl_exec(t, go_object(type, rows->v[i]), 0, &body, e))
			return err_in(e, "template parsing error");
		buf_char(&body, '\n');
	}
	if (is_table)
		columns_write(&c->out, &layout, body.data, body.len);
	else
		buf_add(&c->out, body.data, body.len);
	return 0;
}

const char *listing_short_id(struct arena *a, const char *id)
{
	const char *colon = strchr(id, ':');

	if (colon)
		id = colon + 1;
	return strlen(id) > SHORT_ID ? arena_strndup(a, id, SHORT_ID) : id;
}

const char *listing_ellipsis(struct arena *a, const char *s, int max)
{
	struct slice rest = slice_str(s);
	int width = 0;
	size_t len, keep = 0;

	for (; rest.n > 0; rest.p += len, rest.n -= len) {
		width += utf8_width(utf8_next(rest, &len));
		if (width <= max - 1)
			keep = (size_t)(rest.p - s) + len;
	}
	if (width <= max)
		return s;
	return arena_printf(a, "%.*s\xe2\x80\xa6", (int)keep, s);
}

const char *listing_local_time(struct arena *a, int64_t unix_seconds)
{
	time_t t = unix_seconds;
	struct tm tm;
	char text[80];

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm);
	return arena_strdup(a, text);
}

const char *listing_ago(struct arena *a, int64_t unix_seconds)
{
	char text[UNIT_TEXT];

	return arena_printf(a, "%s ago", unit_human_duration(text, time(NULL) - unix_seconds));
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *listing_labels(struct arena *a, const struct json *labels)
{
	struct str_list pairs = { 0 };
	own_buf b = { 0 };

	for (struct json_iter it = json_iter(labels); json_next(&it);)
		str_list_add(a, &pairs, arena_printf(a, "%s=%s", it.key, json_str(it.value, "")));
	if (pairs.n)
		qsort(pairs.v, pairs.n, sizeof(*pairs.v), compare_strings);
	buf_init(&b, 1 << 24);
	for (size_t i = 0; i < pairs.n; i++)
		buf_fmt(&b, "%s%s", i ? "," : "", pairs.v[i]);
	return arena_strndup(a, b.data, b.len);
}

int listing_natural_compare(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
			size_t n_a = strspn(a + zeros_a, "0123456789");
			size_t n_b = strspn(b + zeros_b, "0123456789");
			int c = n_a != n_b ? (n_a > n_b) - (n_a < n_b)
					   : strncmp(a + zeros_a, b + zeros_b, n_a);

			if (c)
				return c;
			if (zeros_a != zeros_b)
				return (zeros_a > zeros_b) - (zeros_a < zeros_b);
			a += zeros_a + n_a;
			b += zeros_b + n_b;
		} else if (*a != *b) {
			return (unsigned char)*a - (unsigned char)*b;
		} else {
			a++;
			b++;
		}
	}
	return (*a != '\0') - (*b != '\0');
}
