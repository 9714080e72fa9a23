/* SPDX-License-Identifier: Apache-2.0 */
/* Whether credentials are good: /v2/ with them, and a token for nothing where tokens are used. */
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "failure.h"
#include "work.h"

#define BODY_MOST (64 * 1024)

static int get_root(struct session_call *c, const struct xfer_endpoint *ep,
	const char *authorization, struct exchange_answer *out, struct err *e)
{
	struct exchange_request rq = { .method = "GET",
		.url = arena_printf(c->arena, "%s/", ep->url),
		.endpoint = ep,
		.authorization = authorization,
		.stream = -1,
		.body_most = BODY_MOST };

	return exchange_run(&c->env, &rq, c->arena, out, e);
}

static int authorize(struct work *w, const struct xfer_endpoint *ep,
	const struct challenges *wanted, const char **out, struct err *e)
{
	struct session_call *c = &w->call;
	struct session *s = c->session;
	const struct challenge *bearer = challenge_find(wanted, "bearer");
	const char *value, *refresh = "";

	*out = NULL;
	if (!bearer) {
		if (challenge_find(wanted, "basic"))
			*out = token_basic(c->arena, s->config->username, s->config->password);
		return 0;
	}
	struct token_wish wish = { .endpoint = ep, .challenge = bearer, .is_login = true };
	own_lock guard = lock_take(&s->lock);
	if (token_get(&s->tokens, s->arena, &c->env, &wish, c->arena, &value, &refresh, e))
		return -1;
	*out = arena_printf(c->arena, "Bearer %s", value);
	return work_put_text(w, refresh, strlen(refresh), e);
}

static int check(struct work *w, struct session_call *c, const struct xfer_endpoint *ep,
	struct exchange_answer *answer, struct err *e)
{
	const char *authorization;

	if (get_root(c, ep, NULL, answer, e))
		return -1;
	c->session->sites[ep - c->session->config->endpoints.v].has_answered = true;
	if (answer->status == 401) {
		if (authorize(w, ep, &answer->challenges, &authorization, e))
			return e->kind == ERR_CANCELLED ? -1 : err_in(e, "Get \"%s/\"", ep->url);
		exchange_answer_done(answer);
		if (get_root(c, ep, authorization, answer, e))
			return -1;
	}
	if (answer->status == 200)
		return 0;
	return err_set(e, answer->status == 401 ? ERR_UNAUTHORIZED : ERR_INTERNAL,
		"login attempt to %s/ failed with status: %s", ep->url,
		xfer_status_text(answer->status));
}

static int try_login(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct exchange_answer answer = { 0 };

	buf_init(&answer.body, 0);
	int rc = check(arg, c, ep, &answer, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_login(struct work *w, struct err *e)
{
	struct session_attempt at = { SESSION_RESOLVE, false, try_login, NULL, w };

	return session_try(&w->call, &at, e);
}
