/* SPDX-License-Identifier: Apache-2.0 */
/* config.json's side of it; credential_helper.c talks to the programs. */
#include "credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/jsonw.h"
#include "config_file.h"
#include "credential_helper.h"

#define TEXT_MAX (1 << 20)

static const struct credentials none = CREDENTIALS_NONE;

/* --- forms --- */

const char *credentials_key(const char *domain)
{
	if (str_eq(domain, "docker.io") || str_eq(domain, "index.docker.io"))
		return CREDENTIALS_HUB;
	return domain;
}

const char *credentials_host(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	const char *at;

	host = host ? host + 3 : url;
	at = memchr(host, '@', strcspn(host, "/"));
	if (at && host != url)
		host = at + 1;
	return arena_strndup(a, host, strcspn(host, "/"));
}

const char *credentials_json(struct arena *a, const struct credentials *auth)
{
	const struct {
		const char *key, *value;
	} members[] = {
		{ "username", auth->username },
		{ "password", auth->password },
		{ "email", auth->email },
		{ "serveraddress", auth->server_address },
		{ "identitytoken", auth->identity_token },
		{ "registrytoken", auth->registry_token },
	};
	own_buf text = { 0 };
	struct jsonw w;

	buf_init(&text, TEXT_MAX);
	jsonw_init(&w, &text, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (*members[i].value)
			jsonw_kstr(&w, members[i].key, members[i].value);
	}
	jsonw_obj_end(&w);
	return arena_strndup(a, text.data, text.len);
}

const char *credentials_header(struct arena *a, const struct credentials *auth)
{
	const char *json = credentials_json(a, auth);
	own_buf text = { 0 };

	buf_init(&text, 2 * TEXT_MAX);
	base64_encode(&text, BASE64_URL, json, strlen(json));
	return arena_strndup(a, text.data, text.len);
}

/* --- config.json --- */

/* "auth" is base64 of "user:password"; false: it is not. */
static bool decode_auth(struct arena *a, const char *auth, struct credentials *out)
{
	own_buf text = { 0 };
	char *colon;

	buf_init(&text, TEXT_MAX);
	if (!base64_decode(&text, BASE64_STD, auth, strlen(auth)))
		return false;
	colon = strchr(text.data, ':');
	if (colon == NULL || colon == text.data)
		return false;
	out->username = arena_strndup(a, text.data, (size_t)(colon - text.data));
	out->password = arena_strdup(a, colon + 1);
	return true;
}

static struct credentials entry_of(struct cli *c, const char *server, const struct json *entry)
{
	const char *auth = json_str(json_get_ci(entry, "auth"), "");
	struct credentials out = {
		.username = json_str(json_get_ci(entry, "username"), ""),
		.password = json_str(json_get_ci(entry, "password"), ""),
		.email = json_str(json_get_ci(entry, "email"), ""),
		.identity_token = json_str(json_get_ci(entry, "identitytoken"), ""),
		.registry_token = json_str(json_get_ci(entry, "registrytoken"), ""),
		.server_address = arena_strdup(c->arena, server),
	};

	/* the strings outlive the file's document, which a store replaces */
	out.username = arena_strdup(c->arena, out.username);
	out.password = arena_strdup(c->arena, out.password);
	out.email = arena_strdup(c->arena, out.email);
	out.identity_token = arena_strdup(c->arena, out.identity_token);
	out.registry_token = arena_strdup(c->arena, out.registry_token);
	if (*auth && !decode_auth(c->arena, auth, &out))
		cli_warn(c,
			"WARNING: Error loading config file: %s: Invalid auth configuration file",
			config_file_path(c));
	return out;
}

static const struct json *auths_of(struct cli *c)
{
	return json_get_ci(cli_config(c), "auths");
}

static struct credentials file_get(struct cli *c, const char *server)
{
	const struct json *auths = auths_of(c), *exact = json_get(auths, server);

	if (exact)
		return entry_of(c, server, exact);
	/* older versions wrote URLs */
	for (struct json_iter it = json_iter(auths); json_next(&it);) {
		if (str_eq(server, credentials_host(c->arena, it.key)))
			return entry_of(c, it.key, it.value);
	}
	return none;
}

/* The entry as it is written: the name and password in one. */
static void add_entry(struct jsonw *w, const struct credentials *auth)
{
	own_buf pair = { 0 }, text = { 0 };

	buf_init(&pair, TEXT_MAX);
	buf_init(&text, 2 * TEXT_MAX);
	jsonw_obj(w);
	if (*auth->username || *auth->password) {
		buf_fmt(&pair, "%s:%s", auth->username, auth->password);
		base64_encode(&text, BASE64_STD, pair.data, pair.len);
		jsonw_kstr(w, "auth", text.data);
	}
	if (*auth->email)
		jsonw_kstr(w, "email", auth->email);
	if (*auth->identity_token)
		jsonw_kstr(w, "identitytoken", auth->identity_token);
	if (*auth->registry_token)
		jsonw_kstr(w, "registrytoken", auth->registry_token);
	jsonw_obj_end(w);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Writes all entries with server's replaced by auth, or without it (NULL). */
static int write_auths(
	struct cli *c, const char *server, const struct credentials *auth, struct err *e)
{
	const struct json *auths = auths_of(c);
	struct str_list keys = { 0 };
	own_buf text = { 0 };
	struct jsonw w;

	for (struct json_iter it = json_iter(auths); json_next(&it);) {
		if (!str_eq(it.key, server))
			str_list_add(c->arena, &keys, it.key);
	}
	if (auth)
		str_list_add(c->arena, &keys, server);
	if (keys.n > 0)
		qsort(keys.v, keys.n, sizeof(*keys.v), compare_keys);
	buf_init(&text, TEXT_MAX);
	jsonw_init(&w, &text, NULL);
	jsonw_obj(&w);
	for (size_t i = 0; i < keys.n; i++) {
		own_buf one = { 0 };

		jsonw_key(&w, keys.v[i]);
		if (str_eq(keys.v[i], server)) {
			add_entry(&w, auth);
			continue;
		}
		buf_init(&one, TEXT_MAX);
		json_print(json_get(auths, keys.v[i]), NULL, &one);
		jsonw_raw(&w, one.data);
	}
	jsonw_obj_end(&w);
	return config_file_set(c, "auths", text.data, e);
}

static bool is_same(const struct credentials *a, const struct credentials *b)
{
	return str_eq(a->username, b->username) && str_eq(a->password, b->password) &&
	       str_eq(a->email, b->email) && str_eq(a->identity_token, b->identity_token) &&
	       str_eq(a->registry_token, b->registry_token);
}

static int file_store(struct cli *c, const struct credentials *auth, struct err *e)
{
	const struct json *old = json_get(auths_of(c), auth->server_address);
	struct credentials now = old ? entry_of(c, auth->server_address, old) : none;

	if (old && is_same(&now, auth))
		return 0;
	if (write_auths(c, auth->server_address, auth, e))
		return -1;
	if (*auth->password && !c->has_warned_of_plain_text)
		cli_warn(c,
			"\nWARNING! Your credentials are stored unencrypted in '%s'.\n"
			"Configure a credential helper to remove this warning. See\n"
			"https://docs.docker.com/go/credential-store/\n",
			config_file_path(c));
	c->has_warned_of_plain_text |= *auth->password != '\0';
	return 0;
}

static int file_erase(struct cli *c, const char *server, struct err *e)
{
	return json_get(auths_of(c), server) ? write_auths(c, server, NULL, e) : 0;
}

/* --- either --- */

/* "" when config.json itself is the store. */
static const char *helper_of(struct cli *c, const char *server)
{
	const struct json *own = json_get(json_get_ci(cli_config(c), "credHelpers"), server);

	return arena_strdup(c->arena, own ? json_str(own, "") : cli_config_str(c, "credsStore"));
}

int credentials_get(struct cli *c, const char *server, struct credentials *out, struct err *e)
{
	const char *helper = helper_of(c, server);

	*out = file_get(c, server);
	return *helper ? credential_helper_get(c, helper, server, out, e) : 0;
}

int credentials_store(struct cli *c, const struct credentials *auth, struct err *e)
{
	const char *helper = helper_of(c, auth->server_address);
	struct credentials rest = *auth;

	if (*helper) {
		if (credential_helper_store(c, helper, auth, e))
			return -1;
		rest.username = rest.password = rest.identity_token = "";
	}
	return file_store(c, &rest, e);
}

int credentials_erase(struct cli *c, const char *server, struct err *e)
{
	const char *helper = helper_of(c, server);

	if (*helper && credential_helper_erase(c, helper, server, e))
		return -1;
	return file_erase(c, server, e);
}
