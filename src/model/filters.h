/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters query parameter (feature row B14): {"name":["v",…]} or the old {"name":{"v":true}}. Values
 * of one name are alternatives, names add up.
 */
#ifndef TARE_MODEL_FILTERS_H
#define TARE_MODEL_FILTERS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct filter {
	const char *name;
	struct str_list values;
};

struct filters {
	struct filter *v;
	size_t n;
};

/* Reads the parameter's text; NULL or "" is no filter. Malformed text is ERR_INVALID "invalid filter". */
int filters_parse(struct arena *a, const char *text, struct filters *out, struct err *e);
/* The values of name, or NULL when it was not given (or has no value). */
const struct str_list *filters_get(const struct filters *f, const char *name);
/* Refuses names outside the NULL-terminated list: ERR_INVALID "invalid filter 'x'". */
int filters_check(const struct filters *f, const char *const *allowed, struct err *e);
/* True when name was not given or value is among its values exactly. */
bool filters_match(const struct filters *f, const char *name, const char *value);
/*
 * The one boolean of name ("true" "1" "false" "0"), dflt when not given; other texts are ERR_INVALID
 * "invalid filter 'name=[x]'".
 */
int filters_bool(const struct filters *f, const char *name, bool dflt, bool *out, struct err *e);
/* "k=v" or "k" against a map of labels. True when every value of name ("label") matches. */
bool filters_match_labels(const struct filters *f, const char *name, const struct str_map *labels);

#endif
