/* SPDX-License-Identifier: Apache-2.0 */
#include "insecure.h"

#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <string.h>
#include <sys/socket.h>

#include "base/slice.h"
#include "cidr.h"
#include "proxy.h"

static bool is_listed(
	struct arena *a, const struct xfer_config *config, const unsigned char address[16])
{
	if (cidr_has(a, slice_str("127.0.0.0/8"), address) ||
		cidr_has(a, slice_str("::1/128"), address))
		return true;
	for (size_t i = 0; i < config->cidrs.n; i++)
		if (cidr_has(a, slice_str(config->cidrs.v[i]), address))
			return true;
	return false;
}

static void read_sockaddr(const struct sockaddr *sa, unsigned char out[16])
{
	memset(out, 0, 16);
	if (sa->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
		return;
	}
	out[10] = out[11] = 0xff;
	memcpy(out + 12, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
}

static bool leads_there(struct arena *a, const struct xfer_config *config, const char *url)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	unsigned char address[16];
	const char *host = strstr(url, "://");
	bool is_there = false;

	host = host ? host + 3 : url;
	host = arena_strndup(a, host, strcspn(host, ":/"));
	if (getaddrinfo(host, NULL, &hints, &list))
		return false;
	for (const struct addrinfo *i = list; i && !is_there; i = i->ai_next) {
		if (i->ai_family != AF_INET && i->ai_family != AF_INET6)
			continue;
		read_sockaddr(i->ai_addr, address);
		is_there = is_listed(a, config, address);
	}
	freeaddrinfo(list);
	return is_there;
}

void insecure_settle(struct arena *a, struct xfer_config *config)
{
	bool has_cidr = false;

	for (size_t i = 0; i < config->cidrs.n; i++)
		has_cidr |= strchr(config->cidrs.v[i], '/') != NULL;
	if (!has_cidr)
		__nss_configure_lookup("hosts", "files");
	for (size_t i = 0; i < config->endpoints.n; i++) {
		struct xfer_endpoint *ep = &config->endpoints.v[i];

		if (!ep->by_address)
			continue;
		/* Behind a proxy names may not be known here at all. */
		if (!proxy_for(a, config, ep->url) && leads_there(a, config, ep->url))
			ep->skip_verify = ep->is_insecure = true;
		else if (str_starts(ep->url, "http:"))
			ep->can_pull = ep->can_resolve = ep->can_push = false;
	}
	__nss_configure_lookup("hosts", "files dns");
}
