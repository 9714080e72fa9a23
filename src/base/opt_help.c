/* SPDX-License-Identifier: Apache-2.0 */
/* The option rows as docker's help prints them. */
#include <stdlib.h>
#include <string.h>

#include "opt.h"

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct opt *const *)a)->name, (*(const struct opt *const *)b)->name);
}

/* Counts the visible rows and puts them into rows unless NULL. */
static size_t collect(const struct opt *const *tables, const struct opt **rows)
{
	size_t n = 0;

	for (const struct opt *const *t = tables; *t; t++)
		for (const struct opt *o = *t; o->type; o++)
			if (!o->hidden && rows)
				rows[n++] = o;
			else if (!o->hidden)
				n++;
	return n;
}

size_t opt_head_length(const struct opt *o)
{
	return strlen("  -x, --") + strlen(o->name) + (o->metavar ? 1 + strlen(o->metavar) : 0);
}

void opt_head(const struct opt *o, size_t width, struct buf *out)
{
	if (o->shorthand)
		buf_fmt(out, "  -%c, --%s", o->shorthand, o->name);
	else
		buf_fmt(out, "      --%s", o->name);
	if (o->metavar)
		buf_fmt(out, " %s", o->metavar);
	buf_pad(out, ' ', width - opt_head_length(o) + 3);
}

void opt_help(const struct opt *const *tables, struct buf *out)
{
	size_t n = collect(tables, NULL), width = 0;
	const struct opt **rows = calloc(n ? n : 1, sizeof(*rows));

	if (!rows)
		abort();
	collect(tables, rows);
	qsort(rows, n, sizeof(*rows), by_name);
	for (size_t i = 0; i < n; i++)
		if (opt_head_length(rows[i]) > width)
			width = opt_head_length(rows[i]);
	for (size_t i = 0; i < n; i++) {
		const struct opt *o = rows[i];

		opt_head(o, width, out);
		/* Further lines of a text stand under its first. */
		for (const char *p = o->help; *p; p++) {
			buf_char(out, *p);
			if (*p == '\n')
				buf_pad(out, ' ', width + 3);
		}
		buf_char(out, '\n');
	}
	free(rows);
}
