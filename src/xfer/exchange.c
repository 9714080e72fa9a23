/* SPDX-License-Identifier: Apache-2.0 */
/* A libcurl handle for each hop. libcurl follows nothing by itself: what may go along is decided here. */
#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/slice.h"
#include "failure.h"
#include "proxy.h"

#define HOPS_MOST	 10
#define HEAD_MOST	 (64 * 1024)
#define ERROR_BODY_MOST	 (64 * 1024)
#define CONNECT_MS	 30000L
#define RECEIVE_BUFFER	 (256 * 1024L)
#define UPLOAD_BUFFER	 (256 * 1024L)
#define RETRY_AFTER_MOST 86400

/* One hop. */
struct hop {
	const struct exchange_request *rq;
	struct exchange_answer *out;
	struct arena *arena;
	struct transfer transfer;
	struct challenges challenges;
	size_t head_size;
	long status;
	bool has_begun, is_taken;
	size_t text_sent;
	struct err err; /* of a callback */
	bool has_failed;
};

static bool is_success(long status)
{
	return status == 200 || status == 206;
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* --- what comes ---------------------------------------------------------------------------------- */

static int parse_retry_after(struct slice value)
{
	uint32_t seconds;
	time_t at;

	if (parse_u32(value, &seconds))
		return seconds < RETRY_AFTER_MOST ? (int)seconds : RETRY_AFTER_MOST;
	char text[64];
	snprintf(text, sizeof(text), "%.*s", (int)(value.n < 63 ? value.n : 63), value.p);
	at = curl_getdate(text, NULL);
	if (at < 0)
		return -1;
	int64_t left = (int64_t)at - clock_now_ns() / 1000000000;
	return left < 0 ? 0 : left < RETRY_AFTER_MOST ? (int)left : RETRY_AFTER_MOST;
}

static void take_header(struct hop *h, struct slice name, struct slice value)
{
	struct exchange_answer *out = h->out;
	const struct {
		const char *name;
		const char **into;
	} texts[] = {
		{ "content-type", &out->content_type },
		{ "location", &out->location },
		{ "link", &out->link },
		{ "docker-content-digest", &out->digest },
		{ "content-range", &out->content_range },
		{ "range", &out->range },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strlen(texts[i].name) == name.n &&
			strncasecmp(texts[i].name, name.p, name.n) == 0 && !*texts[i].into)
			*texts[i].into = arena_strndup(h->arena, value.p, value.n);
	if (name.n == 16 && strncasecmp(name.p, "www-authenticate", 16) == 0)
		challenge_parse(h->arena, value, &out->challenges);
	if (name.n == 11 && strncasecmp(name.p, "retry-after", 11) == 0)
		out->retry_after_s = parse_retry_after(value);
	if (name.n == 14 && strncasecmp(name.p, "content-length", 14) == 0)
		if (!parse_i64(value, &out->length) || out->length < 0)
			out->length = -1;
}

static void begin_head(struct hop *h)
{
	struct exchange_answer *out = h->out;

	out->content_type = out->location = out->link = NULL;
	out->digest = out->content_range = out->range = NULL;
	out->length = -1;
	out->retry_after_s = -1;
	out->challenges = (struct challenges){ 0 };
}

static int fail(struct hop *h)
{
	h->has_failed = true;
	return 0;
}

/* A line of the head; several heads come when there was a 100 or a proxy's CONNECT. */
static size_t on_head(char *line, size_t size, size_t n, void *arg)
{
	struct hop *h = arg;
	struct slice name, value, text = slice_trim((struct slice){ line, n });

	h->head_size += size * n;
	if (h->head_size > HEAD_MOST) {
		err_set(&h->err, ERR_INVALID, "net/http: server response headers exceeded %d bytes",
			HEAD_MOST);
		return (size_t)fail(h);
	}
	if (slice_starts(text, "HTTP/"))
		begin_head(h);
	else if (slice_cut(text, ':', &name, &value))
		take_header(h, slice_trim(name), slice_trim(value));
	return n;
}

static int begin_body(struct hop *h)
{
	const struct exchange_request *rq = h->rq;
	int rc = 0;

	h->has_begun = true;
	curl_easy_getinfo(h->transfer.easy, CURLINFO_RESPONSE_CODE, &h->status);
	h->is_taken = rq->take && is_success(h->status);
	if (h->is_taken && rq->begin)
		rc = rq->begin(rq->arg, h->status, h->out->content_range, h->out->length);
	return rc;
}

/* Too much of a document is an error, too much of an error is cut off. */
static size_t store(struct hop *h, const char *p, size_t n)
{
	struct buf *body = &h->out->body;
	size_t most = is_success(h->status) ? h->rq->body_most : ERROR_BODY_MOST;

	if (body->len + n <= most) {
		buf_add(body, p, n);
		return n;
	}
	if (!is_success(h->status)) {
		buf_add(body, p, most - body->len);
		return n;
	}
	err_set(&h->err, ERR_INVALID, "%s: answer is larger than %zu bytes", h->out->url, most);
	return (size_t)fail(h);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct hop *h = arg;

	n *= size;
	if (!h->has_begun && begin_body(h))
		return (size_t)fail(h);
	if (!h->is_taken)
		return store(h, p, n);
	int rc = h->rq->take(h->rq->arg, &h->transfer, p, n);
	if (rc > 0)
		return CURL_WRITEFUNC_PAUSE;
	return rc ? (size_t)fail(h) : n;
}

/* --- what goes ----------------------------------------------------------------------------------- */

static size_t on_send(char *into, size_t size, size_t n, void *arg)
{
	struct hop *h = arg;

	n *= size;
	if (h->rq->stream < 0) {
		size_t left = h->rq->n_text - h->text_sent;
		if (n > left)
			n = left;
		memcpy(into, h->rq->text + h->text_sent, n);
		h->text_sent += n;
		return n;
	}
	/* A pipe is read only when it has something, whether or not it blocks. */
	struct pollfd p = { .fd = h->rq->stream, .events = POLLIN };
	if (poll(&p, 1, 0) == 0) {
		h->transfer.wait_fd = h->rq->stream;
		h->transfer.wait_for = POLLIN;
		return CURL_READFUNC_PAUSE;
	}
	ssize_t got = read(h->rq->stream, into, n);
	if (got < 0) {
		err_sys(&h->err, "read blob");
		h->has_failed = true;
		return CURL_READFUNC_ABORT;
	}
	h->out->sent += got;
	return (size_t)got;
}

/* --- a hop --------------------------------------------------------------------------------------- */

static struct curl_slist *make_headers(
	const struct exchange_request *rq, struct arena *a, bool is_home)
{
	struct curl_slist *l = NULL;

	for (size_t i = 0; i < sizeof(rq->accept) / sizeof(rq->accept[0]) && rq->accept[i]; i++)
		l = curl_slist_append(l, arena_printf(a, "Accept: %s", rq->accept[i]));
	if (rq->content_type)
		l = curl_slist_append(l, arena_printf(a, "Content-Type: %s", rq->content_type));
	if (rq->range_from > 0)
		l = curl_slist_append(
			l, arena_printf(a, "Range: bytes=%lld-", (long long)rq->range_from));
	if (is_home && rq->authorization)
		l = curl_slist_append(l, arena_printf(a, "Authorization: %s", rq->authorization));
	for (size_t i = 0; is_home && rq->endpoint && i < rq->endpoint->headers.n; i++) {
		const struct xfer_header *x = &rq->endpoint->headers.v[i];
		l = curl_slist_append(l, arena_printf(a, "%s: %s", x->name, x->value));
	}
	/* Its answer would be waited for, a second if it never comes. */
	return curl_slist_append(l, "Expect:");
}

static void set_method(CURL *easy, const struct exchange_request *rq)
{
	if (strcmp(rq->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(rq->method, "GET") == 0) {
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	} else if (rq->stream >= 0) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, rq->method);
	} else {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)rq->n_text);
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, rq->method);
	}
}

static void set_proxy(struct hop *h, const struct xfer_config *config)
{
	const char *proxy = proxy_for(h->arena, config, h->out->url);

	/* "" keeps libcurl from asking the environment. */
	curl_easy_setopt(h->transfer.easy, CURLOPT_PROXY, proxy ? proxy : "");
	curl_easy_setopt(h->transfer.easy, CURLOPT_NOPROXY, "");
}

static void set_up(struct hop *h, const struct exchange_env *env, bool is_home)
{
	const struct exchange_request *rq = h->rq;
	CURL *easy = h->transfer.easy;

	curl_easy_setopt(easy, CURLOPT_URL, h->out->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
		rq->endpoint && rq->endpoint->connect_ms ? (long)rq->endpoint->connect_ms
							 : CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 0L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, env->config->user_agent);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
	curl_easy_setopt(easy, CURLOPT_READDATA, h);
	set_method(easy, rq);
	set_proxy(h, env->config);
	tls_apply(env->tls, easy, rq->endpoint, is_home);
}

static int run_hop(struct hop *h, const struct exchange_env *env, bool is_home, struct err *e)
{
	struct exchange_answer *out = h->out;
	struct curl_slist *headers = make_headers(h->rq, h->arena, is_home);

	begin_head(h);
	out->status = 0;
	buf_clear(&out->body);
	h->transfer = (struct transfer){ .easy = curl_easy_init(),
		.channel = env->channel,
		.stall_s = env->config->stall_s,
		.report = env->report,
		.arg = env->arg };
	if (!h->transfer.easy)
		abort();
	set_up(h, env, is_home);
	curl_easy_setopt(h->transfer.easy, CURLOPT_HTTPHEADER, headers);
	pump_run(env->pump, &h->transfer);
	curl_easy_getinfo(h->transfer.easy, CURLINFO_RESPONSE_CODE, &out->status);
	h->status = out->status;
	int rc = 0;
	if (h->has_failed) {
		*e = h->err;
		rc = -1;
	} else if (h->transfer.result != CURLE_OK) {
		rc = xfer_fault(&h->transfer, h->rq->method, out->url, e);
	} else if (!h->has_begun && is_success(out->status) && begin_body(h)) {
		*e = h->err; /* an answer without a byte is one all the same */
		rc = -1;
	}
	curl_easy_cleanup(h->transfer.easy);
	curl_slist_free_all(headers);
	return rc;
}

/* --- URLs ---------------------------------------------------------------------------------------- */

const char *exchange_origin(struct arena *a, const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	const char *out = NULL;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		(strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0)) {
		for (char *c = host; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c += 'a' - 'A';
		out = arena_printf(a, "%s://%s:%s", scheme, host, port);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return out;
}

const char *exchange_resolve(struct arena *a, const char *base, const char *location)
{
	CURLU *u = curl_url();
	char *text = NULL, *user = NULL;
	const char *out = NULL;

	if (u && location && curl_url_set(u, CURLUPART_URL, base, 0) == CURLUE_OK &&
		curl_url_set(u, CURLUPART_URL, location, 0) == CURLUE_OK &&
		/* Credentials in it would be sent to whom it names, and printed. */
		curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
		curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK &&
		(str_starts(text, "https://") || str_starts(text, "http://")))
		out = arena_strdup(a, text);
	curl_free(text);
	curl_free(user);
	curl_url_cleanup(u);
	return out;
}

/* --- all hops ------------------------------------------------------------------------------------ */

static int follow(const struct exchange_request *rq, struct arena *a, struct exchange_answer *out,
	struct err *e)
{
	const char *to = exchange_resolve(a, out->url, out->location);

	if (!to)
		return err_set(e, ERR_INVALID, "%s: registry redirects to a place that is no URL",
			out->url);
	/* From a secured server to a plain one only where plain text was allowed anyway. */
	if (str_starts(out->url, "https:") && str_starts(to, "http:") &&
		!(rq->endpoint && rq->endpoint->is_insecure))
		return err_set(e, ERR_INVALID,
			"%s: refusing to follow the redirect from https to %s", out->url, to);
	out->url = to;
	return 0;
}

int exchange_run(const struct exchange_env *env, const struct exchange_request *rq, struct arena *a,
	struct exchange_answer *out, struct err *e)
{
	bool can_follow = strcmp(rq->method, "GET") == 0 || strcmp(rq->method, "HEAD") == 0;
	const char *home = exchange_origin(a, rq->url);

	*out = (struct exchange_answer){ .url = rq->url };
	buf_init(&out->body, rq->body_most > ERROR_BODY_MOST ? rq->body_most : ERROR_BODY_MOST);
	if (!home)
		return err_set(e, ERR_INVALID, "%s: unsupported protocol scheme", rq->url);
	for (int n = 0; n <= HOPS_MOST; n++) {
		struct hop h = { .rq = rq, .out = out, .arena = a };

		bool is_home = str_eq(home, exchange_origin(a, out->url));
		out->is_foreign |= !is_home;
		/* Once abroad, nothing that was for home is shown again, even when the way leads back. */
		if (run_hop(&h, env, is_home && !out->is_foreign, e))
			return -1;
		if (!can_follow || !is_redirect(out->status))
			return 0;
		if (follow(rq, a, out, e))
			return -1;
	}
	return err_set(e, ERR_INVALID, "%s: stopped after %d redirects", rq->url, HOPS_MOST);
}

void exchange_answer_done(struct exchange_answer *answer)
{
	buf_done(&answer->body);
}
