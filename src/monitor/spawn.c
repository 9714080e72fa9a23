/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a monitor: its command line, and the pair of sockets that makes us its first controller. */
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/proc.h"
#include "monitor/client_int.h"

struct args {
	struct arena *arena;
	struct str_list list;
};

static void add(struct args *a, const char *name, const char *value)
{
	if (!value)
		return;
	str_list_add(a->arena, &a->list, name);
	str_list_add(a->arena, &a->list, value);
}

static void add_flag(struct args *a, const char *name, bool is_set)
{
	if (is_set)
		str_list_add(a->arena, &a->list, name);
}

static void add_number(struct args *a, const char *name, int64_t value)
{
	if (value > 0)
		add(a, name, arena_printf(a->arena, "%lld", (long long)value));
}

/* The arguments of main.c, NULL-terminated. */
static const char *const *spawn_args(struct arena *arena, const struct monitor_spec *s)
{
	struct args a = { .arena = arena };

	str_list_add(arena, &a.list, "tare-monitor");
	add(&a, "--id", s->id);
	add(&a, "--exec", s->exec_id);
	add(&a, "--dir", s->dir);
	add(&a, "--bundle", s->bundle);
	add(&a, "--runtime", s->runtime);
	add(&a, "--root", s->runtime_root);
	for (const char *const *arg = s->runtime_args; arg && *arg; arg++)
		add(&a, "--runtime-arg", *arg);
	add_flag(&a, "--start-by-runtime", s->starts_by_runtime);
	add_flag(&a, "--tty", s->tty);
	add_flag(&a, "--stdin", s->open_stdin);
	add_flag(&a, "--stdin-once", s->stdin_once);
	add(&a, "--log", s->log_path);
	add_number(&a, "--log-max-size", s->log_max_bytes);
	add_number(&a, "--log-max-file", s->log_max_files);
	add(&a, "--log-attrs", s->log_attrs);

	const char **argv = arena_array(arena, a.list.n + 1, sizeof(*argv));
	for (size_t i = 0; i < a.list.n; i++)
		argv[i] = a.list.v[i];
	return argv;
}

/* Runs the program with sock as its MONITOR_FIRST_FD and waits until it has detached itself. */
static int spawn_program(const struct monitor_spec *s, const char *path, int sock, struct err *e)
{
	own_arena arena = arena_new();
	struct proc_spec spec = PROC_SPEC_INIT;
	struct proc proc;
	int status;

	spec.path = path;
	spec.argv = spawn_args(arena, s);
	spec.env = s->env;
	spec.pass_fds = &sock;
	spec.n_pass_fds = 1;
	spec.new_session = true;
	if (proc_spawn(&spec, &proc, e))
		return -1;
	int rc = proc_wait(&proc, -1, &status, e);
	proc_done(&proc);
	if (rc == 0 && status != 0)
		return err_set(e, ERR_INTERNAL, "%s could not start (status 0x%x)", path, status);
	return rc;
}

int monitor_spawn(const struct monitor_spec *s, struct monitor **out, struct err *e)
{
	char path[PATH_MAX];
	int pair[2];

	if (fault_point("monitor.spawn", e))
		return -1;
	if (s->program)
		snprintf(path, sizeof(path), "%s", s->program);
	else if (proc_sibling("tare-monitor", path, sizeof(path), e))
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(e, "socketpair");
	own_fd ours = pair[0];
	own_fd theirs = pair[1];
	if (spawn_program(s, path, theirs, e))
		return err_in(e, "start monitor");
	*out = monitor_new(take_fd(&ours), s->dir);
	return 0;
}
