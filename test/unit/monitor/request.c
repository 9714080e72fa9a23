/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/request.h"

static void packets_must_be_as_long_as_they_say(void **state)
{
	struct {
		struct monitor_request rq;
		char body[64];
	} p = { .rq = { .proto = MONITOR_PROTO, .type = MONITOR_REQ_ATTACH, .serial = 1 } };
	struct monitor_request out;

	(void)state;
	assert_int_equal(request_parse(&p, sizeof(p.rq), &out), 0);
	assert_int_equal(request_parse(&p, sizeof(p.rq) - 1, &out), EBADMSG);
	assert_int_equal(request_parse(&p, 0, &out), EBADMSG);
	assert_int_equal(request_parse(&p, sizeof(p.rq) + 1, &out), EBADMSG);
	p.rq.n_keys = 2;
	p.rq.n_stdin = 3;
	assert_int_equal(request_parse(&p, sizeof(p.rq) + 5, &out), 0);
	assert_int_equal(out.n_stdin, 3);
	p.rq.n_keys = MONITOR_KEYS_MAX + 1;
	assert_int_equal(request_parse(&p, sizeof(p.rq) + 3 + MONITOR_KEYS_MAX + 1, &out), EBADMSG);
	p.rq.n_keys = UINT32_MAX; /* the sum wraps to the right length in 32 bits */
	p.rq.n_stdin = 6;
	assert_int_equal(request_parse(&p, sizeof(p.rq) + 5, &out), EBADMSG);
}

static void strangers_are_told_apart(void **state)
{
	struct monitor_request rq = {
		.proto = MONITOR_PROTO + 1, .type = MONITOR_REQ_STATE, .serial = 7
	};
	struct monitor_request out;

	(void)state;
	assert_int_equal(request_parse(&rq, sizeof(rq), &out), EPROTONOSUPPORT);
	assert_int_equal(out.serial, 7); /* the answer can still be told apart */
	rq.proto = MONITOR_PROTO;
	rq.type = 0;
	assert_int_equal(request_parse(&rq, sizeof(rq), &out), ENOSYS);
	rq.type = MONITOR_REQ_LAST + 1;
	assert_int_equal(request_parse(&rq, sizeof(rq), &out), ENOSYS);
	rq.type = MONITOR_REQ_LAST;
	assert_int_equal(request_parse(&rq, sizeof(rq), &out), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_must_be_as_long_as_they_say),
		cmocka_unit_test(strangers_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
