/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs the other way: POST for a place, PATCH of all bytes in one stream, PUT with the digest, which the daemon knows
 * only now. A mount is a POST that may turn out to be an upload, which is then given up.
 */
#include <string.h>

#include "base/slice.h"
#include "base/unixsock.h"
#include "failure.h"
#include "work.h"

#define STREAM_TYPE "application/octet-stream"

struct upload {
	struct work *w;
	const struct xfer_endpoint *endpoint;
	const char *location;
};

static const char *escape(struct session_call *c, const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	const char *out = arena_strdup(c->arena, escaped ? escaped : "");

	curl_free(escaped);
	return out;
}

/*
 * Where the registry wants the bytes. Of a registry behind a proxy that speaks TLS for it, the way back to http at
 * the same host is one to https.
 */
static int read_location(struct upload *u, struct session_call *c,
	const struct exchange_answer *answer, struct err *e)
{
	const char *to = exchange_resolve(c->arena, answer->url, answer->location);

	if (!to)
		return err_set(e, ERR_INVALID, "registry names no place to upload to: %.200s",
			answer->url);
	if (str_starts(answer->url, "https:") && str_starts(to, "http:")) {
		size_t n = strcspn(answer->url + 8, "/");
		if (strncmp(answer->url + 8, to + 7, n) != 0 || (to[7 + n] && to[7 + n] != '/'))
			return err_set(
				e, ERR_INVALID, "registry wants the upload unsecured: %.200s", to);
		to = arena_printf(c->arena, "https:%s", to + 5);
	}
	u->location = to;
	return 0;
}

/* What belongs to another server gets no authorization, but the bytes. */
static int send_to(struct upload *u, struct session_call *c, struct exchange_request *rq,
	struct exchange_answer *answer, struct err *e)
{
	const char *home = exchange_origin(c->arena, u->endpoint->url);

	rq->url = u->location;
	if (str_eq(home, exchange_origin(c->arena, u->location)))
		return session_ask(c, u->endpoint, NULL, rq, answer, e);
	rq->endpoint = NULL;
	rq->authorization = NULL;
	return exchange_run(&c->env, rq, c->arena, answer, e);
}

/* --- mount --------------------------------------------------------------------------------------- */

static int give_up_upload(struct upload *u, struct session_call *c, struct err *e)
{
	struct exchange_request rq = { .method = "DELETE", .stream = -1 };
	struct exchange_answer answer;
	struct err ignored;

	(void)e;
	if (send_to(u, c, &rq, &answer, &ignored) == 0)
		exchange_answer_done(&answer);
	return 0;
}

static int try_mount(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct upload *u = arg;
	struct work *w = u->w;
	struct exchange_request rq = { .method = "POST", .stream = -1 };
	struct exchange_answer answer;

	u->endpoint = ep;
	int rc = session_get(c, ep,
		session_path(c, "blobs/uploads/?mount=%s&from=%s", escape(c, w->rq->what),
			escape(c, w->rq->from)),
		&rq, &answer, NULL, e);
	w->done.is_mounted = rc == 0 && answer.status == 201;
	if (rc == 0 && answer.status == 202 && read_location(u, c, &answer, e) == 0)
		give_up_upload(u, c, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_mount_blob(struct work *w, struct err *e)
{
	struct upload u = { .w = w };
	struct session_attempt at = { SESSION_PUSH, false, try_mount, NULL, &u };

	return session_try(&w->call, &at, e);
}

/* --- upload -------------------------------------------------------------------------------------- */

static int try_begin(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct upload *u = arg;
	struct exchange_request rq = { .method = "POST", .stream = -1 };
	struct exchange_answer answer;

	u->endpoint = ep;
	int rc = session_get(c, ep, session_path(c, "blobs/uploads/"), &rq, &answer, NULL, e);
	if (rc == 0)
		rc = read_location(u, c, &answer, e);
	exchange_answer_done(&answer);
	return rc;
}

static int send_stream(struct upload *u, struct err *e)
{
	struct session_call *c = &u->w->call;
	struct exchange_request rq = {
		.method = "PATCH", .content_type = STREAM_TYPE, .stream = u->w->fds[XFER_FILE]
	};
	struct exchange_answer answer;

	int rc = send_to(u, c, &rq, &answer, e);
	if (rc == 0 && (answer.status < 200 || answer.status >= 300))
		rc = xfer_refusal(&answer, NULL, e);
	if (rc == 0)
		rc = read_location(u, c, &answer, e);
	exchange_answer_done(&answer);
	return rc;
}

static int ask_digest(struct work *w, char out[OCI_DIGEST_SIZE], struct err *e)
{
	struct xfer_msg msg = { .type = XFER_MSG_ASK };
	struct xfer_answer answer;

	if (unixsock_send(w->fds[XFER_CHANNEL], &msg, xfer_msg_size(msg.type), NULL, 0, e))
		return -1;
	ssize_t n = unixsock_recv(w->fds[XFER_CHANNEL], &answer, sizeof(answer), NULL, NULL, e);
	answer.digest[sizeof(answer.digest) - 1] = 0;
	if (n != (ssize_t)sizeof(answer) || !oci_digest_is_sha256(answer.digest))
		return err_set(e, ERR_CANCELLED, "context canceled");
	memcpy(out, answer.digest, OCI_DIGEST_SIZE);
	return 0;
}

static int try_finish(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct upload *u = arg;
	struct exchange_request rq = { .method = "PUT", .content_type = STREAM_TYPE, .stream = -1 };
	struct exchange_answer answer;

	(void)ep;
	int rc = send_to(u, c, &rq, &answer, e);
	if (rc == 0 && (answer.status < 200 || answer.status >= 300))
		rc = xfer_refusal(&answer, NULL, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_upload_blob(struct work *w, struct err *e)
{
	struct upload u = { .w = w };
	struct session_attempt at = { SESSION_PUSH, false, try_begin, NULL, &u };
	char digest[OCI_DIGEST_SIZE];

	if (session_try(&w->call, &at, e) || send_stream(&u, e) || ask_digest(w, digest, e))
		return -1;
	u.location = arena_printf(w->call.arena, "%s%cdigest=%s", u.location,
		strchr(u.location, '?') ? '&' : '?', escape(&w->call, digest));
	return try_finish(&u, &w->call, u.endpoint, e);
}
