/* SPDX-License-Identifier: Apache-2.0 */
/* Heads and bodies as they come over a socket, and the requests two readers would frame differently. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/thread.h"
#include "http/wire_int.h"

struct fixture {
	struct wire w;
	struct arena *a;
	struct wire_head head;
	struct err e;
	int far;
};

/* A wire with text waiting in it and, unless stays_open, its end behind that. */
static void begin(struct fixture *f, llhttp_type_t type, const char *text, bool stays_open)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[1], text, strlen(text)), strlen(text));
	if (!stays_open)
		shutdown(pair[1], SHUT_WR);
	f->far = pair[1];
	f->a = arena_new();
	wire_init(&f->w, pair[0], type);
}

static void end(struct fixture *f)
{
	close(f->w.fd);
	close(f->far);
	wire_done(&f->w);
	arena_free(f->a);
}

/* The body as text; NULL when it is malformed. */
static char *body_of(struct fixture *f, size_t piece_max)
{
	struct slice piece;
	struct buf b;
	char *text;
	int rc;

	buf_init(&b, 1 << 20);
	while ((rc = wire_read_body_some(&f->w, piece_max, &piece, &f->e)) > 0) {
		assert_true(piece.n <= piece_max);
		buf_add(&b, piece.p, piece.n);
	}
	text = rc == 0 ? arena_strdup(f->a, b.data) : NULL;
	buf_done(&b);
	return text;
}

static int read_head(struct fixture *f)
{
	return wire_read_head(&f->w, f->a, false, &f->head, &f->e);
}

static void head_is_taken_apart(void **state)
{
	struct fixture f;

	begin(&f, HTTP_REQUEST,
		"POST /v1.50/x?a=b HTTP/1.1\r\nHost: d\r\nX-Y:  two words \r\nEmpty:\r\n"
		"Content-Length: 2\r\n\r\n{}",
		false);
	assert_int_equal(read_head(&f), 1);
	assert_string_equal(f.head.method, "POST");
	assert_string_equal(f.head.target, "/v1.50/x?a=b");
	assert_string_equal(http_headers_get(&f.head.headers, "x-y"), "two words");
	assert_string_equal(http_headers_get(&f.head.headers, "Empty"), "");
	assert_null(http_headers_get(&f.head.headers, "None"));
	assert_int_equal(f.head.content_length, 2);
	assert_true(f.head.keep_alive);
	assert_string_equal(body_of(&f, SIZE_MAX), "{}");
	assert_int_equal(read_head(&f), 0);
	end(&f);
}

static void two_requests_in_one_write(void **state)
{
	struct fixture f;

	begin(&f, HTTP_REQUEST,
		"GET /1 HTTP/1.1\r\nHost: d\r\n\r\n\r\nPOST /2 HTTP/1.1\r\nHost: d\r\n"
		"Content-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: d\r\n\r\n",
		false);
	assert_int_equal(read_head(&f), 1);
	assert_string_equal(f.head.target, "/1");
	assert_string_equal(body_of(&f, SIZE_MAX), "");
	assert_int_equal(read_head(&f), 1);
	assert_string_equal(body_of(&f, 1), "abc");
	assert_int_equal(read_head(&f), 1);
	assert_string_equal(f.head.target, "/3");
	end(&f);
}

static void keep_alive_follows_version_and_header(void **state)
{
	static const struct {
		const char *text;
		bool keeps;
	} rows[] = {
		{ "GET / HTTP/1.1\r\nHost: d\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: d\r\nConnection: x, Close\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		begin(&f, HTTP_REQUEST, rows[i].text, false);
		assert_int_equal(read_head(&f), 1);
		assert_int_equal(f.head.keep_alive, rows[i].keeps);
		end(&f);
	}
}

static void what_two_readers_would_frame_differently_is_refused(void **state)
{
#define LINE "POST / HTTP/1.1\r\nHost: d\r\n"
	static const char *const texts[] = {
		LINE "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		LINE "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		LINE "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		LINE "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
		LINE "Content-Length: 3, 3\r\n\r\nabc",
		LINE "Content-Length: +3\r\n\r\nabc",
		LINE "Content-Length: -3\r\n\r\nabc",
		LINE "Content-Length: 0x3\r\n\r\nabc",
		LINE "Content-Length: 99999999999999999999\r\n\r\nabc",
		LINE "Content-Length : 3\r\n\r\nabc",
		LINE " Content-Length: 3\r\n\r\nabc",
		LINE "X: y\r\n folded\r\n\r\n",
		LINE "X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n",
		LINE "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
		LINE "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		LINE "Transfer-Encoding: \x0b"
		     "chunked\r\n\r\n0\r\n\r\n",
		"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET / HTTP/1.1\nHost: d\n\n",
		"GET / HTTP/1.1\r\nHost: d\r\nX: a\rb\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: d\r\nHost: e\r\n\r\n",
		"GET / HTTP/1.1\r\nHost d\r\n\r\n",
		"GET / HTTP/1.1\r\nHo st: d\r\n\r\n",
		"GET / x HTTP/1.1\r\nHost: d\r\n\r\n",
		"GET /\r\n\r\n",
		"GET / HTTP/2.0\r\nHost: d\r\n\r\n",
		"\x16\x03\x01\x02",
		"hello\r\n\r\n",
	};
#undef LINE

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture f;

		begin(&f, HTTP_REQUEST, texts[i], true);
		if (read_head(&f) != -1 || f.e.kind != ERR_INVALID)
			fail_msg("accepted: %s", texts[i]);
		assert_true(f.w.refuse_status >= 400);
		end(&f);
	}
}

static void chunks_come_however_they_are_cut(void **state)
{
	static const char text[] =
		"PUT / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: Chunked\r\n\r\n"
		"5;ext=1\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nT: x\r\n\r\nGET";
	static const size_t sizes[] = { 1, 2, 3, 7, SIZE_MAX };

	for (size_t i = 0; i < 5; i++) {
		struct fixture f;

		begin(&f, HTTP_REQUEST, text, false);
		assert_int_equal(read_head(&f), 1);
		assert_int_equal(f.head.content_length, -1);
		assert_string_equal(body_of(&f, sizes[i]), "hello 0123456789");
		assert_int_equal(wire_leftover(&f.w).n, 3);
		end(&f);
	}
}

/* --- into a pipe --- */

struct mover {
	int fd;
	struct buf b;
	size_t piece;
	pthread_t thread;
};

static void send_all(void *arg)
{
	struct mover *m = arg;

	for (size_t at = 0; at < m->b.len;) {
		size_t n = m->b.len - at < m->piece ? m->b.len - at : m->piece;
		ssize_t sent = write(m->fd, m->b.data + at, n);
		if (sent < 0)
			return;
		at += (size_t)sent;
	}
}

static void take_all(void *arg)
{
	struct mover *m = arg;
	char block[4096];
	ssize_t n;

	while ((n = read(m->fd, block, sizeof(block))) > 0)
		buf_add(&m->b, block, (size_t)n);
}

/* A body of which byte i is known, in chunks of these sizes (0 ends them), or whole when there are none. */
static void add_request(struct buf *b, const size_t *chunks, size_t size)
{
	size_t at = 0;

	buf_str(b, "POST /1 HTTP/1.1\r\nHost: d\r\n");
	if (!*chunks)
		buf_fmt(b, "Content-Length: %zu\r\n\r\n", size);
	else
		buf_str(b, "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0; at < size; i++) {
		size_t n = !*chunks ? size : chunks[i] ? chunks[i] : size - at;
		n = n < size - at ? n : size - at;
		if (*chunks)
			buf_fmt(b, "%zx\r\n", n);
		for (size_t end = at + n; at < end; at++)
			buf_char(b, (char)(at * 7 + at / 251));
		if (*chunks)
			buf_str(b, "\r\n");
	}
	if (*chunks)
		buf_str(b, "0\r\n\r\n");
	buf_str(b, "GET /2 HTTP/1.1\r\nHost: d\r\n\r\n");
}

static void assert_piped(const size_t *chunks, size_t size, size_t piece)
{
	struct mover from = { .piece = piece }, to = { 0 };
	struct fixture f;
	struct slice s;
	int ends[2], rc = 1;
	size_t spliced = 0;
	ssize_t n;

	begin(&f, HTTP_REQUEST, "", true);
	buf_init(&from.b, 1 << 20);
	buf_init(&to.b, 1 << 20);
	add_request(&from.b, chunks, size);
	assert_int_equal(pipe(ends), 0);
	from.fd = f.far;
	to.fd = ends[0];
	assert_int_equal(thread_start(&from.thread, send_all, &from, &f.e), 0);
	assert_int_equal(thread_start(&to.thread, take_all, &to, &f.e), 0);
	assert_int_equal(read_head(&f), 1);
	f.w.is_frugal = true;
	while (rc > 0) {
		while ((n = wire_splice(&f.w, ends[1], &f.e)) > 0)
			spliced += (size_t)n;
		assert_int_equal(n, 0);
		rc = wire_read_body(&f.w, &s, &f.e);
		if (rc > 0)
			assert_int_equal(write(ends[1], s.p, s.n), s.n);
	}
	assert_int_equal(rc, 0);
	close(ends[1]);
	assert_int_equal(read_head(&f), 1);
	assert_string_equal(f.head.target, "/2");
	thread_join(from.thread);
	thread_join(to.thread);
	assert_int_equal(to.b.len, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(to.b.data[i], (char)(i * 7 + i / 251));
	assert_true(spliced > size / 2 || piece < 40);
	close(ends[0]);
	buf_done(&from.b);
	buf_done(&to.b);
	end(&f);
}

static void a_body_goes_into_a_pipe_however_it_is_framed(void **state)
{
	static const size_t framings[][8] = { { 0 }, { 32768, 32768, 32768, 0 },
		{ 100, 1, 2, 50000, 3, 33, 5000, 0 }, { 99999, 0 } };
	static const size_t pieces[] = { 1000, 4096, 32768 + 6, 77777 };

	for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
		for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++)
			assert_piped(framings[i], 100000, pieces[k]);
	/* every boundary falls between two pieces */
	for (size_t i = 0; i < sizeof(framings) / sizeof(framings[0]); i++)
		for (size_t piece = 1; piece < 40; piece++)
			assert_piped(framings[i], 4000, piece);
}

static void framing_between_chunks_stays_out_of_the_pipe(void **state)
{
	struct fixture f;
	struct slice s;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	begin(&f, HTTP_REQUEST,
		"POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc", true);
	assert_int_equal(read_head(&f), 1);
	assert_int_equal(wire_read_body(&f.w, &s, &f.e), 1);
	assert_int_equal(s.n, 3);
	assert_int_equal(write(f.far, "\r\n0\r\n\r\n", 7), 7);
	assert_int_equal(wire_splice(&f.w, ends[1], &f.e), 0);
	assert_int_equal(wire_read_body(&f.w, &s, &f.e), 0);
	assert_int_equal(wire_splice(&f.w, ends[1], &f.e), 0);
	close(ends[0]);
	close(ends[1]);
	end(&f);
}

static void a_body_cut_short_or_unwanted_ends_the_pipe(void **state)
{
	struct fixture f;
	struct slice s;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	begin(&f, HTTP_REQUEST, "POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\n", false);
	assert_int_equal(read_head(&f), 1);
	assert_int_equal(wire_splice(&f.w, ends[1], &f.e), -1);
	assert_int_equal(f.e.kind, ERR_CANCELLED);
	end(&f);
	close(ends[0]);
	begin(&f, HTTP_REQUEST,
		"POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", true);
	assert_int_equal(read_head(&f), 1);
	assert_int_equal(wire_splice(&f.w, ends[1], &f.e), 0);
	assert_int_equal(wire_read_body(&f.w, &s, &f.e), 1);
	assert_int_equal(write(f.far, "def", 3), 3);
	assert_int_equal(wire_splice(&f.w, ends[1], &f.e), -1);
	assert_int_equal(f.e.kind, ERR_UNAVAILABLE);
	close(ends[1]);
	end(&f);
}

static void bad_chunks_are_refused(void **state)
{
#define HEAD "PUT / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n"
	static const char *const texts[] = {
		HEAD "x\r\n",
		HEAD "5\r\nhelloX",
		HEAD "-1\r\n",
		HEAD "ffffffffffffffffff\r\n",
		HEAD "5 \r\nhello\r\n0\r\n\r\n",
		HEAD "1\nx\n0\n\n",
	};
#undef HEAD

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fixture f;

		begin(&f, HTTP_REQUEST, texts[i], true);
		assert_int_equal(read_head(&f), 1);
		if (body_of(&f, SIZE_MAX) || f.e.kind != ERR_INVALID)
			fail_msg("accepted: %s", texts[i]);
		end(&f);
	}
}

static void body_cut_short_is_no_body(void **state)
{
	struct fixture f;

	begin(&f, HTTP_REQUEST, "PUT / HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\nabc", false);
	assert_int_equal(read_head(&f), 1);
	assert_null(body_of(&f, SIZE_MAX));
	assert_int_equal(f.e.kind, ERR_CANCELLED);
	end(&f);

	begin(&f, HTTP_REQUEST,
		"PUT / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", false);
	assert_int_equal(read_head(&f), 1);
	assert_null(body_of(&f, SIZE_MAX));
	assert_int_equal(f.e.kind, ERR_CANCELLED);
	end(&f);
}

static void endless_chunk_framing_is_refused(void **state)
{
	struct fixture f;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_str(&b, "PUT / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1;");
	buf_pad(&b, 'x', 40000);
	begin(&f, HTTP_REQUEST, b.data, true);
	assert_int_equal(read_head(&f), 1);
	assert_null(body_of(&f, SIZE_MAX));
	assert_int_equal(f.e.kind, ERR_INVALID);
	end(&f);
	buf_done(&b);
}

static void head_beyond_the_limit_is_431(void **state)
{
	struct fixture f;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_str(&b, "GET / HTTP/1.1\r\nX: ");
	buf_pad(&b, 'x', 140000);
	begin(&f, HTTP_REQUEST, b.data, false);
	assert_int_equal(read_head(&f), -1);
	assert_int_equal(f.w.refuse_status, 431);
	end(&f);
	buf_done(&b);
}

static void responses_end_as_their_head_says(void **state)
{
	static const struct {
		const char *text, *body;
		bool to_head;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", "ab", false },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", "", true },
		{ "HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end", false },
		{ "HTTP/1.1 204 No Content\r\n\r\nabc", "", false },
		{ "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw", "",
			false },
		{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", false },
		{ "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", "x",
			false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		begin(&f, HTTP_RESPONSE, rows[i].text, false);
		assert_int_equal(wire_read_head(&f.w, f.a, rows[i].to_head, &f.head, &f.e), 1);
		assert_string_equal(body_of(&f, SIZE_MAX), rows[i].body);
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_is_taken_apart),
		cmocka_unit_test(two_requests_in_one_write),
		cmocka_unit_test(keep_alive_follows_version_and_header),
		cmocka_unit_test(what_two_readers_would_frame_differently_is_refused),
		cmocka_unit_test(chunks_come_however_they_are_cut),
		cmocka_unit_test(a_body_goes_into_a_pipe_however_it_is_framed),
		cmocka_unit_test(framing_between_chunks_stays_out_of_the_pipe),
		cmocka_unit_test(a_body_cut_short_or_unwanted_ends_the_pipe),
		cmocka_unit_test(bad_chunks_are_refused),
		cmocka_unit_test(body_cut_short_is_no_body),
		cmocka_unit_test(endless_chunk_framing_is_refused),
		cmocka_unit_test(head_beyond_the_limit_is_431),
		cmocka_unit_test(responses_end_as_their_head_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
