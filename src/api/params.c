/* SPDX-License-Identifier: Apache-2.0 */
/* The query's values as dockerd reads them (api/server/httputils/form.go says what counts as false). */
#include "call.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/slice.h"
#include "base/unit.h"

const char *call_param(const struct call *c, const char *key)
{
	const char *v = http_query_get(&c->query, key);

	return v ? v : "";
}

void call_params(const struct call *c, const char *key, struct str_list *out)
{
	for (size_t i = 0; i < c->query.n; i++)
		if (strcmp(c->query.v[i].key, key) == 0)
			str_list_add(c->arena, out, c->query.v[i].value);
}

bool call_has_param(const struct call *c, const char *key)
{
	return http_query_get(&c->query, key) != NULL;
}

bool call_bool(const struct call *c, const char *key)
{
	static const char *const no[] = { "", "0", "no", "false", "none" };
	struct slice v = slice_trim(slice_str(call_param(c, key)));

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (v.n == strlen(no[i]) && strncasecmp(v.p, no[i], v.n) == 0)
			return false;
	return true;
}

bool call_bool_or(const struct call *c, const char *key, bool dflt)
{
	return call_has_param(c, key) ? call_bool(c, key) : dflt;
}

int call_i64(const struct call *c, const char *key, int64_t dflt, int64_t *out, struct err *e)
{
	const char *text = call_param(c, key);
	struct slice v = slice_str(text);

	*out = dflt;
	if (v.n == 0)
		return 0;
	if (*text == '+')
		v = (struct slice){ v.p + 1, v.n - 1 };
	if (!parse_i64(v, out))
		return err_set(
			e, ERR_INVALID, "strconv.Atoi: parsing \"%s\": invalid syntax", text);
	return 0;
}

int call_size(const struct call *c, const char *key, const char *what, uint16_t *out, struct err *e)
{
	const char *text = call_param(c, key);
	int64_t v;

	if (!parse_i64(slice_str(text), &v) || *text == '+')
		return err_set(
			e, ERR_INVALID, "invalid resize %s \"%s\": invalid syntax", what, text);
	if (v < 0 || v > UINT32_MAX)
		return err_set(
			e, ERR_INVALID, "invalid resize %s \"%s\": value out of range", what, text);
	/* A terminal has 16 bits for it; dockerd lets the rest fall off. */
	*out = (uint16_t)v;
	return 0;
}

int call_filters(const struct call *c, struct filters *out, struct err *e)
{
	return filters_parse(c->arena, call_param(c, "filters"), out, e);
}

/* "1136073600.000000001" → nanoseconds. */
static bool parse_unix(struct slice s, int64_t *out)
{
	struct slice whole, part;
	int64_t seconds, ns = 0;
	bool has_part = slice_cut(s, '.', &whole, &part);

	if (!parse_i64(whole, &seconds) || seconds > INT64_MAX / 1000000000 ||
		seconds < INT64_MIN / 1000000000)
		return false;
	if (has_part && (part.n == 0 || part.n > 9))
		return false;
	for (size_t i = 0; has_part && i < 9; i++) {
		char digit = i < part.n ? part.p[i] : '0';

		if (digit < '0' || digit > '9')
			return false;
		ns = ns * 10 + (digit - '0');
	}
	*out = seconds * 1000000000 + (seconds < 0 ? -ns : ns);
	return true;
}

/* The shorter forms of RFC 3339 that docker takes, in the local time zone. */
static bool parse_local(const char *text, int64_t *out)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H",
		"%Y-%m-%d" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);

		if (end && *end == 'Z' && end[1] == '\0')
			*out = (int64_t)timegm(&tm) * 1000000000;
		else if (end && *end == '\0')
			*out = (int64_t)mktime(&tm) * 1000000000;
		else
			continue;
		return true;
	}
	return false;
}

int call_time(const struct call *c, const char *key, int64_t *out, struct err *e)
{
	const char *text = call_param(c, key);
	struct err ignored;
	int64_t back;

	*out = 0;
	if (*text == '\0' || parse_unix(slice_str(text), out) ||
		clock_parse_rfc3339(slice_str(text), out) || parse_local(text, out))
		return 0;
	if (unit_parse_duration(text, &back, &ignored) == 0) {
		*out = clock_now_ns() - back;
		return 0;
	}
	return err_set(e, ERR_INVALID,
		"invalid value for \"%s\": failed to parse value as time or duration: \"%s\"", key,
		text);
}
