/* SPDX-License-Identifier: Apache-2.0 */
#include "volumes.h"

#include <inttypes.h>
#include <string.h>

#include "base/slice.h"
#include "engine/events.h"
#include "engine_int.h"

void volumes_event(
	struct engine *eng, const char *name, const char *action, const struct str_map *extra)
{
	own_arena a = arena_new();
	struct str_map attributes = { 0 };

	str_map_set(a, &attributes, "driver", VOLUME_DRIVER);
	for (size_t i = 0; extra && i < extra->n; i++)
		str_map_set(a, &attributes, extra->keys[i], extra->v[i]);
	engine_publish(eng, "volume", action, name, &attributes);
}

int volumes_remove(struct engine *eng, const char *name, struct err *e)
{
	if (volume_remove(eng->volumes, name, e))
		return -1;
	volumes_event(eng, name, "destroy", NULL);
	return 0;
}

int engine_volume_create(struct engine *eng, struct arena *a, const struct volume_spec *spec,
	struct volume *out, struct err *e)
{
	if (volume_create(eng->volumes, a, spec, NULL, out, e))
		return -1;
	if (out->is_new)
		volumes_event(eng, out->name, "create", NULL);
	return 0;
}

int engine_volume_get(
	struct engine *eng, struct arena *a, const char *name, struct volume *out, struct err *e)
{
	return volume_get(eng->volumes, a, name, out, e);
}

int engine_volume_remove(struct engine *eng, const char *name, struct err *e)
{
	return volumes_remove(eng, name, e);
}

static bool has_part(const struct str_list *parts, const char *name)
{
	for (size_t i = 0; parts && i < parts->n; i++)
		if (strstr(name, parts->v[i]))
			return true;
	return !parts || parts->n == 0;
}

static bool matches(const struct filters *f, const struct volume *v, bool dangling)
{
	if (filters_get(f, "dangling") && dangling != (v->users.n == 0))
		return false;
	return has_part(filters_get(f, "name"), v->name) &&
	       filters_match(f, "driver", VOLUME_DRIVER) &&
	       filters_match_labels(f, "label", &v->labels);
}

int engine_volume_list(struct engine *eng, struct arena *a, const struct filters *f,
	struct volume_list *out, struct err *e)
{
	static const char *const allowed[] = { "dangling", "driver", "label", "name", NULL };
	struct volume_list all;
	bool dangling;

	if (filters_check(f, allowed, e) || filters_bool(f, "dangling", false, &dangling, e) ||
		volume_list(eng->volumes, a, &all, e))
		return -1;
	*out = (struct volume_list){ all.v, 0 };
	for (size_t i = 0; i < all.n; i++)
		if (matches(f, &all.v[i], dangling))
			out->v[out->n++] = all.v[i];
	return 0;
}

static bool is_prunable(const struct filters *f, const struct volume *v, bool all)
{
	if (v->users.n || (!all && !str_map_get(&v->labels, VOLUME_ANONYMOUS)))
		return false;
	return filters_match_labels(f, "label", &v->labels) &&
	       (!filters_get(f, "label!") || !filters_match_labels(f, "label!", &v->labels));
}

static void prune_one(
	struct engine *eng, struct arena *a, const struct volume *v, struct volume_pruned *out)
{
	int64_t bytes = 0;
	struct err ignored;

	/* Somebody may have taken it meanwhile: then it stays. */
	if (volume_measure(v->mountpoint, &bytes, &ignored) ||
		volumes_remove(eng, v->name, &ignored))
		return;
	str_list_add(a, &out->names, v->name);
	out->reclaimed += bytes;
}

int engine_volume_prune(struct engine *eng, struct arena *a, const struct filters *f, bool all,
	struct volume_pruned *out, struct err *e)
{
	static const char *const allowed[] = { "label", "label!", "all", NULL };
	struct volume_list volumes;
	struct str_map attributes = { 0 };

	*out = (struct volume_pruned){ 0 };
	if (filters_check(f, allowed, e) || filters_bool(f, "all", all, &all, e) ||
		volume_list(eng->volumes, a, &volumes, e))
		return -1;
	for (size_t i = 0; i < volumes.n; i++)
		if (is_prunable(f, &volumes.v[i], all))
			prune_one(eng, a, &volumes.v[i], out);
	str_map_set(a, &attributes, "reclaimed", arena_printf(a, "%" PRId64, out->reclaimed));
	engine_publish(eng, "volume", "prune", "", &attributes);
	return 0;
}
