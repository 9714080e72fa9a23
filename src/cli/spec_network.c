/* SPDX-License-Identifier: Apache-2.0 */
/* --network, --link, --add-host, --dns…: names and addresses. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "go_value.h"
#include "spec.h"

/* \w+=\w+ anywhere makes it the long form. */
static bool is_long(const char *s)
{
	for (const char *p = strchr(s, '='); p; p = strchr(p + 1, '=')) {
		if (p > s && (isalnum((unsigned char)p[-1]) || p[-1] == '_') &&
			(isalnum((unsigned char)p[1]) || p[1] == '_'))
			return true;
	}
	return false;
}

static const char *trimmed(struct arena *a, struct slice s)
{
	s = slice_trim(s);
	return arena_strndup(a, s.p, s.n);
}

static int set_driver_opt(struct arena *a, struct spec_network *n, const char *text, struct err *e)
{
	struct slice k, v;

	if (!slice_cut(slice_str(text), '=', &k, &v) || k.n == 0)
		return err_set(e, ERR_INVALID, "invalid key value pair format in driver options");
	str_map_set(a, &n->endpoint.driver_opts, trimmed(a, k), trimmed(a, v));
	return 0;
}

static int set_key(
	struct arena *a, struct spec_network *n, const char *key, const char *v, struct err *e)
{
	struct err why;

	if (str_eq(key, "name"))
		n->target = v;
	else if (str_eq(key, "alias"))
		str_list_add(a, &n->endpoint.aliases, v);
	else if (str_eq(key, "ip"))
		n->ipv4 = v;
	else if (str_eq(key, "ip6"))
		n->ipv6 = v;
	else if (str_eq(key, "mac-address"))
		n->endpoint.mac_address = v;
	else if (str_eq(key, "link-local-ip"))
		str_list_add(a, &n->link_local_ips, v);
	else if (str_eq(key, "driver-opt"))
		return set_driver_opt(a, n, v, e);
	else if (!str_eq(key, "gw-priority"))
		return err_set(e, ERR_INVALID, "invalid field key %s", key);
	else if (spec_atoi(v, &n->endpoint.gw_priority, &why))
		return err_set(e, ERR_INVALID, "invalid gw-priority (%s): %s", v, why.msg);
	return 0;
}

int spec_network(struct arena *a, const char *text, struct spec_network *out, struct err *e)
{
	struct str_list fields = { 0 };

	*out = (struct spec_network){ .target = text };
	if (!is_long(text))
		return 0;
	out->target = "";
	if (spec_csv(a, text, &fields, e))
		return -1;
	for (size_t i = 0; i < fields.n; i++) {
		char *field = arena_strdup(a, fields.v[i]);
		struct slice k, v;

		for (char *c = field; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (!slice_cut(slice_str(field), '=', &k, &v) || k.n == 0)
			return err_set(e, ERR_INVALID, "invalid field %s", fields.v[i]);
		if (set_key(a, out, trimmed(a, k), trimmed(a, v), e))
			return -1;
	}
	if (*out->target == '\0')
		return err_set(e, ERR_INVALID, "network name/id is not specified");
	return 0;
}

bool spec_network_is_user_defined(const char *target)
{
	static const char *const known[] = { "default", "bridge", "host", "none" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eq(target, known[i]))
			return false;
	}
	return !str_starts(target, "container:");
}

int spec_ip(struct arena *a, const char *text, const char **out, struct err *e)
{
	struct slice s = slice_trim(slice_str(text));
	const char *ip = arena_strndup(a, s.p, s.n);
	char *plain = arena_alloc(a, INET6_ADDRSTRLEN);
	unsigned char addr[16];
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	*out = plain;
	if (inet_pton(AF_INET, ip, addr) == 1) {
		inet_ntop(AF_INET, addr, plain, INET6_ADDRSTRLEN);
		return 0;
	}
	if (inet_pton(AF_INET6, ip, addr) != 1)
		return err_set(e, ERR_INVALID, "IP address is not correctly formatted: %s", text);
	if (memcmp(addr, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, addr + 12, plain, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, addr, plain, INET6_ADDRSTRLEN);
	return 0;
}

/* net.ParseMAC: 6, 8 or 20 bytes as xx:xx…, xx-xx… or xxxx.xxxx… */
int spec_mac(const char *text, struct err *e)
{
	struct slice s = slice_trim(slice_str(text));
	size_t group = s.n > 4 && s.p[4] == '.' ? 4 : 2, bytes;
	char sep = s.n > group ? s.p[group] : '\0';
	bool ok = (s.n + 1) % (group + 1) == 0 &&
		  (group == 4 ? sep == '.' : sep == ':' || sep == '-');

	for (size_t i = 0; ok && i < s.n; i++)
		ok = (i + 1) % (group + 1) == 0 ? s.p[i] == sep : isxdigit((unsigned char)s.p[i]);
	bytes = (s.n + 1) / (group + 1) * group / 2;
	if (ok && (bytes == 6 || bytes == 8 || bytes == 20))
		return 0;
	return err_set(e, ERR_INVALID, "%s is not a valid mac address", text);
}

/* Labels of letters, digits and inner dashes, with dots between; one dot at the end is dropped. */
int spec_dns_search(struct arena *a, const char *text, const char **out, struct err *e)
{
	struct slice s = slice_str(text), rest, label;
	bool has_alpha = false, ok = true;

	while (s.n > 0 && *s.p == ' ')
		s = (struct slice){ s.p + 1, s.n - 1 };
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	*out = arena_strndup(a, s.p, s.n);
	if (str_eq(*out, "."))
		return 0;
	s = slice_trim(s);
	if (s.n > 1 && s.p[s.n - 1] == '.')
		s.n--;
	rest = s;
	do {
		bool more = slice_cut(rest, '.', &label, &rest);

		ok = ok && label.n > 0 && label.p[0] != '-' && label.p[label.n - 1] != '-';
		for (size_t i = 0; i < label.n; i++) {
			has_alpha = has_alpha || isalpha((unsigned char)label.p[i]);
			ok = ok && (isalnum((unsigned char)label.p[i]) || label.p[i] == '-');
		}
		if (!more)
			break;
	} while (ok);
	if (!ok || !has_alpha || s.n >= 255)
		return err_set(e, ERR_INVALID, "%s is not a valid domain", *out);
	*out = arena_strndup(a, s.p, s.n);
	return 0;
}

int spec_extra_host(struct arena *a, const char *text, const char **out, struct err *e)
{
	struct slice name, ip;
	const char *checked, *address;
	struct err ignored;
	own_buf q = { 0 };

	buf_init(&q, 4096);
	if (!slice_cut(slice_str(text), '=', &name, &ip))
		slice_cut(slice_str(text), ':', &name, &ip);
	if (strpbrk(text, "=:") == NULL || name.n == 0 || memchr(name.p, ':', name.n)) {
		go_quote(&q, slice_str(text));
		return err_set(e, ERR_INVALID, "bad format for add-host: %s", q.data);
	}
	if (ip.n > 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
		ip = (struct slice){ ip.p + 1, ip.n - 2 };
	address = arena_strndup(a, ip.p, ip.n);
	if (!str_eq(address, "host-gateway") && spec_ip(a, address, &checked, &ignored)) {
		go_quote(&q, ip);
		return err_set(e, ERR_INVALID, "invalid IP address in add-host: %s", q.data);
	}
	*out = arena_printf(a, "%.*s:%s", (int)name.n, name.p, address);
	return 0;
}

int spec_link(const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');

	if (*text == '\0')
		return err_set(e, ERR_INVALID, "empty string specified for links");
	if (colon && strchr(colon + 1, ':'))
		return err_set(e, ERR_INVALID, "bad format for links: %s", text);
	return 0;
}
