/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks, and containers plugged into them: an address, a gateway, a masquerade.
 *
 * A *network* is bridge, host or none (user networks grow on the same structs). A *sandbox* is the
 * network namespace of one container. An *endpoint* is one container's place in one network. net
 * keeps networks on disk and leases in memory; who is plugged where is the engine's to persist: the
 * structs below are plain (no pointers in sandbox and endpoint), it hands them back after a
 * restart.
 *
 * Every function may be called from any thread, also several at once; none needs another's lock.
 * Order of a daemon's start: net_open, net_restore for each container that has a sandbox,
 * net_restore_done, then net_setup in a background thread (a start that comes earlier waits for it
 * or does it itself).
 */
#ifndef TARE_NET_NET_H
#define TARE_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define NET_ID	   65  /* 64 hex digits and NUL */
#define NET_NAME   256 /* a network's name */
#define NET_PATH   256 /* run_root longer than this leaves room for is refused by net_open */
#define NET_IFNAME 16
#define NET_ADDR   46 /* an IPv4 or IPv6 address as text */
#define NET_MAC	   18

struct net;

/* What the daemon's options say; NULL and 0 mean Docker's default. Copied. */
struct net_config {
	const char *data_root; /* networks live in data_root/network/files */
	const char *run_root;  /* namespaces are mounted in run_root/netns */
	const char *bridge;    /* --bridge: "docker0"; "none": there is no network "bridge" */
	const char *bip; /* --bip "172.17.0.1/16"; else the address docker0 has, else the first
			  * default pool that overlaps no route of the host */
	const char *fixed_cidr;	     /* --fixed-cidr: addresses are given from this part only */
	const char *default_gateway; /* --default-gateway: the containers' default route */
	const char *default_ip;	     /* --ip: "0.0.0.0" */
	uint32_t mtu;		     /* --mtu: 1500 */
	bool no_iptables;	     /* --iptables=false: no firewall rule is made */
	bool no_ip_forward;	     /* --ip-forward=false: net.ipv4.ip_forward is left alone */
	bool no_ip_forward_drop; /* --ip-forward-no-drop: a host made a router forwards for all */
	bool no_ip_masq;	 /* --ip-masq=false */
	bool no_icc;		 /* --icc=false: containers of "bridge" do not reach each other */
};

/* Reads (first time: makes) the networks below data_root and looks at the bridge's address; changes
 * nothing in the kernel. ERR_INVALID for addresses that do not fit together. */
int net_open(const struct net_config *c, struct net **out, struct err *e);
/* Frees memory. Bridge, rules, namespaces and interfaces stay: containers outlive the daemon. */
void net_close(struct net *n);

/*
 * Makes docker0 (address, up, mtu), net.ipv4.ip_forward=1 and the firewall rules as they must be,
 * whatever was there; once, later calls return the first result at once when it was good and try
 * again when not. About 1 ms. Idempotent over restarts: running connections live on.
 */
int net_setup(struct net *n, struct err *e);

/* ---- networks ---- */

struct net_ipam_config {
	const char *subnet;	      /* "172.17.0.0/16" */
	const char *ip_range;	      /* "" when the whole subnet */
	const char *gateway;	      /* "172.17.0.1" */
	struct str_map aux_addresses; /* absent when there are none */
};

struct net_ipam_configs {
	struct net_ipam_config *v;
	size_t n;
};

/* What GET /networks/{id} shows beside the containers; keys of maps are sorted. */
struct net_network {
	const char *name;
	const char *id;	    /* 64 hex digits; stays over restarts */
	int64_t created_ns; /* clock_rfc3339 */
	const char *scope;  /* "local" */
	const char *driver; /* "bridge", "host", "null" */
	bool enable_ipv4;
	bool enable_ipv6;
	const char *ipam_driver;      /* "default" */
	struct str_map ipam_options;  /* absent (null) for the predefined ones */
	struct net_ipam_configs ipam; /* v == NULL (null) for host and none */
	bool internal;
	bool attachable;
	bool ingress;
	bool config_only;
	const char *config_from; /* "" */
	bool is_predefined;	 /* bridge, host, none: cannot be removed */
	struct str_map options;	 /* {} when empty */
	struct str_map labels;	 /* {} when empty */
	size_t n_endpoints;
};

struct net_networks {
	struct net_network *v;
	size_t n;
};

/* A snapshot of all networks in a, sorted by name. */
void net_list_networks(struct net *n, struct arena *a, struct net_networks *out);
/* One by full id, name, or unique id prefix, in this order. ERR_NOT_FOUND "network x not found",
 * ERR_INVALID "network x is ambiguous (2 matches found based on ID prefix)". */
int net_find_network(
	struct net *n, struct arena *a, const char *ref, struct net_network *out, struct err *e);

/* ---- containers ---- */

struct net_sandbox {
	char id[NET_ID];    /* SandboxID */
	char key[NET_PATH]; /* SandboxKey: path for the spec's network namespace; host:
			     * RUN/netns/default (give the runtime no network namespace at all);
			     * none: "" (see below) */
};

struct net_endpoint {
	char id[NET_ID]; /* EndpointID */
	char network_id[NET_ID];
	char network[NET_NAME]; /* its name: key of NetworkSettings.Networks */
	char ctr_id[NET_ID];
	char ctr_ifname[NET_IFNAME];  /* "eth0"; "" for host and none, as all below */
	char host_ifname[NET_IFNAME]; /* "veth" + the id's first 7 digits: not to persist */
	char mac[NET_MAC];	      /* "02:42:ac:11:00:02" */
	char ipv4[NET_ADDR];	      /* "172.17.0.2" */
	uint8_t ipv4_prefix_len;      /* 16 */
	char gateway[NET_ADDR];	      /* "172.17.0.1" */
	char ipv6[NET_ADDR];
	uint8_t ipv6_prefix_len;
	char gateway_ipv6[NET_ADDR];
};

/* One wished endpoint; NULL members mean "choose". */
struct net_request {
	const char *network; /* name or id */
	const char *mac;     /* --mac-address; else 02:42 and the address's four bytes */
	const char *ipv4;    /* --ip */
	const char *ipv6;    /* --ip6 */
	struct str_list aliases;
};

/*
 * Whether a container may be created with this wish: ERR_NOT_FOUND "network x not found", or
 * ERR_INVALID in dockerd's words ("invalid config for network bridge: invalid endpoint
 * settings:\nuser specified IP address is supported on user defined networks only"). Changes
 * nothing.
 */
int net_check_request(struct net *n, const struct net_request *r, struct err *e);

/*
 * For a container's start: makes its network namespace, mounts it at sb->key with lo up, and
 * connects it to the networks asked for (eps has room for n_reqs, filled in the same order; the
 * first is eth0 and gives the default route). On error nothing is left behind.
 *
 * One request "host": no namespace, sb->key is RUN/netns/default (a mount of the daemon's own one).
 * One request "none": only the record of the endpoint is made and sb->key is "": the runtime makes
 * the empty namespace itself, which is cheaper (tare-runtime sets lo up, as runc does).
 * container:<id> needs nothing from here: the spec takes the other one's namespace.
 *
 * Costs about 1.5 ms, nearly all in the kernel; holds no lock meanwhile, so run it beside other
 * start steps. Fault points net.netns net.mount net.veth net.address net.record.
 */
int net_sandbox_create(struct net *n, const char *ctr_id, const struct net_request *reqs,
	size_t n_reqs, struct net_sandbox *sb, struct net_endpoint *eps, struct err *e);

/*
 * For a container's end: takes all its interfaces away, gives the addresses back, and unmounts the
 * namespace. Cannot fail: what is already gone is fine, what could not be done is logged. Also
 * right for a container that died while no daemon was there (call net_restore for it first).
 */
void net_sandbox_delete(
	struct net *n, const struct net_sandbox *sb, const struct net_endpoint *eps, size_t n_eps);

/*
 * Tells after a daemon's start what a container was plugged into: its addresses are reserved again.
 * ERR_CONFLICT when another holds the address (it is logged and still counted as plugged),
 * ERR_NOT_FOUND for a network that is gone.
 */
int net_restore(struct net *n, const struct net_sandbox *sb, const struct net_endpoint *eps,
	size_t n_eps, struct err *e);
/* All are restored: namespaces and interfaces of ours that nobody named are removed (a daemon died
 * halfway through a start). Not calling it leaves them. */
void net_restore_done(struct net *n);

/* All endpoints of one network (full id), in order of address: the Containers of its inspect. */
struct net_endpoints {
	struct net_endpoint *v;
	size_t n;
};
void net_list_endpoints(
	struct net *n, struct arena *a, const char *network_id, struct net_endpoints *out);

/* The address "host-gateway" stands for: the default bridge's, "" when there is none. */
void net_host_gateway(struct net *n, char out[NET_ADDR]);

#endif
