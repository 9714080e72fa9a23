/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets which address, and which subnet a network gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipam.h"

static struct addr_net subnet(const char *text)
{
	struct addr_net n;

	assert_true(addr_parse_net(text, &n));
	return n;
}

static struct ipam_pool *pool_of(const char *text)
{
	return ipam_pool_new(subnet(text), subnet(text));
}

static uint32_t take(struct ipam_pool *p)
{
	uint32_t ip = 0;
	struct err e;

	assert_int_equal(ipam_take_lowest(p, &ip, &e), 0);
	return ip;
}

static void the_lowest_free_address_is_given(void **state)
{
	struct ipam_pool *p = pool_of("172.17.0.0/16");
	struct err e;

	assert_int_equal(ipam_take(p, 0xac110001, &e), 0);
	assert_int_equal(take(p), 0xac110002);
	assert_int_equal(take(p), 0xac110003);
	assert_int_equal(take(p), 0xac110004);
	ipam_release(p, 0xac110003);
	ipam_release(p, 0xac110002);
	assert_int_equal(take(p), 0xac110002);
	assert_int_equal(take(p), 0xac110003);
	assert_int_equal(take(p), 0xac110005);
	assert_int_equal(ipam_count(p), 5);
	ipam_pool_free(p);
}

static void network_and_broadcast_address_are_nobodys(void **state)
{
	struct ipam_pool *p = pool_of("10.0.0.0/30");
	struct err e;
	uint32_t ip;

	assert_int_equal(take(p), 0x0a000001);
	assert_int_equal(take(p), 0x0a000002);
	assert_int_equal(ipam_take_lowest(p, &ip, &e), -1);
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	assert_string_equal(e.msg, "no available IPv4 addresses on this network's address pools");
	assert_int_equal(ipam_take(p, 0x0a000003, &e), -1);
	assert_string_equal(e.msg, "Address already in use");
	ipam_pool_free(p);
}

static void every_address_of_a_pool_is_given_once(void **state)
{
	struct ipam_pool *p = pool_of("10.1.0.0/16");
	struct err e;
	uint32_t ip, last = 0x0a010000;

	while (ipam_take_lowest(p, &ip, &e) == 0) {
		assert_int_equal(ip, last + 1);
		last = ip;
	}
	assert_int_equal(last, 0x0a01fffe);
	assert_int_equal(ipam_count(p), 65534);
	ipam_release(p, 0x0a014321);
	assert_int_equal(take(p), 0x0a014321);
	ipam_pool_free(p);
}

static void addresses_come_from_the_range_only(void **state)
{
	struct ipam_pool *p = ipam_pool_new(subnet("10.1.0.0/16"), subnet("10.1.2.0/30"));
	struct err e;
	uint32_t ip;

	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(take(p), 0x0a010200 + i);
	assert_int_equal(ipam_take_lowest(p, &ip, &e), -1);
	/* a wished one may lie outside of it, but not outside of the subnet */
	assert_int_equal(ipam_take(p, 0x0a01ff00, &e), 0);
	assert_int_equal(ipam_take(p, 0x0a020001, &e), -1);
	assert_string_equal(e.msg, "invalid address 10.2.0.1: It does not belong to any of this "
				   "network's subnets");
	ipam_release(p, 0x0a01ff00);
	assert_int_equal(ipam_take_lowest(p, &ip, &e), -1);
	ipam_pool_free(p);
}

static void a_huge_pool_costs_little_and_ends_rightly(void **state)
{
	struct ipam_pool *p = pool_of("0.0.0.0/0");
	struct err e;

	assert_int_equal(take(p), 1);
	assert_int_equal(ipam_take(p, UINT32_MAX - 1, &e), 0);
	assert_int_equal(take(p), 2);
	ipam_pool_free(p);

	p = ipam_pool_new(subnet("255.255.255.0/24"), subnet("255.255.255.254/31"));
	assert_int_equal(take(p), 0xfffffffe);
	uint32_t ip;
	assert_int_equal(ipam_take_lowest(p, &ip, &e), -1);
	assert_int_equal(ipam_take_lowest(p, &ip, &e), -1);
	ipam_pool_free(p);
}

static void releasing_what_nobody_has_changes_nothing(void **state)
{
	struct ipam_pool *p = pool_of("10.0.0.0/24");

	ipam_release(p, 0x0a000005);
	ipam_release(p, 0x0b000005);
	assert_int_equal(ipam_count(p), 0);
	assert_int_equal(take(p), 0x0a000001);
	ipam_pool_free(p);
}

static void the_first_default_subnet_nobody_uses_is_picked(void **state)
{
	struct addr_net used[] = { subnet("172.17.5.0/24"), subnet("172.18.0.0/15") }, got;
	struct err e;
	char text[NET_ADDR];

	assert_int_equal(ipam_pick_subnet(NULL, 0, &got, &e), 0);
	assert_string_equal(addr_net_text(text, got), "172.17.0.0/16");
	assert_int_equal(ipam_pick_subnet(used, 2, &got, &e), 0);
	assert_string_equal(addr_net_text(text, got), "172.20.0.0/16");
	used[0] = subnet("172.0.0.0/8");
	assert_int_equal(ipam_pick_subnet(used, 1, &got, &e), 0);
	assert_string_equal(addr_net_text(text, got), "192.168.0.0/20");
	used[0] = subnet("0.0.0.0/0");
	assert_int_equal(ipam_pick_subnet(used, 1, &got, &e), -1);
	assert_string_equal(e.msg, "all predefined address pools have been fully subnetted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_free_address_is_given),
		cmocka_unit_test(network_and_broadcast_address_are_nobodys),
		cmocka_unit_test(every_address_of_a_pool_is_given_once),
		cmocka_unit_test(addresses_come_from_the_range_only),
		cmocka_unit_test(a_huge_pool_costs_little_and_ends_rightly),
		cmocka_unit_test(releasing_what_nobody_has_changes_nothing),
		cmocka_unit_test(the_first_default_subnet_nobody_uses_is_picked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
