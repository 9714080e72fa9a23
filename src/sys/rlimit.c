/* SPDX-License-Identifier: Apache-2.0 */
/* The rlimit table; parsing is go-units' ParseUlimit. */
#include "sys/rlimit.h"

#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/slice.h"

static const struct {
	const char *name;
	int resource;
	bool is_ulimit; /* docker --ulimit takes it */
} limits[] = {
	{ "as", RLIMIT_AS, false },
	{ "core", RLIMIT_CORE, true },
	{ "cpu", RLIMIT_CPU, true },
	{ "data", RLIMIT_DATA, true },
	{ "fsize", RLIMIT_FSIZE, true },
	{ "locks", RLIMIT_LOCKS, true },
	{ "memlock", RLIMIT_MEMLOCK, true },
	{ "msgqueue", RLIMIT_MSGQUEUE, true },
	{ "nice", RLIMIT_NICE, true },
	{ "nofile", RLIMIT_NOFILE, true },
	{ "nproc", RLIMIT_NPROC, true },
	{ "rss", RLIMIT_RSS, true },
	{ "rtprio", RLIMIT_RTPRIO, true },
	{ "rttime", RLIMIT_RTTIME, true },
	{ "sigpending", RLIMIT_SIGPENDING, true },
	{ "stack", RLIMIT_STACK, true },
};

#define COUNT (sizeof(limits) / sizeof(limits[0]))

int rlimit_find(const char *name)
{
	const char *plain = name && str_starts(name, "RLIMIT_") ? name + 7 : name;

	for (size_t i = 0; plain && i < COUNT; i++)
		if (strcasecmp(plain, limits[i].name) == 0)
			return limits[i].resource;
	return -1;
}

const char *rlimit_name(int resource)
{
	for (size_t i = 0; i < COUNT; i++)
		if (limits[i].resource == resource)
			return limits[i].name;
	return NULL;
}

static int parse_value(struct slice s, int64_t *out, struct err *e)
{
	if (!parse_i64(s, out))
		return err_set(e, ERR_INVALID, "strconv.ParseInt: parsing \"%.*s\": invalid syntax",
			(int)s.n, s.p);
	return 0;
}

int rlimit_parse(const char *text, const char **name, int64_t *soft, int64_t *hard, struct err *e)
{
	struct slice key, values, first, second, more;
	size_t i = 0;

	if (!slice_cut(slice_str(text), '=', &key, &values))
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
	while (i < COUNT && (!limits[i].is_ulimit || !slice_eq(key, limits[i].name)))
		i++;
	if (i == COUNT)
		return err_set(e, ERR_INVALID, "invalid ulimit type: %.*s", (int)key.n, key.p);
	bool two = slice_cut(values, ':', &first, &second);
	if (two && slice_cut(second, ':', &second, &more))
		return err_set(e, ERR_INVALID,
			"too many limit value arguments - %.*s, can only have up to two, `soft[:hard]`",
			(int)values.n, values.p);
	if ((two && parse_value(second, hard, e)) || parse_value(first, soft, e))
		return -1;
	if (!two)
		*hard = *soft;
	if (*hard != -1 && *soft == -1)
		return err_set(e, ERR_INVALID,
			"ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), "
			"hard: %lld",
			(long long)*hard);
	if (*hard != -1 && *soft > *hard)
		return err_set(e, ERR_INVALID,
			"ulimit soft limit must be less than or equal to hard limit: %lld > %lld",
			(long long)*soft, (long long)*hard);
	*name = limits[i].name;
	return 0;
}

int rlimit_apply(pid_t pid, const struct oci_rlimit_list *list, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		struct rlimit64 value = { .rlim_cur = list->v[i].soft,
			.rlim_max = list->v[i].hard };
		int resource = rlimit_find(list->v[i].type);
		if (resource < 0)
			return err_set(e, ERR_INVALID, "invalid rlimit type: %s", list->v[i].type);
		if (prlimit64(pid, resource, &value, NULL))
			return err_sys(e, "error setting rlimits for %s", list->v[i].type);
	}
	return 0;
}
