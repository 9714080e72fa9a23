/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no repository: checking a login, and the search of the index. */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/slice.h"
#include "registry_int.h"

#define TOKEN_MOST  (64 * 1024)
#define SEARCH_MOST (4 * 1024 * 1024)
#define HUB	    "docker.io"
#define HUB_INDEX   "index.docker.io"

/* "https://index.docker.io/v1/", "localhost:5000", …: the host of a server address; Docker's default when empty. */
static const char *host_of(struct arena *a, const char *address)
{
	const char *at = address ? strstr(address, "://") : NULL;

	at = at ? at + 3 : address;
	if (str_empty(at))
		return HUB;
	const char *host = arena_strndup(a, at, strcspn(at, "/"));
	return strcmp(host, HUB_INDEX) == 0 || strcmp(host, "registry-1.docker.io") == 0 ? HUB
											 : host;
}

static int check(struct registry *r, struct arena *a, const char **identity_token, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_LOGIN);
	struct xfer_done done;
	own_fd text = registry_make_text(TOKEN_MOST, NULL, e);

	c.text = text;
	if (text < 0 || registry_run(r, &c, &done, e))
		return -1;
	*identity_token = registry_read_text(a, text, done.n, TOKEN_MOST, e);
	return *identity_token ? 0 : -1;
}

int registry_check_login(const struct registry_settings *settings, const struct registry_auth *auth,
	struct arena *a, const char **identity_token, struct err *e)
{
	struct xfer_config config = { .path = "", .familiar_name = "", .for_push = true };
	struct registry *r;

	registry_common(settings, auth, &config);
	if (registry_endpoints(a, settings, host_of(a, auth->server_address), &config, e) ||
		registry_start(settings, &config, &r, e))
		return -1;
	int rc = check(r, a, identity_token, e);
	registry_close(r);
	return rc;
}

/* --- what is no registry's ------------------------------------------------------------------------ */

static int fetch_url(
	struct registry *r, const char *url, const struct registry_url *u, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_FETCH_URL);
	struct xfer_done done;
	own_fd text = registry_make_text(strlen(url), url, e);

	c.pipe = u->pipe;
	if (text < 0) {
		close(c.pipe);
		return -1;
	}
	c.text = text;
	c.rq.n = strlen(url);
	c.report = u->report;
	c.arg = u->arg;
	int rc = registry_run(r, &c, &done, e);
	if (c.pipe >= 0)
		close(c.pipe); /* it did not even go on its way */
	return rc;
}

int registry_fetch_url(const struct registry_settings *settings, const char *url,
	const struct registry_url *u, struct err *e)
{
	struct xfer_config config = { .path = "", .familiar_name = "" };
	own_fd pipe = u->pipe;
	struct registry_url mine = *u;
	struct registry *r;

	registry_common(settings, NULL, &config);
	if (registry_start(settings, &config, &r, e))
		return -1;
	mine.pipe = take_fd(&pipe);
	int rc = fetch_url(r, url, &mine, e);
	registry_close(r);
	return rc;
}

/* --- search -------------------------------------------------------------------------------------- */

static int read_hits(struct arena *a, const char *text, size_t n, unsigned limit,
	struct registry_hits *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);
	const struct json *list = json_get_ci(doc, "results");

	if (!doc)
		return err_in(e, "error decoding registry search results");
	for (size_t i = 0; i < json_len(list) && out->n < limit; i++) {
		const struct json *row = json_at(list, i);
		struct registry_hit hit = {
			.name = arena_strdup(a, json_str(json_get_ci(row, "name"), "")),
			.description =
				arena_strdup(a, json_str(json_get_ci(row, "description"), "")),
			.stars = json_i64(json_get_ci(row, "star_count"), 0),
			.is_official = json_bool(json_get_ci(row, "is_official"), false),
			.is_automated = json_bool(json_get_ci(row, "is_automated"), false),
		};
		out->v = arena_grow(a, out->v, &out->n, sizeof(hit));
		out->v[out->n - 1] = hit;
	}
	return 0;
}

static int search(struct registry *r, struct arena *a, const char *term, unsigned limit,
	struct registry_hits *out, struct err *e)
{
	struct registry_call c = REGISTRY_CALL(XFER_SEARCH);
	struct xfer_done done;
	own_fd text = registry_make_text(SEARCH_MOST, NULL, e);

	c.text = text;
	c.rq.n = limit;
	if (text < 0 || registry_put(c.rq.from, sizeof(c.rq.from), term, e) ||
		registry_run(r, &c, &done, e))
		return -1;
	const char *json = registry_read_text(a, text, done.n, SEARCH_MOST, e);
	return json ? read_hits(a, json, done.n, limit, out, e) : -1;
}

/* The index of "host/term" is host; anything else is asked of Docker's. dockerd's rule for what a host looks like. */
static const char *split_term(struct arena *a, const char *term, const char **rest)
{
	struct slice host, tail;

	*rest = term;
	if (!slice_cut(slice_str(term), '/', &host, &tail) ||
		(!memchr(host.p, '.', host.n) && !memchr(host.p, ':', host.n) &&
			!slice_eq(host, "localhost")))
		return HUB_INDEX;
	*rest = arena_strndup(a, tail.p, tail.n);
	const char *name = arena_strndup(a, host.p, host.n);
	return strcmp(name, HUB) == 0 ? HUB_INDEX : name;
}

int registry_search(const struct registry_settings *settings, const struct registry_auth *auth,
	struct arena *a, const char *term, unsigned limit, struct registry_hits *out, struct err *e)
{
	struct xfer_config config = { .path = "", .familiar_name = "", .for_push = true };
	const char *host = split_term(a, term, &term);
	struct registry *r;

	*out = (struct registry_hits){ 0 };
	if (strstr(term, "://"))
		return err_set(e, ERR_INVALID,
			"invalid repository name: repository name (%s) should not have a scheme",
			term);
	/* An official image is known by its short name there. */
	if (strcmp(host, HUB_INDEX) == 0 && str_starts(term, "library/"))
		term += strlen("library/");
	registry_common(settings, auth, &config);
	if (registry_endpoints(a, settings, host, &config, e))
		return -1;
	for (size_t i = 0; i < config.endpoints.n; i++) {
		char *url = arena_strdup(a, config.endpoints.v[i].url);
		url[strlen(url) - 1] = '1'; /* …/v2 becomes …/v1 */
		config.endpoints.v[i].url = url;
	}
	if (registry_start(settings, &config, &r, e))
		return -1;
	int rc = search(r, a, term, limit, out, e);
	registry_close(r);
	return rc;
}
