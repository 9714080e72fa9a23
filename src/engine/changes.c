/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/changes.h"

#include "engine_int.h"

int engine_changes(struct engine *eng, struct arena *a, const char *name, struct image_changes *out,
	struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	return c ? image_root_changes(eng->images, a, c->id, out, e) : -1;
}
