/* SPDX-License-Identifier: Apache-2.0 */
/* The Engine API's client against a server with prepared answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/live.h"
#include "base/cleanup.h"
#include "client/client_int.h"

struct daemon {
	struct live live;
	const char *api_version;
	bool is_old; /* refuses 1.50 */
	char host[100];
	int n_pings;
};

static void respond_json(struct http_request *rq, int status, const char *text)
{
	struct err e;

	http_respond(rq, status, "application/json", slice_str(text), &e);
}

static void stream_json(struct http_request *rq)
{
	struct err e;

	http_start(rq, 200, "application/json", &e);
	http_write(rq, "{\"a\":\"}\"}\r\n{\"b\"", 15, &e);
	http_write(rq, ":[1,{}]}\n", 9, &e);
	http_write(rq, " \r\n", 3, &e);
}

static void stream_frames(struct http_request *rq)
{
	struct err e;

	http_start(rq, 200, "application/vnd.docker.multiplexed-stream", &e);
	http_write(rq, "\1\0\0\0\0\0\0\2ab\2\0\0\0\0", 15, &e);
	http_write(rq, "\0\0\1c", 4, &e);
}

static void attach(struct http_request *rq)
{
	struct slice early;
	struct err e;
	char c;
	int fd;

	if (http_hijack(rq, "application/vnd.docker.raw-stream", &fd, &early, &e))
		return;
	assert_int_equal(write(fd, "hello", 5), 5);
	while (read(fd, &c, 1) == 1)
		assert_int_equal(write(fd, &c, 1), 1);
	close(fd);
}

static void answer(void *arg, struct http_request *rq)
{
	struct daemon *d = arg;
	struct err e;

	if (strcmp(rq->path, "/_ping") == 0) {
		d->n_pings++;
		if (d->api_version)
			http_set_header(rq, "Api-Version", d->api_version);
		http_set_header(rq, "Ostype", "linux");
		http_respond(rq, 200, "text/plain", slice_str("OK"), &e);
	} else if (d->is_old && str_starts(rq->path, "/v1.50/")) {
		respond_json(rq, 400,
			"{\"message\":\"client version 1.50 is too new. Maximum supported API "
			"version is 1.41\"}\n");
	} else if (strcmp(rq->path, "/v1.41/echo") == 0 || strcmp(rq->path, "/v1.50/echo") == 0) {
		own_buf b;

		buf_init(&b, 1000);
		buf_fmt(&b, "{\"path\":\"%s\",\"query\":\"%s\",\"body\":", rq->path, rq->query);
		if (http_body_read(rq, 1000, &b, &e) || b.data[b.len - 1] == ':')
			buf_str(&b, "null");
		buf_char(&b, '}');
		respond_json(rq, 201, b.data);
	} else if (strcmp(rq->path, "/v1.41/stream") == 0) {
		stream_json(rq);
	} else if (strcmp(rq->path, "/v1.41/frames") == 0) {
		stream_frames(rq);
	} else if (strcmp(rq->path, "/v1.41/attach") == 0) {
		attach(rq);
	} else if (strcmp(rq->path, "/v1.41/empty") == 0) {
		http_respond(rq, 500, NULL, slice_str(""), &e);
	} else {
		respond_json(rq, 404, "{\"message\":\"No such container: x\"}\n");
	}
}

static struct client *begin(struct daemon *d, const char *api_version)
{
	struct client_spec spec = { .host = d->host };
	struct err e;

	unsetenv("DOCKER_API_VERSION");
	d->api_version = api_version;
	live_start(&d->live, answer, d, 0);
	snprintf(d->host, sizeof(d->host), "unix://%s", d->live.sock);
	return client_new(&spec, &e);
}

static void end(struct daemon *d, struct client *c)
{
	client_free(c);
	live_end(&d->live);
}

static void version_is_the_older_of_both(void **state)
{
	static const char *const rows[][2] = { { "1.41", "1.41" }, { "1.50", "1.50" },
		{ "1.99", "1.50" }, { "2.0", "1.50" }, { NULL, "1.24" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct daemon d = { 0 };
		struct client *c = begin(&d, rows[i][0]);
		struct err e;

		assert_string_equal(client_api_version(c, &e), rows[i][1]);
		assert_string_equal(client_api_version(c, &e), rows[i][1]);
		assert_int_equal(d.n_pings, 1);
		end(&d, c);
	}
}

static void call_sends_and_reads_json(void **state)
{
	struct daemon d = { 0 };
	struct client *c = begin(&d, "1.41");
	struct json *j;
	struct err e;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			client_call_json(c, "POST", "/echo?q=1", "{\"a\":1}", &j, &e), 201);
		assert_string_equal(json_str(json_get(j, "path"), ""), "/v1.41/echo");
		assert_string_equal(json_str(json_get(j, "query"), ""), "q=1");
		assert_int_equal(json_i64(json_get(json_get(j, "body"), "a"), 0), 1);
		json_free(j);
	}
	assert_int_equal(client_call(c, "POST", "/echo", NULL, NULL, &e), 201);
	end(&d, c);
}

static void assumed_version_needs_no_ping_and_yields_to_an_older_daemon(void **state)
{
	for (int is_old = 0; is_old < 2; is_old++) {
		struct daemon d = { .is_old = is_old };
		struct client *other = begin(&d, "1.41");
		struct client_spec spec = { .host = d.host, .assume_latest = true };
		struct err e;
		struct client *c = client_new(&spec, &e);
		struct json *j;

		assert_int_equal(client_call(c, "GET", "/nosuch", NULL, NULL, &e), -1);
		assert_string_equal(e.msg, "Error response from daemon: No such container: x");
		for (int i = 0; i < 2; i++) {
			assert_int_equal(
				client_call_json(c, "POST", "/echo", "{\"a\":1}", &j, &e), 201);
			assert_string_equal(json_str(json_get(j, "path"), ""),
				is_old ? "/v1.41/echo" : "/v1.50/echo");
			assert_int_equal(json_i64(json_get(json_get(j, "body"), "a"), 0), 1);
			json_free(j);
		}
		assert_string_equal(client_api_version(c, &e), is_old ? "1.41" : "1.50");
		assert_int_equal(d.n_pings, 0);
		client_free(c);
		end(&d, other);
	}
}

static void fixed_version_needs_no_ping(void **state)
{
	struct daemon d = { 0 };
	struct client *negotiating = begin(&d, "1.41");
	struct client_spec spec = { .host = d.host, .api_version = "v1.50" };
	struct err e;
	struct client *c = client_new(&spec, &e);

	assert_int_equal(client_call(c, "GET", "/echo", NULL, NULL, &e), 201);
	assert_int_equal(d.n_pings, 0);
	client_free(c);
	end(&d, negotiating);
}

static void error_replies_become_dockers_words(void **state)
{
	struct daemon d = { 0 };
	struct client *c = begin(&d, "1.41");
	struct err e;

	assert_int_equal(client_call(c, "GET", "/containers/x/json", NULL, NULL, &e), -1);
	assert_string_equal(e.msg, "Error response from daemon: No such container: x");
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(client_call(c, "GET", "/empty", NULL, NULL, &e), -1);
	assert_non_null(
		strstr(e.msg, "request returned Internal Server Error for API route and version"));
	end(&d, c);
}

static void absent_daemon_is_told_as_docker_does(void **state)
{
	struct client_spec spec = { .host = "unix:///nonexistent/d.sock" };
	struct err e;
	struct client *c = client_new(&spec, &e);

	assert_int_equal(client_call(c, "GET", "/info", NULL, NULL, &e), -1);
	assert_string_equal(e.msg,
		"Cannot connect to the Docker daemon at unix:///nonexistent/d.sock. Is the "
		"docker daemon running?");
	client_free(c);
	spec.host = "nonsense";
	assert_null(client_new(&spec, &e));
	assert_string_equal(e.msg, "unable to parse docker host `nonsense`");
}

/* the daemon was restarted while the connection was at rest */
static void stale_connection_is_dialled_anew(void **state)
{
	struct daemon d = { 0 };
	struct client *c = begin(&d, "1.41");
	struct err e;

	assert_int_equal(client_call(c, "GET", "/echo", NULL, NULL, &e), 201);
	assert_non_null(c->idle);
	shutdown(http_link_fd(c->idle), SHUT_WR);
	char drop;
	assert_int_equal(read(http_link_fd(c->idle), &drop, 1), 0);
	assert_int_equal(client_call(c, "GET", "/echo", NULL, NULL, &e), 201);
	end(&d, c);
}

static void stream_hands_out_value_by_value(void **state)
{
	struct daemon d = { 0 };
	struct client *c = begin(&d, "1.41");
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct json *j;
	struct err e;

	rq.method = "GET";
	rq.path = "/stream";
	struct client_stream *s = client_stream_open(c, &rq, &e);
	assert_int_equal(client_stream_json(s, &j, &e), 1);
	assert_string_equal(json_str(json_get(j, "a"), ""), "}");
	json_free(j);
	assert_int_equal(client_stream_json(s, &j, &e), 1);
	assert_int_equal(json_len(json_get(j, "b")), 2);
	json_free(j);
	assert_int_equal(client_stream_json(s, &j, &e), 0);
	client_stream_close(s);
	end(&d, c);
}

static int gather(void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e)
{
	buf_fmt(arg, "%d:%.*s ", (int)stream, (int)n, data);
	return 0;
}

static void frames_are_taken_apart(void **state)
{
	struct daemon d = { 0 };
	struct client *c = begin(&d, "1.41");
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct buf b;
	struct err e;

	buf_init(&b, 100);
	rq.method = "GET";
	rq.path = "/frames";
	struct client_stream *s = client_stream_open(c, &rq, &e);
	assert_int_equal(client_stream_demux(s, false, gather, &b, &e), 0);
	assert_string_equal(b.data, "1:ab 2:c ");
	client_stream_close(s);
	buf_done(&b);
	end(&d, c);
}

static void hijack_gives_a_raw_socket(void **state)
{
	struct daemon d = { 0 };
	struct client *c = begin(&d, "1.41");
	struct client_hijack h;
	char data[64];
	size_t have;
	ssize_t n;
	struct err e;

	assert_int_equal(client_hijack(c, "/attach", NULL, &h, &e), 0);
	assert_true(h.is_typed);
	assert_false(h.is_multiplexed);
	assert_int_equal(write(h.fd, " you", 4), 4);
	shutdown(h.fd, SHUT_WR);
	have = h.leftover.len;
	memcpy(data, h.leftover.data, have);
	while ((n = read(h.fd, data + have, sizeof(data) - have)) > 0)
		have += n;
	assert_int_equal(have, 9);
	assert_memory_equal(data, "hello you", 9);
	client_hijack_close(&h);
	assert_int_equal(client_hijack(c, "/nothing", NULL, &h, &e), -1);
	assert_string_equal(e.msg, "Error response from daemon: No such container: x");
	end(&d, c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_is_the_older_of_both),
		cmocka_unit_test(call_sends_and_reads_json),
		cmocka_unit_test(assumed_version_needs_no_ping_and_yields_to_an_older_daemon),
		cmocka_unit_test(fixed_version_needs_no_ping),
		cmocka_unit_test(error_replies_become_dockers_words),
		cmocka_unit_test(absent_daemon_is_told_as_docker_does),
		cmocka_unit_test(stale_connection_is_dialled_anew),
		cmocka_unit_test(stream_hands_out_value_by_value),
		cmocka_unit_test(frames_are_taken_apart),
		cmocka_unit_test(hijack_gives_a_raw_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
