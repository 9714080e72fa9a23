/* SPDX-License-Identifier: Apache-2.0 */
/* What the room's files share: the network objects, the daemon's settings, the sockets. */
#ifndef TARE_NET_NET_INT_H
#define TARE_NET_NET_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/list.h"
#include "base/map.h"
#include "net/addr.h"
#include "net/ipam.h"
#include "net/net.h"
#include "sys/netlink.h"

/*
 * Interface groups (IFLA_GROUP) mark what is ours: a host end belongs to LIVE while its container
 * does, and to DOOMED from the moment it is unplugged until the reaper has deleted it. "tar" and a
 * number.
 */
#define NET_GROUP_LIVE	 0x74617201U
#define NET_GROUP_DOOMED 0x74617202U

enum network_kind { NETWORK_BRIDGE, NETWORK_HOST, NETWORK_NONE };

struct network {
	struct list link; /* in net->networks */
	char id[NET_ID];
	char name[NET_NAME];
	enum network_kind kind;
	int64_t created_ns;
	struct map *endpoints; /* by id → struct net_endpoint *, owned */

	/* a bridge's */
	char bridge[NET_IFNAME];
	_Atomic uint32_t bridge_index; /* 0 until the first net_setup */
	struct addr_net address;       /* the bridge's own, within its subnet */
	struct addr_net range;	       /* addresses are given from here */
	uint32_t gateway;	       /* the containers' default route */
	uint32_t mtu;
	bool icc;
	bool masquerade;
	char host_ip[NET_ADDR]; /* where ports are published by default */
	struct ipam_pool *pool; /* NULL for others */
};

/* The name in the run root's netns/ of the daemon's own namespace, mounted for the first container in it. */
#define NET_HOST_KEY "default"

struct net {
	struct arena *arena; /* of the settings */
	char *files;	     /* data_root/network/files */
	char *netns_dir;     /* run_root/netns */
	bool makes_bridge;   /* the default bridge is ours to make, not --bridge's */
	bool moves_bridge;   /* --bip: an address docker0 has otherwise is replaced */
	bool firewall;
	bool forwarding, forwarding_drop;

	struct netlink *route;	      /* of the host's namespace */
	struct netlink *reaper_route; /* the same, for the reaper alone */

	pthread_mutex_t
		lock; /* guards networks, their endpoints and pools, and sandboxes; a leaf */
	struct list networks;
	struct network *bridge_network; /* the default one; NULL with --bridge=none */
	struct map *sandboxes;		/* keys (paths) in use */

	pthread_mutex_t setup_lock; /* one setup at a time; taken before `lock` */
	atomic_bool is_set_up;
	/* Guarded by setup_lock. Stays open: closing it waits until the kernel has freed what a
	 * transaction replaced, 10 to 30 ms. */
	struct netlink *nft;

	pthread_mutex_t reaper_lock; /* guards the two below; a leaf */
	pthread_cond_t reaper_idle;
	bool reaper_runs, reaper_wanted;
};

/* ---- network.c: the objects ---- */

/* An empty network of this kind. */
struct network *network_new(enum network_kind kind, const char *name);
void network_free(struct network *w);
const char *network_driver(enum network_kind kind);
/* By full id, name, or unique id prefix. Called with the lock. */
struct network *network_find(struct net *n, const char *ref, struct err *e);
/* A copy in a for everybody else. Called with the lock. */
void network_snapshot(const struct network *w, struct arena *a, struct net_network *out);

/* ---- state.c: networks on disk ---- */

/* Reads the state of the predefined network w (its id and date) from dir, or writes it there first.
 */
int state_load(int dir, struct network *w, struct err *e);
/* Parses one state file's text: for state_load and the fuzzer. */
int state_parse(const char *text, size_t n, struct network *w, struct err *e);

/* ---- bridge.c ---- */

/* Decides w's addresses from the settings and what the host has; changes nothing. */
int bridge_plan(struct net *n, const struct net_config *c, struct network *w, struct err *e);
/* Makes the interface as planned and notes its index. */
int bridge_make(struct net *n, struct network *w, struct err *e);

/* ---- firewall.c ---- */

struct firewall_network {
	const char *bridge;
	struct addr_net subnet;
	bool icc;
	bool masquerade;
};
/*
 * Puts the rules for these networks in place, as one transaction; the chain DOCKER-USER keeps its
 * rules. drop_foreign: what is forwarded between other interfaces is dropped from now on.
 */
int firewall_apply(struct netlink *nl, const struct firewall_network *v, size_t n,
	bool drop_foreign, struct err *e);
/* Makes the table of iptables-nft let our traffic pass, with DOCKER-USER before it (iptables.c). */
void iptables_join(struct netlink *nl, const struct firewall_network *v, size_t n);
/* The transaction firewall_apply commits, for tests. */
struct nft;
void firewall_compose(struct nft *t, const struct firewall_network *v, size_t n, bool drop_foreign);

/* ---- endpoint.c ---- */

/* Reserves a place in w for r: fills *out, counts it. Called with the lock. */
int endpoint_reserve(struct network *w, const char *ctr_id, const struct net_request *r,
	struct net_endpoint *out, struct err *e);
/* Records an endpoint that was reserved by an earlier daemon. Called with the lock. */
int endpoint_adopt(struct network *w, const struct net_endpoint *ep, struct err *e);
/* Gives the place back. Takes the lock. */
void endpoint_release(struct net *n, const struct net_endpoint *ep);
/* "veth" and the id's first seven digits. */
void endpoint_host_ifname(char out[NET_IFNAME], const char *id);

/* ---- reaper.c ---- */

/* Cuts these interfaces off at once (no packet passes, their addresses may be used again) and has
 * them deleted in the background: deleting waits for RCU, 20 to 30 ms. */
void reaper_doom(struct net *n, const char *const *ifnames, size_t n_ifnames);
/* Waits until nothing doomed is left. */
void reaper_wait(struct net *n);

#endif
