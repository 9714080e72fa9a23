/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/search?q=…&n=…: older than /v2/, and the only search there is (feature row E23). */
#include <string.h>

#include "base/slice.h"
#include "failure.h"
#include "work.h"

static int try_search(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct work *w = arg;
	const struct xfer_config *config = c->session->config;
	char *term = curl_easy_escape(NULL, w->rq->from, 0);
	struct exchange_request rq = { .method = "GET",
		.endpoint = ep,
		.stream = -1,
		.url = arena_printf(c->arena, "%s/search?q=%s&n=%llu", ep->url, term ? term : "",
			(unsigned long long)w->rq->n) };
	struct exchange_answer answer;

	curl_free(term);
	if (config->has_auth && !str_empty(config->username))
		rq.authorization = token_basic(c->arena, config->username, config->password);
	if (work_room(w, &rq.body_most, e))
		return -1;
	int rc = exchange_run(&c->env, &rq, c->arena, &answer, e);
	if (rc == 0)
		c->session->sites[ep - config->endpoints.v].has_answered = true;
	if (rc == 0 && answer.status == 200)
		rc = work_put_text(w, answer.body.data, answer.body.len, e);
	else if (rc == 0)
		rc = err_set(e, answer.status >= 500 ? ERR_UNAVAILABLE : ERR_INTERNAL,
			"Unexpected status code %ld", answer.status);
	exchange_answer_done(&answer);
	return rc;
}

int work_search(struct work *w, struct err *e)
{
	struct session_attempt at = { SESSION_RESOLVE, false, try_search, NULL, w };

	return session_try(&w->call, &at, e);
}
