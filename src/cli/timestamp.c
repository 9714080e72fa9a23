/* SPDX-License-Identifier: Apache-2.0 */
#include "timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/unit.h"

#define WHOLE_DATE "2006-01-02T15:04:05"

/* Does s look like pattern, where a 0 in the pattern stands for any digit? */
static bool looks_like(struct slice s, const char *pattern)
{
	if (s.n != strlen(pattern))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (isdigit((unsigned char)pattern[i]) ? !isdigit((unsigned char)s.p[i])
						       : s.p[i] != pattern[i])
			return false;
	}
	return true;
}

/* Splits off Z, +hh:mm or -hh:mm (a '-' only behind the date's two). */
static struct slice zone_of(struct slice *s)
{
	struct slice zone = { "", 0 };
	size_t at = s->n;

	if (s->n > 0 && (s->p[s->n - 1] == 'Z' || s->p[s->n - 1] == 'z'))
		at = s->n - 1;
	else if (s->n > 16 && (s->p[s->n - 6] == '+' || s->p[s->n - 6] == '-'))
		at = s->n - 6;
	else if (s->n == 16 && (s->p[10] == '+' || s->p[10] == '-'))
		at = 10;
	zone = (struct slice){ s->p + at, s->n - at };
	s->n = at;
	return zone;
}

/* Completes a date and time to RFC 3339 without zone; NULL: neither. */
static const char *complete(struct arena *a, struct slice s)
{
	struct slice whole, fraction;
	bool has_fraction = slice_cut(s, '.', &whole, &fraction);

	if (has_fraction && (!looks_like(whole, WHOLE_DATE) || fraction.n == 0 || fraction.n > 9 ||
				    strspn(fraction.p, "0123456789") < fraction.n))
		return NULL;
	if (looks_like(whole, WHOLE_DATE))
		return arena_strndup(a, s.p, s.n);
	if (looks_like(s, "2006-01-02T15:04"))
		return arena_printf(a, "%.*s:00", (int)s.n, s.p);
	if (looks_like(s, "2006-01-02T15"))
		return arena_printf(a, "%.*s:00:00", (int)s.n, s.p);
	if (looks_like(s, "2006-01-02"))
		return arena_printf(a, "%.*sT00:00:00", (int)s.n, s.p);
	return NULL;
}

/* "+02:00" of the local zone now. */
static const char *local_zone(struct arena *a, int64_t now_seconds)
{
	time_t t = now_seconds;
	struct tm tm;
	long offset;

	localtime_r(&t, &tm);
	offset = tm.tm_gmtoff / 60;
	return arena_printf(
		a, "%c%02ld:%02ld", offset < 0 ? '-' : '+', labs(offset) / 60, labs(offset) % 60);
}

/* Digits, then maybe a dot and digits. */
static bool is_unix_time(const char *s)
{
	size_t n = strspn(s + (*s == '-'), "0123456789");
	const char *rest = s + (*s == '-') + n;

	return n > 0 &&
	       (*rest == '\0' || (*rest == '.' && rest[1] &&
					 rest[1 + strspn(rest + 1, "0123456789")] == '\0'));
}

const char *timestamp_parse(struct arena *a, const char *text, int64_t now_seconds, struct err *e)
{
	int64_t ns;
	struct err ignored;
	struct slice s = slice_str(text), zone;
	const char *whole;

	if (!str_eq(text, "0") && unit_parse_duration(text, &ns, &ignored) == 0) {
		/* Go subtracts before it drops the fraction; now has none, so round up */
		int64_t back = ns / 1000000000 + (ns % 1000000000 > 0);

		return arena_printf(a, "%lld", (long long)(now_seconds - back));
	}
	zone = zone_of(&s);
	whole = complete(a, s);
	if (whole) {
		const char *z =
			zone.n ? arena_strndup(a, zone.p, zone.n) : local_zone(a, now_seconds);

		if (clock_parse_rfc3339(slice_str(arena_printf(a, "%s%s", whole, z)), &ns))
			return arena_printf(a, "%lld.%09lld", (long long)(ns / 1000000000),
				(long long)(ns % 1000000000));
	}
	if (is_unix_time(text))
		return text;
	if (strchr(text, '-'))
		err_set(e, ERR_INVALID, "parsing time \"%s\": cannot parse \"%s\" as a date", text,
			text);
	else
		err_set(e, ERR_INVALID, "failed to parse value as time or duration: \"%s\"", text);
	return NULL;
}
