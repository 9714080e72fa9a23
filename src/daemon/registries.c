/* SPDX-License-Identifier: Apache-2.0 */
/* Options about registries, checked and brought into the form in which the image room takes them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/slice.h"
#include "image/registry.h"
#include "options.h"

#define CERTS_DIR "/etc/docker/certs.d"

/* dockerd's ValidateMirror; the URL without its last slash. */
static int read_mirror(struct arena *a, const char *text, struct str_list *out, struct err *e)
{
	struct slice scheme, rest;
	size_t n = strlen(text);

	const char *at = strstr(text, "://");
	scheme = (struct slice){ text, at ? (size_t)(at - text) : 0 };
	rest = slice_str(at ? at + 3 : "");
	if (!slice_eq(scheme, "http") && !slice_eq(scheme, "https"))
		return err_set(e, ERR_INVALID,
			"invalid mirror: unsupported scheme \"%.*s\" in \"%s\"", (int)scheme.n,
			scheme.p, text);
	if (rest.n == 0 || *rest.p == '/' || strpbrk(text, " \t\r\n\""))
		return err_set(e, ERR_INVALID, "invalid mirror: \"%s\" is not a valid URI", text);
	if (strpbrk(text, "?#"))
		return err_set(e, ERR_INVALID,
			"invalid mirror: query or fragment at end of the URI \"%s\"", text);
	if (memchr(rest.p, '@', strcspn(rest.p, "/")))
		return err_set(e, ERR_INVALID,
			"invalid mirror: username/password not allowed in URI \"%s\"", text);
	str_list_add(a, out, arena_strndup(a, text, n - (text[n - 1] == '/')));
	return 0;
}

static bool is_host(const char *text)
{
	uint16_t port;
	struct slice host = slice_str(text), tail;

	if (*text == '[') {
		const char *end = strchr(text, ']');
		return end && (!end[1] || (end[1] == ':' && parse_u16(slice_str(end + 2), &port)));
	}
	if (slice_rcut(slice_str(text), ':', &host, &tail) && !parse_u16(tail, &port))
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (!isalnum((unsigned char)host.p[i]) && !strchr(".-_", host.p[i]))
			return false;
	return host.n > 0;
}

static bool is_cidr(struct arena *a, const char *text)
{
	struct slice net, bits;
	uint16_t n;

	return slice_cut(slice_str(text), '/', &net, &bits) && parse_u16(bits, &n) &&
	       is_host(arena_printf(
		       a, memchr(net.p, ':', net.n) ? "[%.*s]" : "%.*s", (int)net.n, net.p));
}

/* A scheme of http or https is dropped, as dockerd does with a warning; what is neither host nor CIDR is refused. */
static int read_insecure(struct arena *a, const char *text, struct str_list *out, struct err *e)
{
	if (str_starts(text, "http://"))
		text += strlen("http://");
	else if (str_starts(text, "https://"))
		text += strlen("https://");
	if (strstr(text, "://"))
		return err_set(
			e, ERR_INVALID, "insecure registry %s should not contain '://'", text);
	if (!is_cidr(a, text) && !is_host(text))
		return err_set(e, ERR_INVALID,
			"insecure registry %s is not valid: invalid host \"%s\"", text, text);
	str_list_add(a, out, text);
	return 0;
}

/* The option, else the environment's variable in capitals, else in small letters, as Go takes them. */
static const char *read_proxy(
	struct arena *a, const char *option, const char *big, const char *small)
{
	const char *env = getenv(big);

	if (!str_empty(option))
		return arena_strdup(a, option);
	if (str_empty(env))
		env = getenv(small);
	return str_empty(env) ? NULL : arena_strdup(a, env);
}

int options_registries(
	struct arena *a, const struct options *o, struct registry_settings *out, struct err *e)
{
	*out = (struct registry_settings){ .certs_dir = CERTS_DIR,
		.user_agent = "docker/" API_DOCKER " tare/" TARE_VERSION };
	for (size_t i = 0; i < o->mirrors.n; i++)
		if (read_mirror(a, o->mirrors.v[i], &out->mirrors, e))
			return -1;
	for (size_t i = 0; i < o->insecure.n; i++)
		if (read_insecure(a, o->insecure.v[i], &out->insecure, e))
			return -1;
	for (size_t i = 0; i < o->nondistributable.n; i++)
		str_list_add(a, &out->nondistributable, o->nondistributable.v[i]);
	if (o->downloads < 0 || o->downloads > INT32_MAX)
		return err_set(e, ERR_INVALID, "invalid max concurrent downloads: %lld",
			(long long)o->downloads);
	if (o->uploads < 0 || o->uploads > INT32_MAX)
		return err_set(e, ERR_INVALID, "invalid max concurrent uploads: %lld",
			(long long)o->uploads);
	if (o->attempts <= 0 || o->attempts > INT32_MAX)
		return err_set(e, ERR_INVALID, "invalid max download attempts: %lld",
			(long long)o->attempts);
	/* dockerd's 0 is no limit. */
	out->downloads = o->downloads ? (unsigned)o->downloads : UINT32_MAX;
	out->uploads = o->uploads ? (unsigned)o->uploads : UINT32_MAX;
	out->attempts = (unsigned)o->attempts;
	out->http_proxy = read_proxy(a, o->http_proxy, "HTTP_PROXY", "http_proxy");
	out->https_proxy = read_proxy(a, o->https_proxy, "HTTPS_PROXY", "https_proxy");
	out->no_proxy = read_proxy(a, o->no_proxy, "NO_PROXY", "no_proxy");
	return 0;
}
