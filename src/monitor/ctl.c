/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Controllers: whoever connects to the control socket, tared above all. Requests are carried out one
 * packet at a time; nothing here waits for a controller, and one that does not read is cut off.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "monitor/request.h"

/* --- reports --- */

static void controller_close(struct mon *m, struct controller *c)
{
	watch_close(m, &c->watch);
	c->owes_state = false;
	c->start_serial = 0;
}

/* One packet to one controller: false when its socket is full. A broken one is closed. */
static bool controller_send(struct mon *m, struct controller *c, struct monitor_report *r)
{
	struct iovec iov[2] = { { r, sizeof(*r) }, { m->text, 0 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	r->proto = MONITOR_PROTO;
	r->phase = m->phase;
	r->pid = m->pid;
	r->exit_code = m->exit_code;
	r->signal = m->signal;
	r->n_clients = m->n_clients;
	r->started_ns = m->started_ns;
	r->finished_ns = m->finished_ns;
	r->runtime_status = m->runtime_status;
	if (m->phase == MONITOR_FAILED)
		iov[1].iov_len = r->n_text = (uint32_t)m->n_text;
	for (;;) {
		if (sendmsg(c->watch.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return true;
		if (errno == EAGAIN)
			return false;
		if (errno != EINTR)
			break;
	}
	controller_close(m, c);
	return true;
}

void ctl_event(struct mon *m, enum monitor_report_type type)
{
	for (int i = 0; i < MON_CONTROLLERS; i++) {
		struct controller *c = &m->controllers[i];
		struct monitor_report r = { .type = (uint16_t)type };
		if (c->watch.fd < 0 || controller_send(m, c, &r) || type != MONITOR_STATE)
			continue;
		/* A state can wait: the one sent later says more. */
		c->owes_state = true;
		watch_set(m, &c->watch, EPOLLIN | EPOLLOUT);
	}
}

/* An answer a controller has no room for: it asks without reading, so it goes. */
static void controller_answer(struct mon *m, struct controller *c, struct monitor_report *r)
{
	if (c->watch.fd >= 0 && !controller_send(m, c, r))
		controller_close(m, c);
}

static void controller_answer_state(struct mon *m, struct controller *c, uint32_t serial)
{
	struct monitor_report r = { .type = MONITOR_STATE, .serial = serial };

	controller_answer(m, c, &r);
}

void ctl_answer_start(struct mon *m)
{
	for (int i = 0; i < MON_CONTROLLERS; i++) {
		struct controller *c = &m->controllers[i];
		if (c->start_serial)
			controller_answer_state(m, c, c->start_serial);
		c->start_serial = 0;
	}
}

/* --- requests --- */

struct ctl_call {
	struct mon *m;
	struct controller *from;
	const struct monitor_request *rq;
	const unsigned char *body;
	int fd; /* that came along, or -1; a handler that keeps it sets -1 */
};

#define CTL_NO_ANSWER (-1) /* given already, or later */

static int ctl_state(struct ctl_call *call)
{
	controller_answer_state(call->m, call->from, call->rq->serial);
	return CTL_NO_ANSWER;
}

static int ctl_start(struct ctl_call *call)
{
	int rc;

	if (call->from->start_serial)
		return EALREADY;
	if (call->m->phase == MONITOR_EXITED)
		return ctl_state(call); /* it ended before it was let go */
	call->from->start_serial = call->rq->serial;
	rc = life_start(call->m);
	if (rc)
		call->from->start_serial = 0;
	return rc ? rc : CTL_NO_ANSWER;
}

static int ctl_attach(struct ctl_call *call)
{
	const struct monitor_request *rq = call->rq;
	int rc;

	if (call->fd < 0)
		return EBADF;
	if (call->m->phase >= MONITOR_EXITED)
		return ESHUTDOWN;
	rc = client_add(call->m, call->fd, rq, call->body);
	if (rc == 0)
		call->fd = -1;
	return rc;
}

static int ctl_resize(struct ctl_call *call)
{
	call->m->winsize = call->rq->value;
	return console_resize(call->m);
}

static int ctl_close_stdin(struct ctl_call *call)
{
	if (call->m->args.tty)
		return ENOTSUP; /* a terminal has no end of file but the key for it */
	input_close(call->m);
	return 0;
}

static int ctl_signal(struct ctl_call *call)
{
	return life_kill(call->m, (int)call->rq->value);
}

static int ctl_reopen_log(struct ctl_call *call)
{
	return jsonlog_reopen(&call->m->log);
}

static int (*const ctl_handlers[MONITOR_REQ_LAST + 1])(struct ctl_call *call) = {
	[MONITOR_REQ_STATE] = ctl_state,
	[MONITOR_REQ_START] = ctl_start,
	[MONITOR_REQ_ATTACH] = ctl_attach,
	[MONITOR_REQ_RESIZE] = ctl_resize,
	[MONITOR_REQ_CLOSE_STDIN] = ctl_close_stdin,
	[MONITOR_REQ_SIGNAL] = ctl_signal,
	[MONITOR_REQ_REOPEN_LOG] = ctl_reopen_log,
};

/* Carries out one packet of n bytes that lies in m->chunk; fd came with it or is -1. */
static void ctl_handle(struct mon *m, struct controller *c, size_t n, int fd)
{
	struct monitor_request rq;
	struct ctl_call call = { m, c, &rq, m->chunk + sizeof(rq), fd };
	int rc = request_parse(m->chunk, n, &rq);

	if (rc == 0)
		rc = ctl_handlers[rq.type](&call);
	if (call.fd >= 0)
		close(call.fd);
	if (rc == CTL_NO_ANSWER)
		return;
	struct monitor_report r = { .type = MONITOR_ANSWER, .serial = rq.serial, .error = rc };
	controller_answer(m, c, &r);
}

/* The one descriptor a packet may bring; more are closed. */
static int ctl_take_fd(struct msghdr *msg)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int got;
			memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (fd < 0)
				fd = got;
			else
				close(got);
		}
	}
	return fd;
}

void controller_ready(struct mon *m, unsigned index, uint32_t events)
{
	struct controller *c = &m->controllers[index];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
	struct iovec iov = { m->chunk, MON_CHUNK };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (events & EPOLLOUT && c->owes_state) {
		struct monitor_report r = { .type = MONITOR_STATE };
		c->owes_state = !controller_send(m, c, &r);
		if (!c->owes_state)
			watch_set(m, &c->watch, EPOLLIN);
	}
	if (c->watch.fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	ssize_t n = recvmsg(c->watch.fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		controller_close(m, c);
	else
		ctl_handle(m, c, (size_t)n, ctl_take_fd(&msg));
}

/* --- connections --- */

static bool controller_add(struct mon *m, int fd)
{
	for (int i = 0; i < MON_CONTROLLERS; i++) {
		struct controller *c = &m->controllers[i];
		if (c->watch.fd >= 0)
			continue;
		c->watch.fd = fd;
		watch_set(m, &c->watch, EPOLLIN);
		return true;
	}
	return false;
}

void ctl_accept(struct mon *m, unsigned index, uint32_t events)
{
	int fd = accept4(m->listen.fd, NULL, NULL, SOCK_CLOEXEC);

	(void)index;
	(void)events;
	if (fd >= 0 && !controller_add(m, fd))
		close(fd);
}

/* The spawner's pair, when there is one. */
static void ctl_take_first(struct mon *m)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (getsockopt(MONITOR_FIRST_FD, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
		type != SOCK_SEQPACKET)
		return;
	fcntl(MONITOR_FIRST_FD, F_SETFD, FD_CLOEXEC);
	controller_add(m, MONITOR_FIRST_FD);
}

int ctl_bind(struct mon *m)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	m->listen.fd = fd;
	unlinkat(m->dir_fd, MONITOR_CTL, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", m->dir_fd,
		MONITOR_CTL);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
		fchmodat(m->dir_fd, MONITOR_CTL, 0600, 0) < 0 || listen(fd, 16) < 0)
		return errno;
	return 0;
}

void ctl_open(struct mon *m)
{
	ctl_take_first(m);
	watch_set(m, &m->listen, EPOLLIN);
}

bool ctl_has_controllers(const struct mon *m)
{
	for (int i = 0; i < MON_CONTROLLERS; i++)
		if (m->controllers[i].watch.fd >= 0)
			return true;
	return false;
}

void ctl_unlisten(struct mon *m)
{
	if (m->listen.fd < 0)
		return;
	unlinkat(m->dir_fd, MONITOR_CTL, 0);
	watch_close(m, &m->listen);
}
