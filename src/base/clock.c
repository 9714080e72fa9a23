/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar arithmetic without libc's time zone machinery: UTC days since 1970 by the civil calendar. */
#include "clock.h"

#include <stdio.h>
#include <time.h>

#define NS_PER_S  1000000000LL
#define S_PER_DAY 86400LL
#define GO_NEVER  "0001-01-01T00:00:00Z"

static int64_t clock_get(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return clock_get(CLOCK_REALTIME);
}

int64_t clock_monotonic_ns(void)
{
	return clock_get(CLOCK_MONOTONIC);
}

/* Years are counted from March in eras of 400 years, so that leap days come last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year = y - era * 400;
	int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static void civil_from_days(int64_t days, int64_t *y, int *m, int *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

static int put_seconds(char out[CLOCK_TEXT], int64_t ns, long *fraction)
{
	int64_t s = ns / NS_PER_S, y;
	int m, d;

	*fraction = (long)(ns % NS_PER_S);
	if (*fraction < 0) {
		*fraction += NS_PER_S;
		s--;
	}
	int64_t days = s / S_PER_DAY, rest = s % S_PER_DAY;
	if (rest < 0) {
		rest += S_PER_DAY;
		days--;
	}
	civil_from_days(days, &y, &m, &d);
	return snprintf(out, CLOCK_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", (int)y, m, d,
		(int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

const char *clock_rfc3339_nine(char out[CLOCK_TEXT], int64_t ns)
{
	long fraction;
	int n = put_seconds(out, ns, &fraction);

	snprintf(out + n, (size_t)(CLOCK_TEXT - n), ".%09ldZ", fraction);
	return out;
}

const char *clock_rfc3339(char out[CLOCK_TEXT], int64_t ns)
{
	long fraction;

	if (ns == CLOCK_NEVER) {
		snprintf(out, CLOCK_TEXT, "%s", GO_NEVER);
		return out;
	}
	int n = put_seconds(out, ns, &fraction);
	if (fraction) {
		n += snprintf(out + n, (size_t)(CLOCK_TEXT - n), ".%09ld", fraction);
		while (out[n - 1] == '0')
			n--;
	}
	snprintf(out + n, (size_t)(CLOCK_TEXT - n), "Z");
	return out;
}

static bool take_number(struct slice *s, size_t digits, char end, int *out)
{
	uint32_t v;

	if (s->n < digits + 1 || s->p[digits] != end ||
		!parse_u32((struct slice){ s->p, digits }, &v))
		return false;
	*out = (int)v;
	*s = (struct slice){ s->p + digits + 1, s->n - digits - 1 };
	return true;
}

/* The fraction of a second behind the dot: any number of digits, cut to nanoseconds. */
static int64_t take_fraction(struct slice *s)
{
	int64_t ns = 0, unit = NS_PER_S / 10;

	while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
		ns += (s->p[0] - '0') * unit;
		unit /= 10;
		*s = (struct slice){ s->p + 1, s->n - 1 };
	}
	return ns;
}

static bool take_zone(struct slice s, int64_t *offset_s)
{
	uint16_t h, m;

	*offset_s = 0;
	if (slice_eq(s, "Z") || slice_eq(s, "z"))
		return true;
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' ||
		!parse_u16((struct slice){ s.p + 1, 2 }, &h) ||
		!parse_u16((struct slice){ s.p + 4, 2 }, &m) || h > 23 || m > 59)
		return false;
	*offset_s = (h * 60 + m) * 60 * (s.p[0] == '-' ? -1 : 1);
	return true;
}

bool clock_parse_rfc3339(struct slice s, int64_t *ns)
{
	int y, mon, d, h, min;
	uint32_t sec;
	int64_t fraction = 0, offset;

	if (slice_eq(s, GO_NEVER)) {
		*ns = CLOCK_NEVER;
		return true;
	}
	if (!take_number(&s, 4, '-', &y) || !take_number(&s, 2, '-', &mon) ||
		!(take_number(&s, 2, 'T', &d) || take_number(&s, 2, ' ', &d)) ||
		!take_number(&s, 2, ':', &h) || !take_number(&s, 2, ':', &min))
		return false;
	if (s.n < 3 || !parse_u32((struct slice){ s.p, 2 }, &sec))
		return false;
	s = (struct slice){ s.p + 2, s.n - 2 };
	if (s.p[0] == '.') {
		s = (struct slice){ s.p + 1, s.n - 1 };
		fraction = take_fraction(&s);
	}
	if (!take_zone(s, &offset) || mon < 1 || mon > 12 || d < 1 || d > 31 || h > 23 ||
		min > 59 || sec > 60 || y < 1678 || y > 2261)
		return false;
	*ns = (days_from_civil(y, mon, d) * S_PER_DAY + h * 3600 + min * 60 + sec - offset) *
		      NS_PER_S +
	      fraction;
	return true;
}
