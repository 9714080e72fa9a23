/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: what is read, what is refused, and how they are written again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/addr.h"

static void dotted_quads_are_read_strictly(void **state)
{
	uint32_t ip;

	assert_true(addr_parse("172.17.0.1", &ip));
	assert_int_equal(ip, 0xac110001);
	assert_false(addr_parse("172.17.0", &ip));
	assert_false(addr_parse("172.17.0.01", &ip));
	assert_false(addr_parse("172.17.0.256", &ip));
	assert_false(addr_parse("172.17.0.1 ", &ip));
	assert_false(addr_parse("", &ip));
	assert_false(addr_parse(NULL, &ip));
}

static void a_subnet_keeps_its_host_bits_until_asked(void **state)
{
	struct addr_net n;
	char text[NET_ADDR];

	assert_true(addr_parse_net("172.17.0.1/16", &n));
	assert_string_equal(addr_net_text(text, n), "172.17.0.1/16");
	assert_string_equal(addr_net_text(text, addr_subnet(n)), "172.17.0.0/16");
	assert_string_equal(addr_text(text, addr_last(n)), "172.17.255.255");
}

static void malformed_subnets_are_refused(void **state)
{
	static const char *const bad[] = { "172.17.0.1", "172.17.0.1/", "172.17.0.1/33",
		"172.17.0.1/+8", "/16", "172.17.0.1/016", "1234.1234.1234.1234/8" };
	struct addr_net n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(addr_parse_net(bad[i], &n));
}

static void the_widest_and_narrowest_subnets_have_ends(void **state)
{
	struct addr_net all = { 0x0a000001, 0 }, one = { 0x0a000001, 32 };

	assert_int_equal(addr_first(all), 0);
	assert_int_equal(addr_last(all), UINT32_MAX);
	assert_int_equal(addr_first(one), 0x0a000001);
	assert_int_equal(addr_last(one), 0x0a000001);
	assert_true(addr_overlap(all, one));
	assert_false(addr_contains(one, 0x0a000002));
}

static void macs_are_read_with_colons_or_dashes(void **state)
{
	uint8_t mac[ADDR_MAC];
	char text[NET_MAC];

	assert_true(addr_parse_mac("02:42:AC:11:00:0f", mac));
	assert_string_equal(addr_mac_text(text, mac), "02:42:ac:11:00:0f");
	assert_true(addr_parse_mac("02-42-ac-11-00-02", mac));
	assert_false(addr_parse_mac("02:42-ac:11:00:02", mac));
	assert_false(addr_parse_mac("02:42:ac:11:00", mac));
	assert_false(addr_parse_mac("02:42:ac:11:00:0g", mac));
	assert_false(addr_parse_mac("", mac));
}

static void either_family_is_written_in_its_usual_form(void **state)
{
	char text[NET_ADDR_ZONE];

	assert_true(addr_normalize("10.0.0.1", text));
	assert_string_equal(text, "10.0.0.1");
	assert_true(addr_normalize("2001:DB8:0:0::1", text));
	assert_string_equal(text, "2001:db8::1");
	assert_true(addr_normalize("fe80::1%eth0", text));
	assert_string_equal(text, "fe80::1%eth0");
	assert_false(addr_normalize("fe80::1%", text));
	assert_false(addr_normalize("[::1]", text));
	assert_false(addr_normalize("localhost", text));
	assert_false(addr_normalize("", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dotted_quads_are_read_strictly),
		cmocka_unit_test(a_subnet_keeps_its_host_bits_until_asked),
		cmocka_unit_test(malformed_subnets_are_refused),
		cmocka_unit_test(the_widest_and_narrowest_subnets_have_ends),
		cmocka_unit_test(macs_are_read_with_colons_or_dashes),
		cmocka_unit_test(either_family_is_written_in_its_usual_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
