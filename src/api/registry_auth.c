/* SPDX-License-Identifier: Apache-2.0 */
#include "registry_auth.h"

#include <string.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/slice.h"

#define AUTH_MOST (64 * 1024)

struct auth_config {
	const char *username, *password, *auth, *server_address, *identity_token, *registry_token;
};

static const struct bind_field auth_fields[] = {
	BIND(STR, struct auth_config, username, "username", 0),
	BIND(STR, struct auth_config, password, "password", 0),
	BIND(STR, struct auth_config, auth, "auth", 0),
	BIND(STR, struct auth_config, server_address, "serveraddress", 0),
	BIND(STR, struct auth_config, identity_token, "identitytoken", 0),
	BIND(STR, struct auth_config, registry_token, "registrytoken", 0),
	BIND_END,
};

static const char *or_null(const char *s)
{
	return str_empty(s) ? NULL : s;
}

static void split_auth(struct arena *a, const char *auth, struct registry_auth *out)
{
	own_buf text = { 0 };

	buf_init(&text, AUTH_MOST);
	if (!base64_decode(&text, BASE64_STD, auth, strlen(auth)))
		return;
	const char *both = arena_strndup(a, text.data, text.len);
	const char *colon = strchr(both, ':');
	if (!colon)
		return;
	out->username = arena_strndup(a, both, (size_t)(colon - both));
	out->password = arena_strdup(a, colon + 1);
}

int registry_auth_decode(
	struct call *c, const struct json *doc, struct registry_auth *out, struct err *e)
{
	struct auth_config config = { 0 };

	if (bind_decode(c->arena, doc, auth_fields, &config, e))
		return -1;
	*out = (struct registry_auth){
		.username = or_null(config.username),
		.password = or_null(config.password),
		.identity_token = or_null(config.identity_token),
		.registry_token = or_null(config.registry_token),
		.server_address = or_null(config.server_address),
	};
	if (!out->username && !out->password && !str_empty(config.auth))
		split_auth(c->arena, config.auth, out);
	return 0;
}

const struct registry_auth *registry_auth_of(struct call *c)
{
	const char *header = http_headers_get(&c->rq->headers, "X-Registry-Auth");
	struct registry_auth *out = ARENA_NEW(c->arena, struct registry_auth);
	struct err ignored;
	own_buf text = { 0 };

	buf_init(&text, AUTH_MOST);
	if (str_empty(header) || !base64_decode(&text, BASE64_URL, header, strlen(header)))
		return NULL;
	own_json doc = json_parse(text.data, text.len, &ignored);
	if (json_type(doc) != JSON_OBJ || registry_auth_decode(c, doc, out, &ignored))
		return NULL;
	bool has_any = out->username || out->password || out->identity_token || out->registry_token;
	return has_any ? out : NULL;
}
