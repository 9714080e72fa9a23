/* SPDX-License-Identifier: Apache-2.0 */
/* Status, command and port texts. */
#include "status.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/slice.h"
#include "base/unit.h"

#define COMMAND_MAX (1024 * 1024)

static const char *since(char out[UNIT_TEXT], int64_t then_ns, int64_t now_ns)
{
	return unit_human_duration(out, now_ns > then_ns ? (now_ns - then_ns) / 1000000000 : 0);
}

static const char *health_text(enum health_status s)
{
	static const char *const texts[] = { "", " (health: starting)", " (healthy)",
		" (unhealthy)" };

	return texts[s];
}

const char *status_text(
	struct arena *a, const struct ctr_life *l, enum health_status health, int64_t now_ns)
{
	char text[UNIT_TEXT];

	switch (l->state) {
	case CTR_RUNNING:
		return arena_printf(
			a, "Up %s%s", since(text, l->started_ns, now_ns), health_text(health));
	case CTR_PAUSED:
		return arena_printf(a, "Up %s (Paused)", since(text, l->started_ns, now_ns));
	case CTR_RESTARTING:
		return arena_printf(a, "Restarting (%" PRId64 ") %s ago", l->exit_code,
			since(text, l->finished_ns, now_ns));
	case CTR_REMOVING:
		return "Removal In Progress";
	case CTR_DEAD:
		return "Dead";
	case CTR_CREATED:
		return "Created";
	case CTR_EXITED:
	case CTR_N_STATES:
		break;
	}
	if (l->finished_ns == CLOCK_NEVER)
		return "";
	return arena_printf(a, "Exited (%" PRId64 ") %s ago", l->exit_code,
		since(text, l->finished_ns, now_ns));
}

const char *status_command(struct arena *a, const char *path, const struct str_list *args)
{
	own_buf text = { 0 };

	buf_init(&text, COMMAND_MAX);
	buf_str(&text, path);
	for (size_t i = 0; i < args->n; i++)
		buf_fmt(&text, strchr(args->v[i], ' ') ? " '%s'" : " %s", args->v[i]);
	return arena_strndup(a, text.data, text.len);
}

void status_exposed_ports(
	struct arena *a, const struct str_list *exposed, struct port_summary_list *out)
{
	*out = (struct port_summary_list){ 0 };
	for (size_t i = 0; i < exposed->n; i++) {
		struct slice ports, proto, first, last;
		uint16_t from, to;

		if (!slice_cut(slice_str(exposed->v[i]), '/', &ports, &proto))
			proto = slice_str("tcp");
		if (!slice_cut(ports, '-', &first, &last))
			last = first;
		if (!parse_u16(first, &from) || !parse_u16(last, &to))
			continue;
		for (uint32_t port = from; port <= to; port++) {
			out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
			out->v[out->n - 1] = (struct port_summary){ .private_port = (uint16_t)port,
				.type = arena_strndup(a, proto.p, proto.n) };
		}
	}
}
