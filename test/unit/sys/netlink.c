/* SPDX-License-Identifier: Apache-2.0 */
/* rtnetlink messages byte by byte (of a little-endian machine), and batches. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/rtnetlink.h>

#include "sys/netlink_route.h"

/* Compares the batch with bytes written as hex, blanks between them for the reader. */
static void check(struct netlink_batch *b, const char *golden)
{
	size_t n, at = 0;
	const uint8_t *bytes = netlink_batch_bytes(b, &n);

	for (const char *p = golden; *p; p++) {
		unsigned byte;

		if (*p == ' ')
			continue;
		assert_int_equal(sscanf(p, "%2x", &byte), 1);
		assert_true(at < n);
		if (bytes[at] != byte)
			fail_msg("byte %zu is %02x, not %02x", at, bytes[at], byte);
		at++;
		p++;
	}
	assert_int_equal(at, n);
	netlink_batch_done(b);
}

static void a_veth_pair_is_one_message(void **state)
{
	static const uint8_t mac[NETLINK_MAC] = { 0x02, 0x42, 0xac, 0x11, 0x00, 0x02 };
	struct netlink_batch b;

	netlink_batch_init(&b);
	netlink_put_veth(&b, &(struct netlink_veth){
				     .name = "veth0123456",
				     .master = 5,
				     .group = 0x11223344,
				     .mtu = 1500,
				     .peer_name = "eth0",
				     .peer_netns = 7,
				     .peer_mac = mac,
			     });
	check(&b, /* length, RTM_NEWLINK, REQUEST|EXCL|CREATE */
		"c4000000 1000 0106 00000000 00000000"
		/* ifinfomsg: flags and change IFF_UP */
		"00000000 00000000 01000000 01000000"
		/* IFLA_IFNAME */
		"1000 0300 7665746830313233343536 00"
		/* IFLA_TXQLEN, IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES */
		"0800 0d00 00000000 0800 1f00 01000000 0800 2000 01000000"
		/* IFLA_MTU, IFLA_GROUP, IFLA_MASTER */
		"0800 0400 dc050000 0800 1b00 44332211 0800 0a00 05000000"
		/* IFLA_LINKINFO { IFLA_INFO_KIND, IFLA_INFO_DATA { VETH_INFO_PEER { ifinfomsg */
		"6400 1280 0800 0100 76657468 5800 0280 5400 0180"
		"00000000 00000000 00000000 00000000"
		/* its IFLA_IFNAME, queues, IFLA_NET_NS_FD, IFLA_ADDRESS, IFLA_MTU */
		"0900 0300 65746830 00 000000"
		"0800 0d00 00000000 0800 1f00 01000000 0800 2000 01000000"
		"0800 1c00 07000000 0a00 0100 0242ac110002 0000 0800 0400 dc050000");
}

static void an_address_has_its_subnets_broadcast(void **state)
{
	struct netlink_batch b;
	struct netlink_address a = { .index = 2, .prefix_len = 16, .has_broadcast = true };

	inet_pton(AF_INET, "172.17.0.2", &a.ip);
	netlink_batch_init(&b);
	netlink_put_address(&b, &a);
	check(&b, /* RTM_NEWADDR, REQUEST|EXCL|CREATE, ifaddrmsg */
		"30000000 1400 0106 00000000 00000000 02 10 00 00 02000000"
		/* IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST */
		"0800 0200 ac110002 0800 0100 ac110002 0800 0400 ac11ffff");

	a.prefix_len = 32;
	netlink_batch_init(&b);
	netlink_put_address(&b, &a);
	check(&b, "30000000 1400 0106 00000000 00000000 02 20 00 00 02000000"
		  "0800 0200 ac110002 0800 0100 ac110002 0800 0400 ac110002");
}

static void a_default_route_names_gateway_and_link(void **state)
{
	struct netlink_batch b;
	struct netlink_route r = { .index = 2 };

	inet_pton(AF_INET, "172.17.0.1", &r.gateway);
	netlink_batch_init(&b);
	netlink_put_route(&b, &r);
	check(&b, /* RTM_NEWROUTE; rtmsg: main table, RTPROT_BOOT, universe, unicast */
		"2c000000 1800 0106 00000000 00000000 02 00 00 00 fe 03 00 01 00000000"
		/* RTA_GATEWAY, RTA_OIF */
		"0800 0500 ac110001 0800 0400 02000000");
}

static void a_change_says_only_what_changes(void **state)
{
	struct netlink_batch b;

	netlink_batch_init(&b);
	netlink_put_change(&b, &(struct netlink_change){ .name = "lo", .updown = NETLINK_UP });
	check(&b, "28000000 1000 0100 00000000 00000000"
		  "00000000 00000000 01000000 01000000 0700 0300 6c6f00 00");
	netlink_batch_init(&b);
	netlink_put_change(&b, &(struct netlink_change){ .index = 3, .mtu = 9000 });
	check(&b, "28000000 1000 0100 00000000 00000000"
		  "00000000 03000000 00000000 00000000 0800 0400 28230000");
}

static void a_long_batch_keeps_every_message_whole(void **state)
{
	struct netlink_batch b;
	size_t n, found = 0;
	char name[16];

	netlink_batch_init(&b);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "if%d", i);
		netlink_put_link_delete(&b, name);
	}
	const struct nlmsghdr *h = netlink_batch_bytes(&b, &n);
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		snprintf(name, sizeof(name), "if%zu", found++);
		assert_int_equal(h->nlmsg_type, RTM_DELLINK);
		assert_string_equal((const char *)h + 36, name);
	}
	assert_int_equal(found, 1000);
	assert_int_equal(b.n, 1000);
	netlink_batch_done(&b);
}

static void errors_name_what_was_wanted(void **state)
{
	struct netlink *nl = NULL;
	struct netlink_batch b;
	struct err e;

	/* deleting what is not there fails with and without rights */
	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, &e), 0);
	netlink_batch_init(&b);
	netlink_put_link_delete(&b, "no-such-if");
	assert_int_equal(netlink_send(nl, &b, &e), -1);
	assert_memory_equal(e.msg, "delete link no-such-if: ", 24);
	assert_int_not_equal(e.sys, 0);
	netlink_batch_done(&b);
	struct netlink_link l;
	assert_int_equal(netlink_get_link(nl, "no-such-if", &l, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(netlink_get_link(nl, "lo", &l, &e), 0);
	assert_int_equal(l.index, 1);
	assert_string_equal(l.name, "lo");
	netlink_close(nl);
}

static void count_link(const struct netlink_link *l, void *arg)
{
	if (strcmp(l->name, "lo") == 0)
		++*(int *)arg;
}

static void links_are_listed(void **state)
{
	struct netlink *nl = NULL;
	struct err e;
	int found = 0;

	assert_int_equal(netlink_open(NETLINK_ROUTE, &nl, &e), 0);
	assert_int_equal(netlink_list_links(nl, count_link, &found, &e), 0);
	assert_int_equal(found, 1);
	netlink_close(nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_veth_pair_is_one_message),
		cmocka_unit_test(an_address_has_its_subnets_broadcast),
		cmocka_unit_test(a_default_route_names_gateway_and_link),
		cmocka_unit_test(a_change_says_only_what_changes),
		cmocka_unit_test(a_long_batch_keeps_every_message_whole),
		cmocka_unit_test(errors_name_what_was_wanted),
		cmocka_unit_test(links_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
