/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, small blobs and referrers: what is read whole. Digests are checked by the daemon, on its own copy. */
#include <string.h>

#include "base/slice.h"
#include "failure.h"
#include "oci/manifest.h"
#include "work.h"

static const char *const manifest_types[] = { OCI_TYPE_DOCKER_MANIFEST, OCI_TYPE_DOCKER_LIST,
	OCI_TYPE_INDEX, OCI_TYPE_MANIFEST,
	"application/vnd.docker.distribution.manifest.v1+prettyjws", "application/json" };

static void accept_manifests(struct exchange_request *rq)
{
	for (size_t i = 0; i < sizeof(manifest_types) / sizeof(manifest_types[0]); i++)
		rq->accept[i] = manifest_types[i];
}

static int finish(struct work *w, const struct exchange_answer *answer, struct err *e)
{
	work_media_type(answer->content_type, w->done.media_type);
	work_digest(answer->digest, w->done.digest);
	w->done.size = (int64_t)answer->body.len;
	return work_put_text(w, answer->body.data, answer->body.len, e);
}

/* --- manifests ----------------------------------------------------------------------------------- */

static int try_get_manifest(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct work *w = arg;
	struct exchange_request rq = { .method = "GET", .stream = -1 };
	struct exchange_answer answer;
	char code[64];

	accept_manifests(&rq);
	if (work_room(w, &rq.body_most, e))
		return -1;
	int rc = session_get(
		c, ep, session_path(c, "manifests/%s", w->rq->what), &rq, &answer, code, e);
	rc = rc ? work_explain(w, code, e) : finish(w, &answer, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_get_manifest(struct work *w, struct err *e)
{
	struct session_attempt at = { SESSION_RESOLVE, false, try_get_manifest, NULL, w };

	return session_try(&w->call, &at, e);
}

/* Some registries answer a HEAD badly, and none says why it refused: a GET tells. */
static int get_after_head(
	struct work *w, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct exchange_request rq = {
		.method = "GET", .stream = -1, .body_most = 4 * 1024 * 1024
	};
	struct exchange_answer answer;
	char code[64];

	accept_manifests(&rq);
	int rc = session_get(
		c, ep, session_path(c, "manifests/%s", w->rq->what), &rq, &answer, code, e);
	if (rc == 0) {
		work_media_type(answer.content_type, w->done.media_type);
		sha_digest(answer.body.data, answer.body.len, w->done.digest);
		w->done.size = (int64_t)answer.body.len;
	} else {
		work_explain(w, code, e);
	}
	exchange_answer_done(&answer);
	return rc;
}

static int try_head_manifest(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct work *w = arg;
	struct exchange_request rq = { .method = "HEAD", .stream = -1 };
	struct exchange_answer answer;

	accept_manifests(&rq);
	int rc = session_ask(c, ep, session_path(c, "manifests/%s", w->rq->what), &rq, &answer, e);
	if (rc == 0) {
		work_media_type(answer.content_type, w->done.media_type);
		work_digest(answer.digest, w->done.digest);
		w->done.size = answer.length;
		if (answer.status != 200 || !*w->done.digest || !*w->done.media_type ||
			answer.length < 0)
			rc = get_after_head(w, c, ep, e);
	}
	exchange_answer_done(&answer);
	return rc;
}

int work_head_manifest(struct work *w, struct err *e)
{
	struct session_attempt at = { SESSION_RESOLVE, false, try_head_manifest, NULL, w };

	return session_try(&w->call, &at, e);
}

struct put {
	struct work *w;
	const char *text;
};

static int try_put_manifest(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct put *p = arg;
	struct work *w = p->w;
	struct exchange_request rq = { .method = "PUT",
		.content_type = w->rq->media_type,
		.text = p->text,
		.n_text = w->rq->n,
		.stream = -1 };
	struct exchange_answer answer;

	int rc = session_get(
		c, ep, session_path(c, "manifests/%s", w->rq->what), &rq, &answer, NULL, e);
	if (rc == 0)
		work_digest(answer.digest, w->done.digest);
	exchange_answer_done(&answer);
	return rc;
}

int work_put_manifest(struct work *w, struct err *e)
{
	struct put p = { .w = w };
	struct session_attempt at = { SESSION_PUSH, false, try_put_manifest, NULL, &p };

	return work_take_text(w, &p.text, e) ? -1 : session_try(&w->call, &at, e);
}

/* --- blobs --------------------------------------------------------------------------------------- */

static int try_get_blob(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct work *w = arg;
	struct exchange_request rq = { .method = "GET", .stream = -1 };
	struct exchange_answer answer;
	char code[64];

	if (work_room(w, &rq.body_most, e))
		return -1;
	int rc =
		session_get(c, ep, session_path(c, "blobs/%s", w->rq->what), &rq, &answer, code, e);
	rc = rc ? work_explain(w, code, e) : finish(w, &answer, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_get_blob(struct work *w, struct err *e)
{
	struct session_attempt at = { SESSION_PULL, false, try_get_blob, NULL, w };

	return session_try(&w->call, &at, e);
}

static int try_find_blob(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct work *w = arg;
	struct exchange_request rq = { .method = "HEAD", .stream = -1 };
	struct exchange_answer answer;

	int rc = session_ask(c, ep, session_path(c, "blobs/%s", w->rq->what), &rq, &answer, e);
	if (rc == 0 && answer.status == 404)
		w->done.size = -1;
	else if (rc == 0 && answer.status == 200)
		w->done.size = answer.length < 0 ? 0 : answer.length;
	else if (rc == 0)
		rc = xfer_refusal(&answer, NULL, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_find_blob(struct work *w, struct err *e)
{
	bool for_push = w->call.session->config->for_push;
	struct session_attempt at = { for_push ? SESSION_PUSH : SESSION_PULL, false, try_find_blob,
		NULL, w };

	return session_try(&w->call, &at, e);
}

/* --- referrers ----------------------------------------------------------------------------------- */

#define EMPTY_INDEX "{\"schemaVersion\":2,\"mediaType\":\"" OCI_TYPE_INDEX "\",\"manifests\":[]}"

/* The fallback of registries without the endpoint: an index tagged sha256-<hex>. */
static int get_by_tag(
	struct work *w, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct exchange_request rq = { .method = "GET", .stream = -1 };
	struct exchange_answer answer;
	char tag[XFER_WHAT_SIZE];

	snprintf(tag, sizeof(tag), "%s", w->rq->what);
	if (strchr(tag, ':'))
		*strchr(tag, ':') = '-';
	accept_manifests(&rq);
	if (work_room(w, &rq.body_most, e))
		return -1;
	int rc = session_ask(c, ep, session_path(c, "manifests/%s", tag), &rq, &answer, e);
	if (rc == 0 && answer.status == 200) {
		rc = finish(w, &answer, e);
	} else if (rc == 0 && answer.status == 404) {
		snprintf(w->done.media_type, sizeof(w->done.media_type), "%s", OCI_TYPE_INDEX);
		w->done.size = sizeof(EMPTY_INDEX) - 1;
		rc = work_put_text(w, EMPTY_INDEX, sizeof(EMPTY_INDEX) - 1, e);
	} else if (rc == 0) {
		rc = xfer_refusal(&answer, NULL, e);
	}
	exchange_answer_done(&answer);
	return rc;
}

static int try_get_referrers(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct work *w = arg;
	struct exchange_request rq = {
		.method = "GET", .stream = -1, .accept = { OCI_TYPE_INDEX }
	};
	struct exchange_answer answer;
	char *type = *w->rq->media_type ? curl_easy_escape(NULL, w->rq->media_type, 0) : NULL;
	const char *path = session_path(
		c, "referrers/%s%s%s", w->rq->what, type ? "?artifactType=" : "", type ? type : "");

	curl_free(type);
	if (work_room(w, &rq.body_most, e))
		return -1;
	int rc = session_ask(c, ep, path, &rq, &answer, e);
	work_media_type(rc == 0 ? answer.content_type : NULL, w->done.media_type);
	if (rc == 0 && answer.status == 200 && strcmp(w->done.media_type, OCI_TYPE_INDEX) == 0)
		rc = finish(w, &answer, e);
	else if (rc == 0 && (answer.status == 200 || answer.status == 404 || answer.status == 405 ||
				    answer.status == 400))
		rc = get_by_tag(w, c, ep, e);
	else if (rc == 0)
		rc = xfer_refusal(&answer, NULL, e);
	exchange_answer_done(&answer);
	return rc;
}

int work_get_referrers(struct work *w, struct err *e)
{
	struct session_attempt at = { SESSION_RESOLVE, false, try_get_referrers, NULL, w };

	return session_try(&w->call, &at, e);
}
