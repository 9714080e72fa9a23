/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as Go walks it: a broken byte is one U+FFFD; and how wide a character stands on a terminal. */
#ifndef TARE_CLI_UTF8_H
#define TARE_CLI_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define UTF8_BROKEN 0xfffdU

/* The first rune of s (n > 0) and how many bytes it takes (1 for a broken one). */
uint32_t utf8_next(struct slice s, size_t *len);
/* True when that one byte was no rune but broken. */
bool utf8_is_broken(struct slice s);
size_t utf8_encode(uint32_t rune, char out[4]);
/* Number of runes. */
size_t utf8_count(struct slice s);
/* 2 for East Asian wide and full-width characters, else 1. */
int utf8_width(uint32_t rune);
/* Of the Latin, Greek and Cyrillic letters; others stay. */
uint32_t utf8_upper(uint32_t rune);
uint32_t utf8_lower(uint32_t rune);
/* strconv.IsPrint, near enough: letters, marks, signs and the ASCII blank. */
bool utf8_is_print(uint32_t rune);

#endif
