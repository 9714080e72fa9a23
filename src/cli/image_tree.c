/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns give way from the right on a narrow terminal; the first is as narrow as its names allow. Colours only on a
 * terminal. docker measures widths of names in bytes and of other text in columns, and so does this.
 */
#include "image_tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/unit.h"
#include "listing.h"
#include "oci/platform.h"
#include "rows.h"
#include "tty.h"
#include "utf8.h"

#define SPACING	     3
#define DFLT_COLUMNS 80
#define LEAST_WIDTH  20
#define LEAST_NAME   12
#define N_COLUMNS    5

#define RESET	   "\x1b[0m"
#define TITLE	   "\x1b[39m\x1b[1m"
#define TOP	   "\x1b[34m\x1b[1m"
#define NORMAL	   "\x1b[39m"
#define UNTAGGED   "\x1b[39m\x1b[2m"
#define WARNING	   "\x1b[93m"
#define MISSING	   "\x1b[39m\x1b[2m"
#define CHIP	   "\x1b[38;5;0m\x1b[48;5;14m U " RESET
#define INFO	   "\x1b[1m\x1b[106m\x1b[30mi" RESET RESET " \x1b[96mInfo \xe2\x86\x92 " RESET RESET
#define CHIP_WIDTH 3

struct details {
	const char *id, *disk, *content;
	bool in_use;
};

struct child {
	const char *platform;
	bool is_available;
	struct details details;
};

struct image {
	const struct json *names;
	int64_t created;
	struct details details;
	struct child *children;
	size_t n;
};

struct tree {
	struct cli *c;
	struct arena *arena;
	struct buf *out;
	bool is_terminal;
	int width;
	struct image *images;
	size_t n;
	bool has_children, shows_use;
	int columns[N_COLUMNS]; /* widths; 0: not shown */
};

/* --- from the answer --- */

static const char *size_text(struct arena *a, int64_t bytes)
{
	char text[UNIT_TEXT];

	return arena_strdup(a, unit_size(text, (double)bytes, 3));
}

static int64_t size_of(const struct json *manifest, const char *key)
{
	return json_i64(json_get_ci(json_get_ci(manifest, "Size"), key), 0);
}

static void add_child(struct tree *t, struct image *img, const struct json *m)
{
	const struct json *data = json_get_ci(m, "ImageData");
	const struct json *p = json_get_ci(data, "Platform");
	struct oci_platform platform = {
		.os = json_str(json_get_ci(p, "os"), ""),
		.architecture = json_str(json_get_ci(p, "architecture"), ""),
		.variant = json_str(json_get_ci(p, "variant"), ""),
	};
	struct child *child = &img->children[img->n++];

	child->platform = oci_platform_text(t->arena, &platform);
	child->is_available = json_bool(json_get_ci(m, "Available"), false);
	child->details.id = json_str(json_get_ci(m, "ID"), "");
	child->details.disk = size_text(t->arena, size_of(m, "Total"));
	child->details.content = size_text(t->arena, size_of(m, "Content"));
	child->details.in_use = json_len(json_get_ci(data, "Containers")) > 0;
	img->details.in_use |= child->details.in_use;
	t->shows_use |= child->details.in_use;
	t->has_children = true;
}

static void add_image(struct tree *t, const struct json *doc)
{
	struct image *img = &t->images[t->n++];
	const struct json *manifests = json_get_ci(doc, "Manifests");
	int64_t content = 0;

	img->names = json_get_ci(doc, "RepoTags");
	img->created = json_i64(json_get_ci(doc, "Created"), 0);
	img->details.id = json_str(json_get_ci(doc, "Id"), "");
	img->details.disk = size_text(t->arena, json_i64(json_get_ci(doc, "Size"), 0));
	img->details.in_use = json_i64(json_get_ci(doc, "Containers"), 0) > 0;
	img->children = arena_array(t->arena, json_len(manifests) + 1, sizeof(*img->children));
	for (size_t i = 0; i < json_len(manifests); i++) {
		const struct json *m = json_at(manifests, i);

		content += size_of(m, "Content");
		if (str_eq(json_str(json_get_ci(m, "Kind"), ""), "image"))
			add_child(t, img, m);
	}
	img->details.content = size_text(t->arena, content);
}

static int newest_first(const void *a, const void *b)
{
	const struct image *x = a, *y = b;

	return (x->created < y->created) - (x->created > y->created);
}

/* --- cells --- */

static int text_width(const char *s)
{
	struct slice rest = slice_str(s);
	int width = 0;
	size_t len;

	for (; rest.n > 0; rest.p += len, rest.n -= len)
		width += utf8_width(utf8_next(rest, &len));
	return width;
}

/* At most width characters, the last then "…". */
static const char *shorten(struct arena *a, const char *s, int width)
{
	struct slice rest = slice_str(s);
	size_t len;
	int n = 0;

	for (; rest.n > 0; rest.p += len, rest.n -= len) {
		(void)utf8_next(rest, &len);
		if (++n == width)
			return arena_printf(a, "%.*s\xe2\x80\xa6", (int)(rest.p - s), s);
	}
	return s;
}

/* Titles have their colour everywhere: docker's oversight, and so what its output is. */
static void add_colored(struct tree *t, const char *color, const char *s)
{
	if (t->is_terminal || str_eq(color, TITLE))
		buf_fmt(t->out, "%s%s" RESET, color, s);
	else
		buf_str(t->out, s);
}

static void add_cell(struct tree *t, int column, const char *color, const char *s)
{
	bool is_right = column == 2 || column == 3;
	int width = t->columns[column], len = text_width(s);

	if (len > width) {
		add_colored(t, color, shorten(t->arena, s, width));
		return;
	}
	if (is_right)
		buf_pad(t->out, ' ', (size_t)(width - len));
	add_colored(t, color, s);
	if (!is_right)
		buf_pad(t->out, ' ', (size_t)(width - len));
}

/* The mark of images in use has colours of its own. */
static void add_mark(struct tree *t, const struct details *d)
{
	int len = !t->shows_use ? 0 : t->is_terminal ? CHIP_WIDTH : 1;

	if (t->shows_use && d->in_use)
		buf_str(t->out, t->is_terminal ? CHIP : "U");
	else
		buf_pad(t->out, ' ', (size_t)len);
	buf_pad(t->out, ' ', (size_t)(t->columns[4] - len));
}

static void add_details(struct tree *t, const struct details *d, const char *color)
{
	const char *cells[] = { NULL, listing_short_id(t->arena, d->id), d->disk, d->content };

	for (int i = 1; i < N_COLUMNS && t->columns[i] > 0; i++) {
		buf_pad(t->out, ' ', SPACING);
		if (i == 4)
			add_mark(t, d);
		else
			add_cell(t, i, color, cells[i]);
	}
}

/* --- lines --- */

static int widest_name(const struct tree *t)
{
	size_t width = strlen("Image");

	for (size_t i = 0; i < t->n; i++) {
		const struct image *img = &t->images[i];

		for (size_t k = 0; k < json_len(img->names); k++) {
			size_t n = strlen(json_str(json_at(img->names, k), ""));

			width = n > width ? n : width;
		}
		for (size_t k = 0; k < img->n; k++) {
			size_t n = strlen(img->children[k].platform) + strlen("└─ ");

			width = n > width ? n : width;
		}
	}
	return (int)width;
}

static void set_columns(struct tree *t)
{
	static const int widths[N_COLUMNS] = { 0, 12, 10, 12, 5 };
	int room = t->width, widest = widest_name(t);

	for (int i = 1; i < N_COLUMNS; i++) {
		if (room - widths[i] - SPACING < LEAST_NAME)
			break;
		t->columns[i] = widths[i];
		room -= widths[i] + SPACING;
	}
	t->columns[0] = room > widest ? widest : room;
}

static void add_legend(struct tree *t)
{
	int len = text_width(" Info -> ") + (t->is_terminal ? 1 + CHIP_WIDTH : 2) +
		  (int)strlen(" In Use ");

	if (t->width > len)
		buf_pad(t->out, ' ', (size_t)(t->width - len));
	buf_fmt(t->out, "%s %s In Use \n\n", t->is_terminal ? INFO : " Info -> ",
		t->is_terminal ? CHIP : "U");
}

static int longest_first(const void *a, const void *b)
{
	size_t x = strlen(*(const char *const *)a), y = strlen(*(const char *const *)b);

	return (x < y) - (x > y);
}

/* All names but the shortest have a line of their own. */
static void add_names(struct tree *t, const struct image *img)
{
	size_t n = json_len(img->names);
	const char **names = arena_array(t->arena, n + 1, sizeof(*names));
	uint32_t rows, columns;

	tty_size(&rows, &columns);
	for (size_t i = 0; i < n; i++)
		names[i] = json_str(json_at(img->names, i), "");
	qsort(names, n, sizeof(*names), longest_first);
	if (n == 0)
		add_cell(t, 0, UNTAGGED, "<untagged>");
	for (size_t i = 0; i < n; i++) {
		if (i + 1 == n) {
			add_cell(t, 0, TOP, names[i]);
			continue;
		}
		add_colored(t, TOP, shorten(t->arena, names[i], (int)columns));
		buf_char(t->out, '\n');
	}
}

static void add_image_lines(struct tree *t, const struct image *img)
{
	add_names(t, img);
	add_details(t, &img->details, NORMAL);
	if (t->has_children)
		buf_char(t->out, '\n');
	for (size_t i = 0; i < img->n; i++) {
		const struct child *child = &img->children[i];
		const char *color = child->is_available ? NORMAL : MISSING;

		add_cell(t, 0, color,
			arena_printf(
				t->arena, "%s %s", i + 1 < img->n ? "├─" : "└─", child->platform));
		add_details(t, &child->details, color);
		buf_char(t->out, '\n');
	}
	buf_char(t->out, '\n');
}

void image_tree_print(struct cli *c, const struct json *images, bool all)
{
	static const char *const titles[] = { "IMAGE", "ID", "DISK USAGE", "CONTENT SIZE",
		"EXTRA" };
	struct tree t = { .c = c, .arena = c->arena, .out = &c->out };
	uint32_t rows, columns;

	tty_size(&rows, &columns);
	t.is_terminal = isatty(STDOUT_FILENO);
	t.width = columns == 0 ? DFLT_COLUMNS : columns < LEAST_WIDTH ? LEAST_WIDTH : (int)columns;
	t.images = arena_array(c->arena, json_len(images) + 1, sizeof(*t.images));
	for (size_t i = 0; i < json_len(images); i++) {
		if (all || !image_row_is_dangling(json_at(images, i)))
			add_image(&t, json_at(images, i));
	}
	qsort(t.images, t.n, sizeof(*t.images), newest_first);
	add_colored(&t, WARNING,
		"WARNING: This is an experimental feature. The output may change and shouldn't be "
		"depended on.");
	buf_char(t.out, '\n');
	add_legend(&t);
	set_columns(&t);
	for (int i = 0; i < N_COLUMNS && (i == 0 || t.columns[i] > 0); i++) {
		if (i > 0)
			buf_pad(t.out, ' ', SPACING);
		add_cell(&t, i, TITLE, titles[i]);
	}
	buf_char(t.out, '\n');
	for (size_t i = 0; i < t.n; i++)
		add_image_lines(&t, &t.images[i]);
}
