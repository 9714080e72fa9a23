/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML 1.0 as far as hosts.toml needs it: tables, dotted and quoted keys, strings on one line, integers, booleans, arrays, inline
 * tables, comments. What is left out (floats, dates, strings over several lines, arrays of tables) is refused with its line, never misread.
 * No TOML library for C is packaged in Debian.
 */
#ifndef TARE_REGISTRY_TOML_H
#define TARE_REGISTRY_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum toml_type { TOML_STR, TOML_INT, TOML_BOOL, TOML_ARR, TOML_TABLE };

struct toml {
	enum toml_type type;
	const char *str;
	int64_t i;
	bool b;
	/* of arrays and tables, in the order they came */
	struct toml **v;
	size_t n;
	const char **keys; /* of tables */
	bool is_closed;	   /* said whole: a header or an inline table may not be added to */
};

/* The document as a table in a. ERR_INVALID "line 3: …". Fuzzed. */
int toml_parse(struct arena *a, const char *text, size_t n, struct toml **out, struct err *e);
/* The member of a table, or NULL. */
const struct toml *toml_get(const struct toml *table, const char *key);

#endif
