/* SPDX-License-Identifier: Apache-2.0 */
/* The client's connection against the server: bodies both ways at once, reuse, early refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "http/client.h"
#include "live.h"

/* Counts the body and reports while it comes; /refuse reads nothing of it. */
static void count_body(void *arg, struct http_request *rq)
{
	struct slice piece;
	char text[32];
	size_t total = 0;
	struct err e;

	if (strcmp(rq->path, "/refuse") == 0) {
		http_respond(rq, 403, "text/plain", slice_str("no thanks"), &e);
		return;
	}
	http_start(rq, 200, "text/plain", &e);
	while (http_body_view(rq, &piece, &e) > 0) {
		total += piece.n;
		http_write(rq, "................", 16, &e);
	}
	snprintf(text, sizeof(text), "total %zu", total);
	http_write(rq, text, strlen(text), &e);
}

static struct http_out request(const char *method, const char *target)
{
	struct http_out out = HTTP_OUT_INIT;

	out.method = method;
	out.target = target;
	return out;
}

static void read_all(struct http_link *link, struct buf *b)
{
	struct slice piece;
	struct err e;
	int rc;

	while ((rc = http_link_view(link, &piece, &e)) > 0)
		buf_add(b, piece.p, piece.n);
	assert_int_equal(rc, 0);
}

static void file_goes_out_while_the_answer_comes_in(void **state)
{
	struct live l = { 0 };
	char host[100];
	struct http_in in;
	struct buf b;
	struct err e;

	live_start(&l, count_body, NULL, 0);
	snprintf(host, sizeof(host), "unix://%s", l.sock);
	buf_init(&b, 1 << 24);
	struct http_link *link = http_link_open(host, &e);
	for (int round = 0; round < 2; round++) {
		struct http_out out = request("POST", "/count");
		int fd = memfd_create("body", 0);

		assert_int_equal(ftruncate(fd, 5000001), 0);
		out.body_fd = fd;
		assert_int_equal(http_link_send(link, &out, &in, &e), 0);
		assert_int_equal(in.status, 200);
		buf_clear(&b);
		read_all(link, &b);
		assert_non_null(strstr(b.data, ".total 5000001"));
		assert_true(http_link_reusable(link));
		close(fd);
	}
	http_link_close(link);
	buf_done(&b);
	live_end(&l);
}

static void early_refusal_ends_the_sending(void **state)
{
	struct live l = { 0 };
	struct http_out out = request("POST", "/refuse");
	char host[100];
	struct http_in in;
	struct buf b;
	struct err e;

	live_start(&l, count_body, NULL, 0);
	snprintf(host, sizeof(host), "unix://%s", l.sock);
	buf_init(&b, 1000);
	out.body_fd = memfd_create("body", 0);
	assert_int_equal(ftruncate(out.body_fd, 50000000), 0);
	struct http_link *link = http_link_open(host, &e);
	assert_int_equal(http_link_send(link, &out, &in, &e), 0);
	assert_int_equal(in.status, 403);
	read_all(link, &b);
	assert_string_equal(b.data, "no thanks");
	assert_false(http_link_reusable(link));
	http_link_close(link);
	close(out.body_fd);
	buf_done(&b);
	live_end(&l);
}

static void connecting_fails_in_gos_words(void **state)
{
	struct err e;

	assert_null(http_link_open("unix:///nonexistent/x.sock", &e));
	assert_string_equal(
		e.msg, "dial unix /nonexistent/x.sock: connect: no such file or directory");
	assert_int_equal(e.sys, ENOENT);
	assert_null(http_link_open("ssh://host", &e));
	assert_int_equal(e.kind, ERR_INVALID);
	assert_null(http_link_open("tcp://127.0.0.1", &e));
	assert_int_equal(e.kind, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_goes_out_while_the_answer_comes_in),
		cmocka_unit_test(early_refusal_ends_the_sending),
		cmocka_unit_test(connecting_fails_in_gos_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
