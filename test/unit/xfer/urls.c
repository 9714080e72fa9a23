/* SPDX-License-Identifier: Apache-2.0 */
/* Where URLs lead: origins, redirects, proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "xfer/exchange.h"
#include "xfer/proxy.h"

static void an_origin_is_scheme_host_and_port(void **state)
{
	own_arena a = arena_new();

	assert_string_equal(
		exchange_origin(a, "https://Host.Example/a"), "https://host.example:443");
	assert_string_equal(exchange_origin(a, "http://h:80/"), "http://h:80");
	assert_string_equal(exchange_origin(a, "https://[::1]:5000/v2"), "https://[::1]:5000");
	assert_null(exchange_origin(a, "ftp://h/"));
	assert_null(exchange_origin(a, "/v2"));
}

static void locations_are_resolved_and_never_carry_credentials(void **state)
{
	own_arena a = arena_new();
	const char *base = "https://h:5000/v2/a/blobs/uploads/";

	assert_string_equal(exchange_resolve(a, base, "/v2/x?y=1"), "https://h:5000/v2/x?y=1");
	assert_string_equal(exchange_resolve(a, base, "http://o/x"), "http://o/x");
	assert_null(exchange_resolve(a, base, "https://user:pw@o/x"));
	assert_null(exchange_resolve(a, base, "file:///etc/passwd"));
	assert_null(exchange_resolve(a, base, NULL));
}

static void proxies_are_chosen_as_go_does(void **state)
{
	own_arena a = arena_new();
	struct xfer_config c = {
		.http_proxy = "http://p:1",
		.https_proxy = "socks5://q:2",
		.no_proxy =
			"in.example, .dot.example,10.0.0.0/8,192.168.1.1,port.example:8080,fd00::/8,*.star.example"
	};
	static const struct {
		const char *url;
		int is_direct;
	} rows[] = {
		{ "http://far.example/", 0 },
		{ "http://localhost:5000/", 1 },
		{ "http://127.3.2.1/", 1 },
		{ "http://[::1]:80/", 1 },
		{ "http://in.example/", 1 },
		{ "http://a.in.example/", 1 },
		{ "http://notin.example/", 0 },
		{ "http://dot.example/", 0 },
		{ "http://a.dot.example/", 1 },
		{ "http://10.200.0.1/", 1 },
		{ "http://11.0.0.1/", 0 },
		{ "http://192.168.1.1:99/", 1 },
		{ "http://192.168.1.2/", 0 },
		{ "http://port.example:8080/", 1 },
		{ "http://port.example/", 0 },
		{ "http://[fd12::1]/", 1 },
		{ "http://x.star.example/", 1 },
	};

	assert_string_equal(proxy_for(a, &c, "https://far.example/"), "socks5://q:2");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].is_direct)
			assert_null(proxy_for(a, &c, rows[i].url));
		else
			assert_string_equal(proxy_for(a, &c, rows[i].url), "http://p:1");
	c.no_proxy = "*";
	assert_null(proxy_for(a, &c, "http://far.example/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(locations_are_resolved_and_never_carry_credentials),
		cmocka_unit_test(proxies_are_chosen_as_go_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
