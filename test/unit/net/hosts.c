/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/hosts as dockerd 28 writes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/files.h"

#define FIXED                                         \
	"127.0.0.1\tlocalhost\n"                      \
	"::1\tlocalhost ip6-localhost ip6-loopback\n" \
	"fe00::\tip6-localnet\n"                      \
	"ff00::\tip6-mcastprefix\n"                   \
	"ff02::1\tip6-allnodes\n"                     \
	"ff02::2\tip6-allrouters\n"

static const char *addresses[] = { "172.17.0.2" };

static void check(const struct net_hosts *h, const char *golden)
{
	own_buf b;
	struct err e;

	buf_init(&b, 65536);
	assert_int_equal(net_hosts_write(h, &b, &e), 0);
	assert_string_equal(b.data, golden);
}

static void a_container_of_the_bridge(void **state)
{
	check(&(struct net_hosts){ .hostname = "0123456789ab", .addresses = { addresses, 1 } },
		FIXED "172.17.0.2\t0123456789ab\n");
}

static void one_without_network_has_the_fixed_lines(void **state)
{
	check(&(struct net_hosts){ .hostname = "0123456789ab" }, FIXED);
}

static void without_ipv6_its_lines_go(void **state)
{
	check(&(struct net_hosts){ .hostname = "h", .no_ipv6 = true }, "127.0.0.1\tlocalhost\n");
}

static void a_full_name_comes_with_its_first_part(void **state)
{
	check(&(struct net_hosts){ .hostname = "web",
		      .domainname = "example.com",
		      .addresses = { addresses, 1 } },
		FIXED "172.17.0.2\tweb.example.com web\n");
	check(&(struct net_hosts){ .hostname = "a.b.c", .addresses = { addresses, 1 } },
		FIXED "172.17.0.2\ta.b.c a\n");
}

static void extra_hosts_come_before_its_own_line(void **state)
{
	static const char *extra[] = { "db:10.0.0.5", "six:2001:DB8::1", "out:host-gateway" };

	check(&(struct net_hosts){ .hostname = "h",
		      .extra = { extra, 3 },
		      .host_gateway = "172.17.0.1",
		      .addresses = { addresses, 1 } },
		FIXED "10.0.0.5\tdb\n2001:db8::1\tsix\n172.17.0.1\tout\n172.17.0.2\th\n");
}

static void host_gateway_needs_one(void **state)
{
	static const char *extra[] = { "out:host-gateway" };
	own_buf b;
	struct err e;

	buf_init(&b, 65536);
	assert_int_equal(
		net_hosts_write(
			&(struct net_hosts){ .hostname = "h", .extra = { extra, 1 } }, &b, &e),
		-1);
	assert_string_equal(e.msg, "unable to derive the IP value for host-gateway");
}

static void bad_extra_hosts_are_refused_in_dockers_words(void **state)
{
	struct err e;

	assert_int_equal(net_hosts_check_extra("db:10.0.0.5", &e), 0);
	assert_int_equal(net_hosts_check_extra("db", &e), -1);
	assert_string_equal(e.msg, "bad format for add-host: \"db\"");
	assert_int_equal(net_hosts_check_extra(":10.0.0.5", &e), -1);
	assert_string_equal(e.msg, "bad format for add-host: \":10.0.0.5\"");
	assert_int_equal(net_hosts_check_extra("db:10.0.0", &e), -1);
	assert_string_equal(e.msg, "invalid IP address in add-host: \"10.0.0\"");
	assert_int_equal(e.kind, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_of_the_bridge),
		cmocka_unit_test(one_without_network_has_the_fixed_lines),
		cmocka_unit_test(without_ipv6_its_lines_go),
		cmocka_unit_test(a_full_name_comes_with_its_first_part),
		cmocka_unit_test(extra_hosts_come_before_its_own_line),
		cmocka_unit_test(host_gateway_needs_one),
		cmocka_unit_test(bad_extra_hosts_are_refused_in_dockers_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
