/* SPDX-License-Identifier: Apache-2.0 */
/* GET and POST /tare/fsck, an endpoint of our own: checks the image store; POST repairs what it finds. */
#include "image/fsck.h"

#include "base/slice.h"
#include "engine/engine.h"
#include "image/root.h"
#include "routes.h"
#include "write.h"

static void write_finding(struct jsonw *w, const struct fsck_finding *f)
{
	jsonw_obj(w);
	jsonw_kstr(w, "Kind", f->kind);
	jsonw_kstr(w, "Object", f->object);
	jsonw_kstr(w, "Problem", f->problem);
	jsonw_kstr(w, "Repair", f->repair);
	jsonw_kbool(w, "Repaired", f->is_repaired);
	write_str_if(w, "Error", f->failure);
	jsonw_obj_end(w);
}

static int reply(struct call *c, const struct fsck_report *r)
{
	struct jsonw w;
	own_buf body = { 0 };

	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_ki64(&w, "Images", (int64_t)r->n_images);
	jsonw_ki64(&w, "Layers", (int64_t)r->n_layers);
	jsonw_ki64(&w, "Roots", (int64_t)r->n_roots);
	jsonw_key(&w, "Findings");
	jsonw_arr(&w);
	for (size_t i = 0; i < r->n; i++)
		write_finding(&w, &r->v[i]);
	jsonw_arr_end(&w);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}

int system_fsck(struct call *c, struct err *e)
{
	struct str_list roots = { 0 }, containers = { 0 };
	struct fsck_opts opts = { .is_repairing = str_eq(c->rq->method, "POST"),
		.roots = &roots,
		.containers = &containers };
	struct image_users users;
	struct fsck_report report;

	/* Roots first: one that is there belongs to a container that is known, or was removed meanwhile. */
	if (image_root_list(c->api->config.images, c->arena, &roots, e))
		return -1;
	engine_image_users(c->api->config.engine, c->arena, &users);
	for (size_t i = 0; i < users.n; i++)
		str_list_add(c->arena, &containers, users.v[i].container_id);
	if (image_fsck(c->api->config.images, c->arena, &opts, &report, e))
		return -1;
	return reply(c, &report);
}
