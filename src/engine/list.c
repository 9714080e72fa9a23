/* SPDX-License-Identifier: Apache-2.0 */
/* The container list: filtered and copied under each container's lock, rendered by nobody here. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/slice.h"
#include "endpoints.h"
#include "engine/inspect.h"
#include "engine_int.h"
#include "image/root.h"
#include "list_filter.h"
#include "model/copy.h"
#include "mount_table.h"
#include "status.h"

/* Fills one row. With c's lock held. */
static void fill(struct arena *a, const struct container *c, struct container_summary *out)
{
	struct network_settings net;

	endpoints_settings(a, c, &net);
	*out = (struct container_summary){
		.id = arena_strdup(a, c->id),
		.image = arena_strdup(a, c->config.image),
		.image_id = arena_strdup(a, c->image_id),
		.command = status_command(a, c->path, &c->args),
		.created = c->created_ns / 1000000000,
		.state = ctr_state_name(c->life.state),
		.status = status_text(a, &c->life, c->health.status, clock_now_ns()),
		.host_config.network_mode = arena_strdup(a, c->host.network_mode),
	};
	str_list_add(a, &out->names, arena_printf(a, "/%s", c->name));
	if (net.ports.n)
		status_exposed_ports(a, &c->config.exposed_ports, &out->ports);
	str_map_copy(a, &c->config.labels, &out->labels);
	str_map_copy(a, &c->host.annotations, &out->host_config.annotations);
	mount_table_points(a, &c->mounts, &out->mounts);
	struct networking_config shared = { net.networks }, own;
	model_copy(a, networking_config_fields, &shared, &own, sizeof(own));
	out->network_settings.networks = own.endpoints;
}

/* Adds c when it passes: true. */
static bool consider(struct arena *a, struct container *c, const struct engine_list *q,
	const struct list_filter *lf, struct container_summary_list *out)
{
	own_lock guard = lock_take(&c->lock);

	if (!ctr_state_runs(c->life.state) && !q->all && !lf->wants_all && q->limit <= 0)
		return false;
	if (!list_filter_match(lf, c))
		return false;
	out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
	fill(a, c, &out->v[out->n - 1]);
	return true;
}

/* Once its tag has moved to another image, a container shows its image's id instead. */
static void settle_image_name(struct engine *eng, struct arena *a, struct container_summary *s)
{
	const char *id;
	struct err ignored;

	if (str_eq(s->image, s->image_id))
		return;
	if (image_resolve(eng->images, a, s->image, &id, &ignored) || !str_eq(id, s->image_id))
		s->image = s->image_id;
}

static void fill_sizes(struct engine *eng, struct container_summary *s)
{
	int64_t image = 0;
	struct err e;

	if (image_root_size(eng->images, s->id, &s->size_rw, &image, &e))
		log_warn("ctr %s: size: %s, ignoring", s->id, e.msg);
	s->size_root_fs = s->size_rw + image;
}

int engine_list(struct engine *eng, struct arena *a, const struct engine_list *q,
	struct container_summary_list *out, struct err *e)
{
	struct list_filter lf;
	struct ctr_list all;

	*out = (struct container_summary_list){ .v = arena_alloc(a, sizeof(*out->v)) };
	if (list_filter_init(eng, a, q->filters, &lf, e))
		return -1;
	registry_all(eng->registry, a, &all);
	for (size_t i = 0; i < all.n && (q->limit <= 0 || out->n < (size_t)q->limit); i++)
		consider(a, all.v[i], q, &lf, out);
	ctr_list_unref(&all);
	for (size_t i = 0; i < out->n; i++) {
		settle_image_name(eng, a, &out->v[i]);
		if (q->size)
			fill_sizes(eng, &out->v[i]);
	}
	return 0;
}
