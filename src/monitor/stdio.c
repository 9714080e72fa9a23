/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's side of stdio: pipes or the pty's master. Output goes to the log and to the
 * clients; while the clients are too far behind nothing is read, and the container waits.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#define OUTPUT_ROUNDS	4	/* chunks read before others have their turn */
#define OUTPUT_LEFT_MAX 2097152 /* bytes read after the end: twice the largest pipe */

/* --- stdin --- */

void input_shut(struct mon *m)
{
	struct input *in = &m->input;

	watch_close(m, &in->watch);
	in->is_closed = true;
	in->at = in->n = 0;
	clients_resume_input(m); /* what they send from now on is read and dropped */
}

void input_flush(struct mon *m)
{
	struct input *in = &m->input;

	if (in->is_closed) {
		input_shut(m);
		return;
	}
	if (in->watch.fd < 0)
		return; /* the terminal is not there yet: it waits */
	while (in->at < in->n) {
		ssize_t k = write(in->watch.fd, in->data + in->at, in->n - in->at);
		if (k > 0) {
			in->at += (size_t)k;
		} else if (k == 0 || errno == EAGAIN) {
			watch_set(m, &in->watch, EPOLLOUT);
			return;
		} else if (errno != EINTR) {
			input_shut(m);
			return;
		}
	}
	in->at = in->n = 0;
	if (in->is_closing) {
		input_shut(m);
		return;
	}
	watch_set(m, &in->watch, EPOLLERR); /* to hear when nobody reads any more */
	clients_resume_input(m);
}

void input_close(struct mon *m)
{
	m->input.is_closing = true;
	input_flush(m);
}

void input_ready(struct mon *m, unsigned index, uint32_t events)
{
	(void)index;
	if (events & EPOLLERR)
		input_shut(m);
	else
		input_flush(m);
}

/* --- stdout and stderr --- */

static void output_take(struct mon *m, struct output *o, size_t n)
{
	jsonlog_write(&m->log, o->stream, m->chunk, n, mon_now_ns());
	clients_output(m, o->stream == LINE_STDOUT ? 1 : 2, m->chunk, n);
	if (n > 4096) {
		m->is_burst = true;
		if (!m->timer[MON_TIMER_TRIM])
			m->timer[MON_TIMER_TRIM] = mon_monotonic_ns() + MON_TRIM_NS;
	}
}

static void output_end(struct mon *m, struct output *o)
{
	if (o->watch.fd < 0)
		return;
	watch_close(m, &o->watch);
	jsonlog_end(&m->log, o->stream, mon_now_ns());
}

/* Reads one chunk: 1 taken, 0 nothing there now, -1 the end. */
static int output_read(struct mon *m, struct output *o)
{
	ssize_t k;

	do {
		k = read(o->watch.fd, m->chunk, MON_CHUNK);
	} while (k < 0 && errno == EINTR);
	if (k < 0 && errno == EAGAIN)
		return 0;
	if (k <= 0) { /* EIO: all have closed the terminal */
		output_end(m, o);
		return -1;
	}
	output_take(m, o, (size_t)k);
	return 1;
}

/* What the runtime says on stderr before the container is there; too much of it is dropped. */
static void output_capture(struct mon *m, struct output *o)
{
	for (;;) {
		ssize_t k = read(o->watch.fd, m->chunk, MON_CHUNK);
		if (k <= 0 && !(k < 0 && errno == EINTR)) {
			if (k == 0)
				watch_set(m, &o->watch, 0);
			return;
		}
		for (ssize_t i = 0; i < k && m->n_text < MONITOR_TEXT_MAX; i++)
			m->text[m->n_text++] = (char)m->chunk[i];
	}
}

void output_ready(struct mon *m, unsigned index, uint32_t events)
{
	struct output *o = &m->outputs[index];
	int rc = 1;

	(void)events;
	if (m->phase == MONITOR_CREATING || (m->args.tty && o->stream == LINE_STDERR)) {
		output_capture(m, o);
		return;
	}
	for (int i = 0; i < OUTPUT_ROUNDS && rc == 1 && !clients_are_behind(m); i++)
		rc = output_read(m, o);
	if (m->has_exited && m->outputs[0].watch.fd < 0 && m->outputs[1].watch.fd < 0)
		life_outputs_ended(m);
}

void outputs_update(struct mon *m)
{
	bool behind = clients_are_behind(m);

	if (!m->is_copying)
		return;
	for (int i = 0; i < 2; i++)
		watch_set(m, &m->outputs[i].watch, behind ? 0 : EPOLLIN);
	clients_watch_stall(m);
}

bool outputs_drain(struct mon *m)
{
	bool all = true;

	for (int i = 0; i < 2; i++) {
		struct output *o = &m->outputs[i];
		int rc = o->watch.fd < 0 ? -1 : 1;
		for (int left = OUTPUT_LEFT_MAX / MON_CHUNK; rc == 1 && left > 0; left--) {
			if (ring_free(&m->ring) < MON_CHUNK + RING_HEADER)
				break;
			rc = output_read(m, o);
		}
		all = all && rc < 0;
	}
	return all;
}

void outputs_close(struct mon *m)
{
	output_end(m, &m->outputs[0]);
	output_end(m, &m->outputs[1]);
}

/* --- making them --- */

/* One pipe: our end goes to w, non-blocking; returns the container's end or -1. */
static int stdio_pipe(struct watch *w, bool we_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	w->fd = fds[we_write];
	mon_set_nonblock(w->fd);
	return fds[!we_write];
}

int stdio_open(struct mon *m)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return errno;
	m->input.child_fd = m->outputs[0].child_fd = null;
	/* With a tty this pipe only carries what the runtime itself has to say. */
	m->outputs[1].child_fd = stdio_pipe(&m->outputs[1].watch, false);
	if (m->outputs[1].child_fd < 0)
		return errno;
	if (m->args.tty)
		return 0;
	m->outputs[0].child_fd = stdio_pipe(&m->outputs[0].watch, false);
	if (m->outputs[0].child_fd < 0)
		return errno;
	if (!m->args.open_stdin) {
		m->input.is_closed = true;
		return 0;
	}
	m->input.child_fd = stdio_pipe(&m->input.watch, true);
	return m->input.child_fd < 0 ? errno : 0;
}

void stdio_close_child_ends(struct mon *m)
{
	int fds[] = { m->input.child_fd, m->outputs[0].child_fd, m->outputs[1].child_fd };

	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0 && (i != 1 || fds[1] != fds[0]))
			close(fds[i]);
	m->input.child_fd = m->outputs[0].child_fd = m->outputs[1].child_fd = -1;
	/* An exec's stderr stays unread until the runtime is done: what is in it may be the process's. */
	if (!m->args.exec_id || m->args.tty)
		watch_set(m, &m->outputs[1].watch, EPOLLIN);
}

void stdio_read_error(struct mon *m)
{
	if (m->outputs[1].watch.fd >= 0)
		output_capture(m, &m->outputs[1]);
}

void stdio_begin(struct mon *m)
{
	/* Warnings of a runtime that succeeded are nobody's output. */
	if (!m->args.exec_id || m->args.tty)
		stdio_read_error(m);
	m->n_text = 0;
	m->is_copying = true;
	if (m->args.tty)
		watch_close(m, &m->outputs[1].watch);
	outputs_update(m);
	input_flush(m);
}

void stdio_take_console(struct mon *m, int master)
{
	mon_set_nonblock(master);
	m->outputs[0].watch.fd = master;
	m->input.watch.fd = fcntl(master, F_DUPFD_CLOEXEC, 3);
}
