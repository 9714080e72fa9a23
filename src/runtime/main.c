/* SPDX-License-Identifier: Apache-2.0 */
/* tare-runtime: global options, the log, and how an error leaves the program. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/slice.h"
#include "command.h"
#include "oci/runtime_spec.h"
#include "runtime.h"

#ifdef __SANITIZE_ADDRESS__
/*
 * Memory still held at the end dies with this short program; and the leak checker's tracer could not follow
 * it into another pid namespace: it would wait for ever.
 */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}
#endif

static const struct opt global_options[] = {
	OPT(BOOL, 0, "debug", NULL, struct runtime, debug, "enable debug logging"),
	OPT(STR, 0, "log", "file", struct runtime, log_path,
		"set the log file (default is '/dev/stderr')"),
	OPT(STR, 0, "log-format", "format", struct runtime, log_format,
		"set the log format ('text' (default), or 'json')"),
	OPT(STR, 0, "root", "dir", struct runtime, root,
		"root directory for storage of container state (default \"" RUNTIME_ROOT_DEFAULT
		"\")"),
	OPT(STR, 0, "criu", "path", struct runtime, criu,
		"the criu program used for checkpoint and restore (default \"criu\")"),
	OPT(BOOL, 0, "systemd-cgroup", NULL, struct runtime, systemd_cgroup,
		"enable systemd cgroup support, expects cgroupsPath to be of form \"slice:prefix:name\" for e.g. \"system.slice:runc:434234\""),
	OPT(STR, 0, "rootless", "value", struct runtime, rootless,
		"ignore cgroup permission errors ('true', 'false', or 'auto')"),
	OPT(BOOL, 'h', "help", NULL, struct runtime, help, "show help"),
	OPT(BOOL, 'v', "version", NULL, struct runtime, version, "print the version"),
	OPT_END,
};

static const struct opt *const global_tables[] = { global_options, NULL };

static void print_help(void)
{
	own_buf text = { 0 };

	buf_init(&text, 64 * 1024);
	opt_help(global_tables, &text);
	printf("NAME:\n   tare-runtime - Open Container Initiative runtime\n\n"
	       "USAGE:\n   tare-runtime [global options] command [command options] [arguments...]\n\n"
	       "VERSION:\n   " TARE_VERSION "\nspec: " OCI_RUNTIME_VERSION "\n\nCOMMANDS:\n");
	for (const struct command *const *c = commands; *c; c++)
		printf("   %-10s %s\n", (*c)->name, (*c)->summary);
	printf("   %-10s %s\n", "help, h", "shows a list of commands or help for one command");
	printf("\nGLOBAL OPTIONS:\n%s", text.data);
}

static const struct command *find_command(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

/* Opens the log. Its descriptor stays open until exec or exit. */
static int set_up_log(const struct runtime *rt, struct err *e)
{
	enum log_level level = rt->debug ? LOG_LVL_DEBUG : LOG_LVL_INFO;
	bool json = str_eq(rt->log_format, "json");
	int fd = STDERR_FILENO;

	if (!json && !str_eq(rt->log_format, "text"))
		return err_set(e, ERR_INVALID, "invalid log-format: %s", rt->log_format);
	if (!str_empty(rt->log_path)) {
		fd = open(rt->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (fd < 0)
			return err_set(e, ERR_INVALID, "open %s: %s", rt->log_path,
				runtime_errno_text(errno));
	}
	log_setup(fd, level, json ? LOG_FMT_RUNC_JSON : LOG_FMT_RUNC_TEXT);
	return 0;
}

/* Any spelling of a truth that Go takes, or auto; "true" or "false" afterwards. */
static int check_rootless(struct runtime *rt, struct err *e)
{
	static const char *const spellings[][2] = {
		{ "1", "true" },
		{ "t", "true" },
		{ "T", "true" },
		{ "TRUE", "true" },
		{ "True", "true" },
		{ "true", "true" },
		{ "0", "false" },
		{ "f", "false" },
		{ "F", "false" },
		{ "FALSE", "false" },
		{ "False", "false" },
		{ "false", "false" },
		{ "auto", "auto" },
	};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (str_eq(rt->rootless, spellings[i][0])) {
			rt->rootless = spellings[i][1];
			return 0;
		}
	return err_set(
		e, ERR_INVALID, "strconv.ParseBool: parsing \"%s\": invalid syntax", rt->rootless);
}

static int check_globals(struct runtime *rt, struct err *e)
{

	return check_rootless(rt, e);
}

/* With a log file the bare message goes to stderr too, as runc does. */
static int fail(const struct runtime *rt, const struct command *c, const struct err *e)
{
	const char *prefix = c ? c->error_prefix : "";

	log_error("%s%s", prefix, e->msg);
	if (!str_empty(rt->log_path))
		fprintf(stderr, "%s%s\n", prefix, e->msg);
	return c ? c->error_code : 1;
}

static int no_such_command(const struct runtime *rt, const char *name)
{
	struct err e;

	err_set(&e, ERR_INVALID, "No help topic for '%s'", name);
	fail(rt, NULL, &e);
	return 3;
}

/* help, help COMMAND */
static int show_help(const struct runtime *rt, const struct str_list *rest)
{
	const struct command *c = rest->n > 1 ? find_command(rest->v[1]) : NULL;

	if (rest->n == 1)
		print_help();
	else if (!c)
		return no_such_command(rt, rest->v[1]);
	else
		command_print_help(c);
	return 0;
}

static int dispatch(struct runtime *rt, const struct str_list *rest)
{
	struct err e;
	const struct command *c = find_command(rest->v[0]);

	if (!c && (str_eq(rest->v[0], "help") || str_eq(rest->v[0], "h")))
		return show_help(rt, rest);
	if (!c)
		return no_such_command(rt, rest->v[0]);
	int code = c->run(c, rt, (int)rest->n - 1, (char **)(rest->v + 1), &e);
	return code < 0 ? fail(rt, code == COMMAND_MISUSED ? NULL : c, &e) : code;
}

int main(int argc, char **argv)
{
	own_arena arena = arena_new();
	struct err e;
	struct str_list rest = { 0 };
	struct runtime rt = {
		.arena = arena,
		.root = RUNTIME_ROOT_DEFAULT,
		.log_format = "text",
		.rootless = "auto",
		.criu = "criu",
		.argv = argv,
	};

	if (opt_parse(arena, global_tables, OPT_GO_STOP_AT_ARGUMENT, argc - 1, argv + 1, &rt, &rest,
		    &e)) {
		printf("Incorrect Usage. %s\n\n", e.msg);
		print_help();
		return fail(&rt, NULL, &e);
	}
	if (rt.version) {
		printf("tare-runtime version " TARE_VERSION "\nspec: " OCI_RUNTIME_VERSION "\n");
		return 0;
	}
	if (rt.help || rest.n == 0) {
		print_help();
		return 0;
	}
	if (set_up_log(&rt, &e)) {
		rt.log_path = NULL; /* stderr has it already */
		return fail(&rt, NULL, &e);
	}
	if (check_globals(&rt, &e))
		return fail(&rt, NULL, &e);
	return dispatch(&rt, &rest);
}
