/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes (feature rows B.Volume, B23). */
#include "volumes.h"

#include <inttypes.h>
#include <time.h>

#include "base/slice.h"
#include "routes.h"
#include "write.h"

/* What a client asks for. */
struct create_body {
	const char *name, *driver;
	struct str_map driver_opts, labels;
	const char *cluster_spec;
};

static const struct bind_field create_fields[] = {
	BIND(STR, struct create_body, name, "Name", 0),
	BIND(STR, struct create_body, driver, "Driver", 0),
	BIND(STRMAP, struct create_body, driver_opts, "DriverOpts", 0),
	BIND(STRMAP, struct create_body, labels, "Labels", 0),
	BIND(RAW, struct create_body, cluster_spec, "ClusterVolumeSpec", 0),
	BIND_END,
};

/* Whole seconds in the daemon's time zone, as Go writes RFC3339. */
static void write_created(struct jsonw *w, struct arena *a, int64_t ns)
{
	time_t at = (time_t)(ns / 1000000000);
	char text[64], zone[8];
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	if (tm.tm_gmtoff == 0)
		jsonw_kstr(w, "CreatedAt", arena_printf(a, "%sZ", text));
	else
		jsonw_kstr(w, "CreatedAt", arena_printf(a, "%s%.3s:%s", text, zone, zone + 3));
}

void volumes_write(
	struct call *c, struct jsonw *w, const struct volume *v, const int64_t *size_bytes)
{
	jsonw_obj(w);
	write_created(w, c->arena, v->created_ns);
	jsonw_kstr(w, "Driver", VOLUME_DRIVER);
	write_map(w, "Labels", v->labels.n ? &v->labels : &(struct str_map){ 0 });
	jsonw_kstr(w, "Mountpoint", v->mountpoint);
	jsonw_kstr(w, "Name", v->name);
	write_map(w, "Options", v->options.n ? &v->options : &(struct str_map){ 0 });
	jsonw_kstr(w, "Scope", "local");
	if (size_bytes) {
		jsonw_key(w, "UsageData");
		jsonw_obj(w);
		jsonw_ki64(w, "RefCount", (int64_t)v->users.n);
		jsonw_ki64(w, "Size", *size_bytes);
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
}

static void begin(struct jsonw *w, struct buf *body)
{
	buf_init(body, API_ANSWER_MAX);
	jsonw_init(w, body, NULL);
	w->escape_html = true;
}

static int reply_volume(struct call *c, int status, const struct volume *v)
{
	struct jsonw w;
	own_buf body = { 0 };

	begin(&w, &body);
	volumes_write(c, &w, v, NULL);
	return call_reply(c, status, &body);
}

int volume_post_create(struct call *c, struct err *e)
{
	struct create_body body = { 0 };
	struct volume_spec spec;
	struct volume v;

	if (call_body(c, create_fields, &body, e))
		return -1;
	if (!str_empty(body.cluster_spec) && !str_eq(body.cluster_spec, "null"))
		return absent_swarm(c, e);
	spec = (struct volume_spec){ .name = body.name,
		.driver = body.driver,
		.options = body.driver_opts,
		.labels = body.labels };
	if (engine_volume_create(c->api->config.engine, c->arena, &spec, &v, e))
		return -1;
	return reply_volume(c, 201, &v);
}

int volume_get_list(struct call *c, struct err *e)
{
	struct volume_list all;
	struct filters f;
	struct jsonw w;
	own_buf body = { 0 };

	if (call_filters(c, &f, e) ||
		engine_volume_list(c->api->config.engine, c->arena, &f, &all, e))
		return -1;
	begin(&w, &body);
	jsonw_obj(&w);
	jsonw_key(&w, "Volumes");
	jsonw_arr(&w);
	for (size_t i = 0; i < all.n; i++)
		volumes_write(c, &w, &all.v[i], NULL);
	jsonw_arr_end(&w);
	jsonw_knull(&w, "Warnings");
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}

int volume_get_one(struct call *c, struct err *e)
{
	struct volume v;

	if (engine_volume_get(c->api->config.engine, c->arena, c->id, &v, e))
		return -1;
	return reply_volume(c, 200, &v);
}

/* With force a missing volume counts as removed; one in use stays all the same. */
int volume_delete(struct call *c, struct err *e)
{
	if (engine_volume_remove(c->api->config.engine, c->id, e) == 0 ||
		(e->kind == ERR_NOT_FOUND && call_bool(c, "force")))
		return call_reply_empty(c, 204);
	return -1;
}

/* Before 1.42 named volumes are pruned, too. */
int volume_post_prune(struct call *c, struct err *e)
{
	struct volume_pruned done;
	struct filters f;
	struct jsonw w;
	own_buf body = { 0 };

	if (call_filters(c, &f, e) || engine_volume_prune(c->api->config.engine, c->arena, &f,
					      c->version < API_V(1, 42), &done, e))
		return -1;
	begin(&w, &body);
	jsonw_obj(&w);
	write_list_or_empty(&w, "VolumesDeleted", &done.names);
	jsonw_ki64(&w, "SpaceReclaimed", done.reclaimed);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}
