/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attached clients: the sockets of their HTTP connections, handed over by the daemon. What the
 * container writes goes to each at once; what a client does not take at once goes into the ring for it. A
 * client that falls behind holds the container up, as a terminal does, unless it is not alone: then it has three
 * seconds to move on. Sockets are shared with the daemon, so nothing here sets O_NONBLOCK on them.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CLIENT_DISCARD_MAX 1048576 /* unread bytes thrown away before a socket is closed */

/* --- endings --- */

/*
 * Everything the client was to get is sent. Unread input would turn the end of file it is about to
 * see into "connection reset", so it is read away.
 */
static void client_close(struct mon *m, struct client *c)
{
	shutdown(c->watch.fd, SHUT_RDWR);
	for (size_t n = 0; n < CLIENT_DISCARD_MAX; n += MON_CHUNK)
		if (recv(c->watch.fd, m->chunk, MON_CHUNK, MSG_DONTWAIT) <= 0)
			break;
	watch_close(m, &c->watch);
	m->n_clients--;
}

static bool client_is_served(const struct client *c)
{
	return c->watch.fd >= 0 && c->view.streams;
}

/* Frees what all have; an emptied ring starts over. */
static void clients_release(struct mon *m)
{
	uint64_t min = m->ring.tail;
	struct iovec iov[2];

	for (int i = 0; i < (int)m->n_slots; i++) {
		struct client *c = &m->clients[i];
		if (!client_is_served(c))
			continue;
		ring_peek(&m->ring, &c->view, &c->cursor, iov);
		if (c->cursor.pos < min)
			min = c->cursor.pos;
	}
	if (ring_release(&m->ring, min))
		for (int i = 0; i < (int)m->n_slots; i++)
			m->clients[i].cursor.pos = m->ring.tail;
	outputs_update(m);
}

/* After the container's end: who has everything goes; with the last one the monitor's work is done. */
static void clients_settle(struct mon *m)
{
	struct iovec iov[2];

	if (m->phase != MONITOR_EXITED)
		return;
	for (int i = 0; i < (int)m->n_slots; i++) {
		struct client *c = &m->clients[i];
		if (c->watch.fd >= 0 &&
			(!c->view.streams || !ring_peek(&m->ring, &c->view, &c->cursor, iov)))
			client_close(m, c);
	}
	if (m->n_clients == 0)
		m->is_done = true;
}

static void client_drop(struct mon *m, struct client *c)
{
	client_close(m, c);
	clients_release(m);
	clients_settle(m);
}

/* --- output --- */

static void client_update(struct mon *m, struct client *c)
{
	struct iovec iov[2];
	uint32_t events = c->is_hung_up ? 0 : EPOLLHUP | EPOLLERR;

	if (c->reads_stdin && m->input.n == 0)
		events |= EPOLLIN;
	if (client_is_served(c) && ring_peek(&m->ring, &c->view, &c->cursor, iov))
		events |= EPOLLOUT;
	watch_set(m, &c->watch, events);
}

/* It cannot be sent anything any more. Its last input may still be unread. */
static void client_hang_up(struct mon *m, struct client *c)
{
	c->is_hung_up = true;
	c->view.streams = 0;
	if (c->reads_stdin)
		client_update(m, c);
	else
		client_drop(m, c);
}

/* Sends without waiting: the count, 0 when the socket is full, -1 when it is broken. */
static ssize_t client_send_now(const struct client *c, struct iovec *iov, size_t n_iov)
{
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n_iov };

	for (;;) {
		ssize_t n = sendmsg(c->watch.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0)
			return n;
		if (errno == EAGAIN)
			return 0;
		if (errno != EINTR)
			return -1;
	}
}

static void client_send(struct mon *m, struct client *c)
{
	struct iovec iov[2];

	while (ring_peek(&m->ring, &c->view, &c->cursor, iov)) {
		ssize_t n = client_send_now(c, iov, 2);
		if (n < 0) {
			client_hang_up(m, c);
			return;
		}
		if (n == 0)
			break;
		ring_advance(&c->cursor, (size_t)n);
	}
	clients_release(m);
}

/*
 * Sends a frame that is not in the ring (yet) to a client that is up to date. Its cursor then stands
 * where it would if the frame were stored at the tail. False when some of it is left.
 */
static bool client_send_fresh(struct mon *m, struct client *c, struct iovec frame[2])
{
	size_t skip = c->view.framed ? 0 : 1;
	size_t total = frame[1].iov_len + (skip ? 0 : RING_HEADER);
	ssize_t n = client_send_now(c, frame + skip, 2 - skip);

	if (n < 0) { /* closed by the caller, when positions may change again */
		c->is_hung_up = true;
		c->view.streams = 0;
		return true;
	}
	c->cursor.pos = m->ring.tail + (skip ? RING_HEADER : 0) + (size_t)n;
	c->cursor.left = (uint32_t)(total - (size_t)n);
	return c->cursor.left == 0;
}

void clients_output(struct mon *m, unsigned type, const void *data, size_t n)
{
	unsigned char header[RING_HEADER];
	struct iovec iov[2],
		frame[2] = { { header, sizeof(header) }, { (void *)(uintptr_t)data, n } };
	uint64_t tail = m->ring.tail;
	bool must_store = false;

	if (m->n_clients == 0)
		return;
	ring_header(header, type, n);
	for (int i = 0; i < (int)m->n_slots; i++) {
		struct client *c = &m->clients[i];
		if (!client_is_served(c) || !(c->view.streams & 1u << type))
			continue;
		if (ring_peek(&m->ring, &c->view, &c->cursor, iov) ||
			!client_send_fresh(m, c, frame))
			must_store = true;
	}
	if (must_store)
		ring_append(&m->ring, type, data, n);
	for (int i = 0; i < (int)m->n_slots; i++) {
		struct client *c = &m->clients[i];
		if (c->watch.fd < 0)
			continue;
		if (!must_store && c->cursor.pos > tail)
			c->cursor.pos = tail;
		if (c->is_hung_up && !c->reads_stdin)
			client_close(m, c);
		else if (must_store)
			client_update(m, c);
	}
	clients_release(m);
}

/* --- back-pressure --- */

bool clients_are_behind(const struct mon *m)
{
	return ring_free(&m->ring) < MON_RING_RESERVE;
}

void clients_watch_stall(struct mon *m)
{
	unsigned n = 0;

	if (!clients_are_behind(m)) {
		m->timer[MON_TIMER_STALL] = 0;
		return;
	}
	for (int i = 0; i < (int)m->n_slots; i++)
		n += client_is_served(&m->clients[i]);
	if (m->timer[MON_TIMER_STALL] || (n <= 1 && !m->has_exited))
		return;
	m->stall_head = m->ring.head;
	m->timer[MON_TIMER_STALL] = mon_monotonic_ns() + MON_STALL_NS;
}

void clients_stalled(struct mon *m)
{
	if (!clients_are_behind(m))
		return;
	for (int i = 0; i < (int)m->n_slots; i++) {
		struct client *c = &m->clients[i];
		if (!client_is_served(c) || c->cursor.pos >= m->stall_head + RING_SIZE / 8)
			continue;
		client_close(m, c);
		ctl_event(m, MONITOR_DROPPED);
	}
	m->timer[MON_TIMER_STALL] = 0;
	clients_release(m);
}

/* --- input --- */

static void client_detach(struct mon *m, struct client *c)
{
	client_drop(m, c);
	ctl_event(m, MONITOR_DETACHED);
}

/*
 * The client will send nothing more. With StdinOnce the container's stdin ends too; otherwise, and
 * always with a terminal, dockerd ends the whole attachment here.
 */
static void client_input_ended(struct mon *m, struct client *c)
{
	struct input *in = &m->input;
	bool closes = m->args.stdin_once && !m->args.tty;

	c->reads_stdin = false;
	if (m->args.tty) {
		in->n += keys_flush(&c->keys, in->data + in->n);
		input_flush(m);
	}
	if (closes)
		input_close(m);
	if (!closes || c->is_hung_up)
		client_drop(m, c);
	else
		client_update(m, c);
}

/* Queues n bytes of a client's input; true when they hold the detach sequence. */
static bool client_input(struct mon *m, struct client *c, const unsigned char *p, size_t n)
{
	struct input *in = &m->input;
	size_t n_out = n;
	bool is_detach = false;

	if (m->args.tty)
		is_detach = keys_feed(&c->keys, p, n, in->data + in->n, &n_out);
	else
		memcpy(in->data + in->n, p, n);
	in->n += n_out;
	input_flush(m);
	return is_detach;
}

static void client_read(struct mon *m, struct client *c)
{
	ssize_t n;

	if (m->input.n > 0)
		return; /* its turn comes when the container took what waits */
	n = recv(c->watch.fd, m->chunk, MON_INPUT_CHUNK, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		client_input_ended(m, c);
	else if (client_input(m, c, m->chunk, (size_t)n))
		client_detach(m, c);
}

void clients_resume_input(struct mon *m)
{
	for (int i = 0; i < (int)m->n_slots; i++)
		if (m->clients[i].watch.fd >= 0)
			client_update(m, &m->clients[i]);
}

void client_ready(struct mon *m, unsigned index, uint32_t events)
{
	struct client *c = &m->clients[index];

	if (events & (EPOLLERR | EPOLLHUP) && !c->is_hung_up)
		client_hang_up(m, c);
	else if (events & EPOLLOUT)
		client_send(m, c);
	if (c->watch.fd >= 0 && c->reads_stdin && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		client_read(m, c);
	if (c->watch.fd >= 0)
		client_update(m, c);
	clients_settle(m);
}

/* --- coming and going --- */

int client_add(struct mon *m, int fd, const struct monitor_request *rq, const unsigned char *body)
{
	struct client *c = NULL;

	for (int i = 0; i < MON_CLIENTS && !c; i++)
		if (m->clients[i].watch.fd < 0)
			c = &m->clients[i];
	if (!c && m->n_slots == MON_CLIENTS)
		return EMFILE;
	if (m->input.n + rq->n_stdin > MON_INPUT)
		return EAGAIN; /* clients came with more than the container reads */

	if (!c) {
		c = &m->clients[m->n_slots];
		c->watch.source = MON_CLIENT;
		c->watch.index = m->n_slots++;
	}
	c->watch.fd = fd;
	c->reads_stdin = rq->flags & MONITOR_STDIN;
	c->is_hung_up = false;
	c->view.streams = rq->flags & (MONITOR_STDOUT | MONITOR_STDERR); /* 1 << 1, 1 << 2 */
	c->view.framed = rq->flags & MONITOR_FRAMED;
	c->cursor.pos = m->ring.tail;
	c->cursor.left = 0;
	keys_init(&c->keys, body, rq->n_keys);
	m->n_clients++;
	client_update(m, c);
	outputs_update(m);
	if (c->reads_stdin && client_input(m, c, body + rq->n_keys, rq->n_stdin))
		client_detach(m, c);
	return 0;
}

void clients_finish(struct mon *m)
{
	for (int i = 0; i < (int)m->n_slots; i++)
		m->clients[i].reads_stdin = false;
	clients_resume_input(m);
	clients_settle(m);
}

void clients_close(struct mon *m)
{
	for (int i = 0; i < (int)m->n_slots; i++)
		watch_close(m, &m->clients[i].watch);
	m->n_clients = 0;
}
