/* SPDX-License-Identifier: Apache-2.0 */
/* A container's files as one tar (feature row E20), packed by a tare-layer process shut up in the root. */
#include "base/cleanup.h"
#include "image/root.h"
#include "layerdb.h"
#include "overlay.h"
#include "worker.h"

int image_root_open(struct image_store *s, const char *ctr_id, struct err *e)
{
	own_arena a = arena_new();
	struct mount_record r;

	return mountdb_read(s, a, ctr_id, &r, e) ? -1 : overlay_open_tree(s, r.mount_id, e);
}

static int await_packed(struct worker *w, struct err *e)
{
	struct layer_msg msg;

	if (worker_receive(w, &msg, e))
		return -1;
	worker_finish(w);
	return msg.type == LAYER_MSG_PACKED
		       ? 0
		       : err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
}

int image_root_export(struct image_store *s, const struct image_root_export *x, struct err *e)
{
	static const char *const args[] = { "pack", "tree", NULL };
	const struct worker_fds fds = { .stream = x->out, .dir = x->tree, .split = -1 };
	struct worker w = WORKER_NONE;
	own_arena a = arena_new();
	struct mount_record r;

	if (worker_spawn(worker_program(a, x->layer_program), args, &fds, &w, e))
		return -1;
	int rc = await_packed(&w, e);
	worker_stop(&w);
	/* Files that vanish meanwhile are left out; all of them when the container is removed. */
	if (rc == 0 && mountdb_read(s, a, x->ctr_id, &r, e))
		return err_set(e, ERR_CONFLICT, "container %s was removed meanwhile", x->ctr_id);
	return rc;
}
