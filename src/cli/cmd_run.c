/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run and create. The order matters: attach and wait are open before start, so that no byte of output
 * and no exit is missed; the id is printed before start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "cmds.h"
#include "http/uri.h"
#include "oci/reference.h"
#include "platform_opt.h"
#include "progress.h"
#include "registry_auth.h"
#include "run_opts.h"

#define CLI_ERROR 125

/* "docker: MSG" and the hint; the exit code tells a missing program (127) and one that may not run (126). */
static int run_error(struct cli *c, const char *command, int code, struct err *e)
{
	struct err why = *e;

	c->exit_code = code;
	return err_set(e, why.kind, "%s: %s\n\nRun '%s %s --help' for more information", CLI_NAME,
		why.msg, CLI_NAME, command);
}

static int start_error_code(const char *msg)
{
	static const char *const missing[] = { "executable file not found",
		"no such file or directory", "system cannot find the file specified" };

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		if (strstr(msg, missing[i]))
			return 127;
	}
	if (strstr(msg, "permission denied") || strstr(msg, "is a directory"))
		return 126;
	return CLI_ERROR;
}

/* --- create --- */

/* An id file: refused when it is there, removed again when no container came of it. */
static int open_cid_file(const char *path, struct err *e)
{
	int fd;

	if (access(path, F_OK) == 0)
		return err_set(e, ERR_INVALID,
			"container ID file found, make sure the other container isn't running or "
			"delete %s",
			path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_set(e, ERR_INVALID,
			"failed to create the container ID file: open %s: %s", path,
			errno == ENOENT ? "no such file or directory" : strerror(errno));
	return fd;
}

static int pull(struct cli *c, const struct run_opts *o, const struct oci_ref *ref, struct err *e)
{
	struct registry_call call = { .method = "POST", .domain = ref->domain };
	const char *platform = platform_opt_default(c->arena, o->platform);
	struct credentials auth;
	struct client_stream *s;
	own_buf target = { 0 };
	int rc;

	if (credentials_get(c, credentials_key(ref->domain), &auth, e))
		return -1;
	buf_init(&target, 1 << 16);
	buf_str(&target, "/images/create");
	http_add_param(&target, "fromImage", oci_ref_name(c->arena, ref));
	if (*platform)
		http_add_param(&target, "platform", platform);
	http_add_param(&target, "tag", ref->digest ? ref->digest : ref->tag);
	call.target = target.data;
	s = registry_call_with(c, &call, credentials_header(c->arena, &auth), e);
	if (s == NULL)
		return -1;
	rc = progress_show(c, s, o->quiet ? -1 : STDERR_FILENO, e);
	client_stream_close(s);
	return rc;
}

static int post_create(struct cli *c, const struct run_opts *o, const char *body,
	struct json **answer, struct err *e)
{
	own_buf target = { 0 };

	buf_init(&target, 1 << 16);
	buf_str(&target, "/containers/create");
	if (!str_empty(o->name))
		http_add_param(&target, "name", o->name);
	if (!str_empty(o->platform))
		http_add_param(&target, "platform", o->platform);
	return client_call_json(c->client, "POST", target.data, body, answer, e);
}

static int check_platform(const char *text, struct err *e)
{
	size_t slashes = 0;

	for (const char *p = text; *p; p++)
		slashes += *p == '/';
	if (slashes > 2 || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_.-/") != strlen(text))
		return err_set(e, ERR_INVALID,
			"error parsing specified platform: \"%s\": invalid argument", text);
	return 0;
}

/* Creates, pulling first or on demand; *id lives in the arena. */
static int create_on(struct cli *c, const struct run_opts *o, const char **id, struct err *e)
{
	const char *body = run_config_body(c, o);
	struct oci_ref ref;
	own_json answer = NULL;
	struct json *warnings;
	int rc;

	if (oci_ref_parse_any(c->arena, o->config.image, &ref, e) ||
		(!str_empty(o->platform) && check_platform(o->platform, e)))
		return -1;
	if (ref.domain)
		oci_ref_default_tag(&ref);
	if (str_eq(o->pull, "always") && ref.domain && pull(c, o, &ref, e))
		return -1;
	rc = post_create(c, o, body, &answer, e);
	if (rc < 0 && e->kind == ERR_NOT_FOUND && ref.domain && str_eq(o->pull, "missing")) {
		if (!o->quiet)
			cli_warn(c, "Unable to find image '%s' locally",
				oci_ref_familiar(c->arena, &ref));
		if (pull(c, o, &ref, e))
			return -1;
		rc = post_create(c, o, body, &answer, e);
	}
	if (rc < 0)
		return -1;
	warnings = json_get_ci(answer, "Warnings");
	for (size_t i = 0; i < json_len(warnings); i++)
		cli_warn(c, "WARNING: %s", json_str(json_at(warnings, i), ""));
	for (size_t i = 0; i < o->host.dns.n; i++) {
		if (str_starts(o->host.dns.v[i], "127.") || str_eq(o->host.dns.v[i], "::1"))
			cli_warn(c, "WARNING: Localhost DNS (%s) may fail in containers.",
				o->host.dns.v[i]);
	}
	*id = arena_strdup(c->arena, json_str(json_get_ci(answer, "Id"), ""));
	return 0;
}

static int create(struct cli *c, const struct run_opts *o, const char **id, struct err *e)
{
	const char *cid_file = o->host.container_id_file;
	own_fd fd = -1;
	int rc;

	if (cli_client(c, e) == NULL)
		return -1;
	if (!str_empty(cid_file)) {
		fd = open_cid_file(cid_file, e);
		if (fd < 0)
			return -1;
	}
	rc = create_on(c, o, id, e);
	if (fd >= 0 && rc)
		(void)unlink(cid_file);
	else if (fd >= 0 && io_write(fd, *id, strlen(*id), e))
		return err_in(e, "failed to write the container ID to the file");
	return rc;
}

static int check_pull(const struct run_opts *o, struct err *e)
{
	static const char *const known[] = { "always", "missing", "never", "" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eq(o->pull, known[i]))
			return 0;
	}
	return err_set(e, ERR_INVALID,
		"invalid pull option: '%s': must be one of \"always\", \"missing\" or \"never\"",
		o->pull);
}

static int finish(struct cli *c, struct run_opts *o, const struct str_list *args,
	const char *command, struct err *e)
{
	if (str_empty(o->platform) && getenv("DOCKER_DEFAULT_PLATFORM"))
		o->platform = getenv("DOCKER_DEFAULT_PLATFORM");
	if (run_config_check_platform(o, e))
		return -1;
	if (check_pull(o, e) || run_config_finish(c, o, args, e))
		return run_error(c, command, CLI_ERROR, e);
	for (size_t i = 0; i < o->warnings.n; i++)
		cli_warn(c, "%s", o->warnings.v[i]);
	return 0;
}

static int run_create(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct run_opts o = *(const struct run_opts *)opts;
	const char *id;

	if (finish(c, &o, args, "create", e) || create(c, &o, &id, e))
		return -1;
	buf_fmt(&c->out, "%s\n", id);
	return 0;
}

const struct command_impl create_impl = {
	.run = run_create,
	.opts = run_shared_opts,
	.more_opts = create_only_opts,
	.opts_size = sizeof(struct run_opts),
	.defaults = &run_defaults,
	.order = OPT_STOP_AT_ARGUMENT,
};

/* --- run --- */

struct run {
	struct cli *c;
	struct run_opts *o;
	const char *id;
	struct session *session; /* of run_attached, or NULL */
};

static int start(struct run *r, struct err *e)
{
	if (cli_post(r->c, cli_path(r->c, "containers", r->id, "/start"), e) == 0)
		return 0;
	if (r->session && r->o->host.auto_remove)
		(void)session_exit_code(r->c, r->session->wait);
	return run_error(r->c, "run", start_error_code(e->msg), e);
}

static int follow(struct run *r, struct err *e)
{
	struct session *s = r->session;
	enum session_end end;

	if (s->resize_path)
		session_resize(s);
	if (session_run(s, &end, e))
		return -1;
	if (end == SESSION_DETACHED)
		return 0;
	if (end == SESSION_KILLED)
		r->c->exit_code = 128 + s->kill_signal;
	else
		r->c->exit_code = session_exit_code(r->c, s->wait);
	return 0;
}

static int run_attached(struct run *r, struct err *e)
{
	struct cli *c = r->c;
	const struct container_config *config = &r->o->config;
	struct client_hijack io = { .fd = -1 };
	own_session s = { .c = c,
		.io = &io,
		.has_tty = config->tty,
		.attach_stdin = config->attach_stdin,
		.attach_stdout = config->attach_stdout,
		.attach_stderr = config->attach_stderr,
		.detach_keys = attach_keys(c, r->o->detach_keys) };

	r->session = &s;
	if (r->o->sig_proxy)
		s.kill_path = cli_path(c, "containers", r->id, "/kill");
	if (config->tty && isatty(STDOUT_FILENO))
		s.resize_path = cli_path(c, "containers", r->id, "/resize");
	s.signals = session_block_signals(e);
	if (s.signals < 0 || attach_open(&s, r->id, e) ||
		attach_open_wait(&s, r->id, r->o->host.auto_remove ? "removed" : "next-exit", e))
		return -1;
	return start(r, e) ? -1 : follow(r, e);
}

static int run_run(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct run_opts o = *(const struct run_opts *)opts;
	struct run r = { .c = c, .o = &o };
	struct container_config *config = &o.config;

	if (finish(c, &o, args, "run", e))
		return -1;
	if (!o.detach) {
		if (tty_check_input(config->attach_stdin, config->tty, e))
			return -1;
	} else {
		if (o.attach.n > 0)
			return err_set(e, ERR_INVALID,
				"conflicting options: cannot specify both --attach and --detach");
		config->attach_stdin = config->attach_stdout = config->attach_stderr = false;
		config->stdin_once = false;
	}
	if (create(c, &o, &r.id, e))
		return run_error(c, "run", start_error_code(e->msg), e);
	if (config->attach_stdin || config->attach_stdout || config->attach_stderr)
		return run_attached(&r, e);
	buf_fmt(&c->out, "%s\n", r.id);
	cli_flush(c);
	return start(&r, e);
}

const struct command_impl run_impl = {
	.run = run_run,
	.opts = run_shared_opts,
	.more_opts = run_only_opts,
	.opts_size = sizeof(struct run_opts),
	.defaults = &run_defaults,
	.order = OPT_STOP_AT_ARGUMENT,
};
