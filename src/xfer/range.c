/* SPDX-License-Identifier: Apache-2.0 */
#include "range.h"

#include <strings.h>

#include "base/slice.h"

bool content_range_parse(const char *text, struct content_range *out)
{
	struct slice s = slice_str(text), first, last, total, unit;

	if (!text || !slice_cut(slice_trim(s), ' ', &unit, &s) || unit.n != 5 ||
		strncasecmp(unit.p, "bytes", 5) != 0)
		return false;
	if (!slice_cut(slice_trim(s), '/', &s, &total) || !slice_cut(s, '-', &first, &last))
		return false;
	out->total = -1;
	if (!parse_i64(first, &out->first) || !parse_i64(last, &out->last) ||
		(!slice_eq(total, "*") && !parse_i64(total, &out->total)))
		return false;
	return out->first >= 0 && out->last >= out->first &&
	       (slice_eq(total, "*") || out->total > out->last);
}
