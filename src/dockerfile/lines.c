/* SPDX-License-Identifier: Apache-2.0 */
/* Text into logical lines: comments, directives at the top, continuations. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/slice.h"
#include "node.h"

#define BLANKS	  " \t"
#define UTF8_MARK "\xef\xbb\xbf"

struct cutter {
	struct arena *a;
	struct slice rest;
	size_t number;
	char escape;
	bool at_top; /* directives may still come */
	bool has_escape;
};

static bool next_raw(struct cutter *c, struct slice *line)
{
	if (!c->rest.n)
		return false;
	slice_cut(c->rest, '\n', line, &c->rest);
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	c->number++;
	return true;
}

static struct slice trim_left(struct slice s)
{
	while (s.n && isspace((unsigned char)*s.p))
		s.p++, s.n--;
	return s;
}

static bool is_comment(struct slice line)
{
	line = trim_left(line);
	return line.n && *line.p == '#';
}

/* "# escape=`": only above everything else, once. Other names (syntax, check) are for others. */
static int take_directive(struct cutter *c, struct slice line, struct err *e)
{
	struct slice name, value;

	line = trim_left(line);
	if (!line.n || *line.p != '#') {
		c->at_top = false;
		return 0;
	}
	if (!slice_cut((struct slice){ line.p + 1, line.n - 1 }, '=', &name, &value)) {
		c->at_top = false;
		return 0;
	}
	name = slice_trim(name);
	value = slice_trim(value);
	if (name.n != strlen("escape") || strncasecmp(name.p, "escape", name.n) != 0)
		return 0;
	if (c->has_escape)
		return err_set(e, ERR_INVALID, "only one escape parser directive can be used");
	c->has_escape = true;
	if (!slice_eq(value, "\\") && !slice_eq(value, "`"))
		return err_set(e, ERR_INVALID, "invalid escape token '%.*s' does not match ` or \\",
			(int)value.n, value.p);
	c->escape = *value.p;
	return 0;
}

/* Without a continuation character at the end; true when there was one. An escaped one is none. */
static bool cut_continuation(const struct cutter *c, struct slice *line)
{
	size_t n = line->n;

	while (n && strchr(BLANKS, line->p[n - 1]))
		n--;
	if (!n || line->p[n - 1] != c->escape || (n > 1 && line->p[n - 2] == c->escape))
		return false;
	line->n = n - 1;
	return true;
}

/* Comments and empty lines between continued ones are passed over. */
static void join(struct cutter *c, struct buf *out)
{
	struct slice line;
	bool goes_on = true;

	while (goes_on && next_raw(c, &line)) {
		if (is_comment(line) || !slice_trim(line).n)
			continue;
		goes_on = cut_continuation(c, &line);
		buf_add(out, line.p, line.n);
	}
}

static void add_line(struct cutter *c, struct slice line, struct dockerfile_lines *out)
{
	own_buf text = { 0 };
	size_t first = c->number;

	buf_init(&text, line.n + c->rest.n + 1);
	bool goes_on = cut_continuation(c, &line);
	buf_add(&text, line.p, line.n);
	if (goes_on)
		join(c, &text);
	out->v = arena_grow(c->a, out->v, &out->n, sizeof(*out->v));
	out->v[out->n - 1].text = arena_strdup(c->a, text.data);
	out->v[out->n - 1].number = first;
}

int dockerfile_cut(struct arena *a, const char *text, struct dockerfile_lines *out, struct err *e)
{
	struct cutter c = { .a = a, .rest = slice_str(text), .escape = '\\', .at_top = true };
	struct slice line;

	*out = (struct dockerfile_lines){ 0 };
	if (slice_starts(c.rest, UTF8_MARK))
		c.rest.p += strlen(UTF8_MARK), c.rest.n -= strlen(UTF8_MARK);
	while (next_raw(&c, &line)) {
		if (c.at_top && take_directive(&c, line, e))
			return -1;
		line = trim_left(line);
		if (line.n && *line.p != '#')
			add_line(&c, line, out);
	}
	out->escape = c.escape;
	return 0;
}
