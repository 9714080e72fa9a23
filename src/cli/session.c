/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define CHUNK (32 * 1024)

/* --- signals --- */

static const struct {
	int number;
	const char *name;
} signals[] = {
	{ SIGABRT, "ABRT" },
	{ SIGALRM, "ALRM" },
	{ SIGCONT, "CONT" },
	{ SIGHUP, "HUP" },
	{ SIGINT, "INT" },
	{ SIGIO, "IO" },
	{ SIGPROF, "PROF" },
	{ SIGPWR, "PWR" },
	{ SIGQUIT, "QUIT" },
	{ SIGSTKFLT, "STKFLT" },
	{ SIGTERM, "TERM" },
	{ SIGTSTP, "TSTP" },
	{ SIGUSR1, "USR1" },
	{ SIGUSR2, "USR2" },
	{ SIGVTALRM, "VTALRM" },
	{ SIGWINCH, "WINCH" },
	{ SIGXCPU, "XCPU" },
	{ SIGXFSZ, "XFSZ" },
};

const char *session_signal_name(int signal)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (signals[i].number == signal)
			return signals[i].name;
	}
	return NULL;
}

int session_block_signals(struct err *e)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i].number);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return err_sys(e, "block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? err_sys(e, "signalfd") : fd;
}

/* --- the window --- */

static void send_size(struct session *s, uint32_t rows, uint32_t columns)
{
	struct err ignored;

	if (s->resize_path == NULL || (rows == 0 && columns == 0))
		return;
	(void)client_call(s->c->client, "POST",
		arena_printf(s->c->arena, "%s?h=%u&w=%u", s->resize_path, rows, columns), NULL,
		NULL, &ignored);
}

void session_resize(struct session *s)
{
	uint32_t rows, columns;

	tty_size(&rows, &columns);
	send_size(s, rows, columns);
}

void session_resize_twice(struct session *s)
{
	uint32_t rows, columns;

	tty_size(&rows, &columns);
	send_size(s, rows + 1, columns + 1);
	send_size(s, rows, columns);
}

/* True when the signal ends the session. */
static bool take_signal(struct session *s)
{
	struct signalfd_siginfo info;
	const char *name;
	struct err ignored;

	if (read(s->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	name = session_signal_name((int)info.ssi_signo);
	if (info.ssi_signo == SIGWINCH) {
		if (s->has_tty)
			session_resize(s);
		if (s->has_tty || s->kill_path == NULL)
			return false;
	}
	if (s->kill_path == NULL) {
		s->kill_signal = (int)info.ssi_signo;
		return info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM ||
		       info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT;
	}
	(void)client_call(s->c->client, "POST",
		arena_printf(s->c->arena, "%s?signal=%s", s->kill_path, name), NULL, NULL,
		&ignored);
	return false;
}

/* --- output --- */

/* A reader of ours that went away ends us as SIGPIPE would, with the terminal restored. */
static int write_out(struct session *s, int fd, const char *data, size_t n, struct err *e)
{
	if (io_write(fd, data, n, e) == 0)
		return 0;
	if (e->sys == EPIPE || e->kind == ERR_CANCELLED) {
		tty_restore(&s->raw);
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return -1;
}

static int write_frame(void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e)
{
	struct session *s = arg;

	if (stream == HTTP_SYSTEMERR)
		return err_set(e, ERR_INTERNAL, "error from daemon in stream: %.*s", (int)n, data);
	if (stream == HTTP_STDERR && s->attach_stderr)
		return write_out(s, STDERR_FILENO, data, n, e);
	if (stream != HTTP_STDERR && s->attach_stdout)
		return write_out(s, STDOUT_FILENO, data, n, e);
	return 0;
}

static int take_output(struct session *s, const char *data, size_t n, struct err *e)
{
	if (s->has_tty)
		return n ? write_out(s, STDOUT_FILENO, data, n, e) : 0;
	return http_demux_feed(&s->demux, data, n, write_frame, s, e);
}

static int read_output(struct session *s, struct err *e)
{
	char data[CHUNK];
	ssize_t n = read(s->io->fd, data, sizeof(data));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		s->output_ended = true;
		/* docker gives the terminal back before anything else is printed */
		tty_restore(&s->raw);
		return 0;
	}
	return take_output(s, data, (size_t)n, e);
}

/* --- input --- */

static void close_input(struct session *s)
{
	if (!s->input_closed)
		(void)shutdown(s->io->fd, SHUT_WR);
	s->input_closed = true;
	s->input_ended = true;
}

static void send_input(struct session *s)
{
	ssize_t n = send(s->io->fd, s->input.data, s->input.len, MSG_NOSIGNAL);

	if (n > 0)
		buf_drop(&s->input, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		/* the process is gone: its output tells the rest */
		buf_clear(&s->input);
		s->input_ended = s->input_closed = true;
	}
	if (s->input.len == 0 && s->input_ended)
		close_input(s);
}

/* True when the user detached. */
static bool read_input(struct session *s)
{
	unsigned char data[CHUNK];
	ssize_t n = read(STDIN_FILENO, data, sizeof(data));
	bool detached = false;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0)
		s->input_ended = true;
	else if (s->has_tty)
		detached = tty_keys_feed(&s->keys, data, (size_t)n, &s->input);
	else
		buf_add(&s->input, data, (size_t)n);
	if (s->input.len > 0)
		send_input(s);
	else if (s->input_ended)
		close_input(s);
	return detached;
}

/* --- the loop --- */

enum slot { SLOT_IO, SLOT_INPUT, SLOT_SIGNALS, SLOT_WAIT, SLOTS };

static void fill_slots(const struct session *s, struct pollfd slot[SLOTS])
{
	bool reads = s->attach_stdin && !s->input_ended && s->input.len == 0;

	for (int i = 0; i < SLOTS; i++)
		slot[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	slot[SLOT_IO].fd = s->io->fd;
	if (s->input.len > 0)
		slot[SLOT_IO].events |= POLLOUT;
	if (reads)
		slot[SLOT_INPUT].fd = STDIN_FILENO;
	slot[SLOT_SIGNALS].fd = s->signals;
	/* with output attached its end decides: the exit code is read afterwards */
	if (s->wait && !s->attach_stdout && !s->attach_stderr)
		slot[SLOT_WAIT].fd = client_stream_fd(s->wait);
}

static int loop(struct session *s, enum session_end *end, struct err *e)
{
	bool has_output = s->attach_stdout || s->attach_stderr;
	struct pollfd slot[SLOTS];

	for (;;) {
		*end = SESSION_OUTPUT_ENDED;
		if (s->output_ended || (!has_output && s->input_closed && s->wait == NULL))
			return 0;
		fill_slots(s, slot);
		if (poll(slot, SLOTS, -1) < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (slot[SLOT_IO].revents & POLLOUT)
			send_input(s);
		if ((slot[SLOT_IO].revents & (POLLIN | POLLHUP | POLLERR)) && read_output(s, e))
			return -1;
		if ((slot[SLOT_INPUT].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) &&
			read_input(s)) {
			*end = SESSION_DETACHED;
			return 0;
		}
		if ((slot[SLOT_SIGNALS].revents & POLLIN) && take_signal(s)) {
			*end = SESSION_KILLED;
			return 0;
		}
		if (slot[SLOT_WAIT].revents) {
			*end = SESSION_WAIT_ENDED;
			return 0;
		}
	}
}

int session_run(struct session *s, enum session_end *end, struct err *e)
{
	int rc = 0;

	buf_init(&s->input, 4 * CHUNK);
	if (s->has_tty && s->attach_stdin) {
		if (!tty_keys_init(&s->keys, s->detach_keys))
			cli_warn(s->c, "invalid detach escape keys, using default");
		rc = tty_set_raw(&s->raw, e);
	}
	if (rc == 0 && !s->attach_stdin)
		close_input(s);
	(void)io_set_nonblock(s->io->fd, 1);
	if (rc == 0 && s->io->leftover.len > 0)
		rc = take_output(s, s->io->leftover.data, s->io->leftover.len, e);
	if (rc == 0)
		rc = loop(s, end, e);
	tty_restore(&s->raw);
	buf_done(&s->input);
	return rc;
}

void session_done(struct session *s)
{
	client_hijack_close(s->io);
	client_stream_close(s->wait);
	if (s->signals >= 0)
		close(s->signals);
}

/* --- the exit code --- */

/* A line as docker's logger writes it. */
static void log_line(struct cli *c, const char *msg)
{
	char now[CLOCK_TEXT];

	clock_rfc3339(now, clock_now_ns() / 1000000000 * 1000000000);
	cli_warn(c, "time=\"%s\" level=error msg=\"%s\"", now, msg);
}

int session_exit_code(struct cli *c, struct client_stream *wait)
{
	own_json answer = NULL;
	struct json *error;
	struct err e;
	int rc = client_stream_json(wait, &answer, &e);

	if (rc <= 0) {
		log_line(c, arena_printf(c->arena, "error waiting for container: %s",
				    rc < 0 ? e.msg : "unexpected end of JSON input"));
		return 125;
	}
	error = json_get_ci(answer, "Error");
	if (json_type(error) == JSON_OBJ) {
		log_line(c, arena_printf(c->arena, "Error waiting for container: %s",
				    json_str(json_get_ci(error, "Message"), "")));
		return 125;
	}
	return (int)json_i64(json_get_ci(answer, "StatusCode"), 0);
}
