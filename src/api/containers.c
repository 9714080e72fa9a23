/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at containers: the list and inspect, shaped for the version asked for (feature row B19). */
#include "engine/inspect.h"

#include <string.h>

#include "base/slice.h"
#include "routes.h"

static void write_summaries(
	const struct call *c, struct jsonw *w, struct container_summary_list *list)
{
	jsonw_arr(w);
	for (size_t i = 0; i < list->n; i++) {
		if (c->version < API_V(1, 46))
			list->v[i].host_config.annotations = (struct str_map){ 0 };
		bind_encode(w, container_summary_fields, &list->v[i]);
	}
	jsonw_arr_end(w);
}

int container_list(struct call *c, struct err *e)
{
	struct container_summary_list list;
	struct engine_list q = { 0 };
	struct filters f;
	struct jsonw w;
	own_buf body = { 0 };

	if (call_filters(c, &f, e) || call_i64(c, "limit", 0, &q.limit, e))
		return -1;
	q.all = call_bool(c, "all");
	q.size = call_bool(c, "size");
	q.filters = &f;
	if (engine_list(c->api->config.engine, c->arena, &q, &list, e))
		return -1;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	write_summaries(c, &w, &list);
	return call_reply(c, 200, &body);
}

static bool is_user_network(const char *name)
{
	static const char *const built_in[] = { "default", "bridge", "host", "none", "nat" };

	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		if (strcmp(name, built_in[i]) == 0)
			return false;
	return !str_starts(name, "container:");
}

static void add_alias(struct arena *a, struct str_list *aliases, const char *name)
{
	if (!str_list_has(aliases, name))
		str_list_add(a, aliases, name);
}

/* Before 1.45 the short id and the hostname stood among the aliases. */
static void shape_aliases(struct call *c, struct container_inspect *ctr)
{
	struct endpoint_map *networks = &ctr->network_settings.networks;

	for (size_t i = 0; i < networks->n; i++) {
		struct str_list *aliases = &networks->v[i].aliases;

		if (!is_user_network(networks->keys[i]))
			continue;
		add_alias(c->arena, aliases, arena_strndup(c->arena, ctr->id, 12));
		add_alias(c->arena, aliases, ctr->config.hostname);
	}
}

int container_inspect(struct call *c, struct err *e)
{
	struct container_inspect ctr;

	if (engine_inspect(c->api->config.engine, c->arena, c->id, call_bool(c, "size"), &ctr, e))
		return -1;
	if (c->version < API_V(1, 45))
		shape_aliases(c, &ctr);
	return call_reply_bind(c, 200, container_inspect_fields, &ctr);
}
