/* SPDX-License-Identifier: Apache-2.0 */
/* The GET of the docker token protocol, the POST of its OAuth2 form, and the cache. */
#include "token.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "failure.h"

#define CLIENT_ID      "docker"
#define ANSWER_MOST    (256 * 1024)
#define DEFAULT_LIFE_S 60 /* when the server does not say */
#define MARGIN_S       10
#define LIFE_MOST_S    86400
#define FORM_TYPE      "application/x-www-form-urlencoded"

const char *token_basic(struct arena *a, const char *username, const char *password)
{
	const char *pair =
		arena_printf(a, "%s:%s", username ? username : "", password ? password : "");
	size_t n = strlen(pair);
	unsigned char *out = arena_alloc(a, 4 * (n / 3 + 1) + 1);

	EVP_EncodeBlock(out, (const unsigned char *)pair, (int)n);
	return arena_printf(a, "Basic %s", (const char *)out);
}

/* --- the answer ---------------------------------------------------------------------------------- */

static bool is_header_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s <= 32 || (unsigned char)*s >= 127)
			return false;
	return true;
}

int token_parse(struct arena *a, const char *text, size_t n, struct token_text *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	if (!doc)
		return err_in(e, "unable to decode token response");
	const char *value = json_str(json_get_ci(doc, "access_token"), "");
	if (!*value)
		value = json_str(json_get_ci(doc, "token"), "");
	const char *refresh = json_str(json_get_ci(doc, "refresh_token"), "");
	if (!*value)
		return err_set(e, ERR_UNAUTHORIZED,
			"authorization server did not include a token in the response");
	if (!is_header_text(value) || !is_header_text(refresh))
		return err_set(e, ERR_INVALID, "unable to decode token response: malformed token");
	int64_t life = json_i64(json_get_ci(doc, "expires_in"), DEFAULT_LIFE_S);
	out->value = arena_strdup(a, value);
	out->refresh = arena_strdup(a, refresh);
	out->expires_s = life <= 0 ? DEFAULT_LIFE_S : life > LIFE_MOST_S ? LIFE_MOST_S : life;
	return 0;
}

/* --- the request --------------------------------------------------------------------------------- */

static void add_pair(struct buf *form, const char *key, const char *value)
{
	char *escaped = curl_easy_escape(NULL, value, 0);

	buf_fmt(form, "%s%s=%s", form->len ? "&" : "", key, escaped ? escaped : "");
	curl_free(escaped);
}

static const char *param(const struct token_wish *w, const char *key)
{
	const char *value = str_map_get(&w->challenge->params, key);

	return value ? value : "";
}

static const char *make_get(
	const struct token_wish *w, const struct xfer_config *c, bool as_user, struct arena *a)
{
	const char *realm = param(w, "realm");
	own_buf form = { 0 };

	buf_init(&form, 65536);
	if (as_user)
		add_pair(&form, "account", c->username);
	if (w->is_login) {
		add_pair(&form, "client_id", CLIENT_ID);
		add_pair(&form, "offline_token", "true");
	}
	for (size_t i = 0; i < w->scopes.n; i++)
		add_pair(&form, "scope", w->scopes.v[i]);
	if (*param(w, "service"))
		add_pair(&form, "service", param(w, "service"));
	if (!form.len)
		return realm;
	return arena_printf(a, "%s%c%s", realm, strchr(realm, '?') ? '&' : '?', form.data);
}

static const char *make_post(
	const struct token_wish *w, const struct xfer_config *c, const char *grant, struct arena *a)
{
	own_buf form = { 0 }, scopes = { 0 };

	buf_init(&form, 65536);
	buf_init(&scopes, 65536);
	add_pair(&form, "client_id", CLIENT_ID);
	add_pair(&form, "grant_type", grant);
	if (strcmp(grant, "refresh_token") == 0) {
		add_pair(&form, "refresh_token", c->identity_token);
	} else {
		add_pair(&form, "username", c->username);
		add_pair(&form, "password", c->password ? c->password : "");
		add_pair(&form, "access_type", w->is_login ? "offline" : "online");
	}
	for (size_t i = 0; i < w->scopes.n; i++)
		buf_fmt(&scopes, "%s%s", i ? " " : "", w->scopes.v[i]);
	if (scopes.len)
		add_pair(&form, "scope", scopes.data);
	add_pair(&form, "service", param(w, "service"));
	return arena_strdup(a, form.data);
}

/* What the server answers to: GET, or POST where the password is an identity token or GET is not allowed. */
static int ask(const struct exchange_env *env, const struct token_wish *w, struct arena *a,
	struct exchange_answer *out, struct err *e)
{
	const struct xfer_config *c = env->config;
	bool is_ours = w->endpoint->is_origin && c->has_auth;
	bool has_user = is_ours && !str_empty(c->username);
	const char *grant = is_ours && !str_empty(c->identity_token) ? "refresh_token" : NULL;
	struct exchange_request rq = {
		.endpoint = w->endpoint, .stream = -1, .body_most = ANSWER_MOST
	};

	if (!grant) {
		rq.method = "GET";
		rq.url = make_get(w, c, has_user, a);
		if (has_user)
			rq.authorization = token_basic(a, c->username, c->password);
		if (exchange_run(env, &rq, a, out, e))
			return -1;
		if (out->status != 405 || !has_user)
			return 0;
		exchange_answer_done(out);
		grant = "password";
	}
	rq.method = "POST";
	rq.url = param(w, "realm");
	rq.authorization = NULL;
	rq.content_type = FORM_TYPE;
	rq.text = make_post(w, c, grant, a);
	rq.n_text = strlen(rq.text);
	return exchange_run(env, &rq, a, out, e);
}

static int check_realm(const struct token_wish *w, struct arena *a, struct err *e)
{
	const char *realm = param(w, "realm");
	const char *whole = exchange_resolve(a, w->endpoint->url, realm);

	if (!*realm)
		return err_set(e, ERR_INVALID, "no realm specified for token auth challenge");
	if (!whole || strstr(realm, "://") == NULL)
		return err_set(e, ERR_INVALID, "invalid token auth challenge realm: %.200s", realm);
	if (str_starts(whole, "http:") && !w->endpoint->is_insecure)
		return err_set(e, ERR_INVALID,
			"token server %.200s is not secured: refusing to ask it", realm);
	return 0;
}

static int fetch(const struct exchange_env *env, const struct token_wish *w, struct arena *a,
	struct token_text *out, struct err *e)
{
	struct exchange_answer answer;

	if (check_realm(w, a, e))
		return -1;
	int rc = ask(env, w, a, &answer, e);
	if (rc == 0 && answer.status != 200)
		rc = xfer_refusal(&answer, NULL, e);
	else if (rc == 0)
		rc = token_parse(a, answer.body.data, answer.body.len, out, e);
	exchange_answer_done(&answer);
	return rc;
}

/* --- the cache ----------------------------------------------------------------------------------- */

static const char *make_key(const struct token_wish *w, struct arena *a)
{
	own_buf key = { 0 };

	buf_init(&key, 1 << 20);
	buf_fmt(&key, "%s\n%s", param(w, "realm"), param(w, "service"));
	for (size_t i = 0; i < w->scopes.n; i++)
		buf_fmt(&key, "\n%s", w->scopes.v[i]);
	return arena_strdup(a, key.data);
}

static struct token *find(struct tokens *cache, const struct token_wish *w, const char *key)
{
	for (size_t i = 0; i < cache->n; i++)
		if (cache->v[i].endpoint == w->endpoint && strcmp(cache->v[i].key, key) == 0)
			return &cache->v[i];
	return NULL;
}

int token_get(struct tokens *cache, struct arena *keep, const struct exchange_env *env,
	const struct token_wish *wish, struct arena *a, const char **value, const char **refresh,
	struct err *e)
{
	const char *key = make_key(wish, a);
	struct token *t = find(cache, wish, key);
	struct token_text text;

	if (t && t->value && !refresh && clock_monotonic_ns() < t->expires_ns) {
		*value = arena_strdup(a, t->value);
		return 0;
	}
	if (fetch(env, wish, a, &text, e))
		return -1;
	if (!t) {
		cache->v = arena_grow(keep, cache->v, &cache->n, sizeof(*cache->v));
		t = &cache->v[cache->n - 1];
		t->endpoint = wish->endpoint;
		t->key = arena_strdup(keep, key);
	}
	int64_t margin = text.expires_s / 2 < MARGIN_S ? text.expires_s / 2 : MARGIN_S;
	free(t->value);
	t->value = strdup(text.value);
	if (!t->value)
		abort();
	t->expires_ns = clock_monotonic_ns() + (text.expires_s - margin) * 1000000000LL;
	*value = text.value;
	if (refresh)
		*refresh = text.refresh;
	return 0;
}

void token_forget(struct tokens *cache, const char *value)
{
	for (size_t i = 0; i < cache->n; i++)
		if (cache->v[i].value && strcmp(cache->v[i].value, value) == 0)
			cache->v[i].expires_ns = 0;
}
