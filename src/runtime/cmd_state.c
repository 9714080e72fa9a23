/* SPDX-License-Identifier: Apache-2.0 */
/* state and list: what is there, for people and callers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/slice.h"
#include "command.h"
#include "container.h"

#define OUTPUT_MAX (64 * 1024 * 1024)

struct state_opts {
	bool help;
};

struct list_opts {
	const char *format;
	bool quiet;
	bool help;
};

static const struct opt state_options[] = { COMMAND_HELP(struct state_opts), OPT_END };

static const struct opt list_options[] = {
	COMMAND_HELP(struct list_opts),
	OPT(STR, 'f', "format", "format", struct list_opts, format,
		"select one of: table or json (default \"table\")"),
	OPT(BOOL, 'q', "quiet", NULL, struct list_opts, quiet, "display only container IDs"),
	OPT_END,
};

/* One row of list. */
struct view {
	const struct container_record *record;
	enum container_status status;
	const char *owner;
};

/* Member order and emptiness are runc's. */
static void write_view(struct jsonw *w, const struct view *v)
{
	const struct container_record *r = v->record;

	jsonw_obj(w);
	jsonw_kstr(w, "ociVersion", r->oci_version);
	jsonw_kstr(w, "id", r->id);
	jsonw_ki64(w, "pid", v->status == CONTAINER_STOPPED ? 0 : r->pid);
	jsonw_kstr(w, "status", container_status_name(v->status));
	jsonw_kstr(w, "bundle", r->bundle);
	jsonw_kstr(w, "rootfs", r->rootfs);
	jsonw_kstr(w, "created", r->created);
	if (r->annotations.n) {
		jsonw_key(w, "annotations");
		jsonw_obj(w);
		for (size_t i = 0; i < r->annotations.n; i++)
			jsonw_kstr(w, r->annotations.keys[i], r->annotations.v[i]);
		jsonw_obj_end(w);
	}
	jsonw_kstr(w, "owner", v->owner);
	jsonw_obj_end(w);
}

static int run_state(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct state_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	own_container c = { .dir = -1 };
	struct jsonw w;
	own_buf out = { 0 };

	buf_init(&out, OUTPUT_MAX);
	int rc = command_parse(self, rt, &line, &o, e);
	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	if (container_open(rt, line.rest.v[0], CONTAINER_NO_LOCK, &c, e))
		return -1;
	struct view v = { &c.record, container_status(&c), "" };
	jsonw_init(&w, &out, "  ");
	w.escape_html = true;
	write_view(&w, &v);
	fwrite(out.data, 1, out.len, stdout);
	return 0;
}

/* The user's name from the host's passwd, read plainly: a static program has no NSS. */
static const char *owner_name(struct arena *a, uid_t uid)
{
	own_file passwd = fopen("/etc/passwd", "re");
	struct passwd *p;

	while (passwd && (p = fgetpwent(passwd)))
		if (p->pw_uid == uid)
			return arena_strdup(a, p->pw_name);
	return arena_printf(a, "#%u", uid);
}

struct views {
	struct view *v;
	size_t n;
};

static int is_not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void add_view(const struct runtime *rt, const char *id, struct views *out)
{
	struct err e;
	struct stat st;
	struct container c;

	/* What is being made or deleted just now is not there (yet, any more). */
	if (container_open(rt, id, CONTAINER_NO_LOCK, &c, &e)) {
		if (e.kind != ERR_NOT_FOUND)
			fprintf(stderr, "load container %s: %s\n", id, e.msg);
		return;
	}
	struct container_record *r = arena_alloc(rt->arena, sizeof(*r));
	*r = c.record;
	out->v = arena_grow(rt->arena, out->v, &out->n, sizeof(*out->v));
	out->v[out->n - 1] = (struct view){ r, container_status(&c),
		fstat(c.dir, &st) ? "" : owner_name(rt->arena, st.st_uid) };
	container_close(&c);
}

static int collect(const struct runtime *rt, struct views *out, struct err *e)
{
	struct dirent **names;
	int n = scandir(rt->root, &names, is_not_hidden, alphasort);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return err_sys(e, "read %s", rt->root);
	for (int i = 0; i < n; i++) {
		add_view(rt, names[i]->d_name, out);
		free(names[i]);
	}
	free(names);
	return 0;
}

enum { COLUMNS = 6 };

/* The cells of row n, or of the head line for n = 0. */
static void fill_row(struct arena *a, const struct views *l, size_t n, const char *cells[COLUMNS])
{
	static const char *const heads[COLUMNS] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED",
		"OWNER" };

	memcpy(cells, heads, sizeof(heads));
	if (n == 0)
		return;
	const struct view *v = &l->v[n - 1];
	cells[0] = v->record->id;
	cells[1] = arena_printf(a, "%d", v->status == CONTAINER_STOPPED ? 0 : v->record->pid);
	cells[2] = container_status_name(v->status);
	cells[3] = v->record->bundle;
	cells[4] = v->record->created;
	cells[5] = v->owner;
}

/* Go's text/tabwriter with runc's settings: cells at least 12 wide, 3 blanks apart, the last one bare. */
static void print_table(struct arena *a, const struct views *l)
{
	const char *cells[COLUMNS];
	int width[COLUMNS];

	for (int c = 0; c < COLUMNS; c++)
		width[c] = 12;
	for (size_t row = 0; row <= l->n; row++) {
		fill_row(a, l, row, cells);
		for (int c = 0; c < COLUMNS; c++)
			if ((int)strlen(cells[c]) + 3 > width[c])
				width[c] = (int)strlen(cells[c]) + 3;
	}
	width[COLUMNS - 1] = 0;
	for (size_t row = 0; row <= l->n; row++) {
		fill_row(a, l, row, cells);
		for (int c = 0; c < COLUMNS; c++)
			printf("%-*s", width[c], cells[c]);
		putchar('\n');
	}
}

static void print_json(const struct views *l)
{
	struct jsonw w;
	own_buf out = { 0 };

	buf_init(&out, OUTPUT_MAX);
	jsonw_init(&w, &out, NULL);
	w.escape_html = true;
	if (l->n == 0) {
		jsonw_null(&w);
	} else {
		jsonw_arr(&w);
		for (size_t i = 0; i < l->n; i++)
			write_view(&w, &l->v[i]);
		jsonw_arr_end(&w);
	}
	puts(out.data);
}

static int run_list(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct list_opts o = { .format = "table" };
	struct command_line line = { argc, argv, { 0 } };
	struct views all = { 0 };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	bool json = str_eq(o.format, "json");
	if (collect(rt, &all, e))
		return -1;
	if (o.quiet) {
		for (size_t i = 0; i < all.n; i++)
			puts(all.v[i].record->id);
		return 0;
	}
	if (!json && !str_eq(o.format, "table"))
		return err_set(e, ERR_INVALID, "invalid format option");
	if (json)
		print_json(&all);
	else
		print_table(rt->arena, &all);
	return 0;
}

const struct command command_state = {
	.name = "state",
	.summary = "output the state of a container",
	.args = "<container-id>",
	.options = state_options,
	.help_offset = offsetof(struct state_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_state,
};

const struct command command_list = {
	.name = "list",
	.summary = "lists containers started by tare-runtime with the given root",
	.args = "",
	.options = list_options,
	.help_offset = offsetof(struct list_opts, help),
	.min_args = 0,
	.max_args = 0,
	.error_prefix = "",
	.error_code = 1,
	.run = run_list,
};
