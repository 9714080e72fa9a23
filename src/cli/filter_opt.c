/* SPDX-License-Identifier: Apache-2.0 */
#include "filter_opt.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"

int filter_opt_set(struct opt_ctx *ctx, const char *value, struct err *e)
{
	struct filter_opts *o = ctx->into;
	struct slice name, text;
	char *lower;

	if (*value == '\0')
		return 0;
	if (!slice_cut(slice_str(value), '=', &name, &text))
		return err_set(e, ERR_INVALID, "bad format of filter (expected name=value)");
	name = slice_trim(name);
	text = slice_trim(text);
	lower = arena_strndup(ctx->arena, name.p, name.n);
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	filter_opt_add(ctx->arena, &o->filter, lower, arena_strndup(ctx->arena, text.p, text.n));
	return 0;
}

void filter_opt_add(struct arena *a, struct str_list *filter, const char *name, const char *value)
{
	const char *pair = arena_printf(a, "%s=%s", name, value);

	if (!str_list_has(filter, pair))
		str_list_add(a, filter, pair);
}

static int compare(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t nx = strcspn(x, "="), ny = strcspn(y, "=");
	int c = strncmp(x, y, nx < ny ? nx : ny);

	if (c || nx != ny)
		return c ? c : (nx > ny) - (nx < ny);
	return strcmp(x + nx, y + ny);
}

const char *filter_opt_json(struct arena *a, const struct str_list *filter)
{
	own_buf b = { 0 };
	struct jsonw w;
	const char *open = NULL;

	if (filter->n == 0)
		return NULL;
	qsort(filter->v, filter->n, sizeof(*filter->v), compare);
	buf_init(&b, 1 << 24);
	jsonw_init(&w, &b, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	for (size_t i = 0; i < filter->n; i++) {
		const char *eq = strchr(filter->v[i], '=');
		const char *name = arena_strndup(a, filter->v[i], (size_t)(eq - filter->v[i]));

		if (!str_eq(name, open)) {
			if (open)
				jsonw_obj_end(&w);
			jsonw_key(&w, name);
			jsonw_obj(&w);
		}
		open = name;
		jsonw_kbool(&w, eq + 1, true);
	}
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	return arena_strndup(a, b.data, b.len);
}
