/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs_dir/HOST/hosts.toml, containerd's file (docs/hosts.md there): for any registry the hosts that are asked in its
 * place, then the server. A member nobody knows is refused: it may have been meant for safety.
 */
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "base/unit.h"
#include "registry_int.h"
#include "toml.h"

#define FILE_MOST  (1024 * 1024)
#define HOSTS_MOST 64

struct hosts {
	struct arena *a;
	const struct registry_settings *settings;
	const char *domain, *dir; /* where files are looked for that are not absolute */
	struct xfer_config *out;
};

static int wrong(const char *key, const char *want, struct err *e)
{
	return err_set(e, ERR_INVALID, "%s: %s is expected", key, want);
}

static const char *read_pem(struct hosts *h, const char *path, struct err *e)
{
	if (*path != '/')
		path = arena_printf(h->a, "%s/%s", h->dir, path);
	return fs_read_str(h->a, AT_FDCWD, path, FILE_MOST, e);
}

/* --- one host's members -------------------------------------------------------------------------- */

static int take_capabilities(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	(void)h;
	if (value->type != TOML_ARR)
		return wrong("capabilities", "a list of strings", e);
	ep->can_pull = ep->can_resolve = ep->can_push = false;
	for (size_t i = 0; i < value->n; i++) {
		const char *word = value->v[i]->str;
		if (str_eq(word, "pull"))
			ep->can_pull = true;
		else if (str_eq(word, "resolve"))
			ep->can_resolve = true;
		else if (str_eq(word, "push"))
			ep->can_push = true;
		else
			return wrong("capabilities", "pull, resolve or push", e);
	}
	return 0;
}

static int take_skip_verify(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	(void)h;
	if (value->type != TOML_BOOL)
		return wrong("skip_verify", "true or false", e);
	ep->skip_verify = value->b;
	return 0;
}

static int take_ca(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	if (value->type == TOML_STR) {
		const char *pem = read_pem(h, value->str, e);
		if (!pem)
			return -1;
		str_list_add(h->a, &ep->ca, pem);
		return 0;
	}
	if (value->type != TOML_ARR)
		return wrong("ca", "a path or a list of paths", e);
	for (size_t i = 0; i < value->n; i++)
		if (value->v[i]->type != TOML_STR || take_ca(h, value->v[i], ep, e))
			return value->v[i]->type != TOML_STR ? wrong("ca", "a path", e) : -1;
	return 0;
}

/* A file with both, or a pair of files. */
static int add_client(
	struct hosts *h, const char *cert, const char *key, struct xfer_endpoint *ep, struct err *e)
{
	struct xfer_cert pair = { .cert = read_pem(h, cert, e) };

	if (!pair.cert)
		return -1;
	pair.key = str_empty(key) ? pair.cert : read_pem(h, key, e);
	if (!pair.key)
		return -1;
	ep->certs.v = arena_grow(h->a, ep->certs.v, &ep->certs.n, sizeof(pair));
	ep->certs.v[ep->certs.n - 1] = pair;
	return 0;
}

static int take_client(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	if (value->type == TOML_STR)
		return add_client(h, value->str, NULL, ep, e);
	if (value->type != TOML_ARR)
		return wrong("client", "a path or a list", e);
	for (size_t i = 0; i < value->n; i++) {
		const struct toml *one = value->v[i];
		const char *cert = one->type == TOML_ARR && one->n ? one->v[0]->str : one->str;
		const char *key = one->type == TOML_ARR && one->n > 1 ? one->v[1]->str : NULL;
		if (!cert)
			return wrong("client", "a path or a pair of paths", e);
		if (add_client(h, cert, key, ep, e))
			return -1;
	}
	return 0;
}

static bool is_header(const char *name, const char *value)
{
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= 32 || (unsigned char)*c >= 127 ||
			strchr(":()<>@,;\\\"/[]?={}", *c))
			return false;
	return *name && !strpbrk(value, "\r\n");
}

static int add_header(struct hosts *h, const char *name, const char *value,
	struct xfer_endpoint *ep, struct err *e)
{
	if (!value || !is_header(name, value))
		return wrong("header", "a table of strings or of lists of strings", e);
	ep->headers.v = arena_grow(h->a, ep->headers.v, &ep->headers.n, sizeof(*ep->headers.v));
	ep->headers.v[ep->headers.n - 1] = (struct xfer_header){ name, value };
	return 0;
}

static int take_header(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	if (value->type != TOML_TABLE)
		return wrong("header", "a table", e);
	for (size_t i = 0; i < value->n; i++) {
		const struct toml *one = value->v[i];
		if (one->type != TOML_ARR && add_header(h, value->keys[i], one->str, ep, e))
			return -1;
		for (size_t k = 0; one->type == TOML_ARR && k < one->n; k++)
			if (add_header(h, value->keys[i], one->v[k]->str, ep, e))
				return -1;
	}
	return 0;
}

static int take_override_path(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	size_t n = strlen(ep->url);

	if (value->type != TOML_BOOL)
		return wrong("override_path", "true or false", e);
	if (value->b && str_ends(ep->url, "/v2"))
		ep->url = arena_strndup(h->a, ep->url, n - 3);
	return 0;
}

static int take_dial_timeout(
	struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e)
{
	struct err ignored;
	int64_t ns;

	(void)h;
	if (value->type != TOML_STR || unit_parse_duration(value->str, &ns, &ignored) || ns <= 0 ||
		ns > 3600 * 1000000000LL)
		return wrong("dial_timeout", "a duration such as \"5s\"", e);
	ep->connect_ms = (uint32_t)(ns / 1000000) + 1;
	return 0;
}

static const struct {
	const char *key;
	int (*set)(
		struct hosts *h, const struct toml *value, struct xfer_endpoint *ep, struct err *e);
} members[] = {
	{ "capabilities", take_capabilities },
	{ "skip_verify", take_skip_verify },
	{ "ca", take_ca },
	{ "client", take_client },
	{ "header", take_header },
	{ "override_path", take_override_path },
	{ "dial_timeout", take_dial_timeout },
};

/* --- hosts --------------------------------------------------------------------------------------- */

static int take_member(struct hosts *h, const char *key, const struct toml *value,
	struct xfer_endpoint *ep, struct err *e)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(members[i].key, key) == 0)
			return members[i].set(h, value, ep, e);
	return err_set(e, ERR_INVALID, "unknown member %s", key);
}

static int make_endpoint(struct hosts *h, const char *url, struct xfer_endpoint *out,
	const char **host, struct err *e)
{
	const char *whole = strstr(url, "://") ? url : arena_printf(h->a, "https://%s", url);
	size_t n = strlen(whole);

	if ((!str_starts(whole, "https://") && !str_starts(whole, "http://")) ||
		strpbrk(whole, "?#@ \t\r\n"))
		return err_set(e, ERR_INVALID, "%s is no URL of a registry", url);
	while (n > 0 && whole[n - 1] == '/')
		n--;
	const char *at = strstr(whole, "://") + 3;
	*host = arena_strndup(h->a, at, strcspn(at, "/"));
	if (strcmp(*host, "docker.io") == 0)
		return err_set(e, ERR_INVALID, "docker.io is at https://registry-1.docker.io");
	*out = (struct xfer_endpoint){ .can_pull = true, .can_resolve = true, .can_push = true };
	out->url = arena_printf(h->a, "%.*s/v2", (int)n, whole);
	out->skip_verify = registry_is_insecure(h->settings, *host);
	return registry_read_certs(h->a, h->settings, *host, out, e);
}

static void add_endpoint(struct hosts *h, struct xfer_endpoint *ep)
{
	struct xfer_config *c = h->out;

	ep->is_insecure = ep->skip_verify || str_starts(ep->url, "http:");
	c->endpoints.v = arena_grow(h->a, c->endpoints.v, &c->endpoints.n, sizeof(*ep));
	c->endpoints.v[c->endpoints.n - 1] = *ep;
}

static int add_host(struct hosts *h, const char *url, const struct toml *table, struct err *e)
{
	struct xfer_endpoint ep;
	const char *host;

	if (table->type != TOML_TABLE)
		return err_set(e, ERR_INVALID, "a table is expected");
	if (make_endpoint(h, url, &ep, &host, e))
		return -1;
	ep.is_origin = strcmp(host, h->domain) == 0;
	for (size_t i = 0; i < table->n; i++)
		if (take_member(h, table->keys[i], table->v[i], &ep, e))
			return -1;
	add_endpoint(h, &ep);
	return 0;
}

/* The last resort; what stands outside of [host] is about it. */
static int add_server(struct hosts *h, const struct toml *top, struct err *e)
{
	const struct toml *server = toml_get(top, "server");
	const char *url = server ? server->str : NULL;
	struct xfer_endpoint ep;
	const char *host;

	if (server && !url)
		return wrong("server", "a string", e);
	if (!server && registry_add_origin(h->a, h->settings, h->domain, h->out, e))
		return -1;
	if (!server)
		return 0;
	if (make_endpoint(h, url, &ep, &host, e))
		return -1;
	ep.is_origin = true;
	for (size_t i = 0; i < top->n; i++)
		if (strcmp(top->keys[i], "server") && strcmp(top->keys[i], "host") &&
			take_member(h, top->keys[i], top->v[i], &ep, e))
			return -1;
	add_endpoint(h, &ep);
	return 0;
}

static int take_all(struct hosts *h, const struct toml *top, struct err *e)
{
	const struct toml *list = toml_get(top, "host");

	if (list && (list->type != TOML_TABLE || list->n > HOSTS_MOST))
		return wrong("host", "a table of hosts", e);
	for (size_t i = 0; list && i < list->n; i++)
		if (add_host(h, list->keys[i], list->v[i], e))
			return err_in(e, "[host.\"%s\"]", list->keys[i]);
	return add_server(h, top, e);
}

int registry_read_hosts(struct arena *a, const struct registry_settings *settings,
	const char *domain, struct xfer_config *out, bool *is_there, struct err *e)
{
	struct hosts h = { .a = a, .settings = settings, .domain = domain, .out = out };
	own_buf text = { 0 };
	struct toml *top;

	*is_there = false;
	if (str_empty(settings->certs_dir) || strchr(domain, '/') || *domain == '.')
		return 0;
	buf_init(&text, FILE_MOST);
	h.dir = arena_printf(a, "%s/%s", settings->certs_dir, domain);
	const char *path = arena_printf(a, "%s/hosts.toml", h.dir);
	if (fs_read(AT_FDCWD, path, FILE_MOST, &text, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	*is_there = true;
	if (toml_parse(a, text.data, text.len, &top, e) || take_all(&h, top, e))
		return err_in(e, "%s", path);
	return 0;
}
