/* SPDX-License-Identifier: Apache-2.0 */
/* From argv to a command of the table: global options, help, errors and the exit code. */
#include "cli.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "commands.h"
#include "context_store.h"
#include "http/uri.h"
#include "usage.h"

#define CONFIG_MAX    (1 << 20)
#define BAD_FLAG_CODE 125
#define ROOT_USAGE    "[OPTIONS] COMMAND [ARG...]"

static const struct opt global_opts[] = {
	OPT(STR, 0, "config", "string", struct cli_globals, config_dir,
		"Location of client config files (default \"%s\")"),
	OPT(STR, 'c', "context", "string", struct cli_globals, context,
		"Name of the context to use to connect to the daemon (overrides DOCKER_HOST env "
		"var and default context set with \"docker context use\")"),
	OPT(BOOL, 'D', "debug", NULL, struct cli_globals, debug, "Enable debug mode"),
	OPT(LIST, 'H', "host", "list", struct cli_globals, hosts, "Daemon socket to connect to"),
	OPT(STR, 'l', "log-level", "string", struct cli_globals, log_level,
		"Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\") "
		"(default \"info\")"),
	OPT(BOOL, 'v', "version", NULL, struct cli_globals, version,
		"Print version information and quit"),
	OPT_HIDDEN(BOOL, 0, "help", NULL, struct cli_globals, help, "Print usage"),
	OPT_HIDDEN(BOOL, 'h', NULL, NULL, struct cli_globals, help_short, ""),
	OPT_END,
};

static const struct opt common_opts[] = {
	OPT_HIDDEN(BOOL, 0, "help", NULL, struct opts_common, help, "Print usage"),
	OPT_HIDDEN(BOOL, 'h', NULL, NULL, struct opts_common, help_short, ""),
	OPT_END,
};

static const struct opt no_opts[] = { OPT_END };

/* --- output --- */

void cli_flush(struct cli *c)
{
	struct err e;

	if (c->out.len > 0)
		(void)io_write(STDOUT_FILENO, c->out.data, c->out.len, &e);
	buf_clear(&c->out);
}

void cli_warn(struct cli *c, const char *fmt, ...)
{
	own_buf b = { 0 };
	struct err e;
	va_list ap;

	buf_init(&b, CLI_BODY_MAX);
	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	buf_char(&b, '\n');
	cli_flush(c);
	(void)io_write(STDERR_FILENO, b.data, b.len, &e);
}

void cli_errors_init(struct cli_errors *l)
{
	buf_init(&l->text, CLI_BODY_MAX);
	l->n = 0;
}

void cli_errors_add(struct cli_errors *l, const char *msg)
{
	buf_fmt(&l->text, "%s%s", l->n++ ? "\n" : "", msg);
}

int cli_errors_end(struct cli *c, struct cli_errors *l, struct err *e)
{
	int n = l->n;

	if (n > 0) {
		cli_warn(c, "%s", l->text.data);
		c->exit_code = 1;
		err_set(e, ERR_INTERNAL, "%s", "");
	}
	buf_done(&l->text);
	return n > 0 ? -1 : 0;
}

/* --- configuration and connection --- */

const char *cli_config_dir(struct cli *c)
{
	const char *env = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	const struct passwd *pw;

	if (c->globals.config_dir)
		return c->globals.config_dir;
	if (!str_empty(env))
		return env;
	if (str_empty(home)) {
		pw = getpwuid(getuid());
		home = pw ? pw->pw_dir : "/";
	}
	return arena_printf(c->arena, "%s/.docker", home);
}

const struct json *cli_config(struct cli *c)
{
	struct err e;
	const char *path;

	if (c->has_config)
		return c->config;
	c->has_config = true;
	path = arena_printf(c->arena, "%s/config.json", cli_config_dir(c));
	c->config = json_read(AT_FDCWD, path, CONFIG_MAX, &e);
	if (c->config == NULL && e.kind != ERR_NOT_FOUND)
		cli_warn(c, "WARNING: Error loading config file: %s: %s", path, e.msg);
	return c->config;
}

const char *cli_config_str(struct cli *c, const char *key)
{
	const struct json *config = cli_config(c);

	return config ? json_str(json_get_ci(config, key), "") : "";
}

/* -H takes shorter forms than DOCKER_HOST: "host:port", "unix://". */
static const char *full_host(struct cli *c, const char *host)
{
	const char *address = strstr(host, "://");
	bool has_port;

	if (str_eq(host, "unix://") || *host == '\0')
		return CLIENT_DEFAULT_HOST;
	if (address && !str_starts(host, "tcp://"))
		return host;
	address = address ? address + 3 : host;
	has_port = strchr(
		address[0] == '[' ? strchr(address, ']') ? strchr(address, ']') : address : address,
		':');
	return arena_printf(c->arena, "tcp://%s%s%s", *address == ':' ? "localhost" : "", address,
		has_port ? "" : ":2375");
}

struct client *cli_client(struct cli *c, struct err *e)
{
	struct client_spec spec = { .assume_latest = true };
	struct context context;

	if (c->client)
		return c->client;
	if (c->globals.hosts.n > 1) {
		err_set(e, ERR_INVALID,
			"Failed to initialize: unable to resolve docker endpoint: Specify only one -H");
		return NULL;
	}
	if (c->globals.hosts.n == 1) {
		spec.host = full_host(c, c->globals.hosts.v[0]);
	} else if (!str_eq(context_current(c), CONTEXT_DEFAULT)) {
		if (context_get(c, context_current(c), &context, e)) {
			err_in(e, "Failed to initialize: unable to resolve docker endpoint");
			return NULL;
		}
		spec.host = context.host;
	}
	c->client = client_new(&spec, e);
	return c->client;
}

const char *cli_path(struct cli *c, const char *kind, const char *id, const char *tail)
{
	own_buf b = { 0 };

	buf_init(&b, 1 << 16);
	buf_fmt(&b, "/%s/", kind);
	/* slashes stay: "host/name" is one image */
	for (const char *p = id; p; p = strchr(p, '/') ? strchr(p, '/') + 1 : NULL) {
		buf_str(&b, p == id ? "" : "/");
		http_escape_path(&b, arena_strndup(c->arena, p, strcspn(p, "/")));
	}
	buf_str(&b, tail);
	return arena_strndup(c->arena, b.data, b.len);
}

int cli_post(struct cli *c, const char *path, struct err *e)
{
	struct client *client = cli_client(c, e);

	return client && client_call(client, "POST", path, NULL, NULL, e) >= 0 ? 0 : -1;
}

int cli_get_json(struct cli *c, const char *path, struct json **out, struct err *e)
{
	struct client *client = cli_client(c, e);

	return client && client_call_json(client, "GET", path, NULL, out, e) >= 0 ? 0 : -1;
}

/* --- help --- */

static void show_root_help(struct cli *c)
{
	struct opt opts[sizeof(global_opts) / sizeof(global_opts[0])];

	memcpy(opts, global_opts, sizeof(opts));
	opts[0].help = arena_printf(
		c->arena, "Location of client config files (default \"%s\")", cli_config_dir(c));
	usage_root(&c->out, opts);
}

/* Notices about options go to stdout: docker's library prints them there. */
static void warn_short_help(struct cli *c, bool is_short)
{
	if (is_short)
		buf_str(&c->out, "Flag shorthand -h has been deprecated, use --help\n");
}

/* Help goes to stderr when nobody asked for it. */
static int help_unasked(struct cli *c)
{
	struct err e;

	(void)io_write(STDERR_FILENO, c->out.data, c->out.len, &e);
	buf_clear(&c->out);
	return 0;
}

static int unknown_command(
	struct cli *c, const struct command_group *g, const char *name, struct err *e)
{
	if (g == NULL)
		return err_set(e, ERR_INVALID,
			"%s: unknown command: %s %s\n\nRun '%s --help' for more information",
			CLI_NAME, CLI_NAME, name, CLI_NAME);
	return err_set(e, ERR_INVALID,
		"%s: unknown command: %s %s %s\n\nUsage:  %s %s%s%s\n\nRun '%s %s --help' for more "
		"information",
		CLI_NAME, CLI_NAME, g->name, name, CLI_NAME, g->name, g->args ? " " : "",
		g->args ? g->args : "", CLI_NAME, g->name);
}

static const char *path_of(struct cli *c, const struct command *cmd, bool at_top)
{
	if (at_top)
		return arena_printf(c->arena, "%s %s", CLI_NAME, cmd->top ? cmd->top : cmd->name);
	return arena_printf(c->arena, "%s %s %s", CLI_NAME, cmd->group, cmd->name);
}

static int help_command(struct cli *c, int argc, char **argv, struct err *e)
{
	const struct command_group *g = argc > 0 ? command_group_find(argv[0]) : NULL;
	bool in_group = g && argc > 1;
	const struct command *cmd;
	int known;

	if (argc == 0) {
		show_root_help(c);
		return 0;
	}
	if (g && argc == 1) {
		usage_group(&c->out, g);
		return 0;
	}
	cmd = command_find(in_group ? g->name : NULL, argv[in_group ? 1 : 0]);
	known = (in_group ? 1 : 0) + (cmd && cmd->impl ? 1 : 0);
	if (known < argc) {
		own_buf b = { 0 };

		buf_init(&b, 1 << 16);
		for (int i = known; i < argc; i++)
			buf_fmt(&b, "%s%s", i > known ? " " : "", argv[i]);
		return err_set(e, ERR_INVALID, "unknown help topic: %s", b.data);
	}
	usage_command(&c->out, cmd, path_of(c, cmd, !in_group));
	return 0;
}

/* --- dispatch --- */

static int run_command(struct cli *c, int argc, char **argv, struct err *e)
{
	const struct command *cmd = c->command;
	const struct command_impl *impl = cmd->impl;
	const struct opt *tables[] = { no_opts, no_opts, common_opts, NULL };
	struct opts_common *opts;
	struct str_list args = { 0 };
	struct err why;

	if (impl == NULL)
		return err_set(
			e, ERR_NOT_IMPLEMENTED, "%s: %s: %s", CLI_NAME, c->path, cmd->absent);
	if (impl->opts)
		tables[0] = impl->opts;
	if (impl->more_opts)
		tables[1] = impl->more_opts;
	opts = arena_alloc(c->arena, impl->opts_size ? impl->opts_size : sizeof(*opts));
	if (impl->defaults)
		memcpy(opts, impl->defaults, impl->opts_size);
	if (opt_parse(c->arena, tables, impl->order, argc, argv, opts, &args, &why)) {
		c->exit_code = BAD_FLAG_CODE;
		return usage_flag_error(c->path, cmd->args, why.msg, e);
	}
	if (opts->help || opts->help_short) {
		warn_short_help(c, opts->help_short);
		usage_command(&c->out, cmd, c->path);
		return 0;
	}
	if (usage_check_args(cmd, c->path, args.n, e))
		return -1;
	return impl->run(c, opts, &args, e);
}

static int run_group(
	struct cli *c, const struct command_group *g, int argc, char **argv, struct err *e)
{
	const struct opt *tables[] = { common_opts, NULL };
	struct opts_common opts = { 0 };
	struct str_list rest = { 0 };
	struct err why;
	int first = argc;

	if (opt_parse(c->arena, tables, OPT_STOP_AT_ARGUMENT, argc, argv, &opts, &rest, &why)) {
		c->exit_code = BAD_FLAG_CODE;
		return usage_flag_error(
			arena_printf(c->arena, "%s %s", CLI_NAME, g->name), g->args, why.msg, e);
	}
	first -= (int)rest.n;
	if (opts.help || opts.help_short || rest.n == 0) {
		warn_short_help(c, opts.help_short);
		if (g->is_experimental && !opts.help && !opts.help_short)
			buf_char(&c->out, '\n');
		usage_group(&c->out, g);
		return opts.help || opts.help_short ? 0 : help_unasked(c);
	}
	c->command = command_find(g->name, rest.v[0]);
	if (c->command == NULL)
		return unknown_command(c, g, rest.v[0], e);
	c->path = path_of(c, c->command, false);
	return run_command(c, argc - first - 1, argv + first + 1, e);
}

static int check_globals(struct cli *c, struct err *e)
{
	static const char *const levels[] = { "panic", "fatal", "error", "warn", "warning", "info",
		"debug", "trace" };
	const char *level = c->globals.log_level;
	bool known = level == NULL;

	for (size_t i = 0; !known && i < sizeof(levels) / sizeof(levels[0]); i++)
		known = strcasecmp(level, levels[i]) == 0;
	if (!known)
		return err_set(e, ERR_INVALID, "Unable to parse logging level: %s", level);
	if (c->globals.context && c->globals.hosts.n > 0)
		return err_set(e, ERR_INVALID,
			"conflicting options: cannot specify both --host and --context");
	return 0;
}

static int dispatch(struct cli *c, int argc, char **argv, struct err *e)
{
	const struct opt *tables[] = { global_opts, NULL };
	struct str_list rest = { 0 };
	struct err why;
	const struct command_group *g;

	if (opt_parse(
		    c->arena, tables, OPT_STOP_AT_ARGUMENT, argc, argv, &c->globals, &rest, &why)) {
		c->exit_code = BAD_FLAG_CODE;
		return usage_flag_error(CLI_NAME, ROOT_USAGE, why.msg, e);
	}
	argv += argc - (int)rest.n;
	argc = (int)rest.n;
	if (check_globals(c, e))
		return -1;
	if (c->globals.version) {
		buf_fmt(&c->out, "Docker version %s, build tare-%s\n", CLI_VERSION, TARE_VERSION);
		return 0;
	}
	if (argc == 0 || c->globals.help || c->globals.help_short) {
		bool asked = c->globals.help || c->globals.help_short;

		warn_short_help(c, c->globals.help_short);
		show_root_help(c);
		return asked ? 0 : help_unasked(c);
	}
	if (str_eq(argv[0], "help"))
		return help_command(c, argc - 1, argv + 1, e);
	g = command_group_find(argv[0]);
	if (g)
		return run_group(c, g, argc - 1, argv + 1, e);
	c->command = command_find(NULL, argv[0]);
	if (c->command == NULL)
		return unknown_command(c, NULL, argv[0], e);
	c->path = path_of(c, c->command, true);
	return run_command(c, argc - 1, argv + 1, e);
}

int cli_main(int argc, char **argv)
{
	struct cli c = { .arena = arena_new() };
	struct err e;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	buf_init(&c.out, CLI_BODY_MAX);
	rc = dispatch(&c, argc - 1, argv + 1, &e);
	cli_flush(&c);
	if (rc && e.msg[0])
		cli_warn(&c, "%s", e.msg);
	if (rc && c.exit_code == 0 && (e.kind != ERR_CANCELLED || e.msg[0]))
		c.exit_code = 1;
	client_free(c.client);
	json_free(c.config);
	buf_done(&c.out);
	arena_free(c.arena);
	return c.exit_code;
}
