/* SPDX-License-Identifier: Apache-2.0 */
/* `docker login`: only asks whether the credentials are good; keeping them is the client's business. */
#include "image/registry.h"
#include "registry_auth.h"
#include "routes.h"

int registry_login(struct call *c, struct err *e)
{
	struct registry_auth auth = { 0 };
	const char *token;
	own_json doc = NULL;
	own_buf body = { 0 };
	struct jsonw w;

	if (call_body_json(c, &doc, e) || (doc && registry_auth_decode(c, doc, &auth, e)))
		return -1;
	if (registry_check_login(call_registries(c), &auth, c->arena, &token, e)) {
		if (e->kind == ERR_UNAVAILABLE)
			e->kind = ERR_INTERNAL; /* dockerd's 500 for a registry that is not there */
		return -1;
	}
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "IdentityToken", token);
	jsonw_kstr(&w, "Status", "Login Succeeded");
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}
