/* SPDX-License-Identifier: Apache-2.0 */
/* Networks as objects: found, shown as dockerd shows them, kept on disk; their endpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/slice.h"
#include "net/net_int.h"

#define ID_A "aaaa567890123456789012345678901234567890123456789012345678901234"
#define ID_B "aabb567890123456789012345678901234567890123456789012345678901234"
#define CTR  "cccc567890123456789012345678901234567890123456789012345678901234"

static struct network *bridge(void)
{
	struct network *w = network_new(NETWORK_BRIDGE, "bridge");

	snprintf(w->id, sizeof(w->id), "%s", ID_A);
	snprintf(w->bridge, sizeof(w->bridge), "docker0");
	snprintf(w->host_ip, sizeof(w->host_ip), "0.0.0.0");
	assert_true(addr_parse_net("172.17.0.1/16", &w->address));
	w->range = addr_subnet(w->address);
	w->gateway = w->address.ip;
	w->mtu = 1500;
	w->icc = w->masquerade = true;
	w->pool = ipam_pool_new(w->address, w->range);
	struct err e;
	assert_int_equal(ipam_take(w->pool, w->address.ip, &e), 0);
	return w;
}

static void init(struct net *n, struct network *a, struct network *b)
{
	memset(n, 0, sizeof(*n));
	list_init(&n->networks);
	pthread_mutex_init(&n->lock, NULL);
	list_append(&n->networks, &a->link);
	if (b)
		list_append(&n->networks, &b->link);
}

static void networks_are_found_by_id_name_and_prefix(void **state)
{
	struct network *a = bridge(), *b = network_new(NETWORK_HOST, "host");
	struct net n;
	struct err e;

	snprintf(b->id, sizeof(b->id), "%s", ID_B);
	init(&n, a, b);
	assert_ptr_equal(network_find(&n, ID_B, &e), b);
	assert_ptr_equal(network_find(&n, "host", &e), b);
	assert_ptr_equal(network_find(&n, "aabb", &e), b);
	assert_null(network_find(&n, "aa", &e));
	assert_int_equal(e.kind, ERR_INVALID);
	assert_string_equal(e.msg, "network aa is ambiguous (2 matches found based on ID prefix)");
	assert_null(network_find(&n, "x", &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_string_equal(e.msg, "network x not found");
	assert_null(network_find(&n, "", &e));
	network_free(a);
	network_free(b);
}

static void a_name_wins_over_an_id_prefix(void **state)
{
	struct network *a = bridge(), *b = network_new(NETWORK_HOST, "aaaa");
	struct net n;
	struct err e;

	snprintf(b->id, sizeof(b->id), "%s", ID_B);
	init(&n, a, b);
	assert_ptr_equal(network_find(&n, "aaaa", &e), b);
	network_free(a);
	network_free(b);
}

static void the_bridge_is_shown_as_dockerd_shows_it(void **state)
{
	static const char *const golden[] = {
		"com.docker.network.bridge.default_bridge=true",
		"com.docker.network.bridge.enable_icc=true",
		"com.docker.network.bridge.enable_ip_masquerade=true",
		"com.docker.network.bridge.host_binding_ipv4=0.0.0.0",
		"com.docker.network.bridge.name=docker0",
		"com.docker.network.driver.mtu=1500",
	};
	own_arena a = arena_new();
	struct network *w = bridge();
	struct net_network shown;

	network_snapshot(w, a, &shown);
	assert_string_equal(shown.driver, "bridge");
	assert_string_equal(shown.scope, "local");
	assert_true(shown.enable_ipv4);
	assert_false(shown.enable_ipv6);
	assert_int_equal(shown.ipam.n, 1);
	assert_string_equal(shown.ipam.v[0].subnet, "172.17.0.0/16");
	assert_string_equal(shown.ipam.v[0].gateway, "172.17.0.1");
	assert_string_equal(shown.ipam.v[0].ip_range, "");
	assert_null(shown.ipam_options.keys);
	assert_int_equal(shown.options.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(
			arena_printf(a, "%s=%s", shown.options.keys[i], shown.options.v[i]),
			golden[i]);
	assert_non_null(shown.labels.keys);
	network_free(w);
}

static void host_and_none_have_no_addresses(void **state)
{
	own_arena a = arena_new();
	struct network *w = network_new(NETWORK_NONE, "none");
	struct net_network shown;

	network_snapshot(w, a, &shown);
	assert_string_equal(shown.driver, "null");
	assert_false(shown.enable_ipv4);
	assert_null(shown.ipam.v);
	assert_int_equal(shown.options.n, 0);
	assert_non_null(shown.options.keys);
	network_free(w);
}

static void an_endpoint_gets_address_mac_and_names(void **state)
{
	struct network *w = bridge();
	struct net_endpoint ep;
	struct net_request r = { .network = "bridge" };
	struct net n;
	struct err e;

	init(&n, w, NULL);
	assert_int_equal(endpoint_reserve(w, CTR, &r, &ep, &e), 0);
	assert_string_equal(ep.ipv4, "172.17.0.2");
	assert_int_equal(ep.ipv4_prefix_len, 16);
	assert_string_equal(ep.mac, "02:42:ac:11:00:02");
	assert_string_equal(ep.gateway, "172.17.0.1");
	assert_string_equal(ep.ctr_id, CTR);
	assert_string_equal(ep.network_id, ID_A);
	assert_memory_equal(ep.host_ifname, "veth", 4);
	assert_memory_equal(ep.host_ifname + 4, ep.id, 7);
	assert_int_equal(strlen(ep.host_ifname), 11);
	assert_int_equal(map_len(w->endpoints), 1);
	endpoint_release(&n, &ep);
	assert_int_equal(map_len(w->endpoints), 0);
	assert_int_equal(endpoint_reserve(w, CTR, &r, &ep, &e), 0);
	assert_string_equal(ep.ipv4, "172.17.0.2");
	network_free(w);
}

static void a_refused_endpoint_takes_nothing(void **state)
{
	struct network *w = bridge();
	struct net_endpoint ep;
	struct err e;

	assert_int_equal(
		endpoint_reserve(w, CTR, &(struct net_request){ .mac = "x" }, &ep, &e), -1);
	assert_string_equal(e.msg, "invalid MAC address: x");
	assert_int_equal(
		endpoint_reserve(w, CTR, &(struct net_request){ .ipv4 = "10.0.0.1" }, &ep, &e), -1);
	assert_string_equal(e.msg, "invalid address 10.0.0.1: It does not belong to any of this "
				   "network's subnets");
	assert_int_equal(ipam_count(w->pool), 1);
	assert_int_equal(map_len(w->endpoints), 0);
	network_free(w);
}

static void a_full_network_says_which_it_is(void **state)
{
	struct network *w = bridge();
	struct net_endpoint ep;
	struct err e;

	ipam_pool_free(w->pool);
	w->pool = ipam_pool_new(
		(struct addr_net){ 0x0a000000, 30 }, (struct addr_net){ 0x0a000001, 32 });
	assert_int_equal(endpoint_reserve(w, CTR, &(struct net_request){ 0 }, &ep, &e), 0);
	assert_int_equal(endpoint_reserve(w, CTR, &(struct net_request){ 0 }, &ep, &e), -1);
	assert_string_equal(e.msg, "no available IPv4 addresses on this network's address pools: "
				   "bridge (" ID_A ")");
	network_free(w);
}

static void an_adopted_endpoint_holds_its_address(void **state)
{
	struct network *w = bridge();
	struct net_endpoint first, second;
	struct net n;
	struct err e;

	init(&n, w, NULL);
	memset(&first, 0, sizeof(first));
	snprintf(first.id, sizeof(first.id), "%s", CTR);
	snprintf(first.ipv4, sizeof(first.ipv4), "172.17.0.2");
	assert_int_equal(endpoint_adopt(w, &first, &e), 0);
	assert_int_equal(endpoint_reserve(w, CTR, &(struct net_request){ 0 }, &second, &e), 0);
	assert_string_equal(second.ipv4, "172.17.0.3");

	/* another that claims the same one is counted, but releasing it frees nothing */
	snprintf(first.id, sizeof(first.id), "%s", ID_B);
	assert_int_equal(endpoint_adopt(w, &first, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(map_len(w->endpoints), 3);
	endpoint_release(&n, &first);
	assert_int_equal(ipam_take(w->pool, 0xac110002, &e), -1);
	network_free(w);
}

static void state_is_read_back(void **state)
{
	static const char text[] = "{\"Name\":\"bridge\",\"Id\":\"" ID_B "\",\"Created\":"
				   "\"2024-01-02T03:04:05.000000006Z\",\"Scope\":\"local\","
				   "\"Driver\":\"bridge\"}";
	struct network *w = bridge();
	struct err e;
	int64_t ns;

	assert_int_equal(state_parse(text, sizeof(text) - 1, w, &e), 0);
	assert_string_equal(w->id, ID_B);
	assert_true(clock_parse_rfc3339(slice_str("2024-01-02T03:04:05.000000006Z"), &ns));
	assert_true(w->created_ns == ns);
	network_free(w);
}

static void broken_state_is_refused(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"Name\":\"bridge\"",
		"{\"Name\":\"bridge\",\"Driver\":\"bridge\",\"Id\":\"x\",\"Created\":\"\"}",
		"{\"Name\":\"bridge\",\"Driver\":\"bridge\",\"Id\":\"" ID_A
		"\",\"Created\":\"now\"}",
		"{\"Name\":\"other\",\"Driver\":\"bridge\",\"Id\":\"" ID_A
		"\",\"Created\":\"2024-01-02T03:04:05Z\"}" };
	struct network *w = bridge();
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(state_parse(bad[i], strlen(bad[i]), w, &e), -1);
	assert_string_equal(w->id, ID_A);
	network_free(w);
}

static void wishes_are_checked_in_dockers_words(void **state)
{
	static const char *aliases[] = { "db" };
	struct network *w = bridge();
	struct net n;
	struct err e;

	init(&n, w, NULL);
	assert_int_equal(
		net_check_request(&n, &(struct net_request){ .network = "bridge" }, &e), 0);
	assert_int_equal(net_check_request(&n, &(struct net_request){ .network = "nix" }, &e), -1);
	assert_string_equal(e.msg, "network nix not found");
	assert_int_equal(net_check_request(&n,
				 &(struct net_request){ .network = "bridge",
					 .ipv4 = "172.17.0.9",
					 .aliases = { aliases, 1 } },
				 &e),
		-1);
	assert_string_equal(e.msg,
		"invalid config for network bridge: invalid endpoint settings:\n"
		"user specified IP address is supported on user defined networks only\n"
		"network-scoped alias is supported only for containers in user defined networks");
	network_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_are_found_by_id_name_and_prefix),
		cmocka_unit_test(a_name_wins_over_an_id_prefix),
		cmocka_unit_test(the_bridge_is_shown_as_dockerd_shows_it),
		cmocka_unit_test(host_and_none_have_no_addresses),
		cmocka_unit_test(an_endpoint_gets_address_mac_and_names),
		cmocka_unit_test(a_refused_endpoint_takes_nothing),
		cmocka_unit_test(a_full_network_says_which_it_is),
		cmocka_unit_test(an_adopted_endpoint_holds_its_address),
		cmocka_unit_test(state_is_read_back),
		cmocka_unit_test(broken_state_is_refused),
		cmocka_unit_test(wishes_are_checked_in_dockers_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
