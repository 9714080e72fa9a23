/* SPDX-License-Identifier: Apache-2.0 */
/* A container's two layers as steps, and what is asked of them later. */
#include "image/root.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/steps.h"
#include "init_layer.h"
#include "journal.h"
#include "layerdb.h"
#include "layers.h"
#include "overlay.h"
#include "root_int.h"

struct creation {
	struct image_store *store;
	struct arena *arena;
	const char *ctr_id;
	struct layer *top;	 /* NULL: no image */
	const char *image_lower; /* what the init layer lies on, "" for nothing */
	struct init_plan *plan;	 /* the layer's, or own_plan */
	struct init_plan *own_plan;
	char mount_id[ID_HEX + 1];
	char init_id[ID_HEX + 6];
	char init_link[LINK_SIZE];
};

static int find_top(struct creation *c, const char *image_id, struct err *e)
{
	if (!*image_id)
		return 0;
	own_lock guard = lock_take(&c->store->lock);
	struct image *img = store_find_image(c->store, image_id);
	if (!img)
		return store_no_image(image_id, e);
	c->top = img->n_layers ? img->layers[img->n_layers - 1] : NULL;
	if (c->top)
		c->top->holds++;
	return 0;
}

/* The plan is made once for a top layer. */
static int find_plan(struct creation *c, struct err *e)
{
	struct image_store *s = c->store;
	struct init_plan *plan;

	if (c->top) {
		own_lock guard = lock_take(&s->lock);
		c->plan = c->top->plan;
	}
	if (c->plan)
		return 0;
	if (init_plan_make(s->overlay_fd, c->image_lower, &plan, e))
		return err_in(e, "look for mount points in the image");
	c->plan = plan;
	if (!c->top) {
		c->own_plan = plan;
		return 0;
	}
	own_lock guard = lock_take(&s->lock);
	if (c->top->plan) {
		init_plan_free(plan);
		c->plan = c->top->plan;
	} else {
		c->top->plan = plan;
	}
	return 0;
}

static int make_init(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	struct image_store *s = c->store;
	char path[PATH_MAX];
	struct err ignored;

	if (overlay_create(s, c->init_id, c->image_lower, c->init_link, e))
		return -1;
	snprintf(path, sizeof(path), "%s/diff", c->init_id);
	own_fd diff = openat(s->overlay_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (diff < 0)
		err_sys(e, "open %s", path);
	else if (init_plan_apply(c->plan, s->overlay_fd, diff, e) == 0 &&
		 overlay_mark_parent(s, c->init_id, e) == 0)
		return 0;
	overlay_discard(s, c->init_id, &ignored);
	return -1;
}

static void undo_init(void *ctx)
{
	struct creation *c = ctx;
	struct err ignored;

	overlay_discard(c->store, c->init_id, &ignored);
}

static int make_rw(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	char link[LINK_SIZE];
	const char *lower = arena_printf(
		c->arena, "l/%s%s%s", c->init_link, *c->image_lower ? ":" : "", c->image_lower);

	return overlay_create(c->store, c->mount_id, lower, link, e);
}

static void undo_rw(void *ctx)
{
	struct creation *c = ctx;
	struct err ignored;

	overlay_discard(c->store, c->mount_id, &ignored);
}

static int make_record(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	struct mount_record r = { c->mount_id, c->init_id, c->top ? c->top->chain_id : "" };

	return mountdb_write(c->store, c->ctr_id, &r, e);
}

static const struct step creation_steps[] = {
	{ "init", make_init, undo_init },
	{ "rw", make_rw, undo_rw },
	{ "mount_record", make_record, NULL },
	{ 0 },
};

int image_root_mount(struct image_store *s, struct arena *a, const char *ctr_id, const char **path,
	struct err *e)
{
	struct mount_record r;

	return mountdb_read(s, a, ctr_id, &r, e) ? -1 : overlay_mount(s, a, r.mount_id, path, e);
}

int image_root_unmount(struct image_store *s, const char *ctr_id, struct err *e)
{
	own_arena a = arena_new();
	struct mount_record r;

	if (mountdb_read(s, a, ctr_id, &r, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	return overlay_unmount(s, r.mount_id, e);
}

/* The image may have been removed by force meanwhile: then its layers were kept for this container only. */
static void collect_orphans(struct image_store *s, struct arena *a, const char *top)
{
	struct str_list chain = { 0 };
	struct err e;

	if (!*top || store_read(s, &e))
		return;
	{
		own_lock guard = lock_take(&s->lock);
		struct layer *l = map_get(s->layers, top);
		if (l && l->images)
			return;
	}
	own_lock change = lock_take(&s->change);
	if (layers_chain_down(s, a, top, &chain, &e) ||
		layers_collect(s, a, chain.v, chain.n, NULL, &e))
		log_warn("layer %s: %s, ignoring", top, e.msg);
}

static int create_root(struct creation *c, struct err *e)
{
	if ((c->top && layers_lower(c->store, c->top, &c->image_lower, e)) || find_plan(c, e))
		return -1;
	id_hex64(c->mount_id);
	snprintf(c->init_id, sizeof(c->init_id), "%s-init", c->mount_id);
	int rc = steps_run("root.create", creation_steps, c, e);
	init_plan_free(c->own_plan);
	return rc;
}

int image_root_create(
	struct image_store *s, const char *ctr_id, const char *image_id, struct err *e)
{
	own_arena a = arena_new();
	struct creation c = { .store = s, .arena = a, .ctr_id = ctr_id, .image_lower = "" };

	if (store_read(s, e) || find_top(&c, image_id, e))
		return -1;
	const char *top = c.top ? arena_strdup(a, c.top->chain_id) : "";
	pthread_rwlock_rdlock(&s->roots);
	int rc = create_root(&c, e);
	pthread_rwlock_unlock(&s->roots);
	if (c.top) {
		own_lock guard = lock_take(&s->lock);
		c.top->holds--;
	}
	if (rc == 0)
		return 0;
	collect_orphans(s, a, top);
	return err_in(e, "create root of container %s", ctr_id);
}

int root_remove(struct image_store *s, const char *ctr_id, struct err *e)
{
	own_arena a = arena_new();
	struct mount_record r;

	if (mountdb_read(s, a, ctr_id, &r, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	if (fault_point("root.remove", e) || overlay_unmount(s, r.mount_id, e) ||
		overlay_discard(s, r.mount_id, e) ||
		(r.init_id && overlay_discard(s, r.init_id, e)) || mountdb_remove(s, ctr_id, e))
		return err_in(e, "remove root of container %s", ctr_id);
	return 0;
}

static bool has_image(struct image_store *s, const char *chain_id)
{
	own_lock guard = lock_take(&s->lock);
	const struct layer *l = map_get(s->layers, chain_id);

	return l && l->images;
}

/* Notes the layers below a root whose image was removed by force: they go with it. True: journal_end is due. */
static bool note_orphans(
	struct image_store *s, struct arena *a, const char *top, char journal[JOURNAL_NAME])
{
	struct str_list down = { 0 }, up = { 0 };
	struct err e;

	if (!*top || store_read(s, &e) || has_image(s, top))
		return false;
	if (layers_chain_down(s, a, top, &down, &e))
		return false;
	for (size_t i = down.n; i-- > 0;)
		str_list_add(a, &up, down.v[i]);
	if (journal_begin(s, a, &up, journal, &e) == 0)
		return true;
	log_warn("layer %s: %s, ignoring", top, e.msg);
	return false;
}

int image_root_remove(struct image_store *s, const char *ctr_id, struct err *e)
{
	own_arena a = arena_new();
	char journal[JOURNAL_NAME];
	struct mount_record r;

	if (mountdb_read(s, a, ctr_id, &r, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	pthread_rwlock_rdlock(&s->roots);
	bool is_noted = note_orphans(s, a, r.parent, journal);
	int rc = root_remove(s, ctr_id, e);
	if (rc == 0)
		collect_orphans(s, a, r.parent);
	if (is_noted)
		journal_end(s, journal);
	pthread_rwlock_unlock(&s->roots);
	return rc;
}

int image_root_size(struct image_store *s, const char *ctr_id, int64_t *rw_bytes,
	int64_t *image_bytes, struct err *e)
{
	own_arena a = arena_new();
	struct str_list chain = { 0 };
	struct mount_record r;

	*rw_bytes = *image_bytes = 0;
	if (mountdb_read(s, a, ctr_id, &r, e) || layers_chain_down(s, a, r.parent, &chain, e))
		return -1;
	for (size_t i = 0; i < chain.n; i++) {
		struct layer_record l;
		if (layerdb_read(s, a, chain.v[i], &l, e))
			return -1;
		*image_bytes += l.size;
	}
	return overlay_size(s, r.mount_id, rw_bytes, e);
}

int image_root_graph(struct image_store *s, struct arena *a, const char *ctr_id,
	struct str_map *out, struct err *e)
{
	struct mount_record r;

	if (mountdb_read(s, a, ctr_id, &r, e))
		return -1;
	str_map_set(a, out, "ID", ctr_id);
	return overlay_graph(s, a, r.mount_id, out, e);
}

int image_root_list(struct image_store *s, struct arena *a, struct str_list *ctr_ids, struct err *e)
{
	return mountdb_list(s, a, ctr_ids, e);
}
