/* SPDX-License-Identifier: Apache-2.0 */
/* A container's /etc/hosts: fixed lines, those of --add-host, and one per address of its own. */
#include <string.h>

#include "base/slice.h"
#include "net/addr.h"
#include "net/files.h"

#define HOST_GATEWAY "host-gateway"

static const struct {
	const char *line;
	bool is_ipv6;
} fixed_lines[] = {
	{ "127.0.0.1\tlocalhost\n", false },
	{ "::1\tlocalhost ip6-localhost ip6-loopback\n", true },
	{ "fe00::\tip6-localnet\n", true },
	{ "ff00::\tip6-mcastprefix\n", true },
	{ "ff02::1\tip6-allnodes\n", true },
	{ "ff02::2\tip6-allrouters\n", true },
};

static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return true;
	return false;
}

/* Only the first colon separates: behind it may be an IPv6 address. No name ends the line. */
static int split_extra(const char *entry, struct slice *name, const char **ip, struct err *e)
{
	struct slice rest;

	if (!slice_cut(slice_str(entry), ':', name, &rest) || !name->n || has_control(*name))
		return err_set(e, ERR_INVALID, "bad format for add-host: \"%s\"", entry);
	*ip = rest.p;
	return 0;
}

int net_hosts_check_extra(const char *entry, struct err *e)
{
	struct slice name;
	const char *ip;

	if (split_extra(entry, &name, &ip, e) < 0)
		return -1;
	if (!str_eq(ip, HOST_GATEWAY) && !addr_is_ip(ip))
		return err_set(e, ERR_INVALID, "invalid IP address in add-host: \"%s\"", ip);
	return 0;
}

static int write_extra(const struct net_hosts *h, const char *entry, struct buf *out, struct err *e)
{
	struct slice name;
	char text[NET_ADDR_ZONE];
	const char *ip;

	if (net_hosts_check_extra(entry, e) < 0 || split_extra(entry, &name, &ip, e) < 0)
		return -1;
	if (str_eq(ip, HOST_GATEWAY)) {
		if (str_empty(h->host_gateway))
			return err_set(
				e, ERR_INTERNAL, "unable to derive the IP value for " HOST_GATEWAY);
		ip = h->host_gateway;
	}
	if (!addr_normalize(ip, text))
		return err_set(e, ERR_INVALID, "invalid IP address in add-host: \"%s\"", ip);
	buf_fmt(out, "%s\t%.*s\n", text, (int)name.n, name.p);
	return 0;
}

/* The full name, then the part before the first dot when that is shorter. */
static void write_names(const struct net_hosts *h, struct buf *out)
{
	const char *hostname = h->hostname ? h->hostname : "";
	size_t start = out->len;
	const char *dot;

	buf_str(out, hostname);
	if (!str_empty(h->domainname))
		buf_fmt(out, ".%s", h->domainname);
	dot = buf_ok(out) ? strchr(out->data + start, '.') : NULL;
	if (dot) {
		size_t n = (size_t)(dot - out->data) - start;

		buf_fmt(out, " %.*s", (int)n, hostname);
	}
}

int net_hosts_write(const struct net_hosts *h, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < sizeof(fixed_lines) / sizeof(fixed_lines[0]); i++)
		if (!fixed_lines[i].is_ipv6 || !h->no_ipv6)
			buf_str(out, fixed_lines[i].line);
	for (size_t i = 0; i < h->extra.n; i++)
		if (write_extra(h, h->extra.v[i], out, e) < 0)
			return -1;
	for (size_t i = 0; i < h->addresses.n; i++) {
		buf_fmt(out, "%s\t", h->addresses.v[i]);
		write_names(h, out);
		buf_char(out, '\n');
	}
	if (!buf_ok(out))
		return err_set(e, ERR_INVALID, "hosts file too long");
	return 0;
}
