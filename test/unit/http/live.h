/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a socket in a folder of its own, for the tests that need both ends. */
#ifndef TEST_HTTP_LIVE_H
#define TEST_HTTP_LIVE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/thread.h"
#include "base/unixsock.h"
#include "http/server.h"

struct live {
	char dir[32];
	char sock[64];
	struct loop *loop;
	struct http_server *server;
	pthread_t thread;
	unsigned left; /* threads still busy after the drain */
};

static void live_refuse(void *arg, struct http_request *rq, int status, const char *text)
{
	struct err e;

	http_respond(rq, status, "text/plain", slice_str(text), &e);
}

static void live_stop_loop(void *arg)
{
	struct live *l = arg;

	http_server_stop(l->server);
	loop_stop(l->loop);
}

static void live_run(void *arg)
{
	struct live *l = arg;
	struct err e;

	loop_run(l->loop, &e);
}

static void live_start(struct live *l, http_handler handler, void *arg, unsigned max_busy)
{
	struct err e;
	struct http_server_spec spec = { .handler = handler, .refuse = live_refuse, .arg = arg };

	snprintf(l->dir, sizeof(l->dir), "/tmp/http-test-XXXXXX");
	assert_non_null(mkdtemp(l->dir));
	snprintf(l->sock, sizeof(l->sock), "%s/s", l->dir);
	l->loop = loop_new(&e);
	spec.loop = l->loop;
	spec.max_busy = max_busy;
	l->server = http_server_new(&spec, &e);
	assert_int_equal(
		http_server_listen(l->server, unixsock_listen(l->sock, SOCK_STREAM, 0600, &e), &e),
		0);
	assert_int_equal(thread_start(&l->thread, live_run, l, &e), 0);
}

static void live_end(struct live *l)
{
	struct err e;

	loop_post(l->loop, live_stop_loop, l, &e);
	thread_join(l->thread);
	l->left = http_server_drain(l->server, 1000);
	if (l->left == 0)
		http_server_free(l->server);
	loop_free(l->loop);
	unlink(l->sock);
	rmdir(l->dir);
}

/* Sends text and reads until the server closes. */
static inline char *live_talk(struct live *l, const char *text, size_t n, char *reply, size_t max)
{
	struct err e;
	int fd = unixsock_connect(l->sock, SOCK_STREAM, &e);
	size_t have = 0;
	ssize_t got;

	assert_true(fd >= 0);
	for (size_t at = 0; at < n;) {
		got = send(fd, text + at, n - at, MSG_NOSIGNAL);
		if (got < 0)
			break;
		at += got;
	}
	while (have < max - 1 && (got = read(fd, reply + have, max - 1 - have)) > 0)
		have += got;
	reply[have] = '\0';
	close(fd);
	return reply;
}

#endif
