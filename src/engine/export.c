/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to the container while its files are sent does not wait for the one who reads them. */
#include "engine/export.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "engine_int.h"
#include "image/root.h"

struct engine_export {
	struct engine *eng;
	struct container *c;
	int tree;
};

static int open_root(struct engine *eng, struct container *c, const char *name, struct err *e)
{
	own_lock verb = lock_take(&c->verb);

	pthread_mutex_lock(&c->lock);
	int rc = ctr_allow(c, CTR_EXPORT, name, e);
	pthread_mutex_unlock(&c->lock);
	if (rc)
		return -1;
	int tree = image_root_open(eng->images, c->id, e);
	return tree < 0 ? err_in(e, "Error exporting container %s", name) : tree;
}

int engine_export_open(
	struct engine *eng, const char *name, struct engine_export **out, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);
	int tree = c ? open_root(eng, c, name, e) : -1;

	if (tree < 0)
		return -1;
	struct engine_export *x = calloc(1, sizeof(*x));
	if (!x)
		abort();
	*x = (struct engine_export){ .eng = eng, .c = take(c), .tree = tree };
	*out = x;
	return 0;
}

void engine_export_close(struct engine_export *x)
{
	if (!x)
		return;
	close(x->tree);
	ctr_unref(x->c);
	free(x);
}

int engine_export_write(struct engine_export *x, const char *layer_program, int fd, struct err *e)
{
	const struct image_root_export export = {
		.ctr_id = x->c->id, .layer_program = layer_program, .tree = x->tree, .out = fd
	};

	if (image_root_export(x->eng->images, &export, e))
		return -1;
	ctr_event(x->eng, x->c, "export", NULL);
	return 0;
}
