/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/slice.h"
#include "cidr.h"

struct target {
	const char *host, *port;
	unsigned char address[16];
	bool is_address;
};

/* "host", "host:port", "[v6]", "[v6]:port", "v6" */
static void split_port(struct arena *a, struct slice s, const char **host, const char **port)
{
	struct slice head, tail;

	*port = NULL;
	if (s.n > 0 && *s.p == '[') {
		slice_cut((struct slice){ s.p + 1, s.n - 1 }, ']', &head, &tail);
		if (tail.n > 1 && *tail.p == ':')
			*port = arena_strndup(a, tail.p + 1, tail.n - 1);
	} else {
		head = s;
		const char *colon = memchr(s.p, ':', s.n);
		if (colon && memrchr(s.p, ':', s.n) == colon) {
			head.n = (size_t)(colon - s.p);
			*port = arena_strndup(a, colon + 1, s.n - head.n - 1);
		}
	}
	*host = arena_strndup(a, head.p, head.n);
}

static bool names(struct arena *a, struct slice entry, const struct target *t)
{
	const char *host, *port;
	unsigned char address[16];

	if (memchr(entry.p, '/', entry.n))
		return t->is_address && cidr_has(a, entry, t->address);
	split_port(a, entry, &host, &port);
	if (port && strcmp(port, t->port) != 0)
		return false;
	if (cidr_read_address(host, address))
		return t->is_address && memcmp(address, t->address, 16) == 0;
	if (str_starts(host, "*."))
		host++;
	bool only_below = *host == '.';
	host += only_below;
	size_t n = strlen(host), have = strlen(t->host);
	if (n == 0 || have < n || strcasecmp(t->host + have - n, host) != 0)
		return false;
	return have == n ? !only_below : t->host[have - n - 1] == '.';
}

static bool is_direct(struct arena *a, const char *no_proxy, const struct target *t)
{
	static const unsigned char six[16] = { [15] = 1 };
	struct slice one, rest = slice_str(no_proxy);

	if (strcasecmp(t->host, "localhost") == 0)
		return true;
	if (t->is_address && (memcmp(t->address, six, 16) == 0 ||
				     (t->address[10] == 0xff && t->address[12] == 127)))
		return true;
	while (rest.n > 0) {
		slice_cut(rest, ',', &one, &rest);
		one = slice_trim(one);
		if (slice_eq(one, "*") || (one.n > 0 && names(a, one, t)))
			return true;
	}
	return false;
}

static bool read_target(struct arena *a, const char *url, struct target *out)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL;
	bool is_url = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		      curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		      curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;

	if (is_url) {
		const char *bare = *host == '[' ? host + 1 : host;
		out->host = arena_strndup(a, bare, strcspn(bare, "]%"));
		out->port = arena_strdup(a, port);
		out->is_address = cidr_read_address(out->host, out->address);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return is_url;
}

const char *proxy_for(struct arena *a, const struct xfer_config *config, const char *url)
{
	const char *proxy = str_starts(url, "https:") ? config->https_proxy : config->http_proxy;
	struct target t;

	if (str_empty(proxy) || !read_target(a, url, &t) || is_direct(a, config->no_proxy, &t))
		return NULL;
	return proxy;
}
