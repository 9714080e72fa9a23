/* SPDX-License-Identifier: Apache-2.0 */
/* Elastic tabstops: a column lasts as long as consecutive lines have a cell in it. */
#include "columns.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/slice.h"
#include "utf8.h"

struct cell {
	struct slice text;
	size_t width; /* of its text, then of its column */
};

struct line {
	struct cell *cells; /* the last one is not tab-terminated */
	size_t n;
	bool ends; /* with a newline */
};

struct table {
	struct arena *arena;
	const struct columns *layout;
	struct line *lines;
	size_t n;
};

static size_t width_of(struct slice s)
{
	size_t width = 0;

	for (size_t len; s.n > 0; s.p += len, s.n -= len)
		width += (size_t)utf8_width(utf8_next(s, &len));
	return width;
}

static void add_cell(struct table *t, struct slice text)
{
	struct line *l = &t->lines[t->n - 1];

	l->cells = arena_grow(t->arena, l->cells, &l->n, sizeof(*l->cells));
	l->cells[l->n - 1] = (struct cell){ text, width_of(text) };
}

static void split(struct table *t, const char *text, size_t n)
{
	const char *end = text + n;

	t->lines = arena_grow(t->arena, NULL, &t->n, sizeof(*t->lines));
	for (const char *start = text, *p = text;; p++) {
		if (p < end && *p != '\t' && *p != '\v' && *p != '\n' && *p != '\f')
			continue;
		add_cell(t, (struct slice){ start, (size_t)(p - start) });
		if (p >= end)
			return;
		start = p + 1;
		if (*p == '\n' || *p == '\f') {
			t->lines[t->n - 1].ends = true;
			t->lines = arena_grow(t->arena, t->lines, &t->n, sizeof(*t->lines));
		}
	}
}

/* Is there a tab-terminated cell in this place? */
static bool has_column(const struct line *l, size_t column)
{
	return column + 1 < l->n;
}

/* Widths of column and of all right of it, in lines [from, to). */
static void measure(struct table *t, size_t from, size_t to, size_t column)
{
	for (size_t i = from; i < to; i++) {
		size_t first = i, width = t->layout->min_width;

		if (!has_column(&t->lines[i], column))
			continue;
		for (; i < to && has_column(&t->lines[i], column); i++) {
			struct cell *c = &t->lines[i].cells[column];

			if (c->width + t->layout->padding > width)
				width = c->width + t->layout->padding;
		}
		for (size_t k = first; k < i; k++)
			t->lines[k].cells[column].width = width;
		measure(t, first, i, column + 1);
	}
}

void columns_write(struct buf *out, const struct columns *layout, const char *text, size_t n)
{
	own_arena a = arena_new();
	struct table t = { .arena = a, .layout = layout };

	split(&t, text, n);
	measure(&t, 0, t.n, 0);
	for (size_t i = 0; i < t.n; i++) {
		const struct line *l = &t.lines[i];

		for (size_t k = 0; k < l->n; k++) {
			const struct cell *c = &l->cells[k];

			buf_add(out, c->text.p, c->text.n);
			if (has_column(l, k))
				buf_pad(out, ' ', c->width - width_of(c->text));
		}
		if (l->ends)
			buf_char(out, '\n');
	}
}
