/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firewall rules: a fixed skeleton in a table of our own, `ip tare`, and per network three
 * elements of sets. A container adds nothing to it, so neither a start nor a packet costs more with
 * many of them.
 *
 *	forward		DOCKER-USER first; then to a bridge of ours: to-container, from one: accept
 *	to-container	answers: accept; same bridge: as the network's icc says; the rest: drop
 *	postrouting	from a masqueraded subnet to the world: masquerade
 *
 * Others' tables are left alone (but see iptables.c). What they drop stays dropped: an accept here
 * does not overrule them, nor theirs what is dropped here (nft(8), "priority").
 */
#include <netinet/in.h> /* before the kernel's: they then leave its structs to libc */
#include <netinet/ip.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter_ipv4.h>
#include <stddef.h>

#include "net/net_int.h"
#include "sys/nft.h"

#define TABLE	   "tare"
#define CHAIN_USER "DOCKER-USER"

static const struct nft_set sets[] = {
	{ .name = "bridges", .key = { NFT_TYPE_IFNAME } },
	{ .name = "subnets", .key = { NFT_TYPE_IPV4 }, .is_interval = true },
	{ .name = "pairs", .key = { NFT_TYPE_IFNAME, NFT_TYPE_IFNAME }, .is_verdict_map = true },
};

static const struct nft_chain forward_chain = {
	.name = "forward",
	.type = "filter",
	.hook = NF_INET_FORWARD,
	.priority = NF_IP_PRI_FILTER,
};
static const struct nft_chain postrouting_chain = {
	.name = "postrouting",
	.type = "nat",
	.hook = NF_INET_POST_ROUTING,
	.priority = NF_IP_PRI_NAT_SRC,
	.policy = NFT_POLICY_KEEP,
};

/* Conntrack states as nft's `ct state` has them. */
#define CT_STATE(info) (1U << ((info) % IP_CT_IS_REPLY + 1))

static void compose_to_container(struct nft *t)
{
	nft_rule(t, "to-container", "answers");
	nft_load_ct(t, NFT_CT_STATE, 0);
	nft_match_bits(t, CT_STATE(IP_CT_ESTABLISHED) | CT_STATE(IP_CT_RELATED));
	nft_verdict(t, NF_ACCEPT, NULL);

	nft_rule(t, "to-container", "same bridge");
	nft_load_meta(t, NFT_META_IIFNAME, 0);
	nft_load_meta(t, NFT_META_OIFNAME, 4);
	nft_verdict_by(t, "pairs");

	nft_rule(t, "to-container", "not published, or another network");
	nft_counter(t);
	nft_verdict(t, NF_DROP, NULL);
}

static void compose_forward(struct nft *t)
{
	nft_rule(t, "forward", NULL);
	nft_verdict(t, NFT_JUMP, CHAIN_USER);

	nft_rule(t, "forward", NULL);
	nft_load_meta(t, NFT_META_OIFNAME, 0);
	nft_match_in(t, "bridges", false);
	nft_verdict(t, NFT_JUMP, "to-container");

	nft_rule(t, "forward", "outgoing");
	nft_load_meta(t, NFT_META_IIFNAME, 0);
	nft_match_in(t, "bridges", false);
	nft_verdict(t, NF_ACCEPT, NULL);
}

static void compose_postrouting(struct nft *t)
{
	nft_rule(t, "postrouting", NULL);
	nft_load_payload(
		t, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct iphdr, saddr), sizeof(uint32_t), 0);
	nft_match_in(t, "subnets", false);
	nft_load_meta(t, NFT_META_OIFNAME, 0);
	nft_match_in(t, "bridges", true);
	nft_masquerade(t);
}

static void compose_network(struct nft *t, const struct firewall_network *w)
{
	struct nft_key bridge = { .n = 0 }, pair = { .n = 0 };

	nft_key_ifname(&bridge, w->bridge);
	nft_element(t, NFT_ADD, "bridges", &bridge);
	nft_key_ifname(&pair, w->bridge);
	nft_key_ifname(&pair, w->bridge);
	nft_element_verdict(t, "pairs", &pair, w->icc ? NF_ACCEPT : NF_DROP);
	if (w->masquerade)
		nft_element_range(
			t, NFT_ADD, "subnets", addr_first(w->subnet), addr_last(w->subnet));
}

void firewall_compose(struct nft *t, const struct firewall_network *v, size_t n, bool drop_foreign)
{
	static const char *const emptied[] = { "to-container", "forward", "postrouting" };
	struct nft_chain forward = forward_chain;

	forward.policy = drop_foreign ? NF_DROP : NFT_POLICY_KEEP;
	nft_add_table(t);
	nft_add_chain(t, &(struct nft_chain){ .name = CHAIN_USER });
	nft_add_chain(t, &(struct nft_chain){ .name = "to-container" });
	nft_add_chain(t, &forward);
	nft_add_chain(t, &postrouting_chain);
	for (size_t i = 0; i < sizeof(emptied) / sizeof(emptied[0]); i++)
		nft_flush_chain(t, emptied[i]);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		nft_add_set(t, &sets[i]);
		nft_flush_set(t, sets[i].name);
	}
	for (size_t i = 0; i < n; i++)
		compose_network(t, &v[i]);
	compose_to_container(t);
	compose_forward(t);
	compose_postrouting(t);
}

int firewall_apply(struct netlink *nl, const struct firewall_network *v, size_t n,
	bool drop_foreign, struct err *e)
{
	own_nft t = { 0 };

	nft_begin(&t, NFPROTO_IPV4, TABLE);
	firewall_compose(&t, v, n, drop_foreign);
	if (nft_commit(&t, nl, e) < 0)
		return err_in(e, "set up firewall rules");
	iptables_join(nl, v, n);
	return 0;
}
