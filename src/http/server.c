/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: accepted and watched at rest by one loop, served by a thread each while there is something
 * to do. What a handler may call is in answer.c.
 */
#include "http/server_int.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/thread.h"
#include "http/uri.h"

#define HEAD_TIMEOUT_MS	 60000 /* from a head's first byte to its last */
#define LINGER_MS	 250   /* a thread stays with its connection so long for the next request */
#define ACCEPT_PAUSE_MS	 100   /* after EMFILE and its like */
#define DEFAULT_MAX_BUSY 4096

struct listener {
	struct list link;
	struct http_server *server;
	int fd;
};

struct http_server {
	struct http_server_spec spec;
	struct list listeners; /* on the loop's thread only */
	struct list resting;   /* the same */
	pthread_mutex_t conns_lock;
	pthread_cond_t conns_changed;
	struct list conns;
	unsigned n_busy, n_idle;
	bool is_tidying; /* quiet is on its way */
	atomic_bool is_stopping;
};

struct http_server *http_server_new(const struct http_server_spec *spec, struct err *e)
{
	struct http_server *s = calloc(1, sizeof(*s));
	pthread_condattr_t monotonic;

	if (!s)
		abort();
	s->spec = *spec;
	if (s->spec.max_busy == 0)
		s->spec.max_busy = DEFAULT_MAX_BUSY;
	list_init(&s->listeners);
	list_init(&s->resting);
	list_init(&s->conns);
	pthread_mutex_init(&s->conns_lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->conns_changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return s;
}

void conn_unlist(struct http_conn *c)
{
	own_lock guard = lock_take(&c->server->conns_lock);

	list_remove(&c->link);
}

void conn_enlist(struct http_conn *c)
{
	own_lock guard = lock_take(&c->server->conns_lock);

	list_append(&c->server->conns, &c->link);
	if (c->server->is_stopping)
		shutdown(c->in.fd, SHUT_RD);
}

void conn_set_endless(struct http_conn *c, bool is_endless)
{
	own_lock guard = lock_take(&c->server->conns_lock);

	c->is_endless = is_endless;
	if (is_endless && c->server->is_stopping)
		shutdown(c->in.fd, SHUT_RDWR);
}

static void run_quiet(void *arg)
{
	struct http_server *s = arg;

	pthread_mutex_lock(&s->conns_lock);
	s->is_tidying = false;
	pthread_mutex_unlock(&s->conns_lock);
	s->spec.quiet(s->spec.arg);
}

/* Moves the counts (a drain may be waiting for them) and says how many are busy now. */
static unsigned count(struct http_server *s, int busy, int idle)
{
	own_lock guard = lock_take(&s->conns_lock);
	struct err e;

	s->n_busy += busy;
	s->n_idle += idle;
	if (busy < 0 && s->n_busy == 0 && s->spec.quiet && !s->is_tidying && !s->is_stopping)
		s->is_tidying = loop_post(s->spec.loop, run_quiet, s, &e) == 0;
	pthread_cond_broadcast(&s->conns_changed);
	return s->n_busy;
}

static void conn_free(struct http_conn *c)
{
	conn_unlist(c);
	if (c->in.fd >= 0)
		close(c->in.fd);
	wire_done(&c->in);
	buf_done(&c->extra);
	free(c);
}

/* wire.wait: readable, or the deadline has passed. */
static int conn_wait(void *arg, struct err *e)
{
	struct http_conn *c = arg;
	int64_t left = -1;
	int rc;

	if (c->deadline_ms > 0) {
		left = c->deadline_ms - clock_monotonic_ns() / 1000000;
		left = left > 0 ? left : 0;
	}
	rc = io_wait_readable(c->in.fd, (int)left, e);
	if (rc == 0)
		return err_set(e, ERR_CANCELLED, "client is too slow");
	return rc < 0 ? -1 : 0;
}

/*
 * Closes so that the client can still read the answer though it has not sent all it wanted: a plain close
 * with bytes unread resets the connection.
 */
static void linger(struct http_conn *c)
{
	char drop[4096];
	size_t n = 0;
	struct err e;

	if (c->in.fd < 0 || c->is_aborted)
		return;
	shutdown(c->in.fd, SHUT_WR);
	c->deadline_ms = clock_monotonic_ns() / 1000000 + 500;
	while (n < HTTP_DISCARD_MAX && conn_wait(c, &e) == 0) {
		ssize_t got = recv(c->in.fd, drop, sizeof(drop), MSG_DONTWAIT);

		if (got <= 0)
			return;
		n += got;
	}
}

static void refuse(struct http_conn *c, struct arena *a, int status, const char *text)
{
	struct http_request rq = { .arena = a, .conn = c, .method = "", .path = "", .query = "" };

	c->keep_alive = false;
	c->in.body_done = true;
	c->server->spec.refuse(c->server->spec.arg, &rq, status, text);
}

/* Splits the target into path and query; absolute form loses its scheme and authority. */
static int split_target(struct http_request *rq, const char *target, struct err *e)
{
	const char *authority = strstr(target, "://");
	const char *query;

	if (*target != '/' && authority) {
		target = strchr(authority + 3, '/');
		target = target ? target : "/";
	}
	if (*target != '/' && strcmp(target, "*") != 0)
		return err_set(e, ERR_INVALID, "malformed request target");
	query = strchr(target, '?');
	rq->query = query ? query + 1 : "";
	rq->raw_path = query ? arena_strndup(rq->arena, target, query - target) : target;
	return 0;
}

static int fill_request(
	struct http_conn *c, const struct wire_head *h, struct http_request *rq, struct err *e)
{
	const char *expect = http_headers_get(&h->headers, "Expect");

	rq->method = h->method;
	rq->headers = h->headers;
	rq->content_length = c->in.body == WIRE_CHUNKED ? -1 : (int64_t)c->in.left;
	rq->wants_upgrade = http_headers_get(&h->headers, "Upgrade") != NULL;
	rq->is_http10 = h->minor == 0;
	c->is_http10 = h->minor == 0;
	c->is_head = str_eq(h->method, "HEAD");
	c->keep_alive = h->keep_alive && h->minor == 1;
	c->expects_continue =
		expect && http_headers_has_token(&h->headers, "Expect", "100-continue");
	if (h->minor == 1 && !h->has_host)
		return err_set(e, ERR_INVALID, "missing required Host header");
	if (split_target(rq, h->target ? h->target : "", e))
		return -1;
	rq->path = http_path_decode(rq->arena, rq->raw_path, e);
	return rq->path ? 0 : -1;
}

/* Serves one request: true when the connection may have another. */
static bool serve_one(struct http_conn *c, struct arena *a)
{
	struct http_server *s = c->server;
	struct http_request rq = { .arena = a, .conn = c };
	struct wire_head head;
	struct err e;
	int rc;

	conn_reset_answer(c);
	c->deadline_ms = clock_monotonic_ns() / 1000000 + HEAD_TIMEOUT_MS;
	rc = wire_read_head(&c->in, a, false, &head, &e);
	c->deadline_ms = 0;
	if (rc < 0 && e.kind == ERR_INVALID)
		refuse(c, a, c->in.refuse_status, e.msg);
	else if (rc > 0 && fill_request(c, &head, &rq, &e))
		refuse(c, a, 400, e.msg);
	else if (rc > 0)
		s->spec.handler(s->spec.arg, &rq);
	if (rc == 0 || (rc < 0 && e.kind != ERR_INVALID))
		return false;

	if (c->is_taken || c->is_aborted)
		return false;
	if (!c->has_started)
		refuse(c, a, 500, "the request was not answered");
	http_end(&rq, &e);
	conn_discard_body(c);
	if (!c->keep_alive)
		linger(c);
	return c->keep_alive && !c->is_aborted;
}

static void park(void *arg);

/* The thread of a connection that has something to say. */
static void conn_serve(void *arg)
{
	struct http_conn *c = arg;
	struct http_server *s = c->server;
	bool goes_on = true;
	struct err e;

	while (goes_on) {
		struct arena *a = arena_new();

		goes_on = serve_one(c, a);
		arena_free(a);
		if (!goes_on || wire_pending(&c->in) > 0)
			continue;
		if (s->is_stopping)
			break;
		if (io_wait_readable(c->in.fd, LINGER_MS, &e) > 0)
			continue;
		wire_rest(&c->in);
		buf_done(&c->extra);
		if (loop_post(s->spec.loop, park, c, &e))
			break;
		/* Last of all: until then the server is not freed. */
		count(s, -1, 1);
		return;
	}
	conn_free(c);
	count(s, -1, 0);
}

static void refuse_busy(struct http_conn *c)
{
	own_arena a = arena_new();

	conn_reset_answer(c);
	refuse(c, a, 503, "too many requests are being served");
	conn_free(c);
}

/* Loop: a connection at rest has something to read, or its client closed it. */
static void on_readable(void *arg, uint32_t events)
{
	struct http_conn *c = arg;
	struct http_server *s = c->server;
	char first;
	struct err e;

	loop_remove(s->spec.loop, c->in.fd);
	list_remove(&c->rest);
	if (recv(c->in.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
		conn_free(c);
		count(s, 0, -1);
		return;
	}
	if (count(s, 1, -1) <= s->spec.max_busy && thread_detach(conn_serve, c, &e) == 0)
		return;
	refuse_busy(c);
	count(s, -1, 0);
}

/* Loop: watches a connection at rest. */
static void park(void *arg)
{
	struct http_conn *c = arg;
	struct http_server *s = c->server;
	struct err e;

	list_append(&s->resting, &c->rest);
	if (!s->is_stopping &&
		loop_add(s->spec.loop, c->in.fd, EPOLLIN | EPOLLRDHUP, on_readable, c, &e) == 0)
		return;
	list_remove(&c->rest);
	conn_free(c);
	count(s, 0, -1);
}

static void on_accept(void *arg, uint32_t events);

static void resume_accepting(void *arg)
{
	struct listener *l = arg;
	struct err e;

	if (l->server->is_stopping)
		return;
	if (loop_add(l->server->spec.loop, l->fd, EPOLLIN, on_accept, l, &e))
		log_error("listener: cannot go on accepting: %s", e.msg);
}

static void on_accept(void *arg, uint32_t events)
{
	struct listener *l = arg;
	struct http_server *s = l->server;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	struct http_conn *c;

	if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
		return;
	if (fd < 0) {
		log_warn("listener: accept: %s, pausing", strerror(errno));
		loop_remove(s->spec.loop, l->fd);
		loop_after(s->spec.loop, ACCEPT_PAUSE_MS, resume_accepting, l);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->server = s;
	list_init(&c->link);
	list_init(&c->rest);
	wire_init(&c->in, fd, HTTP_REQUEST);
	c->in.wait = conn_wait;
	c->in.arg = c;
	buf_init(&c->extra, 0);
	conn_enlist(c);
	count(s, 0, 1);
	park(c);
}

int http_server_listen(struct http_server *s, int listen_fd, struct err *e)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	*l = (struct listener){ .server = s, .fd = listen_fd };
	io_set_nonblock(listen_fd, 1);
	list_append(&s->listeners, &l->link);
	return loop_add(s->spec.loop, listen_fd, EPOLLIN, on_accept, l, e);
}

void http_server_stop(struct http_server *s)
{
	s->is_stopping = true;
	list_for_each (&s->listeners, l, struct listener, link) {
		loop_remove(s->spec.loop, l->fd);
		close(l->fd);
		l->fd = -1;
	}
	list_for_each (&s->resting, c, struct http_conn, rest) {
		loop_remove(s->spec.loop, c->in.fd);
		list_remove(&c->rest);
		conn_free(c);
		count(s, 0, -1);
	}
}

/* Waits until nobody is busy; true then, false after timeout_ms. */
static bool wait_quiet(struct http_server *s, int timeout_ms)
{
	int64_t end = clock_monotonic_ns() + (int64_t)timeout_ms * 1000000;
	struct timespec until = { end / 1000000000, end % 1000000000 };
	int rc = 0;

	while (s->n_busy > 0 && rc == 0)
		rc = pthread_cond_timedwait(&s->conns_changed, &s->conns_lock, &until);
	return s->n_busy == 0;
}

unsigned http_server_drain(struct http_server *s, int grace_ms)
{
	own_lock guard = lock_take(&s->conns_lock);

	list_for_each (&s->conns, c, struct http_conn, link) {
		if (c->is_endless)
			shutdown(c->in.fd, SHUT_RDWR);
	}
	if (wait_quiet(s, grace_ms))
		return 0;
	list_for_each (&s->conns, c, struct http_conn, link) {
		shutdown(c->in.fd, SHUT_RDWR);
	}
	wait_quiet(s, 1000);
	return s->n_busy;
}

void http_server_free(struct http_server *s)
{
	if (!s)
		return;
	list_for_each (&s->listeners, l, struct listener, link)
		free(l);
	/* On their way to rest when the loop ended. */
	while (!list_empty(&s->conns))
		conn_free(list_entry(s->conns.next, struct http_conn, link));
	pthread_mutex_destroy(&s->conns_lock);
	pthread_cond_destroy(&s->conns_changed);
	free(s);
}

void http_server_counts(struct http_server *s, unsigned *busy, unsigned *idle)
{
	own_lock guard = lock_take(&s->conns_lock);

	*busy = s->n_busy;
	*idle = s->n_idle;
}
