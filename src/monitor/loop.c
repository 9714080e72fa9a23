/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's waiting: one epoll set, three timers. What is to be done is in the files of the sources. */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t mon_now_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t mon_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int mon_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void watch_set(struct mon *m, struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events };
	int op = EPOLL_CTL_MOD;

	if (w->fd < 0 || events == w->events)
		return;
	ev.data.u64 = (uint64_t)w->source << 32 | w->index;
	if (w->events == 0)
		op = EPOLL_CTL_ADD;
	else if (events == 0)
		op = EPOLL_CTL_DEL;
	if (epoll_ctl(m->epoll, op, w->fd, &ev) == 0)
		w->events = events;
}

void watch_close(struct mon *m, struct watch *w)
{
	if (w->fd < 0)
		return;
	watch_set(m, w, 0);
	close(w->fd);
	w->fd = -1;
}

/* Gives back the whole pages of [p, p + n) but the first, which the next small output needs again. */
static void trim_buffer(void *p, size_t n)
{
	uintptr_t from = ((uintptr_t)p + 2 * MON_PAGE - 1) & ~(uintptr_t)(MON_PAGE - 1);
	uintptr_t to = ((uintptr_t)p + n) & ~(uintptr_t)(MON_PAGE - 1);

	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
}

/* After a burst of output, and a quiet second: back to the size of an idle monitor. */
static void mon_trim(struct mon *m)
{
	if (m->is_burst) {
		m->is_burst = false;
		m->timer[MON_TIMER_TRIM] = mon_monotonic_ns() + MON_TRIM_NS;
		return;
	}
	trim_buffer(m->chunk, MON_CHUNK);
	trim_buffer(m->log.buf, JSONLOG_BUF);
	if (m->input.n == 0)
		trim_buffer(m->input.data, MON_INPUT);
	if (m->ring.head == m->ring.tail)
		trim_buffer(m->ring.data, RING_SIZE);
	for (int i = 0; i < 2; i++)
		if (m->log.open[i].n == 0)
			trim_buffer(m->log.open[i].text, LINE_TEXT_MAX);
}

static void mon_drain_over(struct mon *m)
{
	clients_stalled(m);
	if (clients_are_behind(m) && mon_now_ns() - m->finished_ns < MON_DRAIN_MAX_NS) {
		m->timer[MON_TIMER_DRAIN] = mon_monotonic_ns() + MON_DRAIN_NS;
		return; /* a slow client is moving: what is in the pipes can still be had */
	}
	outputs_drain(m);
	outputs_close(m);
	life_outputs_ended(m);
}

static void (*const timer_handlers[MON_TIMERS])(struct mon *m) = {
	[MON_TIMER_DRAIN] = mon_drain_over,
	[MON_TIMER_STALL] = clients_stalled,
	[MON_TIMER_TRIM] = mon_trim,
	[MON_TIMER_ORPHAN] = life_orphaned,
};

static void (*const source_handlers[MON_SOURCES])(
	struct mon *m, unsigned index, uint32_t events) = {
	[MON_SIGNALS] = life_signal_ready,
	[MON_LISTEN] = ctl_accept,
	[MON_CONTROLLER] = controller_ready,
	[MON_CLIENT] = client_ready,
	[MON_OUTPUT] = output_ready,
	[MON_INPUT_PIPE] = input_ready,
	[MON_CONSOLE_SOCK] = console_ready,
	[MON_FIFO] = life_fifo_ready,
};

/* Milliseconds until the next timer, rounded up; -1: none. */
static int mon_timeout_ms(const struct mon *m)
{
	int64_t next = 0;

	for (int i = 0; i < MON_TIMERS; i++)
		if (m->timer[i] && (!next || m->timer[i] < next))
			next = m->timer[i];
	if (!next)
		return -1;
	int64_t left = next - mon_monotonic_ns();
	return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

static void mon_run_timers(struct mon *m)
{
	int64_t now = mon_monotonic_ns();

	for (int i = 0; i < MON_TIMERS; i++) {
		if (!m->timer[i] || m->timer[i] > now)
			continue;
		m->timer[i] = 0;
		timer_handlers[i](m);
	}
}

void mon_loop(struct mon *m)
{
	while (!m->is_done) {
		struct epoll_event ev;
		/* One event at a time: handlers may close and reuse anything. */
		int n = epoll_wait(m->epoll, &ev, 1, mon_timeout_ms(m));

		if (n < 0 && errno != EINTR)
			return;
		if (n == 1)
			source_handlers[ev.data.u64 >> 32](m, (unsigned)ev.data.u64, ev.events);
		mon_run_timers(m);
	}
}
