/* SPDX-License-Identifier: Apache-2.0 */
/* Layout follows docker's templates; wrapping follows its flag library to the column. */
#include "usage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"

#define COLUMNS	     80
#define MIN_WRAP     24 /* less room than this: the text goes below its option */
#define BELOW_INDENT 16
#define SLOP	     5 /* a last word may stand out that far */

int usage_columns(void)
{
	struct winsize ws;

	return ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) == 0 ? ws.ws_col : COLUMNS;
}

/* --- wrapped option rows --- */

/* Text with each newline followed by indent blanks. */
static void add_indented(struct buf *out, const char *s, size_t n, int indent)
{
	for (size_t i = 0; i < n; i++) {
		buf_char(out, s[i]);
		if (s[i] == '\n')
			buf_pad(out, ' ', (size_t)indent);
	}
}

static size_t last_of(const char *s, size_t n, const char *set)
{
	while (n > 0 && strchr(set, s[n - 1]) == NULL)
		n--;
	return n; /* one past it, 0: none */
}

/* How much of s goes on a line of width; *skip is what the break itself takes. */
static size_t line_length(const char *s, size_t width, size_t *skip)
{
	size_t n = strlen(s), space, newline;

	*skip = 0;
	if (width + SLOP > n)
		return n;
	space = last_of(s, width, " \t\n");
	if (space <= 1)
		return n;
	newline = last_of(s, width, "\n");
	*skip = 1;
	if (newline > 1 && newline < space)
		return newline - 1;
	return space - 1;
}

static void add_wrapped(struct buf *out, const char *s, int indent, int width)
{
	int room = width - indent;
	bool below = width != 0 && room < MIN_WRAP, first = true;

	if (below) {
		indent = BELOW_INDENT;
		room = width - indent;
	}
	if (width == 0 || room < MIN_WRAP) {
		add_indented(out, s, strlen(s), indent);
		return;
	}
	if (below) {
		buf_char(out, '\n');
		buf_pad(out, ' ', (size_t)indent);
	}
	while (*s || first) {
		size_t skip, n = line_length(s, (size_t)(room - SLOP), &skip);

		if (!first) {
			buf_char(out, '\n');
			buf_pad(out, ' ', (size_t)indent);
		}
		first = false;
		add_indented(out, s, n, indent);
		s += n + skip;
	}
}

static int compare_names(const void *a, const void *b)
{
	const struct opt *x = *(const struct opt *const *)a, *y = *(const struct opt *const *)b;

	return strcmp(x->name, y->name);
}

static size_t n_rows(const struct opt *opts)
{
	size_t n = 0;

	while (opts && opts[n].type)
		n++;
	return n;
}

static void add_shown(const struct opt **v, size_t *n, const struct opt *opts)
{
	for (; opts && opts->type; opts++) {
		if (!opts->hidden)
			v[(*n)++] = opts;
	}
}

void usage_options(struct buf *out, const struct opt *opts, const struct opt *more, int width)
{
	own_mem const struct opt **v = calloc(n_rows(opts) + n_rows(more) + 1, sizeof(*v));
	size_t n = 0, longest = 0;

	if (v == NULL)
		abort();
	add_shown(v, &n, opts);
	add_shown(v, &n, more);
	qsort(v, n, sizeof(*v), compare_names);
	for (size_t i = 0; i < n; i++) {
		if (opt_head_length(v[i]) > longest)
			longest = opt_head_length(v[i]);
	}
	for (size_t i = 0; i < n; i++) {
		const struct opt *o = v[i];

		opt_head(o, longest, out);
		add_wrapped(out, o->help, (int)longest + 3, width);
		buf_char(out, '\n');
	}
}

static void trim_end(struct buf *out)
{
	while (out->len > 0 && strchr(" \n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
}

static bool has_shown(const struct opt *opts)
{
	for (; opts && opts->type; opts++) {
		if (!opts->hidden)
			return true;
	}
	return false;
}

static void add_options(
	struct buf *out, const char *title, const struct opt *opts, const struct opt *more)
{
	if (!has_shown(opts) && !has_shown(more))
		return;
	buf_fmt(out, "\n\n%s:\n", title);
	usage_options(out, opts, more, usage_columns() - 1);
	trim_end(out);
}

/* --- help of a command --- */

/* "docker container ls, docker container list, docker container ps, docker ps" */
static void add_aliases(struct buf *out, const struct command *cmd)
{
	const char *s = cmd->aliases;

	if (cmd->group == NULL || (cmd->top == NULL && s == NULL))
		return;
	buf_fmt(out, "\n\nAliases:\n  %s %s %s", CLI_NAME, cmd->group, cmd->name);
	while (s && *s) {
		size_t n = strcspn(s, " ");

		buf_fmt(out, ", %s %s %.*s", CLI_NAME, cmd->group, (int)n, s);
		s += n;
		s += strspn(s, " ");
	}
	if (cmd->top)
		buf_fmt(out, ", %s %s", CLI_NAME, cmd->top);
}

static void add_usage_line(struct buf *out, const char *path, const char *args)
{
	buf_fmt(out, "Usage:  %s", path);
	if (args && *args)
		buf_fmt(out, " %s", args);
}

static void add_experimental(struct buf *out, const char *path)
{
	buf_fmt(out,
		"\n\nEXPERIMENTAL:\n  %s is an experimental feature.\n"
		"  Experimental features provide early access to product functionality. These\n"
		"  features may change between releases without warning, or can be removed from a\n"
		"  future release. Learn more about experimental features in our documentation:\n"
		"  https://docs.docker.com/go/experimental/",
		path);
}

void usage_command(struct buf *out, const struct command *cmd, const char *path)
{
	add_usage_line(out, path, cmd->args);
	buf_fmt(out, "\n\n%s", cmd->about ? cmd->about : cmd->brief);
	if (cmd->is_experimental)
		add_experimental(out, path);
	add_aliases(out, cmd);
	add_options(out, "Options", cmd->impl->opts, cmd->impl->more_opts);
	buf_char(out, '\n');
}

/* --- help of a group and of the program --- */

struct entry {
	const char *name;
	const char *brief;
	int common;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->common != y->common ? x->common - y->common : strcmp(x->name, y->name);
}

/* "  name      brief" each, names padded to 10 (the least cobra pads to is 11 with the blank). */
static void add_entries(struct buf *out, const char *title, struct entry *v, size_t n)
{
	size_t width = 11;

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (strlen(v[i].name) > width)
			width = strlen(v[i].name);
	}
	qsort(v, n, sizeof(*v), compare_entries);
	buf_fmt(out, "\n\n%s:", title);
	for (size_t i = 0; i < n; i++)
		buf_fmt(out, "\n  %-*s %s", (int)width, v[i].name, v[i].brief);
}

/* The commands of group (NULL: of the top) whose being common is as asked. */
static size_t collect(struct entry *v, const char *group, bool is_common)
{
	size_t n = 0;

	for (const struct command *c = commands; c->name; c++) {
		const char *name = c->top;

		if (group ? !str_eq(c->group, group) : !c->top && c->group)
			continue;
		if (c->brief == NULL || (!group && (c->common != 0) != is_common))
			continue;
		if (group || c->top == NULL)
			name = c->name;
		v[n++] = (struct entry){ name, c->brief, group ? 0 : c->common };
	}
	return n;
}

static size_t n_commands(void)
{
	size_t n = 0;

	while (commands[n].name)
		n++;
	return n;
}

static struct entry *entries_new(void)
{
	struct entry *v = calloc(n_commands() + 1, sizeof(*v));

	if (v == NULL)
		abort();
	return v;
}

void usage_group(struct buf *out, const struct command_group *g)
{
	own_mem struct entry *v = entries_new();
	own_buf path = { 0 };

	buf_init(&path, 256);
	buf_fmt(&path, "%s %s", CLI_NAME, g->name);
	buf_fmt(out, "Usage:  %s COMMAND\n\n%s", path.data, g->about ? g->about : g->brief);
	if (g->is_experimental)
		add_experimental(out, path.data);
	add_entries(out, "Commands", v, collect(v, g->name, false));
	buf_fmt(out, "\n\nRun '%s %s COMMAND --help' for more information on a command.\n",
		CLI_NAME, g->name);
}

void usage_root(struct buf *out, const struct opt *globals)
{
	own_mem struct entry *v = entries_new();
	size_t n = 0;

	buf_fmt(out, "Usage:  %s [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers",
		CLI_NAME);
	add_entries(out, "Common Commands", v, collect(v, NULL, true));
	for (const struct command_group *g = command_groups; g->name; g++)
		v[n++] = (struct entry){ g->name, g->brief, 0 };
	add_entries(out, "Management Commands", v, n);
	add_entries(out, "Commands", v, collect(v, NULL, false));
	add_options(out, "Global Options", globals, NULL);
	buf_fmt(out, "\n\nRun '%s COMMAND --help' for more information on a command.\n", CLI_NAME);
}

/* --- errors --- */

int usage_flag_error(const char *path, const char *args, const char *msg, struct err *e)
{
	own_buf b = { 0 };

	buf_init(&b, 4096);
	buf_fmt(&b, "%s\n\n", msg);
	add_usage_line(&b, path, args);
	buf_fmt(&b, "\n\nRun '%s --help' for more information", path);
	return err_set(e, ERR_INVALID, "%s", b.data);
}

int usage_check_args(const struct command *cmd, const char *path, size_t n, struct err *e)
{
	own_buf b = { 0 };
	int least = cmd->min_args, most = cmd->max_args;
	const char *run = "Run";

	if (n >= (size_t)least && (most == ANY_ARGS || n <= (size_t)most))
		return 0;
	buf_init(&b, 4096);
	buf_fmt(&b, "%s: '%s' ", CLI_NAME, path);
	if (most == 0) {
		buf_str(&b, "accepts no arguments");
	} else if (least == most) {
		buf_fmt(&b, "requires %d argument%s", least, least == 1 ? "" : "s");
	} else if (most == ANY_ARGS) {
		buf_fmt(&b, "requires at least %d argument%s", least, least == 1 ? "" : "s");
		run = "See"; /* docker's, only here */
	} else if (least == 0) {
		buf_fmt(&b, "requires at most %d argument%s", most, most == 1 ? "" : "s");
		run = "SRun"; /* docker 28's own slip, kept because texts are compared */
	} else {
		buf_fmt(&b, "requires at least %d and at most %d argument%s", least, most,
			most == 1 ? "" : "s");
	}
	buf_str(&b, "\n\n");
	add_usage_line(&b, path, cmd->args);
	buf_fmt(&b, "\n\n%s '%s --help' for more information", run, path);
	return err_set(e, ERR_INVALID, "%s", b.data);
}
