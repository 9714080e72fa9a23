/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a repository's domain to the list of places to ask, as dockerd makes it (feature rows E11, E12): mirrors first (docker.io
 * only), the registry itself, and plain http after https where it is insecure.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/slice.h"
#include "registry_int.h"

#define HUB	     "docker.io"
#define HUB_REGISTRY "registry-1.docker.io"
#define ATTEMPTS     5
#define STALL_S	     30

/* --- insecure ------------------------------------------------------------------------------------ */

/* host without its port, brackets and zone dropped. */
static const char *bare_host(struct arena *a, const char *host)
{
	if (*host == '[')
		return arena_strndup(a, host + 1, strcspn(host + 1, "]%"));
	return arena_strndup(a, host, strcspn(host, ":"));
}

/* An address as 16 bytes, IPv4 mapped. */
static bool read_address(const char *text, unsigned char out[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool in_cidr(struct arena *a, const char *cidr, const unsigned char address[16])
{
	struct slice net, bits;
	unsigned char base[16];
	uint16_t n;

	if (!slice_cut(slice_str(cidr), '/', &net, &bits) || !parse_u16(bits, &n) ||
		!read_address(arena_strndup(a, net.p, net.n), base))
		return false;
	if (!memchr(net.p, ':', net.n))
		n += 96;
	if (n > 128 || memcmp(base, address, n / 8) != 0)
		return false;
	unsigned char mask = (unsigned char)(0xff00 >> (n % 8));
	return n % 8 == 0 || ((base[n / 8] ^ address[n / 8]) & mask) == 0;
}

static bool is_name(struct arena *a, const char *host)
{
	unsigned char address[16];

	return !read_address(bare_host(a, host), address);
}

bool registry_is_listed(const struct str_list *list, const char *domain)
{
	own_arena a = arena_new();
	const char *bare = bare_host(a, domain);
	unsigned char address[16];

	if (str_list_has(list, domain))
		return true;
	if (strcmp(bare, "localhost") == 0 || str_ends(bare, ".localhost"))
		bare = "127.0.0.1";
	if (!read_address(bare, address))
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (in_cidr(a, list->v[i], address))
			return true;
	return false;
}

bool registry_is_insecure(const struct registry_settings *settings, const char *host)
{
	static const char *loopback[] = { "127.0.0.0/8", "::1/128" };
	const struct str_list always = { loopback, 2 };

	return registry_is_listed(&settings->insecure, host) || registry_is_listed(&always, host);
}

bool registry_takes_nondistributable(const struct registry_settings *settings, const char *domain)
{
	return registry_is_listed(&settings->nondistributable, domain);
}

/* --- the list ------------------------------------------------------------------------------------ */

void registry_common(const struct registry_settings *settings, const struct registry_auth *auth,
	struct xfer_config *out)
{
	out->cidrs = settings->insecure; /* names among them are no CIDR and match nothing */
	out->has_auth = auth != NULL;
	if (auth) {
		out->username = auth->username;
		out->password = auth->password;
		out->identity_token = auth->identity_token;
		out->registry_token = auth->registry_token;
	}
	out->http_proxy = settings->http_proxy;
	out->https_proxy = settings->https_proxy;
	out->no_proxy = settings->no_proxy;
	out->attempts = settings->attempts ? settings->attempts : ATTEMPTS;
	out->stall_s = settings->stall_s ? settings->stall_s : STALL_S;
	out->user_agent = settings->user_agent ? settings->user_agent : "tare/" TARE_VERSION;
}

static struct xfer_endpoint *add(struct arena *a, struct xfer_config *c)
{
	c->endpoints.v = arena_grow(a, c->endpoints.v, &c->endpoints.n, sizeof(*c->endpoints.v));
	return &c->endpoints.v[c->endpoints.n - 1];
}

/* https, and http where it is insecure. root: "/v2" */
static int add_host(struct arena *a, const struct registry_settings *settings, const char *host,
	struct xfer_config *out, struct err *e)
{
	struct xfer_endpoint ep = {
		.can_pull = true, .can_resolve = true, .can_push = true, .is_origin = true
	};

	ep.is_insecure = ep.skip_verify = registry_is_insecure(settings, host);
	/* What else the name leads to is looked up by tare-xfer. docker.io is secure always. */
	ep.by_address = !ep.is_insecure && strcmp(host, HUB_REGISTRY) != 0 && is_name(a, host);
	ep.url = arena_printf(a, "https://%s/v2", host);
	if (registry_read_certs(a, settings, host, &ep, e))
		return -1;
	*add(a, out) = ep;
	if (ep.is_insecure || ep.by_address) {
		ep.url = arena_printf(a, "http://%s/v2", host);
		*add(a, out) = ep;
	}
	return 0;
}

static int add_mirror(struct arena *a, const struct registry_settings *settings, const char *url,
	struct xfer_config *out, struct err *e)
{
	size_t n = strlen(url);
	const char *at = strstr(url, "://");
	const char *host = at ? arena_strndup(a, at + 3, strcspn(at + 3, "/")) : "";
	struct xfer_endpoint ep = { .can_pull = true, .can_resolve = true };

	while (n > 0 && url[n - 1] == '/')
		n--;
	ep.url = arena_printf(a, "%.*s/v2", (int)n, url);
	ep.skip_verify = registry_is_insecure(settings, host);
	ep.is_insecure = ep.skip_verify || str_starts(url, "http:");
	if (registry_read_certs(a, settings, host, &ep, e))
		return -1;
	*add(a, out) = ep;
	return 0;
}

int registry_add_origin(struct arena *a, const struct registry_settings *settings,
	const char *domain, struct xfer_config *out, struct err *e)
{
	return add_host(a, settings, strcmp(domain, HUB) == 0 ? HUB_REGISTRY : domain, out, e);
}

int registry_endpoints(struct arena *a, const struct registry_settings *settings,
	const char *domain, struct xfer_config *out, struct err *e)
{
	bool is_there;

	if (registry_read_hosts(a, settings, domain, out, &is_there, e))
		return -1;
	if (is_there)
		return 0;
	for (size_t i = 0; strcmp(domain, HUB) == 0 && !out->for_push && i < settings->mirrors.n;
		i++)
		if (add_mirror(a, settings, settings->mirrors.v[i], out, e))
			return -1;
	return registry_add_origin(a, settings, domain, out, e);
}
