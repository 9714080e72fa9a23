/* SPDX-License-Identifier: Apache-2.0 */
/* POST /images/prune. */
#include <inttypes.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/until.h"
#include "images.h"
#include "routes.h"

static int parse_filters(struct call *c, struct image_prune_opts *o, struct err *e)
{
	static const char *const allowed[] = { "dangling", "label", "label!", "until", NULL };
	const struct str_list *until;
	struct filters f;
	bool is_dangling_only;

	if (call_filters(c, &f, e) || filters_check(&f, allowed, e) ||
		filters_bool(&f, "dangling", true, &is_dangling_only, e))
		return -1;
	o->all = !is_dangling_only;
	if (filters_get(&f, "label"))
		o->labels = *filters_get(&f, "label");
	if (filters_get(&f, "label!"))
		o->not_labels = *filters_get(&f, "label!");
	until = filters_get(&f, "until");
	if (!until)
		return 0;
	if (until->n > 1)
		return err_set(e, ERR_INVALID, "more than one until filter specified");
	return until_parse(until->v[0], clock_now_ns(), &o->until_ns, e);
}

static void publish(struct call *c, int64_t bytes)
{
	struct str_map attributes = { 0 };

	str_map_set(c->arena, &attributes, "reclaimed", arena_printf(c->arena, "%" PRId64, bytes));
	engine_publish(c->api->config.engine, "image", "prune", "", &attributes);
}

int image_post_prune(struct call *c, struct err *e)
{
	struct image_prune_opts opts = { 0 };
	struct image_removed_list removed;
	struct jsonw w;
	own_buf body = { 0 };
	int64_t bytes;

	if (parse_filters(c, &opts, e))
		return -1;
	engine_image_users(c->api->config.engine, c->arena, &opts.users);
	int rc = image_prune(c->api->config.images, c->arena, &opts, &removed, &bytes, e);
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_key(&w, "ImagesDeleted");
	/* Events are due for what was done before an error, too. */
	if (removed.n)
		images_write_removed(c, &w, &removed);
	else
		jsonw_null(&w);
	jsonw_ki64(&w, "SpaceReclaimed", bytes);
	jsonw_obj_end(&w);
	if (rc)
		return -1;
	publish(c, bytes);
	return call_reply(c, 200, &body);
}
