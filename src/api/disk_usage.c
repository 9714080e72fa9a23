/* SPDX-License-Identifier: Apache-2.0 */
/* GET /system/df: what images, containers and volumes take. There is no build cache yet. */
#include <string.h>

#include "base/slice.h"
#include "engine/inspect.h"
#include "images.h"
#include "model/container.h"
#include "routes.h"
#include "volumes.h"

enum object { IMAGES = 1, CONTAINERS = 2, VOLUMES = 4, BUILD_CACHE = 8 };

static const struct object_type {
	const char *name;
	unsigned object;
} object_types[] = {
	{ "image", IMAGES },
	{ "container", CONTAINERS },
	{ "volume", VOLUMES },
	{ "build-cache", BUILD_CACHE },
};

static int parse_type(const char *name, unsigned *wanted, struct err *e)
{
	for (size_t i = 0; i < sizeof(object_types) / sizeof(object_types[0]); i++) {
		if (strcmp(object_types[i].name, name) == 0) {
			*wanted |= object_types[i].object;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "unknown object type: %s", name);
}

/* Without a type, and before 1.42, all. */
static int parse_types(struct call *c, unsigned *wanted, struct err *e)
{
	*wanted = 0;
	for (size_t i = 0; c->version >= API_V(1, 42) && i < c->query.n; i++)
		if (strcmp(c->query.v[i].key, "type") == 0 &&
			parse_type(c->query.v[i].value, wanted, e))
			return -1;
	if (!*wanted)
		*wanted = IMAGES | CONTAINERS | VOLUMES | BUILD_CACHE;
	return 0;
}

static void count_users(const struct image_users *users, struct image_summary *s)
{
	s->n_containers = 0;
	for (size_t i = 0; i < users->n; i++)
		s->n_containers += strcmp(users->v[i].image_id, s->id) == 0;
}

static int write_images(struct call *c, struct jsonw *w, struct err *e)
{
	struct image_query q = { .with_shared_size = true };
	struct image_summary_list list;
	struct image_users users;
	int64_t bytes;

	engine_image_users(c->api->config.engine, c->arena, &users);
	if (image_layers_size(c->api->config.images, &bytes, e) ||
		image_list(c->api->config.images, c->arena, &q, &list, e))
		return -1;
	jsonw_ki64(w, "LayersSize", bytes);
	jsonw_key(w, "Images");
	jsonw_arr(w);
	for (size_t i = 0; i < list.n; i++) {
		count_users(&users, &list.v[i]);
		images_write_summary(c, w, &list.v[i]);
	}
	jsonw_arr_end(w);
	return 0;
}

static int write_containers(struct call *c, struct jsonw *w, struct err *e)
{
	struct container_summary_list list;
	struct engine_list q = { .all = true, .size = true };

	if (engine_list(c->api->config.engine, c->arena, &q, &list, e))
		return -1;
	jsonw_key(w, "Containers");
	jsonw_arr(w);
	for (size_t i = 0; i < list.n; i++)
		bind_encode(w, container_summary_fields, &list.v[i]);
	jsonw_arr_end(w);
	return 0;
}

/* One that cannot be read is -1, as dockerd says it. */
static int write_volumes(struct call *c, struct jsonw *w, struct err *e)
{
	struct filters none = { 0 };
	struct volume_list list;

	if (engine_volume_list(c->api->config.engine, c->arena, &none, &list, e))
		return -1;
	jsonw_key(w, "Volumes");
	jsonw_arr(w);
	for (size_t i = 0; i < list.n; i++) {
		struct err unread;
		int64_t bytes;

		if (volume_measure(list.v[i].mountpoint, &bytes, &unread))
			bytes = -1;
		volumes_write(c, w, &list.v[i], &bytes);
	}
	jsonw_arr_end(w);
	return 0;
}

/* A list that is there when it was asked for, else null. */
static void write_nothing(struct jsonw *w, const char *key, bool is_wanted)
{
	jsonw_key(w, key);
	jsonw_raw(w, is_wanted ? "[]" : "null");
}

int system_df(struct call *c, struct err *e)
{
	unsigned wanted;
	struct jsonw w;
	own_buf body = { 0 };

	if (parse_types(c, &wanted, e))
		return -1;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	if (wanted & IMAGES) {
		if (write_images(c, &w, e))
			return -1;
	} else {
		jsonw_ki64(&w, "LayersSize", 0);
		write_nothing(&w, "Images", false);
	}
	if (wanted & CONTAINERS) {
		if (write_containers(c, &w, e))
			return -1;
	} else {
		write_nothing(&w, "Containers", false);
	}
	if (wanted & VOLUMES) {
		if (write_volumes(c, &w, e))
			return -1;
	} else {
		write_nothing(&w, "Volumes", false);
	}
	write_nothing(&w, "BuildCache", wanted & BUILD_CACHE);
	if (c->version < API_V(1, 42))
		jsonw_ki64(&w, "BuilderSize", 0);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}
