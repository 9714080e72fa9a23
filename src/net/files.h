/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contents of a container's /etc/hosts and /etc/resolv.conf as dockerd 28 writes them. Text in,
 * text out; reading the host's files and keeping a user's edits are the two functions at the end.
 */
#ifndef TARE_NET_FILES_H
#define TARE_NET_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct net_hosts {
	const char *hostname;
	const char *domainname; /* NULL or "": none */
	struct str_list
		extra; /* HostConfig.ExtraHosts: "name:ip", ip may be IPv6 or "host-gateway" */
	const char *host_gateway;  /* what host-gateway stands for; NULL or "": nothing */
	struct str_list addresses; /* the container's own, each gets a line with its hostname */
	bool no_ipv6;		   /* leave the lines for IPv6 out */
};

/*
 * One --add-host entry. ERR_INVALID in dockerd's words: `bad format for add-host: "x"`,
 * `invalid IP address in add-host: "x"`.
 */
int net_hosts_check_extra(const char *entry, struct err *e);
/* Writes the file. Fails for a bad extra entry or "unable to derive the IP value for host-gateway".
 * A container on the host's network without extra entries gets the host's /etc/hosts instead. */
int net_hosts_write(const struct net_hosts *h, struct buf *out, struct err *e);

/* How the host's servers are treated. */
enum net_resolv_mode {
	NET_RESOLV_LEGACY, /* default bridge and none: without those on loopback (8.8.8.8 …) */
	NET_RESOLV_HOST,   /* host network: as they are */
};

struct net_resolv {
	enum net_resolv_mode mode;
	const char *host_text;	 /* content of the host's file, NULL when there is none */
	const char *host_path;	 /* its name, for the comment */
	bool ipv6;		 /* the network has IPv6: servers with such addresses are kept */
	struct str_list servers; /* --dns */
	struct str_list search;	 /* --dns-search; "." alone: none */
	struct str_list options; /* --dns-option */
};

/* Writes the file. ERR_INVALID for a --dns that is no address. */
int net_resolv_write(const struct net_resolv *r, struct buf *out, struct err *e);

/* Whether a resolv.conf names nothing but systemd-resolved's stub, 127.0.0.53. */
bool net_resolv_is_stub(const char *text);

/*
 * The host file to start from: /etc/resolv.conf, or systemd-resolved's full one when the former
 * names only its stub 127.0.0.53. *path is static; the text is in a, NULL when there is no file.
 */
int net_resolv_read_host(struct arena *a, const char **path, const char **text, struct err *e);

/*
 * Puts text into dir/resolv.conf (0644) unless somebody edited what was put there before, which is
 * known by the digest kept in dir/resolv.conf.hash (Docker's own scheme).
 */
int net_resolv_put(int dir, const char *text, size_t n, struct err *e);

#endif
