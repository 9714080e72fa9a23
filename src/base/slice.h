/* SPDX-License-Identifier: Apache-2.0 */
/* A view into bytes owned by someone else, and the parsing of numbers from it. Never owns. */
#ifndef TARE_BASE_SLICE_H
#define TARE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *p;
	size_t n;
};

static inline struct slice slice_str(const char *s)
{
	return (struct slice){ s, s ? strlen(s) : 0 };
}

bool slice_eq(struct slice s, const char *str);
bool slice_starts(struct slice s, const char *prefix);
/* Cuts s at the first c: *head is before it, *rest after it. False (head = s, rest empty) if none. */
bool slice_cut(struct slice s, char c, struct slice *head, struct slice *rest);
/* The same at the last c. */
bool slice_rcut(struct slice s, char c, struct slice *head, struct slice *rest);
/* Without ASCII blanks at both ends. */
struct slice slice_trim(struct slice s);

/* The whole slice as a decimal number within the type's range; false otherwise, *out untouched. */
bool parse_u16(struct slice s, uint16_t *out);
bool parse_u32(struct slice s, uint32_t *out);
bool parse_u64(struct slice s, uint64_t *out);
bool parse_i64(struct slice s, int64_t *out);
/* Octal (file modes). */
bool parse_oct(struct slice s, uint32_t *out);
/* The value of a hexadecimal digit, -1 if it is none. */
int parse_hex_digit(char c);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_empty(const char *s);		   /* NULL or "" */

#endif
