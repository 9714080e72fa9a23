/* SPDX-License-Identifier: Apache-2.0 */
/* The part of info about registries and proxies. */
#include <string.h>

#include "base/slice.h"
#include "image/registry.h"
#include "info.h"
#include "write.h"

static bool is_cidr(const char *text)
{
	return strchr(text, '/') != NULL;
}

static void write_some(struct jsonw *w, const char *key, const struct str_list *l, bool cidrs)
{
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		if (is_cidr(l->v[i]) == cidrs)
			jsonw_str(w, l->v[i]);
	jsonw_arr_end(w);
}

/* Gone in 1.47. */
static void write_nondistributable(const struct registry_settings *s, struct jsonw *w)
{
	if (s->nondistributable.n == 0) {
		jsonw_knull(w, "AllowNondistributableArtifactsCIDRs");
		jsonw_knull(w, "AllowNondistributableArtifactsHostnames");
		return;
	}
	write_some(w, "AllowNondistributableArtifactsCIDRs", &s->nondistributable, true);
	write_some(w, "AllowNondistributableArtifactsHostnames", &s->nondistributable, false);
}

static void write_index(
	struct jsonw *w, const char *name, const struct str_list *mirrors, bool is_secure)
{
	bool is_hub = strcmp(name, "docker.io") == 0;

	jsonw_key(w, name);
	jsonw_obj(w);
	write_list_or_empty(w, "Mirrors", mirrors);
	jsonw_kstr(w, "Name", name);
	jsonw_kbool(w, "Official", is_hub);
	jsonw_kbool(w, "Secure", is_secure);
	jsonw_obj_end(w);
}

void info_write_registries(struct call *c, struct jsonw *w)
{
	const struct registry_settings *s = call_registries(c);
	struct str_list mirrors = { 0 }, none = { 0 };

	/* dockerd shows them with a slash at the end. */
	for (size_t i = 0; i < s->mirrors.n; i++)
		str_list_add(c->arena, &mirrors, arena_printf(c->arena, "%s/", s->mirrors.v[i]));
	jsonw_key(w, "RegistryConfig");
	jsonw_obj(w);
	if (c->version < API_V(1, 47))
		write_nondistributable(s, w);
	jsonw_key(w, "InsecureRegistryCIDRs");
	jsonw_arr(w);
	jsonw_str(w, "::1/128");
	jsonw_str(w, "127.0.0.0/8");
	for (size_t i = 0; i < s->insecure.n; i++)
		if (is_cidr(s->insecure.v[i]))
			jsonw_str(w, s->insecure.v[i]);
	jsonw_arr_end(w);
	jsonw_key(w, "IndexConfigs");
	jsonw_obj(w);
	write_index(w, "docker.io", &mirrors, true);
	for (size_t i = 0; i < s->insecure.n; i++)
		if (!is_cidr(s->insecure.v[i]))
			write_index(w, s->insecure.v[i], &none, false);
	jsonw_obj_end(w);
	write_list_or_empty(w, "Mirrors", &mirrors);
	jsonw_obj_end(w);
}

/* A proxy's credentials are nobody's business: "http://xxxxx:xxxxx@proxy". */
static const char *masked(struct call *c, const char *url)
{
	const char *scheme = url ? strstr(url, "://") : NULL;
	const char *host = scheme ? scheme + 3 : url;
	size_t n = host ? strcspn(host, "/?#") : 0;
	const char *at = n ? memrchr(host, '@', n) : NULL;

	if (!at)
		return url ? url : "";
	return arena_printf(c->arena, "%.*sxxxxx:xxxxx%s", (int)(host - url), url, at);
}

void info_write_proxies(struct call *c, struct jsonw *w)
{
	const struct registry_settings *s = call_registries(c);

	jsonw_kstr(w, "HttpProxy", masked(c, s->http_proxy));
	jsonw_kstr(w, "HttpsProxy", masked(c, s->https_proxy));
	jsonw_kstr(w, "NoProxy", s->no_proxy);
}
