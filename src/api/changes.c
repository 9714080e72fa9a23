/* SPDX-License-Identifier: Apache-2.0 */
/* GET /containers/{name}/changes. */
#include "engine/changes.h"

#include "routes.h"

int container_changes(struct call *c, struct err *e)
{
	struct image_changes changes;
	own_buf body = { 0 };
	struct jsonw w;

	if (engine_changes(c->api->config.engine, c->arena, c->id, &changes, e))
		return -1;
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	if (!changes.n) {
		jsonw_null(&w);
		return call_reply(c, 200, &body);
	}
	jsonw_arr(&w);
	for (size_t i = 0; i < changes.n; i++) {
		jsonw_obj(&w);
		jsonw_kstr(&w, "Path", changes.v[i].path);
		jsonw_ki64(&w, "Kind", changes.v[i].kind);
		jsonw_obj_end(&w);
	}
	jsonw_arr_end(&w);
	if (!buf_ok(&body))
		return err_set(e, ERR_INTERNAL, "too many changes");
	return call_reply(c, 200, &body);
}
