/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding by hand (mbrtowc wants a locale); the width table holds the wide blocks only. */
#include "utf8.h"

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= r[i].first && c <= r[i].last)
			return true;
	}
	return false;
}

#define IN(table, c) in_ranges(table, sizeof(table) / sizeof(table[0]), c)

uint32_t utf8_next(struct slice s, size_t *len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s.p;
	size_t need = p[0] < 0x80		    ? 1
		      : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		      : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
		      : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						    : 0;
	uint32_t c;

	*len = 1;
	if (need == 1)
		return p[0];
	if (need == 0 || need > s.n)
		return UTF8_BROKEN;
	c = p[0] & (0x7fU >> need);
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UTF8_BROKEN;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UTF8_BROKEN;
	*len = need;
	return c;
}

bool utf8_is_broken(struct slice s)
{
	size_t len;

	return utf8_next(s, &len) == UTF8_BROKEN && len == 1;
}

size_t utf8_encode(uint32_t rune, char out[4])
{
	if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		rune = UTF8_BROKEN;
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xc0 | rune >> 6);
		out[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xe0 | rune >> 12);
		out[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		out[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | rune >> 18);
	out[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	out[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	out[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

size_t utf8_count(struct slice s)
{
	size_t n = 0;

	for (size_t len; s.n > 0; s.p += len, s.n -= len, n++)
		utf8_next(s, &len);
	return n;
}

int utf8_width(uint32_t rune)
{
	/* Unicode EastAsianWidth W and F */
	static const struct range wide[] = {
		{ 0x1100, 0x115f },
		{ 0x231a, 0x231b },
		{ 0x2329, 0x232a },
		{ 0x23e9, 0x23ec },
		{ 0x25fd, 0x25fe },
		{ 0x2614, 0x2615 },
		{ 0x2648, 0x2653 },
		{ 0x26aa, 0x26ab },
		{ 0x26bd, 0x26be },
		{ 0x26c4, 0x26c5 },
		{ 0x26f2, 0x26f3 },
		{ 0x270a, 0x270b },
		{ 0x2705, 0x2705 },
		{ 0x2728, 0x2728 },
		{ 0x274c, 0x274c },
		{ 0x274e, 0x274e },
		{ 0x2753, 0x2755 },
		{ 0x2757, 0x2757 },
		{ 0x2795, 0x2797 },
		{ 0x2b1b, 0x2b1c },
		{ 0x2b50, 0x2b50 },
		{ 0x2b55, 0x2b55 },
		{ 0x2e80, 0x303e },
		{ 0x3041, 0x33ff },
		{ 0x3400, 0x4dbf },
		{ 0x4e00, 0xa4cf },
		{ 0xa960, 0xa97c },
		{ 0xac00, 0xd7a3 },
		{ 0xf900, 0xfaff },
		{ 0xfe10, 0xfe19 },
		{ 0xfe30, 0xfe6b },
		{ 0xff01, 0xff60 },
		{ 0xffe0, 0xffe6 },
		{ 0x1f300, 0x1f320 },
		{ 0x1f32d, 0x1f335 },
		{ 0x1f337, 0x1f37c },
		{ 0x1f37e, 0x1f393 },
		{ 0x1f3a0, 0x1f3ca },
		{ 0x1f3e0, 0x1f3f0 },
		{ 0x1f400, 0x1f43e },
		{ 0x1f442, 0x1f4fc },
		{ 0x1f4ff, 0x1f53d },
		{ 0x1f550, 0x1f567 },
		{ 0x1f5fb, 0x1f64f },
		{ 0x1f680, 0x1f6c5 },
		{ 0x1f910, 0x1f9ff },
		{ 0x20000, 0x3fffd },
	};

	return rune >= 0x1100 && IN(wide, rune) ? 2 : 1;
}

bool utf8_is_print(uint32_t rune)
{
	/* controls, blanks but ' ', format and private characters, surrogates, non-characters */
	static const struct range hidden[] = {
		{ 0x00, 0x1f },
		{ 0x7f, 0xa0 },
		{ 0xad, 0xad },
		{ 0x600, 0x605 },
		{ 0x61c, 0x61c },
		{ 0x6dd, 0x6dd },
		{ 0x70f, 0x70f },
		{ 0x1680, 0x1680 },
		{ 0x180e, 0x180e },
		{ 0x2000, 0x200f },
		{ 0x2028, 0x202f },
		{ 0x205f, 0x206f },
		{ 0x3000, 0x3000 },
		{ 0xd800, 0xf8ff },
		{ 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff },
		{ 0xe0000, 0xe00ff },
		{ 0xf0000, 0x10ffff },
	};

	return !IN(hidden, rune);
}

/* Blocks of letters whose capitals stand at a fixed distance. */
static const struct {
	uint32_t first, last; /* small ones */
	uint32_t distance;
} letters[] = {
	{ 'a', 'z', 0x20 },   /* ASCII */
	{ 0xe0, 0xf6, 0x20 }, /* Latin-1 */
	{ 0xf8, 0xfe, 0x20 },
	{ 0x3b1, 0x3c1, 0x20 }, /* Greek */
	{ 0x3c3, 0x3cb, 0x20 },
	{ 0x430, 0x44f, 0x20 }, /* Cyrillic */
	{ 0x450, 0x45f, 0x50 },
};

/* Latin Extended-A: capital and small letter alternate. */
static bool is_alternating(uint32_t c, bool *capital)
{
	bool odd_is_capital = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);

	*capital = (c & 1) == (odd_is_capital ? 1U : 0U);
	return c >= 0x100 && c <= 0x17e && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149 &&
	       c != 0x178;
}

uint32_t utf8_upper(uint32_t rune)
{
	bool capital;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (rune >= letters[i].first && rune <= letters[i].last)
			return rune - letters[i].distance;
	}
	return is_alternating(rune, &capital) && !capital ? rune - 1 : rune;
}

uint32_t utf8_lower(uint32_t rune)
{
	bool capital;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		uint32_t small = rune + letters[i].distance;

		if (small >= letters[i].first && small <= letters[i].last)
			return small;
	}
	return is_alternating(rune, &capital) && capital ? rune + 1 : rune;
}
