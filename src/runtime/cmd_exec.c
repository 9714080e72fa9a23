/* SPDX-License-Identifier: Apache-2.0 */
/* exec: what the new process is, from --process or from the bundle and flags. Making it is enter.c's. */
#include <stdint.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "bundle.h"
#include "command.h"
#include "container.h"
#include "creation.h"
#include "enter.h"
#include "foreground.h"
#include "seal.h"
#include "sys/caps.h"

struct exec_opts {
	struct enter_opts enter;
	const char *cwd;
	const char *user;
	const char *process;
	const char *process_label;
	const char *apparmor;
	struct str_list env;
	struct str_list additional_gids;
	struct str_list caps;
	bool tty;
	bool no_new_privs;
	bool ignore_paused;
	bool help;
};

#define O struct exec_opts
static const struct opt options[] = {
	COMMAND_HELP(O),
	OPT(STR, 0, "console-socket", "path", O, enter.console_socket,
		"AF_UNIX socket which will receive the master end of the console's pseudoterminal"),
	OPT(STR, 0, "cwd", "dir", O, cwd, "current working directory in the container"),
	OPT(LIST, 'e', "env", "var", O, env, "set environment variables"),
	OPT(BOOL, 't', "tty", NULL, O, tty, "allocate a pseudo-TTY"),
	OPT(STR, 'u', "user", "uid[:gid]", O, user, "UID (format: <uid>[:<gid>])"),
	OPT(LIST, 'g', "additional-gids", "gid", O, additional_gids, "additional gids"),
	OPT(STR, 'p', "process", "file", O, process, "path to the process.json"),
	OPT(BOOL, 'd', "detach", NULL, O, enter.detach, "detach from the container's process"),
	OPT(STR, 0, "pid-file", "file", O, enter.pid_file, "file to write the process id to"),
	OPT(STR, 0, "process-label", "label", O, process_label,
		"set the asm process label for the process commonly used with selinux"),
	OPT(STR, 0, "apparmor", "profile", O, apparmor, "set the apparmor profile for the process"),
	OPT(BOOL, 0, "no-new-privs", NULL, O, no_new_privs,
		"set the no new privileges value for the process"),
	OPT(LIST, 'c', "cap", "cap", O, caps,
		"add a capability to the bounding set for the process"),
	OPT(UINT, 0, "preserve-fds", "n", O, enter.preserve_fds,
		"pass n additional file descriptors to the container"),
	OPT(LIST, 0, "cgroup", "[controller:]path", O, enter.cgroups,
		"run the process in an (existing) sub-cgroup(s)"),
	OPT(BOOL, 0, "ignore-paused", NULL, O, ignore_paused, "allow exec in a paused container"),
	OPT_END,
};
#undef O

static int parse_id(const char *kind, struct slice s, uint32_t *out, struct err *e)
{
	if (parse_u32(s, out))
		return 0;
	return err_set(e, ERR_INVALID,
		"parsing %.*s as int for %s failed: strconv.Atoi: parsing \"%.*s\": invalid syntax",
		(int)s.n, s.p, kind, (int)s.n, s.p);
}

/* A list that may grow: decoded ones have exactly the room they need. */
static void extend(struct arena *a, struct str_list *l, const struct str_list *more)
{
	struct str_list all = { 0 };

	for (size_t i = 0; i < l->n; i++)
		str_list_add(a, &all, l->v[i]);
	for (size_t i = 0; i < more->n; i++)
		str_list_add(a, &all, more->v[i]);
	*l = all;
}

static int add_gids(
	struct arena *a, const struct str_list *more, struct oci_u32_list *l, struct err *e)
{
	uint32_t *all = arena_array(a, l->n + more->n + 1, sizeof(*all));

	for (size_t i = 0; i < l->n; i++)
		all[i] = l->v[i];
	for (size_t i = 0; i < more->n; i++)
		if (parse_id("additional gid", slice_str(more->v[i]), &all[l->n + i], e))
			return -1;
	l->v = all;
	l->n += more->n;
	return 0;
}

static int apply_user(struct arena *a, const struct exec_opts *o, struct oci_user *u, struct err *e)
{
	struct slice uid, gid;

	if (!str_empty(o->user)) {
		bool has_gid = slice_cut(slice_str(o->user), ':', &uid, &gid);
		if (parse_id("uid", uid, &u->uid, e))
			return -1;
		if (has_gid && parse_id("gid", gid, &u->gid, e))
			return -1;
	}
	return add_gids(a, &o->additional_gids, &u->additional_gids, e);
}

static void add_caps(struct arena *a, const struct str_list *caps, struct oci_process *p)
{
	if (!caps->n)
		return;
	if (!p->capabilities)
		p->capabilities = ARENA_NEW(a, struct oci_caps);
	struct oci_caps *c = p->capabilities;
	struct str_list *const sets[] = { &c->bounding, &c->effective, &c->permitted, &c->ambient };
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		extend(a, sets[i], caps);
	for (size_t i = 0; i < caps->n; i++)
		if (caps_find(caps->v[i]) < 0)
			log_warn("ignoring unknown or unavailable capabilities: [%s]", caps->v[i]);
}

/* The container's own process with another command line, and the flags on top. */
static int apply_flags(
	const struct runtime *rt, const struct exec_opts *o, struct oci_process *p, struct err *e)
{
	extend(rt->arena, &p->env, &o->env);
	p->terminal = o->tty;
	if (!str_empty(o->cwd))
		p->cwd = o->cwd;
	if (!str_empty(o->apparmor))
		p->apparmor_profile = o->apparmor;
	if (!str_empty(o->process_label))
		p->selinux_label = o->process_label;
	if (o->no_new_privs)
		p->no_new_privileges = true;
	add_caps(rt->arena, &o->caps, p);
	return apply_user(rt->arena, o, &p->user, e);
}

static int make_process(const struct runtime *rt, const struct exec_opts *o,
	const struct container *c, const struct str_list *args, struct oci_process *out,
	struct err *e)
{
	if (!str_empty(o->process))
		return bundle_load_process(rt->arena, o->process, out, e);
	if (args->n < 2)
		return err_set(e, ERR_INVALID, "process args cannot be empty");
	if (bundle_load_own_process(rt->arena, c->record.bundle, out, e))
		return -1;
	out->args = (struct str_list){ args->v + 1, args->n - 1 };
	return apply_flags(rt, o, out, e) || oci_process_check(out, e) ? -1 : 0;
}

static int check_container(const struct container *c, bool ignore_paused, struct err *e)
{
	enum container_status status = container_status(c);

	if (status == CONTAINER_STOPPED)
		return err_set(e, ERR_CONFLICT, "cannot exec in a stopped container");
	if (status == CONTAINER_PAUSED && !ignore_paused)
		return err_set(e, ERR_CONFLICT,
			"cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

static int run_process(struct enter *en, struct err *e)
{
	struct foreground f = { .signals = -1, .console = -1 };
	int code = 0;

	if (!en->opts->detach && foreground_begin(&f, false, e))
		return -1;
	int rc = enter_run(en, e);
	if (rc == 0 && !en->opts->detach)
		rc = foreground_wait(
			&f, en->child.pid, en->child.pidfd, take_fd(&en->console), &code, e);
	enter_done(en);
	foreground_end(&f);
	return rc ? -1 : code;
}

static int run_exec(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct exec_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	struct oci_process process = { 0 };
	own_container c = { .dir = -1 };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	if (creation_check_fds(o.enter.preserve_fds, e) || seal_self(rt->argv, e))
		return -1;
	if (container_open(rt, line.rest.v[0], CONTAINER_NO_LOCK, &c, e) ||
		check_container(&c, o.ignore_paused, e) ||
		make_process(rt, &o, &c, &line.rest, &process, e) ||
		creation_check_console(process.terminal, o.enter.detach, o.enter.console_socket, e))
		return -1;
	struct enter en = {
		.rt = rt, .opts = &o.enter, .container = &c, .process = &process, .init = -1
	};
	return run_process(&en, e);
}

const struct command command_exec = {
	.name = "exec",
	.summary = "execute new process inside the container",
	.args = "<container-id> <command> [command options]  || -p process.json <container-id>",
	.options = options,
	.help_offset = offsetof(struct exec_opts, help),
	.min_args = 1,
	.max_args = -1,
	.stops_at_argument = true,
	.error_prefix = "exec failed: ",
	.error_code = 255,
	.run = run_exec,
};
