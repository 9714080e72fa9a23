/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's sizes and durations. The texts are those of its Go libraries, observed from docker 28. */
#include "unit.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slice.h"

/* A decimal number at *s (no exponent, no sign): moves *s behind it. */
static bool take_decimal(const char **s, double *out)
{
	const char *p = *s;
	size_t digits = 0;

	for (; isdigit((unsigned char)*p) || *p == '.'; p++)
		digits += *p != '.';
	if (digits == 0)
		return false;
	char *end;
	*out = strtod(*s, &end);
	if (end != p)
		return false;
	*s = p;
	return true;
}

int unit_parse_bytes(const char *s, int64_t *bytes, struct err *e)
{
	static const char units[] = "kmgtp";
	const char *p = s;
	double v, scale = 1;

	if (strcmp(s, "-1") == 0) {
		*bytes = -1;
		return 0;
	}
	if (!take_decimal(&p, &v))
		return err_set(e, ERR_INVALID, "invalid size: '%s'", s);
	if (*p == ' ')
		p++;
	const char *unit = *p ? strchr(units, tolower((unsigned char)*p)) : NULL;
	if (unit) {
		for (const char *u = units; u <= unit; u++)
			scale *= 1024;
		p++;
		if (tolower((unsigned char)*p) == 'i' && tolower((unsigned char)p[1]) == 'b')
			p++;
	}
	if (tolower((unsigned char)*p) == 'b')
		p++;
	if (*p || v * scale >= 9.2e18)
		return err_set(e, ERR_INVALID, "invalid size: '%s'", s);
	*bytes = (int64_t)(v * scale);
	return 0;
}

static const struct {
	const char *name;
	double ns;
} duration_units[] = { { "ns", 1 }, { "us", 1e3 }, { "\xc2\xb5s", 1e3 }, { "ms", 1e6 },
	{ "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };

static bool take_unit(const char **s, double *ns)
{
	const char *p = *s;
	size_t n = strcspn(p, ".0123456789");

	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
		if (!slice_eq((struct slice){ p, n }, duration_units[i].name))
			continue;
		*ns = duration_units[i].ns;
		*s = p + n;
		return true;
	}
	return false;
}

int unit_parse_duration(const char *s, int64_t *ns, struct err *e)
{
	const char *p = s;
	bool negative = *p == '-';
	double total = 0, v, unit;

	if (*p == '-' || *p == '+')
		p++;
	if (strcmp(p, "0") == 0) {
		*ns = 0;
		return 0;
	}
	if (!*p)
		return err_set(e, ERR_INVALID, "time: invalid duration \"%s\"", s);
	while (*p) {
		if (!take_decimal(&p, &v))
			return err_set(e, ERR_INVALID, "time: invalid duration \"%s\"", s);
		if (!*p)
			return err_set(e, ERR_INVALID, "time: missing unit in duration \"%s\"", s);
		const char *at = p;
		if (!take_unit(&p, &unit))
			return err_set(e, ERR_INVALID,
				"time: unknown unit \"%.*s\" in duration \"%s\"",
				(int)strcspn(at, ".0123456789"), at, s);
		total += v * unit;
		if (total >= 9.2e18)
			return err_set(e, ERR_INVALID, "time: invalid duration \"%s\"", s);
	}
	*ns = (int64_t)(negative ? -total : total);
	return 0;
}

static const char *scaled(
	char out[UNIT_TEXT], double v, double base, const char *const *names, int precision)
{
	size_t i = 0;

	while (v >= base && names[i + 1]) {
		v /= base;
		i++;
	}
	snprintf(out, UNIT_TEXT, "%.*g%s", precision, v, names[i]);
	/* %g turns 1000 into 1e+03 with three digits; Go's %.3g does as well, so keep it. */
	return out;
}

const char *unit_size(char out[UNIT_TEXT], double bytes, int precision)
{
	static const char *const names[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB",
		NULL };

	return scaled(out, bytes, 1000, names, precision);
}

const char *unit_bytes(char out[UNIT_TEXT], double bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB",
		"YiB", NULL };

	return scaled(out, bytes, 1024, names, 4);
}

const char *unit_human_duration(char out[UNIT_TEXT], int64_t seconds)
{
	int64_t minutes = seconds / 60, hours = (seconds + 1800) / 3600;

	if (seconds < 1)
		snprintf(out, UNIT_TEXT, "Less than a second");
	else if (seconds == 1)
		snprintf(out, UNIT_TEXT, "1 second");
	else if (seconds < 60)
		snprintf(out, UNIT_TEXT, "%d seconds", (int)seconds);
	else if (minutes == 1)
		snprintf(out, UNIT_TEXT, "About a minute");
	else if (minutes < 60)
		snprintf(out, UNIT_TEXT, "%d minutes", (int)minutes);
	else if (hours == 1)
		snprintf(out, UNIT_TEXT, "About an hour");
	else if (hours < 48)
		snprintf(out, UNIT_TEXT, "%d hours", (int)hours);
	else if (hours < 24 * 7 * 2)
		snprintf(out, UNIT_TEXT, "%lld days", (long long)hours / 24);
	else if (hours < 24 * 30 * 2)
		snprintf(out, UNIT_TEXT, "%lld weeks", (long long)hours / 24 / 7);
	else if (hours < 24 * 365 * 2)
		snprintf(out, UNIT_TEXT, "%lld months", (long long)hours / 24 / 30);
	else
		snprintf(out, UNIT_TEXT, "%lld years", (long long)seconds / 3600 / 24 / 365);
	return out;
}

/* v units of 10^-digits with trailing zeros of the fraction dropped: 1500,3 → "1.5". */
static void put_fraction(char *out, size_t size, uint64_t v, int digits)
{
	uint64_t whole = v, unit = 1;

	for (int i = 0; i < digits; i++) {
		whole /= 10;
		unit *= 10;
	}
	int n = snprintf(out, size, "%llu", (unsigned long long)whole);
	uint64_t rest = v - whole * unit;
	if (rest == 0)
		return;
	n += snprintf(out + n, size - (size_t)n, ".%0*llu", digits, (unsigned long long)rest);
	while (out[n - 1] == '0')
		out[--n] = 0;
}

const char *unit_duration(char out[UNIT_TEXT], int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	const char *sign = ns < 0 ? "-" : "";
	char number[32];

	if (v == 0) {
		snprintf(out, UNIT_TEXT, "0s");
	} else if (v < 1000000000) {
		int digits = v < 1000 ? 0 : v < 1000000 ? 3 : 6;
		put_fraction(number, sizeof(number), v, digits);
		snprintf(out, UNIT_TEXT, "%s%s%s", sign, number,
			digits == 0   ? "ns"
			: digits == 3 ? "\xc2\xb5s"
				      : "ms");
	} else {
		uint64_t minutes = v / 60000000000;
		put_fraction(number, sizeof(number), v % 60000000000, 9);
		if (minutes == 0)
			snprintf(out, UNIT_TEXT, "%s%ss", sign, number);
		else if (minutes < 60)
			snprintf(out, UNIT_TEXT, "%s%llum%ss", sign, (unsigned long long)minutes,
				number);
		else
			snprintf(out, UNIT_TEXT, "%s%lluh%llum%ss", sign,
				(unsigned long long)minutes / 60, (unsigned long long)minutes % 60,
				number);
	}
	return out;
}
