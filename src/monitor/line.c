/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/line.h"

#include <string.h>

/* Bytes that need more than copying: controls, the five JSON and HTML characters, all non-ASCII. */
static const unsigned char line_special[256] = {
	[0x00 ... 0x1f] = 1,
	['"'] = 1,
	['\\'] = 1,
	['<'] = 1,
	['>'] = 1,
	['&'] = 1,
	[0x80 ... 0xff] = 2,
};

/* Length of the UTF-8 sequence at p (n bytes left), 0 when it is none (overlong, surrogate, cut). */
static size_t line_utf8(const unsigned char *p, size_t n)
{
	unsigned char c = p[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (c < 0xc2 || c > 0xf4 || n < len)
		return 0;
	/* The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF. */
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static size_t line_escape_ascii(char *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	if (c == '"' || c == '\\') {
		out[1] = (char)c;
		return 2;
	}
	if (c == '\n' || c == '\r') {
		out[1] = c == '\n' ? 'n' : 'r';
		return 2;
	}
	memcpy(out + 1, "u00", 3);
	out[4] = hex[c >> 4];
	out[5] = hex[c & 15];
	return 6;
}

/* Non-ASCII at p: writes it or its escape to out, says in *used how many bytes of p that took. */
static size_t line_escape_wide(char *out, const unsigned char *p, size_t n, size_t *used)
{
	size_t len = line_utf8(p, n);

	if (len == 0) {
		memcpy(out, "\\ufffd", 6);
		*used = 1;
		return 6;
	}
	*used = len;
	/* U+2028 and U+2029 are newlines to JavaScript. */
	if (len == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
		memcpy(out, p[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
		return 6;
	}
	memcpy(out, p, len);
	return len;
}

size_t line_escape(char *out, const unsigned char *text, size_t n)
{
	char *o = out;
	size_t start = 0, i = 0;

	while (i < n) {
		if (!line_special[text[i]]) {
			i++;
			continue;
		}
		memcpy(o, text + start, i - start);
		o += i - start;
		size_t used = 1;
		if (line_special[text[i]] == 1)
			o += line_escape_ascii(o, text[i]);
		else
			o += line_escape_wide(o, text + i, n - i, &used);
		i += used;
		start = i;
	}
	memcpy(o, text + start, n - start);
	return (size_t)(o - out) + n - start;
}

static char *line_add(char *o, const char *text)
{
	size_t n = strlen(text);

	memcpy(o, text, n);
	return o + n;
}

size_t line_encode(char *out, const struct line *l)
{
	char *o = line_add(out, "{\"log\":\"");

	o += line_escape(o, l->text, l->n);
	if (l->whole)
		o = line_add(o, "\\n");
	o = line_add(o, "\",\"stream\":\"");
	o = line_add(o, l->stream == LINE_STDOUT ? "stdout\"," : "stderr\",");
	if (l->attrs) {
		o = line_add(o, "\"attrs\":");
		o = line_add(o, l->attrs);
		*o++ = ',';
	}
	o = line_add(o, "\"time\":\"");
	o = line_add(o, l->time);
	o = line_add(o, "\"}\n");
	return (size_t)(o - out);
}

/* Writes v as exactly width decimal digits. */
static char *line_digits(char *o, uint64_t v, int width)
{
	for (int i = width; i-- > 0; v /= 10)
		o[i] = (char)('0' + v % 10);
	return o + width;
}

void line_time(char out[LINE_TIME_MAX], int64_t ns)
{
	int64_t secs = ns / 1000000000;
	uint64_t frac = (uint64_t)(ns % 1000000000);
	int64_t days = secs / 86400;
	uint64_t rest = (uint64_t)(secs % 86400);

	/* Days since 0000-03-01, in 400-year eras of 146097 days: months then have a fixed pattern. */
	uint64_t z = (uint64_t)(days + 719468);
	uint64_t era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153;
	uint64_t month = mp < 10 ? mp + 3 : mp - 9;
	uint64_t year = era * 400 + yoe + (month <= 2);

	char *o = line_digits(out, year, 4);
	*o++ = '-';
	o = line_digits(o, month, 2);
	*o++ = '-';
	o = line_digits(o, doy - (153 * mp + 2) / 5 + 1, 2);
	*o++ = 'T';
	o = line_digits(o, rest / 3600, 2);
	*o++ = ':';
	o = line_digits(o, rest / 60 % 60, 2);
	*o++ = ':';
	o = line_digits(o, rest % 60, 2);
	if (frac) {
		*o++ = '.';
		o = line_digits(o, frac, 9);
		while (o[-1] == '0')
			o--;
	}
	*o++ = 'Z';
	*o = '\0';
}
