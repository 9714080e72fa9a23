/* SPDX-License-Identifier: Apache-2.0 */
/* The transaction that makes the rules: its content, and that it grows by networks only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

#include "net/net_int.h"
#include "sys/nft.h"

static const struct firewall_network docker0 = {
	.bridge = "docker0",
	.subnet = { 0xac110000, 16 },
	.icc = true,
	.masquerade = true,
};

/* How many messages of this nf_tables type there are. */
static size_t count(struct nft *t, uint16_t type)
{
	size_t n, found = 0;
	const struct nlmsghdr *h = netlink_batch_bytes(&t->batch, &n);
	int left = (int)n;

	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
		found += h->nlmsg_type == ((NFNL_SUBSYS_NFTABLES << 8) | type);
	return found;
}

static bool contains(struct nft *t, const void *bytes, size_t n_bytes)
{
	size_t n;
	const void *all = netlink_batch_bytes(&t->batch, &n);

	return memmem(all, n, bytes, n_bytes);
}

static void compose(struct nft *t, const struct firewall_network *v, size_t n, bool drop)
{
	nft_begin(t, NFPROTO_IPV4, "tare");
	firewall_compose(t, v, n, drop);
}

static void a_network_adds_three_elements_and_no_rule(void **state)
{
	const struct firewall_network two[] = { docker0, docker0 };
	own_nft one;
	own_nft both;

	compose(&one, two, 1, false);
	compose(&both, two, 2, false);
	assert_int_equal(count(&one, NFT_MSG_NEWRULE), 7);
	assert_int_equal(count(&both, NFT_MSG_NEWRULE), 7);
	assert_int_equal(count(&one, NFT_MSG_NEWSETELEM), 3);
	assert_int_equal(count(&both, NFT_MSG_NEWSETELEM), 6);
}

static void the_users_chain_is_made_and_never_emptied(void **state)
{
	own_nft t;
	size_t n;
	const struct nlmsghdr *h;
	int left;

	compose(&t, &docker0, 1, false);
	h = netlink_batch_bytes(&t.batch, &n);
	left = (int)n;
	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		if (h->nlmsg_type == ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_DELRULE))
			assert_null(memmem(h, h->nlmsg_len, "DOCKER-USER", 11));
		assert_int_not_equal(h->nlmsg_type, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_DELTABLE);
		assert_int_not_equal(h->nlmsg_type, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_DELCHAIN);
	}
	assert_int_equal(count(&t, NFT_MSG_NEWCHAIN), 4);
}

static void without_masquerading_there_is_no_subnet(void **state)
{
	struct firewall_network w = docker0;
	static const uint8_t subnet[] = { 172, 17, 0, 0 };
	own_nft with;
	own_nft without;

	compose(&with, &w, 1, false);
	assert_true(contains(&with, subnet, sizeof(subnet)));
	w.masquerade = false;
	compose(&without, &w, 1, false);
	assert_false(contains(&without, subnet, sizeof(subnet)));
}

/* The policy the transaction sets for the chain; -1: none. */
static int policy_of(struct nft *t, const char *chain)
{
	size_t n;
	const struct nlmsghdr *h = netlink_batch_bytes(&t->batch, &n);
	int left = (int)n;

	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		const struct nlattr *attr;
		const char *name = "";
		int policy = -1;

		if (h->nlmsg_type != ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWCHAIN))
			continue;
		mnl_attr_for_each(attr, h, sizeof(struct nfgenmsg))
		{
			if (mnl_attr_get_type(attr) == NFTA_CHAIN_NAME)
				name = mnl_attr_get_str(attr);
			if (mnl_attr_get_type(attr) == NFTA_CHAIN_POLICY)
				policy = (int)ntohl(mnl_attr_get_u32(attr));
		}
		if (strcmp(name, chain) == 0)
			return policy;
	}
	fail_msg("no chain %s", chain);
	return -1;
}

static void the_policy_is_set_only_to_drop(void **state)
{
	own_nft keep;
	own_nft drop;

	compose(&keep, &docker0, 1, false);
	assert_int_equal(policy_of(&keep, "forward"), -1);
	compose(&drop, &docker0, 1, true);
	assert_int_equal(policy_of(&drop, "forward"), NF_DROP);
	assert_int_equal(policy_of(&drop, "postrouting"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_adds_three_elements_and_no_rule),
		cmocka_unit_test(the_users_chain_is_made_and_never_emptied),
		cmocka_unit_test(without_masquerading_there_is_no_subnet),
		cmocka_unit_test(the_policy_is_set_only_to_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
