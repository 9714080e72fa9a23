/* SPDX-License-Identifier: Apache-2.0 */
/* The files of /proc that stats reads beside the control group (proc(5)). */
#include <string.h>

#include "stats.h"

static bool next_u64(struct slice *rest, uint64_t *out)
{
	struct slice word;

	*rest = slice_trim(*rest);
	slice_cut(*rest, ' ', &word, rest);
	return parse_u64(slice_trim(word), out);
}

/* "  eth0: bytes packets errs drop fifo frame compressed multicast bytes packets errs drop …" */
static bool parse_nic(struct arena *a, struct slice line, struct stats_nic *out)
{
	struct slice name;
	uint64_t v[12];

	if (!slice_cut(line, ':', &name, &line))
		return false;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		if (!next_u64(&line, &v[i]))
			return false;
	name = slice_trim(name);
	*out = (struct stats_nic){ arena_strndup(a, name.p, name.n), v[0], v[1], v[2], v[3], v[8],
		v[9], v[10], v[11] };
	return true;
}

void stats_parse_nics(struct arena *a, struct slice text, struct stats_nic_list *out)
{
	struct stats_nic nic;
	struct slice line;

	*out = (struct stats_nic_list){ 0 };
	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!parse_nic(a, line, &nic) || strcmp(nic.name, "lo") == 0)
			continue;
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = nic;
	}
}

uint64_t stats_parse_system(struct slice text, uint64_t ticks_per_second)
{
	uint64_t sum = 0, v;
	struct slice line, word;

	slice_cut(text, '\n', &line, &text);
	if (!slice_cut(line, ' ', &word, &line) || !slice_eq(word, "cpu") || !ticks_per_second)
		return 0;
	for (int i = 0; i < 7; i++) {
		if (!next_u64(&line, &v))
			return 0;
		sum += v;
	}
	return sum * (1000000000 / ticks_per_second);
}

uint64_t stats_parse_memory(struct slice text)
{
	struct slice line, key, value;
	uint64_t kib;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (slice_cut(line, ':', &key, &value) && slice_eq(key, "MemTotal") &&
			next_u64(&value, &kib))
			return kib * 1024;
	}
	return 0;
}
