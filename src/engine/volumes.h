/* SPDX-License-Identifier: Apache-2.0 */
/* What clients do with volumes: the store's verbs with their events, filters and disk usage. Results lie in a. */
#ifndef TARE_ENGINE_VOLUMES_H
#define TARE_ENGINE_VOLUMES_H

#include "base/arena.h"
#include "base/err.h"
#include "engine/engine.h"
#include "model/filters.h"
#include "volume/volume.h"

/* Events create (of a new one) and destroy; errors are volume.h's. */
int engine_volume_create(struct engine *eng, struct arena *a, const struct volume_spec *spec,
	struct volume *out, struct err *e);
int engine_volume_get(
	struct engine *eng, struct arena *a, const char *name, struct volume *out, struct err *e);
int engine_volume_remove(struct engine *eng, const char *name, struct err *e);
/* Filters dangling, driver, label, name (a part of it): feature row C.filters. */
int engine_volume_list(struct engine *eng, struct arena *a, const struct filters *f,
	struct volume_list *out, struct err *e);

struct volume_pruned {
	struct str_list names; /* absent when there were none */
	int64_t reclaimed;     /* bytes */
};

/*
 * Removes the volumes nobody holds: invented names only, unless all or filter all=true. Filters label, label!, all. Event
 * prune.
 */
int engine_volume_prune(struct engine *eng, struct arena *a, const struct filters *f, bool all,
	struct volume_pruned *out, struct err *e);

/* --- For this room ------------------------------------------------------------------------------ */

/* Publishes an event about a volume; extra (may be NULL) comes beside its driver. */
void volumes_event(
	struct engine *eng, const char *name, const char *action, const struct str_map *extra);
/* Removes it, with the event. */
int volumes_remove(struct engine *eng, const char *name, struct err *e);

#endif
