/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting and number parsing: no locale, no leading blanks, no silent overflow. */
#include "slice.h"

bool slice_eq(struct slice s, const char *str)
{
	return strlen(str) == s.n && memcmp(s.p, str, s.n) == 0;
}

bool slice_starts(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

static bool cut_at(struct slice s, const char *at, struct slice *head, struct slice *rest)
{
	if (!at) {
		*head = s;
		*rest = (struct slice){ s.n ? s.p + s.n : s.p, 0 };
		return false;
	}
	*head = (struct slice){ s.p, (size_t)(at - s.p) };
	*rest = (struct slice){ at + 1, s.n - head->n - 1 };
	return true;
}

bool slice_cut(struct slice s, char c, struct slice *head, struct slice *rest)
{
	return cut_at(s, s.n ? memchr(s.p, c, s.n) : NULL, head, rest);
}

bool slice_rcut(struct slice s, char c, struct slice *head, struct slice *rest)
{
	return cut_at(s, s.n ? memrchr(s.p, c, s.n) : NULL, head, rest);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice s)
{
	while (s.n && is_blank(s.p[0]))
		s = (struct slice){ s.p + 1, s.n - 1 };
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool parse_base(struct slice s, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');
		if (digit >= base || __builtin_mul_overflow(v, base, &v) ||
			__builtin_add_overflow(v, digit, &v) || v > max)
			return false;
	}
	*out = v;
	return true;
}

bool parse_u64(struct slice s, uint64_t *out)
{
	return parse_base(s, 10, UINT64_MAX, out);
}

bool parse_u32(struct slice s, uint32_t *out)
{
	uint64_t v;

	if (!parse_base(s, 10, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool parse_u16(struct slice s, uint16_t *out)
{
	uint64_t v;

	if (!parse_base(s, 10, UINT16_MAX, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool parse_i64(struct slice s, int64_t *out)
{
	bool negative = s.n && s.p[0] == '-';
	uint64_t v;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = (struct slice){ s.p + 1, s.n - 1 };
	if (!parse_base(s, 10, (uint64_t)INT64_MAX + (negative ? 1 : 0), &v))
		return false;
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

bool parse_oct(struct slice s, uint32_t *out)
{
	uint64_t v;

	if (!parse_base(s, 8, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

int parse_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

bool str_eq(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool str_empty(const char *s)
{
	return !s || !*s;
}
