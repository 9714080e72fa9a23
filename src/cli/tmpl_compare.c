/* SPDX-License-Identifier: Apache-2.0 */
/* eq ne lt le gt ge: values of one basic kind compare; int with uint too. */
#include <string.h>

#include "tmpl_int.h"

enum basic { BASIC_BAD, BASIC_BOOL, BASIC_INT, BASIC_UINT, BASIC_FLOAT, BASIC_TEXT };

static const char bad_type[] = "invalid type for comparison";
static const char bad_pair[] = "incompatible types for comparison";

static enum basic basic_of(struct go_val v)
{
	switch (v.type->kind) {
	case GO_BOOL:
		return BASIC_BOOL;
	case GO_INT:
		return BASIC_INT;
	case GO_UINT:
		return BASIC_UINT;
	case GO_FLOAT:
		return BASIC_FLOAT;
	case GO_STRING:
	case GO_NUMBER:
		return BASIC_TEXT;
	default:
		return BASIC_BAD;
	}
}

static int compare_text(struct slice x, struct slice y)
{
	int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

	return c ? c : (x.n > y.n) - (x.n < y.n);
}

/* -1, 0, 1 of two values of the same basic kind. */
static int compare(struct arena *a, enum basic kind, struct go_val x, struct go_val y)
{
	switch (kind) {
	case BASIC_BOOL:
		return (x.b > y.b) - (x.b < y.b);
	case BASIC_INT:
		return (x.i > y.i) - (x.i < y.i);
	case BASIC_UINT:
		return (x.u > y.u) - (x.u < y.u);
	case BASIC_FLOAT:
		return (x.f > y.f) - (x.f < y.f);
	default:
		return compare_text(go_text(a, x), go_text(a, y));
	}
}

/* int beside uint: a negative one is less than any. */
static int compare_mixed(enum basic x_kind, struct go_val x, struct go_val y)
{
	if (x_kind == BASIC_INT)
		return x.i < 0 ? -1 : ((uint64_t)x.i > y.u) - ((uint64_t)x.i < y.u);
	return -compare_mixed(BASIC_INT, y, x);
}

static bool is_mixed(enum basic x, enum basic y)
{
	return (x == BASIC_INT && y == BASIC_UINT) || (x == BASIC_UINT && y == BASIC_INT);
}

static bool equal(
	const struct func_call *c, struct go_val x, struct go_val y, bool *out, const char **why)
{
	enum basic kx, ky;

	if (x.type == NULL || y.type == NULL) {
		*out = x.type == NULL && y.type == NULL;
		/* nil equals a nil pointer, map or slice only by being invalid itself */
		return true;
	}
	kx = basic_of(x);
	ky = basic_of(y);
	if (is_mixed(kx, ky)) {
		*out = compare_mixed(kx, x, y) == 0;
		return true;
	}
	if (kx != ky) {
		*why = kx == BASIC_BAD || ky == BASIC_BAD ? arena_printf(c->arena, "%s", bad_pair)
							  : bad_pair;
		return false;
	}
	if (kx == BASIC_BAD) {
		bool can = x.type == y.type && x.type->kind != GO_MAP && x.type->kind != GO_SLICE;

		if (!can) {
			*why = arena_printf(c->arena, "non-comparable type %s: %s", "",
				go_type_name(c->arena, x.type));
			return false;
		}
		*out = x.node == y.node;
		return true;
	}
	*out = compare(c->arena, kx, x, y) == 0;
	return true;
}

bool func_eq(const struct func_call *c, struct go_val *out, const char **why)
{
	struct go_val x = go_unwrap(c->args[0]);
	bool same = false;

	if (c->n < 2) {
		*why = "missing argument for comparison";
		return false;
	}
	for (size_t i = 1; i < c->n && !same; i++) {
		if (!equal(c, x, go_unwrap(c->args[i]), &same, why))
			return false;
	}
	*out = go_bool(same);
	return true;
}

bool func_ne(const struct func_call *c, struct go_val *out, const char **why)
{
	if (!func_eq(c, out, why))
		return false;
	out->b = !out->b;
	return true;
}

static bool order(const struct func_call *c, int *out, const char **why)
{
	struct go_val x = go_unwrap(c->args[0]), y = go_unwrap(c->args[1]);
	enum basic kx, ky;

	*why = bad_type;
	if (x.type == NULL || y.type == NULL)
		return false;
	kx = basic_of(x);
	ky = basic_of(y);
	if (kx == BASIC_BAD || ky == BASIC_BAD)
		return false;
	if (is_mixed(kx, ky)) {
		*out = compare_mixed(kx, x, y);
		return true;
	}
	if (kx != ky) {
		*why = bad_pair;
		return false;
	}
	if (kx == BASIC_BOOL)
		return false;
	*out = compare(c->arena, kx, x, y);
	return true;
}

bool func_lt(const struct func_call *c, struct go_val *out, const char **why)
{
	int o;

	if (!order(c, &o, why))
		return false;
	*out = go_bool(o < 0);
	return true;
}

bool func_le(const struct func_call *c, struct go_val *out, const char **why)
{
	int o;

	if (!order(c, &o, why))
		return false;
	*out = go_bool(o <= 0);
	return true;
}

bool func_gt(const struct func_call *c, struct go_val *out, const char **why)
{
	int o;

	if (!order(c, &o, why))
		return false;
	*out = go_bool(o > 0);
	return true;
}

bool func_ge(const struct func_call *c, struct go_val *out, const char **why)
{
	int o;

	if (!order(c, &o, why))
		return false;
	*out = go_bool(o >= 0);
	return true;
}
