/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as Docker's GetTimestamp reads them; what has no zone is UTC. */
#include "until.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/slice.h"
#include "base/unit.h"

/* "1136073600" or "1136073600.000000001" */
static bool parse_unix(const char *text, int64_t *ns)
{
	struct slice whole, fraction;
	int64_t seconds;
	uint64_t nanos = 0;

	slice_cut(slice_str(text), '.', &whole, &fraction);
	if (!parse_i64(whole, &seconds) || seconds > INT64_MAX / 1000000000 ||
		seconds < INT64_MIN / 1000000000 || fraction.n > 9)
		return false;
	if (fraction.n && !parse_u64(fraction, &nanos))
		return false;
	for (size_t i = fraction.n; i < 9; i++)
		nanos *= 10;
	*ns = seconds * 1000000000 + (int64_t)nanos;
	return true;
}

/* A date that lacks its end gets midnight or the missing seconds. */
static bool parse_date(const char *text, int64_t *ns)
{
	static const char whole[] = "0000-00-00T00:00:00Z";
	char full[CLOCK_TEXT];
	size_t n = strlen(text);

	if (clock_parse_rfc3339(slice_str(text), ns))
		return true;
	if (n != 10 && n != 13 && n != 16 && n != 19)
		return false;
	snprintf(full, sizeof(full), "%s%s", text, whole + n);
	return clock_parse_rfc3339(slice_str(full), ns);
}

int until_parse(const char *text, int64_t now_ns, int64_t *ns, struct err *e)
{
	int64_t back;

	if (parse_unix(text, ns) || parse_date(text, ns))
		return 0;
	if (unit_parse_duration(text, &back, e))
		return err_set(
			e, ERR_INVALID, "failed to parse value as time or duration: \"%s\"", text);
	*ns = now_ns - back;
	return 0;
}
