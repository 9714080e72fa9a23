/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays tared for the tests of tare-monitor: each call of this program is one connection that does one thing
 * and ends, so every test also shows that a monitor survives its controllers.
 *
 *	monitor-drive spawn DIR [tare-monitor's options, --program P]   → "created PID" | "spawned" | error
 *	monitor-drive start|state|close-stdin|reopen-log DIR
 *	monitor-drive resize DIR ROWS COLUMNS
 *	monitor-drive signal DIR NUMBER
 *	monitor-drive wait DIR         → prints events until the end
 *	monitor-drive exit DIR         → what the exit file says
 *	monitor-drive attach DIR [stdin] [stdout] [stderr] [framed] [keys=TEXT] [early=TEXT] [slow] [tiny] [hold]
 *	      copies its own stdin and stdout; slow reads nothing until SIGUSR1, tiny has a small socket
 *      buffer, hold keeps stdin open
 *	monitor-drive run DIR [options]   → spawn, start, wait: for measuring
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/slice.h"
#include "monitor/client.h"

static const char *const phases[] = {
	[MONITOR_CREATING] = "creating",
	[MONITOR_CREATED] = "created",
	[MONITOR_STARTING] = "starting",
	[MONITOR_RUNNING] = "running",
	[MONITOR_EXITED] = "exited",
	[MONITOR_FAILED] = "failed",
};

static int fail(const struct err *e)
{
	fprintf(stderr, "error: %s\n", e->msg);
	return 1;
}

static void print_state(const struct monitor_state *s)
{
	printf("%s pid=%d code=%d signal=%d started=%d finished=%d\n", phases[s->phase], s->pid,
		s->exit_code, s->signal, s->started_ns > 0, s->finished_ns > 0);
	fflush(stdout);
}

/* --- spawn --- */

static void spec_option(struct monitor_spec *s, const char *name, const char *value)
{
	struct {
		const char *name;
		const char **text;
	} const texts[] = {
		{ "--program", &s->program },
		{ "--id", &s->id },
		{ "--exec", &s->exec_id },
		{ "--bundle", &s->bundle },
		{ "--runtime", &s->runtime },
		{ "--root", &s->runtime_root },
		{ "--log", &s->log_path },
		{ "--log-attrs", &s->log_attrs },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0)
			*texts[i].text = value;
	if (strcmp(name, "--log-max-size") == 0)
		s->log_max_bytes = strtoll(value, NULL, 10);
	if (strcmp(name, "--log-max-file") == 0)
		s->log_max_files = (uint32_t)strtoul(value, NULL, 10);
}

static void spec_parse(struct monitor_spec *s, char **argv)
{
	static const char *runtime_args[16];
	size_t n = 0;

	for (; *argv; argv++) {
		if (strcmp(*argv, "--tty") == 0)
			s->tty = true;
		else if (strcmp(*argv, "--stdin") == 0)
			s->open_stdin = true;
		else if (strcmp(*argv, "--stdin-once") == 0)
			s->stdin_once = true;
		else if (strcmp(*argv, "--start-by-runtime") == 0)
			s->starts_by_runtime = true;
		else if (strcmp(*argv, "--runtime-arg") == 0 && n < 15)
			runtime_args[n++] = *++argv;
		else if (argv[1])
			spec_option(s, argv[0], argv[1]), argv++;
	}
	s->runtime_args = runtime_args;
}

static int do_spawn(const char *dir, char **argv, struct monitor **out)
{
	struct monitor_spec s = { .dir = dir };
	struct monitor_state state;
	struct err e;

	spec_parse(&s, argv);
	if (monitor_spawn(&s, out, &e))
		return fail(&e);
	if (s.exec_id) {
		puts("spawned");
		return 0;
	}
	if (monitor_wait_created(*out, 10000, &state, &e))
		return fail(&e);
	print_state(&state);
	return 0;
}

/* --- wait --- */

static int do_wait(struct monitor *m)
{
	static const char *const events[] = {
		[MONITOR_EV_STATE] = "state",
		[MONITOR_EV_DETACHED] = "detached",
		[MONITOR_EV_DROPPED] = "dropped",
	};
	struct monitor_event ev;
	struct err e;

	for (;;) {
		int rc = monitor_next_event(m, &ev, &e);
		if (rc < 0)
			return fail(&e);
		if (rc == 0) {
			if (io_wait_readable(monitor_fd(m), 30000, &e) <= 0)
				return 1;
			continue;
		}
		printf("%s ", events[ev.type]);
		print_state(&ev.state);
		if (ev.state.phase >= MONITOR_EXITED)
			return 0;
	}
}

/* --- attach --- */

static volatile sig_atomic_t may_read;

static void on_usr1(int sig)
{
	(void)sig;
	may_read = 1;
}

/* Copies stdin → sock → stdout until sock ends. */
static int pump(int sock, bool has_stdin, bool is_slow, bool hold)
{
	char data[65536];
	struct err e;

	signal(SIGUSR1, on_usr1);
	while (is_slow && !may_read)
		pause();
	for (;;) {
		struct pollfd p[2] = { { sock, POLLIN, 0 }, { has_stdin ? 0 : -1, POLLIN, 0 } };
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[0].revents) {
			ssize_t n = read(sock, data, sizeof(data));
			if (n < 0)
				fprintf(stderr, "read: %s\n", strerror(errno));
			if (n <= 0)
				return n < 0;
			if (io_write(1, data, (size_t)n, &e))
				return fail(&e);
		}
		if (p[1].revents) {
			ssize_t n = read(0, data, sizeof(data));
			if (n > 0 && io_write(sock, data, (size_t)n, &e) == 0)
				continue;
			has_stdin = false;
			if (!hold)
				shutdown(sock, SHUT_WR);
		}
	}
}

static int do_attach(struct monitor **m, char **argv)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{ "stdin", MONITOR_STDIN },
		{ "stdout", MONITOR_STDOUT },
		{ "stderr", MONITOR_STDERR },
		{ "framed", MONITOR_FRAMED },
	};
	unsigned char keys[MONITOR_KEYS_MAX];
	struct monitor_attach a = { .keys = keys };
	bool slow = false, hold = false;
	int tiny = 0;
	struct err e;
	int pair[2];

	for (; *argv; argv++) {
		for (size_t i = 0; i < 4; i++)
			if (strcmp(*argv, flags[i].name) == 0)
				a.flags |= flags[i].flag;
		if (str_starts(*argv, "keys=")) {
			int n = monitor_parse_keys(*argv + 5, keys, &e);
			if (n < 0)
				return fail(&e);
			a.n_keys = (size_t)n;
		}
		if (str_starts(*argv, "early=")) {
			a.early = *argv + 6;
			a.n_early = strlen(a.early);
		}
		slow |= strcmp(*argv, "slow") == 0;
		tiny |= strcmp(*argv, "tiny") == 0;
		hold |= strcmp(*argv, "hold") == 0;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return 1;
	if (tiny && setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &tiny, sizeof(tiny)))
		return 1;
	a.fd = pair[0];
	if (monitor_attach(*m, &a, &e))
		return fail(&e);
	close(pair[0]);
	monitor_close(*m);
	*m = NULL; /* the attachment needs no controller */
	return pump(pair[1], a.flags & MONITOR_STDIN, slow, hold);
}

/* --- the others --- */

static int do_simple(struct monitor *m, const char *verb, char **argv)
{
	struct monitor_state state;
	struct err e;
	int rc = -1;

	if (strcmp(verb, "start") == 0)
		rc = monitor_start(m, 10000, &state, &e);
	else if (strcmp(verb, "state") == 0)
		rc = monitor_get_state(m, &state, &e);
	else if (strcmp(verb, "close-stdin") == 0)
		rc = monitor_close_stdin(m, &e);
	else if (strcmp(verb, "reopen-log") == 0)
		rc = monitor_reopen_log(m, &e);
	else if (strcmp(verb, "signal") == 0 && argv[0])
		rc = monitor_signal(m, (int)strtol(argv[0], NULL, 10), &e);
	else if (strcmp(verb, "resize") == 0 && argv[0] && argv[1])
		rc = monitor_resize(m, (uint16_t)strtol(argv[0], NULL, 10),
			(uint16_t)strtol(argv[1], NULL, 10), &e);
	else
		err_set(&e, ERR_INVALID, "unknown verb %s", verb);
	if (rc)
		return fail(&e);
	if (strcmp(verb, "start") == 0 || strcmp(verb, "state") == 0)
		print_state(&state);
	return 0;
}

static int do_run(const char *dir, char **argv)
{
	struct monitor *m = NULL;
	int64_t from = clock_monotonic_ns();
	int rc = do_spawn(dir, argv, &m);

	if (rc == 0)
		rc = do_simple(m, "start", argv);
	int64_t started = clock_monotonic_ns();
	if (rc == 0)
		rc = do_wait(m);
	printf("start %lld us, all %lld us\n", (long long)(started - from) / 1000,
		(long long)(clock_monotonic_ns() - from) / 1000);
	monitor_close(m);
	return rc;
}

static int do_exit(const char *dir)
{
	struct monitor_state state;
	struct err e;

	if (monitor_read_exit(dir, &state, &e))
		return fail(&e);
	print_state(&state);
	return 0;
}

int main(int argc, char **argv)
{
	struct monitor *m = NULL;
	struct err e;
	int rc;

	if (argc < 3)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(argv[1], "run") == 0)
		return do_run(argv[2], argv + 3);
	if (strcmp(argv[1], "exit") == 0)
		return do_exit(argv[2]);
	if (strcmp(argv[1], "spawn") == 0)
		rc = do_spawn(argv[2], argv + 3, &m);
	else if (monitor_connect(argv[2], &m, &e))
		rc = fail(&e);
	else if (strcmp(argv[1], "wait") == 0)
		rc = do_wait(m);
	else if (strcmp(argv[1], "attach") == 0)
		rc = do_attach(&m, argv + 3);
	else
		rc = do_simple(m, argv[1], argv + 3);
	monitor_close(m);
	return rc;
}
