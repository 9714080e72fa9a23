/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting along with iptables(8), whose nftables form keeps its rules in the table `ip filter`. Two
 * things are wanted of its chain FORWARD:
 *
 *	DOCKER-USER	comes first there, because that is where people put their rules. What it drops is
 *			dropped; what it accepts still passes firewall.c (DOCKER-USER of `ip tare`
 *			is the place for that).
 *	TARE-FORWARD	accepts all that goes to or from a bridge of ours, so that a policy DROP (ufw's, or
 *			one dockerd left) does not cut containers off. firewall.c still decides.
 *
 * iptables refuses a table with sets in it, so here are plain rules, as it would write them itself.
 */
#include <netinet/in.h> /* before the kernel's: they then leave its structs to libc */
#include <linux/netfilter_ipv4.h>

#include "base/log.h"
#include "net/net_int.h"
#include "sys/nft.h"

#define TABLE	   "filter"
#define CHAIN	   "FORWARD"
#define CHAIN_USER "DOCKER-USER"
#define CHAIN_OURS "TARE-FORWARD"

static void compose_accept(struct nft *t, enum nft_meta_keys direction, const char *bridge)
{
	nft_rule(t, CHAIN_OURS, NULL);
	nft_load_meta(t, direction, 0);
	nft_match_ifname(t, bridge);
	nft_counter(t);
	nft_verdict(t, NF_ACCEPT, NULL);
}

static void compose_jump(struct nft *t, uint64_t after, const char *target)
{
	nft_rule_at(t, CHAIN, after, NULL);
	nft_counter(t);
	nft_verdict(t, NFT_JUMP, target);
}

static void compose(struct nft *t, const struct firewall_network *v, size_t n)
{
	static const struct nft_chain forward = {
		.name = CHAIN,
		.type = "filter",
		.hook = NF_INET_FORWARD,
		.priority = NF_IP_PRI_FILTER,
		.policy = NFT_POLICY_KEEP,
	};

	nft_add_table(t);
	nft_add_chain(t, &(struct nft_chain){ .name = CHAIN_USER });
	nft_add_chain(t, &(struct nft_chain){ .name = CHAIN_OURS });
	nft_add_chain(t, &forward);
	nft_flush_chain(t, CHAIN_OURS);
	for (size_t i = 0; i < n; i++) {
		compose_accept(t, NFT_META_OIFNAME, v[i].bridge);
		compose_accept(t, NFT_META_IIFNAME, v[i].bridge);
	}
}

static int join(struct netlink *nl, const struct firewall_network *v, size_t n, struct err *e)
{
	struct nft_jump jump = { NFPROTO_IPV4, TABLE, CHAIN, CHAIN_USER };
	uint64_t user, ours;
	own_nft t = { 0 };

	nft_begin(&t, NFPROTO_IPV4, TABLE);
	if (nft_find_jump(nl, &jump, &user, e) < 0)
		return -1;
	jump.target = CHAIN_OURS;
	if (nft_find_jump(nl, &jump, &ours, e) < 0)
		return -1;
	compose(&t, v, n);
	if (!ours)
		compose_jump(&t, user, CHAIN_OURS);
	if (!user)
		compose_jump(&t, 0, CHAIN_USER);
	return nft_commit(&t, nl, e);
}

void iptables_join(struct netlink *nl, const struct firewall_network *v, size_t n)
{
	struct err e;

	/* a host whose table looks otherwise goes without: nothing of ours depends on it */
	if (join(nl, v, n, &e) < 0)
		log_warn("firewall: rules beside iptables: %s, ignoring", e.msg);
}
