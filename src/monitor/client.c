/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/json.h"
#include "base/slice.h"
#include "base/unixsock.h"
#include "monitor/client_int.h"

#define RUNTIME_LOG_MAX (1 << 20)
#define ANSWER_TIME_MS \
	10000 /* a monitor answers at once; a stopped one (SIGSTOP) should not stop us */

struct report {
	struct monitor_report head;
	char text[MONITOR_TEXT_MAX + 1];
};

static const struct {
	int error;
	enum err_kind kind;
	const char *text;
} answers[] = {
	{ ESRCH, ERR_CONFLICT, "process is not running" },
	{ ENOTTY, ERR_CONFLICT, "process has no terminal" },
	{ ENOTSUP, ERR_CONFLICT, "the stdin of a terminal cannot be closed" },
	{ ESHUTDOWN, ERR_CONFLICT, "process has ended" },
	{ EALREADY, ERR_CONFLICT, "process has already been started" },
	{ EMFILE, ERR_UNAVAILABLE, "too many clients are attached" },
	{ EAGAIN, ERR_UNAVAILABLE, "the container does not read its stdin" },
};

static int answer_error(int error, struct err *e)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].error == error)
			return err_set(e, answers[i].kind, "%s", answers[i].text);
	errno = error;
	return err_sys(e, "monitor refused");
}

/* --- why the runtime failed --- */

/* The msg of the last error in the runtime's JSON log, appended to out. */
static void log_last_error(const char *dir, struct buf *out)
{
	char path[4096];
	struct err e;
	own_buf text = { 0 };
	buf_init(&text, RUNTIME_LOG_MAX);

	snprintf(path, sizeof(path), "%s/%s", dir, MONITOR_LOG);
	if (fs_read(AT_FDCWD, path, RUNTIME_LOG_MAX, &text, &e))
		return;
	struct slice line, rest = { text.data, text.len };
	while (rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		own_json j = line.n ? json_parse(line.p, line.n, &e) : NULL;
		const char *level = json_str(json_get(j, "level"), "");
		const char *msg = json_str(json_get(j, "msg"), "");
		if (*msg && (str_eq(level, "error") || str_eq(level, "fatal"))) {
			buf_clear(out);
			buf_str(out, msg);
		}
	}
}

/* Fills e with the runtime's own words: its log's, else what it left on stderr, else its exit code. */
static int runtime_failed(const struct monitor *m, const struct report *r, struct err *e)
{
	own_buf why = { 0 };
	buf_init(&why, ERR_MSG_MAX);

	if (r->head.runtime_status != 0 || r->head.n_text == 0)
		log_last_error(m->dir, &why);
	struct slice text = slice_trim((struct slice){ r->text, r->head.n_text });
	if (why.len == 0 && text.n)
		buf_add(&why, text.p, text.n);
	if (why.len == 0)
		buf_fmt(&why, "runtime exited with status %u", r->head.runtime_status);
	return err_set(e, ERR_INTERNAL, "%s", why.data);
}

/* --- receiving --- */

static void state_from(const struct monitor_report *r, struct monitor_state *out)
{
	*out = (struct monitor_state){
		.phase = (enum monitor_phase)r->phase,
		.pid = r->pid,
		.exit_code = r->exit_code,
		.signal = r->signal,
		.started_ns = r->started_ns,
		.finished_ns = r->finished_ns,
	};
}

static void keep_event(struct monitor *m, enum monitor_event_type type)
{
	if (m->n_events == MONITOR_EVENTS_KEPT) {
		memmove(m->events, m->events + 1, (MONITOR_EVENTS_KEPT - 1) * sizeof(*m->events));
		m->n_events--;
	}
	m->events[m->n_events++] = (struct monitor_event){ type, m->last };
}

/* Takes in one report and keeps it if it is an event. 1 got one, 0 nothing there (MSG_DONTWAIT), -1. */
static int receive(struct monitor *m, struct report *r, int flags, struct err *e)
{
	static const enum monitor_event_type events[] = {
		[MONITOR_STATE] = MONITOR_EV_STATE,
		[MONITOR_DETACHED] = MONITOR_EV_DETACHED,
		[MONITOR_DROPPED] = MONITOR_EV_DROPPED,
	};
	ssize_t n;

	do {
		n = recv(m->sock, r, sizeof(*r) - 1, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return err_set(e, ERR_NOT_FOUND, "the monitor has ended");
	if ((size_t)n < sizeof(r->head) || r->head.proto != MONITOR_PROTO ||
		(size_t)n != sizeof(r->head) + r->head.n_text)
		return err_set(e, ERR_INTERNAL, "the monitor speaks protocol %u, not %u",
			(size_t)n < sizeof(r->head) ? 0 : r->head.proto, MONITOR_PROTO);
	r->text[r->head.n_text] = '\0';
	state_from(&r->head, &m->last);
	if (r->head.serial == 0 && r->head.type < sizeof(events) / sizeof(events[0]) &&
		events[r->head.type])
		keep_event(m, events[r->head.type]);
	return 1;
}

/* Receives within the time left until deadline_ns (-1: forever). */
static int receive_until(struct monitor *m, struct report *r, int64_t deadline_ns, struct err *e)
{
	int64_t left_ns = deadline_ns < 0 ? -1 : deadline_ns - clock_monotonic_ns();
	int ms = deadline_ns < 0 ? -1 : left_ns <= 0 ? 0 : (int)(left_ns / 1000000) + 1;
	int ready = io_wait_readable(m->sock, ms, e);

	if (ready < 0)
		return -1;
	if (ready == 0)
		return err_set(e, ERR_INTERNAL, "the monitor does not answer");
	return receive(m, r, 0, e) < 0 ? -1 : 0;
}

static int64_t deadline_in(int timeout_ms)
{
	return timeout_ms < 0 ? -1 : clock_monotonic_ns() + (int64_t)timeout_ms * 1000000;
}

/* --- asking --- */

static int send_request(struct monitor *m, struct monitor_request *rq, void *packet, size_t n,
	int fd, struct err *e)
{
	struct err why;

	if (++m->serial == 0)
		m->serial = 1; /* 0 marks events */
	rq->proto = MONITOR_PROTO;
	rq->serial = m->serial;
	memcpy(packet, rq, sizeof(*rq));
	if (unixsock_send(m->sock, packet, n, &fd, fd >= 0, &why) == 0)
		return 0;
	if (why.sys == EPIPE || why.sys == ECONNRESET || why.kind == ERR_CANCELLED)
		return err_set(e, ERR_NOT_FOUND, "the monitor has ended");
	*e = why;
	return -1;
}

/* Until the answer to the last request is there. */
static int await_answer(struct monitor *m, struct report *r, int timeout_ms, struct err *e)
{
	int64_t deadline = deadline_in(timeout_ms);

	do {
		if (receive_until(m, r, deadline, e))
			return -1;
	} while (r->head.serial != m->serial);
	return 0;
}

/* A request without a body, and its answer: 0, or -1 with what the monitor refused it for. */
static int ask(struct monitor *m, struct monitor_request rq, struct err *e)
{
	struct report r;
	char packet[sizeof(rq)];

	if (send_request(m, &rq, packet, sizeof(packet), -1, e) ||
		await_answer(m, &r, ANSWER_TIME_MS, e))
		return -1;
	if (r.head.type == MONITOR_ANSWER && r.head.error)
		return answer_error(r.head.error, e);
	return 0;
}

/* --- connections --- */

struct monitor *monitor_new(int sock, const char *dir)
{
	struct monitor *m = calloc(1, sizeof(*m));

	if (!m || !(m->dir = strdup(dir)))
		abort();
	m->sock = sock;
	return m;
}

int monitor_connect(const char *dir, struct monitor **out, struct err *e)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", dir, MONITOR_CTL) >= (int)sizeof(path))
		return err_set(e, ERR_INVALID, "run directory too long: %s", dir);
	int sock = unixsock_connect(path, SOCK_SEQPACKET, e);
	if (sock < 0 && (e->sys == ENOENT || e->sys == ECONNREFUSED))
		return err_set(e, ERR_NOT_FOUND, "no monitor at %s", dir);
	if (sock < 0)
		return -1;
	*out = monitor_new(sock, dir);
	return 0;
}

void monitor_close(struct monitor *m)
{
	if (!m)
		return;
	close(m->sock);
	free(m->dir);
	free(m);
}

int monitor_fd(const struct monitor *m)
{
	return m->sock;
}

/* --- the calls --- */

int monitor_wait_created(
	struct monitor *m, int timeout_ms, struct monitor_state *out, struct err *e)
{
	int64_t deadline = deadline_in(timeout_ms);
	struct report r = { .head.n_text = 0 };

	while (m->last.phase < MONITOR_CREATED)
		if (receive_until(m, &r, deadline, e))
			return -1;
	*out = m->last;
	return m->last.phase == MONITOR_FAILED ? runtime_failed(m, &r, e) : 0;
}

int monitor_start(struct monitor *m, int timeout_ms, struct monitor_state *out, struct err *e)
{
	struct monitor_request rq = { .type = MONITOR_REQ_START };
	char packet[sizeof(rq)];
	struct report r;

	if (fault_point("monitor.start", e) ||
		send_request(m, &rq, packet, sizeof(packet), -1, e) ||
		await_answer(m, &r, timeout_ms, e))
		return -1;
	if (r.head.type == MONITOR_ANSWER)
		return answer_error(r.head.error, e);
	state_from(&r.head, out);
	return out->phase == MONITOR_FAILED ? runtime_failed(m, &r, e) : 0;
}

int monitor_attach(struct monitor *m, const struct monitor_attach *a, struct err *e)
{
	struct monitor_request rq = {
		.type = MONITOR_REQ_ATTACH,
		.flags = a->flags,
		.n_keys = (uint32_t)a->n_keys,
		.n_stdin = (uint32_t)a->n_early,
	};
	size_t n = sizeof(rq) + a->n_keys + a->n_early;
	struct report r;

	if (a->n_keys > MONITOR_KEYS_MAX || a->n_early > MONITOR_STDIN_MAX)
		return err_set(e, ERR_INVALID, "too much input came with the attach request");
	own_mem char *packet = malloc(n);
	if (!packet)
		abort();
	if (a->n_keys)
		memcpy(packet + sizeof(rq), a->keys, a->n_keys);
	if (a->n_early)
		memcpy(packet + sizeof(rq) + a->n_keys, a->early, a->n_early);
	if (send_request(m, &rq, packet, n, a->fd, e) || await_answer(m, &r, ANSWER_TIME_MS, e))
		return -1;
	return r.head.error ? answer_error(r.head.error, e) : 0;
}

int monitor_resize(struct monitor *m, uint16_t rows, uint16_t columns, struct err *e)
{
	uint32_t size = (uint32_t)rows << 16 | columns;

	return ask(m, (struct monitor_request){ .type = MONITOR_REQ_RESIZE, .value = size }, e);
}

int monitor_close_stdin(struct monitor *m, struct err *e)
{
	return ask(m, (struct monitor_request){ .type = MONITOR_REQ_CLOSE_STDIN }, e);
}

int monitor_signal(struct monitor *m, int sig, struct err *e)
{
	return ask(m,
		(struct monitor_request){ .type = MONITOR_REQ_SIGNAL, .value = (uint32_t)sig }, e);
}

int monitor_reopen_log(struct monitor *m, struct err *e)
{
	return ask(m, (struct monitor_request){ .type = MONITOR_REQ_REOPEN_LOG }, e);
}

int monitor_get_state(struct monitor *m, struct monitor_state *out, struct err *e)
{
	if (ask(m, (struct monitor_request){ .type = MONITOR_REQ_STATE }, e))
		return -1;
	*out = m->last;
	return 0;
}

int monitor_next_event(struct monitor *m, struct monitor_event *out, struct err *e)
{
	struct report r;

	while (m->n_events == 0) {
		int rc = receive(m, &r, MSG_DONTWAIT, e);
		if (rc <= 0)
			return rc;
	}
	*out = m->events[0];
	memmove(m->events, m->events + 1, --m->n_events * sizeof(*m->events));
	return 1;
}

int monitor_read_exit(const char *dir, struct monitor_state *out, struct err *e)
{
	char path[4096];
	int64_t v[5] = { 0 };
	size_t n = 0;
	own_buf text = { 0 };
	buf_init(&text, 4096);

	snprintf(path, sizeof(path), "%s/%s", dir, MONITOR_EXIT);
	if (fs_read(AT_FDCWD, path, 4096, &text, e))
		return -1;
	struct slice word, rest = slice_trim((struct slice){ text.data, text.len });
	while (rest.n && n < 5 && (slice_cut(rest, ' ', &word, &rest), parse_i64(word, &v[n])))
		n++;
	if (n != 5 || rest.n)
		return err_set(e, ERR_INTERNAL, "%s is damaged", path);
	*out = (struct monitor_state){
		.phase = MONITOR_EXITED,
		.exit_code = (int)v[0],
		.signal = (int)v[1],
		.started_ns = v[2],
		.finished_ns = v[3],
		.pid = (pid_t)v[4],
	};
	return 0;
}
