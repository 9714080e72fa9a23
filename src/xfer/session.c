/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints in their order, the ping that tells how to log in, tokens, and tries with growing pauses. */
#include "session.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "failure.h"

#define PING_BODY_MOST	     (64 * 1024)
#define QUICK_TRIES	     3
#define QUICK_MS	     300
#define SECONDS_MOST	     30
#define RETRY_AFTER_MOST     120 /* a server that wants a longer pause is taken at its word: no */
#define TRIES_MOST	     1000
#define PROGRESS_THAT_COUNTS (1024 * 1024)
#define SCOPES_MOST	     16

struct session *session_new(const struct xfer_config *config, struct err *e)
{
	struct arena *a = arena_new();
	struct session *s = ARENA_NEW(a, struct session);

	s->arena = a;
	s->config = config;
	s->sites = arena_array(a, config->endpoints.n, sizeof(*s->sites));
	pthread_mutex_init(&s->lock, NULL);
	s->tls = tls_new(config, e);
	s->pump = s->tls ? pump_new(e) : NULL;
	if (!s->pump) {
		arena_free(a);
		return NULL;
	}
	return s;
}

void session_call_init(struct session *s, struct session_call *c, struct arena *a, int channel)
{
	*c = (struct session_call){ .session = s,
		.arena = a,
		.env = {
			.pump = s->pump, .config = s->config, .tls = s->tls, .channel = channel } };
}

const char *session_path(struct session_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *rest = arena_vprintf(c->arena, fmt, ap);
	va_end(ap);
	return arena_printf(c->arena, "/%s/%s", c->session->config->path, rest);
}

static struct session_site *site_of(struct session *s, const struct xfer_endpoint *ep)
{
	return &s->sites[ep - s->config->endpoints.v];
}

/* --- authorization ------------------------------------------------------------------------------- */

static void keep_challenges(
	struct session *s, struct session_site *site, const struct challenges *from)
{
	struct arena *a = s->arena;

	site->challenges = (struct challenges){ 0 };
	for (size_t i = 0; i < from->n; i++) {
		struct challenge c = { .scheme = arena_strdup(a, from->v[i].scheme) };
		for (size_t k = 0; k < from->v[i].params.n; k++)
			str_map_set(
				a, &c.params, from->v[i].params.keys[k], from->v[i].params.v[k]);
		site->challenges.v =
			arena_grow(a, site->challenges.v, &site->challenges.n, sizeof(c));
		site->challenges.v[site->challenges.n - 1] = c;
	}
}

/* How the endpoint wants to be asked, once. Whatever it answers is an answer; s->lock is held. */
static int ping(struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct session *s = c->session;
	struct session_site *site = site_of(s, ep);
	struct exchange_answer answer;
	struct exchange_request rq = { .method = "GET",
		.url = arena_printf(c->arena, "%s/", ep->url),
		.endpoint = ep,
		.stream = -1,
		.body_most = PING_BODY_MOST };

	if (site->is_pinged)
		return 0;
	struct exchange_env env = c->env;
	env.report = NULL;
	int rc = exchange_run(&env, &rq, c->arena, &answer, e);
	if (rc == 0) {
		site->is_pinged = site->has_answered = true;
		if (answer.status == 401)
			keep_challenges(s, site, &answer.challenges);
	}
	exchange_answer_done(&answer);
	return rc;
}

static void wish_scopes(struct session_call *c, struct session_site *site, struct token_wish *w)
{
	const struct xfer_config *config = c->session->config;

	if (*config->path)
		str_list_add(c->arena, &w->scopes,
			arena_printf(c->arena, "repository:%s:pull%s", config->path,
				config->for_push ? ",push" : ""));
	for (size_t i = 0; i < config->mount_from.n; i++)
		str_list_add(c->arena, &w->scopes,
			arena_printf(c->arena, "repository:%s:pull", config->mount_from.v[i]));
	for (size_t i = 0; i < site->scopes.n; i++)
		if (!str_list_has(&w->scopes, site->scopes.v[i]))
			str_list_add(c->arena, &w->scopes, site->scopes.v[i]);
}

/* *out: the header's value or NULL. s->lock is held. */
static int authorize(
	struct session_call *c, const struct xfer_endpoint *ep, const char **out, struct err *e)
{
	struct session *s = c->session;
	struct session_site *site = site_of(s, ep);
	const struct xfer_config *config = s->config;
	const struct challenge *bearer = challenge_find(&site->challenges, "bearer");
	bool is_ours = ep->is_origin && config->has_auth;

	*out = NULL;
	if (is_ours && !str_empty(config->registry_token)) {
		*out = arena_printf(c->arena, "Bearer %s", config->registry_token);
		return 0;
	}
	if (bearer) {
		struct token_wish wish = { .endpoint = ep, .challenge = bearer };
		struct exchange_env env = c->env;
		const char *value;

		env.report = NULL;
		wish_scopes(c, site, &wish);
		if (token_get(&s->tokens, s->arena, &env, &wish, c->arena, &value, NULL, e))
			return -1;
		*out = arena_printf(c->arena, "Bearer %s", value);
	} else if (challenge_find(&site->challenges, "basic")) {
		if (!is_ours || str_empty(config->username))
			return err_set(e, ERR_UNAUTHORIZED, "no basic auth credentials");
		*out = token_basic(c->arena, config->username, config->password);
	}
	return 0;
}

/* After a 401: whether it makes sense to ask once more. */
static bool learn(struct session_call *c, const struct xfer_endpoint *ep,
	const struct exchange_request *rq, const struct exchange_answer *answer)
{
	struct session *s = c->session;
	struct session_site *site = site_of(s, ep);
	const struct challenge *bearer = challenge_find(&answer->challenges, "bearer");
	own_lock guard = lock_take(&s->lock);

	if (answer->is_foreign || (rq->authorization && !str_starts(rq->authorization, "Bearer ")))
		return false;
	if (rq->authorization && str_eq(rq->authorization + 7, s->config->registry_token))
		return false;
	if (answer->challenges.n > 0)
		keep_challenges(s, site, &answer->challenges);
	if (rq->authorization)
		token_forget(&s->tokens, rq->authorization + 7);
	const char *scopes = bearer ? str_map_get(&bearer->params, "scope") : NULL;
	struct slice one, rest = slice_str(scopes);
	while (rest.n > 0 && site->scopes.n < SCOPES_MOST) {
		slice_cut(rest, ' ', &one, &rest);
		const char *scope = arena_strndup(c->arena, one.p, one.n);
		if (*scope && !str_list_has(&site->scopes, scope))
			str_list_add(s->arena, &site->scopes, scope);
	}
	return site->challenges.n > 0;
}

/* --- one request --------------------------------------------------------------------------------- */

static int prepare(struct session_call *c, const struct xfer_endpoint *ep,
	struct exchange_request *rq, struct err *e)
{
	own_lock guard = lock_take(&c->session->lock);

	/* An endpoint with a path of its own is no registry's root: it is asked without further ado. */
	if (str_ends(ep->url, "/v2") && ping(c, ep, e))
		return -1;
	if (authorize(c, ep, &rq->authorization, e))
		return e->kind == ERR_CANCELLED ? -1
						: err_in(e, "%c%s \"%.300s\"", rq->method[0],
							  strcmp(rq->method, "POST") == 0   ? "ost"
							  : strcmp(rq->method, "PUT") == 0  ? "ut"
							  : strcmp(rq->method, "HEAD") == 0 ? "ead"
											    : "et",
							  rq->url);
	return 0;
}

int session_ask(struct session_call *c, const struct xfer_endpoint *ep, const char *path,
	struct exchange_request *rq, struct exchange_answer *out, struct err *e)
{
	*out = (struct exchange_answer){ 0 };
	buf_init(&out->body, 0);
	rq->endpoint = ep;
	if (path)
		rq->url = arena_printf(c->arena, "%s%s", ep->url, path);
	for (int n = 0;; n++) {
		if (prepare(c, ep, rq, e))
			return -1;
		if (exchange_run(&c->env, rq, c->arena, out, e))
			return -1;
		site_of(c->session, ep)->has_answered = true;
		c->retry_after_s = out->retry_after_s;
		/* A stream cannot be sent twice. */
		if (out->status != 401 || n > 0 || rq->stream >= 0 || !learn(c, ep, rq, out))
			return 0;
		exchange_answer_done(out);
	}
}

int session_get(struct session_call *c, const struct xfer_endpoint *ep, const char *path,
	struct exchange_request *rq, struct exchange_answer *out, char code[64], struct err *e)
{
	if (code)
		code[0] = 0;
	if (session_ask(c, ep, path, rq, out, e))
		return -1;
	if (out->status >= 200 && out->status < 300)
		return 0;
	return xfer_refusal(out, code, e);
}

/* --- tries --------------------------------------------------------------------------------------- */

static bool serves(const struct xfer_endpoint *ep, enum session_need need)
{
	return need == SESSION_PULL	 ? ep->can_pull
	       : need == SESSION_RESOLVE ? ep->can_resolve
					 : ep->can_push;
}

static const char *host_of(const char *url)
{
	const char *at = strstr(url, "://");

	return at ? at + 3 : url;
}

/* http is no way out once https was answered. */
static bool is_superseded(const struct session *s, size_t n)
{
	const struct xfer_endpoint *v = s->config->endpoints.v;

	for (size_t i = 0; i < n; i++)
		if (str_starts(v[n].url, "http:") && str_starts(v[i].url, "https:") &&
			strcmp(host_of(v[i].url), host_of(v[n].url)) == 0 &&
			s->sites[i].has_answered)
			return true;
	return false;
}

/* The first endpoint from `from` on that may serve; n when there is none. */
static size_t next_endpoint(struct session *s, size_t from, enum session_need need)
{
	size_t n = s->config->endpoints.n, dead = n;

	for (size_t i = from; i < n; i++) {
		if (!serves(&s->config->endpoints.v[i], need) || is_superseded(s, i))
			continue;
		if (!s->sites[i].is_dead)
			return i;
		dead = dead < n ? dead : i;
	}
	return from == 0 ? dead : n;
}

/* How long until the next try, in ms; -1: there is none. */
static int64_t pause_ms(struct session_call *c, const struct session_attempt *at, unsigned n)
{
	unsigned most = at->is_patient ? c->session->config->attempts : QUICK_TRIES;

	if (n >= most || c->retry_after_s > RETRY_AFTER_MOST)
		return -1;
	if (c->retry_after_s >= 0)
		return c->retry_after_s * 1000LL;
	if (!at->is_patient)
		return QUICK_MS << (2 * (n - 1));
	unsigned s = 1U << (n < 6 ? n - 1 : 5);
	return (s < SECONDS_MOST ? s : SECONDS_MOST) * 1000LL;
}

/* False when nobody waits any more. */
static bool wait_ms(struct session_call *c, int64_t ms)
{
	struct pollfd p = { .fd = c->env.channel, .events = 0 };

	if (c->retrying && ms >= 1000)
		c->retrying(c->arg, (unsigned)(ms / 1000));
	return poll(&p, 1, (int)ms) == 0;
}

/* Once through all endpoints. *is_hopeless: the last one has never answered. */
static int go_round(
	struct session_call *c, const struct session_attempt *at, bool *is_hopeless, struct err *e)
{
	struct session *s = c->session;
	size_t n = s->config->endpoints.n, i = next_endpoint(s, 0, at->need);

	if (i == n)
		return err_set(e, ERR_INVALID, "no endpoint is configured for this");
	for (;;) {
		const struct xfer_endpoint *ep = &s->config->endpoints.v[i];

		c->retry_after_s = -1;
		if (at->run(at->arg, c, ep, e) == 0)
			return 0;
		if (e->kind == ERR_CANCELLED)
			return -1;
		*is_hopeless = !s->sites[i].has_answered;
		size_t next = next_endpoint(s, i + 1, at->need);
		if (next == n)
			return -1;
		if (*is_hopeless)
			s->sites[i].is_dead = true;
		i = next;
	}
}

int session_try(struct session_call *c, const struct session_attempt *at, struct err *e)
{
	int64_t before = at->progress ? at->progress(at->arg) : 0;
	bool is_hopeless = false;
	unsigned n = 1;

	for (unsigned total = 1; total < TRIES_MOST; total++, n++) {
		if (go_round(c, at, &is_hopeless, e) == 0)
			return 0;
		if (e->kind != ERR_UNAVAILABLE || is_hopeless)
			return -1;
		int64_t now = at->progress ? at->progress(at->arg) : 0;
		if (now - before >= PROGRESS_THAT_COUNTS)
			n = 1;
		before = now;
		int64_t ms = pause_ms(c, at, n);
		if (ms < 0)
			return -1;
		if (!wait_ms(c, ms))
			return err_set(e, ERR_CANCELLED, "context canceled");
	}
	return -1;
}
