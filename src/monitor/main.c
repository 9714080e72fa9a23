/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-monitor: the parent of one container's (or exec's) first process. It keeps stdio and exit
 * status whatever becomes of the daemon. No libc but musl, no allocation after start. The command line is
 * written by client.c and also there for who reads `ps`.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum arg_kind { ARG_TEXT, ARG_FLAG, ARG_I64, ARG_U32, ARG_RUNTIME_ARG };

#define ARG(kind, name, member)                                       \
	{                                                             \
		(name), ARG_##kind, offsetof(struct mon_args, member) \
	}

static const struct arg {
	const char *name;
	enum arg_kind kind;
	size_t offset;
} arg_rows[] = {
	ARG(TEXT, "--id", id),
	ARG(TEXT, "--exec", exec_id),
	ARG(TEXT, "--dir", dir),
	ARG(TEXT, "--bundle", bundle),
	ARG(TEXT, "--runtime", runtime),
	ARG(TEXT, "--root", root),
	ARG(RUNTIME_ARG, "--runtime-arg", runtime_args),
	ARG(FLAG, "--start-by-runtime", starts_by_runtime),
	ARG(FLAG, "--tty", tty),
	ARG(FLAG, "--stdin", open_stdin),
	ARG(FLAG, "--stdin-once", stdin_once),
	ARG(TEXT, "--log", log_path),
	ARG(I64, "--log-max-size", log_max_bytes),
	ARG(U32, "--log-max-file", log_max_files),
	ARG(TEXT, "--log-attrs", log_attrs),
};

static bool arg_number(const char *text, int64_t max, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *text && !*end && *out >= 0 && *out <= max;
}

static bool arg_set(struct mon_args *a, const struct arg *row, const char *value)
{
	char *at = (char *)a + row->offset;
	int64_t number;

	if (row->kind == ARG_FLAG) {
		*(bool *)at = true;
	} else if (row->kind == ARG_TEXT) {
		*(const char **)at = value;
	} else if (row->kind == ARG_RUNTIME_ARG) {
		if (a->n_runtime_args == MON_RUNTIME_ARGS)
			return false;
		a->runtime_args[a->n_runtime_args++] = value;
	} else {
		bool is_small = row->kind == ARG_U32;
		if (!arg_number(value, is_small ? UINT32_MAX : INT64_MAX, &number))
			return false;
		if (is_small)
			*(uint32_t *)at = (uint32_t)number;
		else
			*(int64_t *)at = number;
	}
	return true;
}

/* The argument that cannot be understood, or NULL. */
static const char *args_parse(struct mon_args *a, char **argv)
{
	for (int i = 1; argv[i]; i++) {
		const struct arg *row = NULL;
		for (size_t k = 0; k < sizeof(arg_rows) / sizeof(arg_rows[0]) && !row; k++)
			if (strcmp(argv[i], arg_rows[k].name) == 0)
				row = &arg_rows[k];
		if (!row || (row->kind != ARG_FLAG && !argv[i + 1]))
			return argv[i];
		const char *value = row->kind == ARG_FLAG ? NULL : argv[++i];
		if (!arg_set(a, row, value))
			return argv[i];
	}
	if (!a->id || !a->dir || !a->runtime)
		return "(--id, --dir and --runtime are needed)";
	return NULL;
}

static void watch_init(struct watch *w, enum mon_source source, unsigned index)
{
	w->fd = -1;
	w->source = source;
	w->index = index;
}

static void mon_init(struct mon *m)
{
	watch_init(&m->signals, MON_SIGNALS, 0);
	watch_init(&m->listen, MON_LISTEN, 0);
	watch_init(&m->console, MON_CONSOLE_SOCK, 0);
	watch_init(&m->fifo, MON_FIFO, 0);
	watch_init(&m->input.watch, MON_INPUT_PIPE, 0);
	for (unsigned i = 0; i < 2; i++)
		watch_init(&m->outputs[i].watch, MON_OUTPUT, i);
	for (unsigned i = 0; i < MON_CONTROLLERS; i++)
		watch_init(&m->controllers[i].watch, MON_CONTROLLER, i);
	m->outputs[1].stream = LINE_STDERR;
	m->chunk = m->buffers.chunk;
	m->text = m->buffers.text;
	m->input.data = m->buffers.input;
	m->ring.data = m->buffers.ring;
	m->log.buf = m->buffers.log;
	m->log.open = m->buffers.open;
	m->slave = m->log.fd = -1;
	m->log.path = m->args.log_path;
	m->log.attrs = m->args.log_attrs;
	m->log.max_bytes = m->args.log_max_bytes;
	m->log.max_files = m->args.log_max_files;
}

/* Signals are read, not delivered: nothing but the container's end (or SIGKILL) ends a monitor. */
static bool mon_open(struct mon *m)
{
	sigset_t set;

	sigemptyset(&set);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGILL && sig != SIGFPE)
			sigaddset(&set, sig);
	sigprocmask(SIG_SETMASK, &set, NULL);
	m->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	watch_set(m, &m->signals, EPOLLIN);
	return m->signals.fd >= 0 && m->epoll >= 0;
}

/* 0, 1 and 2 are always something, so that no pipe is mistaken for them. */
static void open_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd < 3);
	close(fd);
}

int main(int argc, char **argv)
{
	struct mon *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)argc;
	open_standard_fds();
	if (m == MAP_FAILED)
		return 1;
	const char *bad = args_parse(&m->args, argv);
	mon_init(m);
	if (!bad)
		m->dir_fd = open(m->args.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (bad || m->dir_fd < 0) {
		fprintf(stderr, "tare-monitor: %s: %s\n", bad ? bad : m->args.dir,
			bad ? "bad argument" : strerror(errno));
		return 1;
	}
	m->bind_error = ctl_bind(m);
	/* The spawner waits for this process only: the one that stays is nobody's child. */
	pid_t pid = fork();
	if (pid != 0)
		return pid < 0;
	umask(022); /* runtimes pass theirs on to the container */
	/* Only now: a signalfd in an epoll set hears the process that put it there. */
	if (!mon_open(m) || chdir("/") < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return 1;
	life_begin(m);
	mon_loop(m);
	return 0;
}
