/* SPDX-License-Identifier: Apache-2.0 */
/* context: names for daemons. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "cmds.h"
#include "config_file.h"
#include "context_store.h"
#include "jsontext.h"
#include "listing.h"
#include "tmpl.h"

#define ERROR_WIDTH 45

/* --- ls --- */

struct row {
	const char *name, *description, *host, *error;
	bool is_current;
};

static struct go_val col_current(void *self, struct arena *a, const struct slice *arg)
{
	return go_bool(((const struct row *)self)->is_current);
}

static struct go_val col_description(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct row *)self)->description);
}

static struct go_val col_host(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct row *)self)->host);
}

static struct go_val col_error(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(listing_ellipsis(a, ((const struct row *)self)->error, ERROR_WIDTH));
}

static struct go_val col_name(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct row *)self)->name);
}

static const struct go_method row_methods[] = {
	{ "Current", NULL, col_current, false },
	{ "Description", "DESCRIPTION", col_description, false },
	{ "DockerEndpoint", "DOCKER ENDPOINT", col_host, false },
	{ "Error", "ERROR", col_error, false },
	{ "Name", "NAME", col_name, false },
	{ 0 },
};
static const struct go_type row_type = { GO_OBJECT, "*formatter.clientContextContext", NULL, NULL,
	row_methods };

struct ls_opts {
	struct opts_common common;
	const char *format;
	bool quiet;
};

static const struct opt ls_opts[] = {
	OPT(STR, 0, "format", "string", struct ls_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 'q', "quiet", NULL, struct ls_opts, quiet, "Only show context names"),
	OPT_END,
};

static int compare(const void *a, const void *b)
{
	return listing_natural_compare(
		(*(struct row *const *)a)->name, (*(struct row *const *)b)->name);
}

static int run_ls(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct ls_opts *o = opts;
	const char *format = str_empty(o->format) ? "table" : o->format;
	const char *current = context_current(c);
	struct str_list names = context_names(c);
	struct listing_rows list = { .type = &row_type };
	struct row **v;

	str_list_add(c->arena, &names, CONTEXT_DEFAULT);
	/* one that is in force without being there is shown with its error */
	if (!str_list_has(&names, current))
		str_list_add(c->arena, &names, current);
	v = arena_array(c->arena, names.n, sizeof(struct row *));
	for (size_t i = 0; i < names.n; i++) {
		struct row *r = ARENA_NEW(c->arena, struct row);
		struct context ctx;
		struct err why;

		*r = (struct row){ names.v[i], "", "", "", str_eq(names.v[i], current) };
		if (context_get(c, names.v[i], &ctx, &why)) {
			r->error = arena_strdup(c->arena, why.msg);
		} else {
			r->description = ctx.description;
			r->host = ctx.host;
		}
		v[list.n++] = r;
	}
	qsort(v, list.n, sizeof(struct row *), compare);
	list.v = (void *const *)v;
	if (o->quiet)
		format = "{{.Name}}";
	else if (str_eq(format, "table"))
		format = "table {{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t"
			 "{{.DockerEndpoint}}\t{{.Error}}";
	if (listing_write(c, format, &list, e))
		return -1;
	if (!str_empty(getenv("DOCKER_HOST")))
		cli_warn(c, "Warning: DOCKER_HOST environment variable overrides the active "
			    "context. To use a context, either set the global --context flag, or "
			    "unset DOCKER_HOST environment variable.");
	return 0;
}

const struct command_impl context_ls_impl = {
	.run = run_ls,
	.opts = ls_opts,
	.opts_size = sizeof(struct ls_opts),
};

/* --- show and use --- */

static int run_show(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	buf_fmt(&c->out, "%s\n", context_current(c));
	return 0;
}

const struct command_impl context_show_impl = { .run = run_show };

static int set_current(struct cli *c, const char *name, struct err *e)
{
	own_buf text = { 0 };
	struct jsonw w;

	if (str_eq(cli_config_str(c, "currentContext"), name))
		return 0;
	buf_init(&text, 1 << 16);
	jsonw_init(&w, &text, NULL);
	jsonw_str(&w, name);
	return config_file_set(c, "currentContext", *name ? text.data : NULL, e);
}

static int run_use(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const char *name = args->v[0];
	bool is_default = str_eq(name, CONTEXT_DEFAULT);
	struct context ctx;

	if (!is_default && (context_check_name(c->arena, name, e) || context_get(c, name, &ctx, e)))
		return -1;
	if (set_current(c, is_default ? "" : name, e))
		return -1;
	buf_fmt(&c->out, "%s\n", name);
	cli_warn(c, "Current context is now \"%s\"", name);
	if (!is_default && !str_empty(getenv("DOCKER_HOST")))
		cli_warn(c,
			"Warning: DOCKER_HOST environment variable overrides the active context. "
			"To use \"%s\", either set the global --context flag, or unset DOCKER_HOST "
			"environment variable.",
			name);
	return 0;
}

const struct command_impl context_use_impl = { .run = run_use };

/* --- inspect --- */

struct inspect_opts {
	struct opts_common common;
	const char *format;
};

static const struct opt inspect_opts[] = {
	OPT(STR, 'f', "format", "string", struct inspect_opts, format, INSPECT_FORMAT_HELP),
	OPT_END,
};

static void add_context(struct buf *out, const struct context *ctx)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "Name", ctx->name);
	jsonw_key(&w, "Metadata");
	jsonw_raw(&w, ctx->metadata);
	jsonw_key(&w, "Endpoints");
	jsonw_obj(&w);
	jsonw_key(&w, "docker");
	jsonw_obj(&w);
	if (*ctx->host)
		jsonw_kstr(&w, "Host", ctx->host);
	jsonw_kbool(&w, "SkipTLSVerify", ctx->skips_verify);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	jsonw_key(&w, "TLSMaterial");
	jsonw_obj(&w);
	if (ctx->tls_files.n > 0) {
		jsonw_key(&w, "docker");
		jsonw_arr(&w);
		for (size_t i = 0; i < ctx->tls_files.n; i++)
			jsonw_str(&w, ctx->tls_files.v[i]);
		jsonw_arr_end(&w);
	}
	jsonw_obj_end(&w);
	jsonw_key(&w, "Storage");
	jsonw_obj(&w);
	jsonw_kstr(&w, "MetadataPath", ctx->meta_path);
	jsonw_kstr(&w, "TLSPath", ctx->tls_path);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
}

/* A template on one of them. */
static int add_formatted(
	struct cli *c, struct tmpl *t, const struct context *ctx, struct buf *out, struct err *e)
{
	own_buf text = { 0 };
	own_json doc = NULL;

	buf_init(&text, 1 << 20);
	add_context(&text, ctx);
	doc = json_parse(text.data, text.len, e);
	if (doc == NULL)
		return -1;
	if (tmpl_exec(t, go_unwrap(go_of(&go_any_type, doc)), TMPL_MISSING_KEY_ERROR, out, e))
		return err_in(e, "template parsing error");
	buf_char(out, '\n');
	return 0;
}

static int run_inspect(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct inspect_opts *o = opts;
	const char *format = o->format ? o->format : "";
	bool is_json = *format == '\0' || str_eq(format, "json");
	struct str_list names = *args;
	struct cli_errors errors;
	struct tmpl *t = NULL;
	own_buf out = { 0 };
	size_t n = 0;

	if (!is_json) {
		t = tmpl_parse(c->arena, "", format, e);
		c->exit_code = t ? 0 : 64;
		if (t == NULL)
			return err_in(e, "template parsing error");
	}
	if (names.n == 0)
		str_list_add(c->arena, &names, context_current(c));
	cli_errors_init(&errors);
	buf_init(&out, CLI_BODY_MAX);
	if (is_json)
		buf_char(&out, '[');
	for (size_t i = 0; i < names.n; i++) {
		struct context ctx;
		struct err why;

		if (context_get(c, names.v[i], &ctx, &why)) {
			cli_errors_add(&errors, why.msg);
			continue;
		}
		if (is_json) {
			buf_str(&out, n++ ? "," : "");
			add_context(&out, &ctx);
		} else if (add_formatted(c, t, &ctx, &out, &why)) {
			cli_errors_add(&errors, why.msg);
		}
	}
	if (is_json) {
		buf_char(&out, ']');
		jsontext_layout(&c->out, out.data, out.len, *format ? NULL : "    ");
		buf_char(&c->out, '\n');
	} else if (out.len == 0) {
		buf_char(&c->out, '\n');
	} else {
		buf_add(&c->out, out.data, out.len);
	}
	return cli_errors_end(c, &errors, e);
}

const struct command_impl context_inspect_impl = {
	.run = run_inspect,
	.opts = inspect_opts,
	.opts_size = sizeof(struct inspect_opts),
};

/* --- create and update --- */

struct change_opts {
	struct opts_common common;
	const char *description, *from;
	struct str_list docker; /* key=value */
	bool has_docker;
};

static const struct opt create_opts[] = {
	OPT(STR, 0, "description", "string", struct change_opts, description,
		"Description of the context"),
	OPT_CHANGED(CSV, 0, "docker", "stringToString", struct change_opts, docker, has_docker,
		"set the docker endpoint (default [])"),
	OPT(STR, 0, "from", "string", struct change_opts, from,
		"create context from a named context"),
	OPT_END,
};

static const struct opt update_opts[] = {
	OPT(STR, 0, "description", "string", struct change_opts, description,
		"Description of the context"),
	OPT_CHANGED(CSV, 0, "docker", "stringToString", struct change_opts, docker, has_docker,
		"set the docker endpoint (default [])"),
	OPT_END,
};

enum key { KEY_FROM, KEY_HOST, KEY_CA, KEY_CERT, KEY_KEY, KEY_SKIP, N_KEYS };

static const char *const keys[N_KEYS] = { "from", "host", "ca", "cert", "key", "skip-tls-verify" };

static int read_keys(
	struct cli *c, const struct str_list *pairs, const char *values[N_KEYS], struct err *e)
{
	for (size_t i = 0; i < pairs->n; i++) {
		struct slice key, value;
		int k = 0;

		slice_cut(slice_str(pairs->v[i]), '=', &key, &value);
		while (k < N_KEYS && !slice_eq(key, keys[k]))
			k++;
		if (k == N_KEYS)
			return err_set(
				e, ERR_INVALID, "unrecognized config key: %.*s", (int)key.n, key.p);
		values[k] = arena_strndup(c->arena, value.p ? value.p : "", value.n);
	}
	return 0;
}

static int read_skip(const char *text, bool *out, struct err *e)
{
	static const char *const yes[] = { "1", "t", "T", "TRUE", "true", "True" };
	static const char *const no[] = { "0", "f", "F", "FALSE", "false", "False" };

	*out = false;
	for (size_t i = 0; text && i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!str_eq(text, yes[i]) && !str_eq(text, no[i]))
			continue;
		*out = str_eq(text, yes[i]);
		return 0;
	}
	return text ? err_set(e, ERR_INVALID, "skip-tls-verify: parsing \"%s\": invalid syntax",
			      text)
		    : 0;
}

/* The endpoint --docker describes into ctx, and the names of its certificates. */
static int take_endpoint(struct cli *c, const struct str_list *pairs, struct context *ctx,
	const char *files[3], struct err *e)
{
	const char *values[N_KEYS] = { NULL };
	struct context from;

	if (read_keys(c, pairs, values, e))
		return -1;
	if (values[KEY_FROM]) {
		if (context_get(c, values[KEY_FROM], &from, e))
			return -1;
		ctx->host = from.host;
		ctx->skips_verify = from.skips_verify;
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		files[i] = str_empty(values[KEY_CA + i]) ? NULL : values[KEY_CA + i];
		if (files[i] && access(files[i], R_OK))
			return err_set(e, ERR_INVALID, "open %s: %s", files[i], err_text(errno));
	}
	if (read_skip(values[KEY_SKIP], &ctx->skips_verify, e))
		return -1;
	ctx->host = values[KEY_HOST] ? values[KEY_HOST] : "";
	if (*ctx->host && !strstr(ctx->host, "://"))
		return err_set(e, ERR_INVALID,
			"unable to apply docker endpoint options: unable to parse docker host `%s`",
			ctx->host);
	return 0;
}

/* Sets the description within what else is said of it. */
static const char *metadata_with(struct cli *c, const char *metadata, const char *description)
{
	struct err ignored;
	own_json doc = json_parse(metadata, strlen(metadata), &ignored);
	own_buf text = { 0 };
	struct jsonw w;

	if (str_empty(description))
		return metadata;
	buf_init(&text, 1 << 20);
	jsonw_init(&w, &text, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "Description", description);
	for (struct json_iter it = json_iter(doc); json_next(&it);) {
		own_buf one = { 0 };

		if (str_eq(it.key, "Description"))
			continue;
		buf_init(&one, 1 << 20);
		json_print(it.value, NULL, &one);
		jsonw_key(&w, it.key);
		jsonw_raw(&w, one.data);
	}
	jsonw_obj_end(&w);
	return arena_strndup(c->arena, text.data, text.len);
}

static int copy_context(struct cli *c, const struct change_opts *o, const char *from,
	struct context *ctx, const char *files[3], struct err *e)
{
	const char *name = ctx->name;

	if (o->docker.n > 0)
		return err_set(e, ERR_INVALID, "cannot use --docker flag when --from is set");
	if (context_get(c, from, ctx, e))
		return -1;
	/* the default's description is no part of its document */
	if (str_eq(from, CONTEXT_DEFAULT))
		ctx->metadata = metadata_with(c, ctx->metadata, ctx->description);
	ctx->name = name;
	for (size_t i = 0; i < ctx->tls_files.n; i++) {
		const char *file = ctx->tls_files.v[i];
		int at = str_eq(file, "ca.pem") ? 0 : str_eq(file, "cert.pem") ? 1 : 2;

		files[at] = arena_printf(c->arena, "%s/docker/%s", ctx->tls_path, file);
	}
	return 0;
}

static int run_create(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct change_opts *o = opts;
	struct context ctx = { .name = args->v[0], .metadata = "{}", .host = "" }, old;
	const char *files[3] = { NULL };
	int rc;

	if (context_check_name(c->arena, ctx.name, e))
		return -1;
	if (context_get(c, ctx.name, &old, e) == 0)
		return err_set(e, ERR_CONFLICT, "context \"%s\" already exists", ctx.name);
	if (e->kind != ERR_NOT_FOUND)
		return err_in(e, "error while getting existing contexts");
	if (str_empty(o->from) && o->has_docker) {
		rc = take_endpoint(c, &o->docker, &ctx, files, e);
		if (rc)
			err_in(e, "unable to create docker endpoint config");
	} else {
		rc = copy_context(
			c, o, str_empty(o->from) ? context_current(c) : o->from, &ctx, files, e);
	}
	if (rc)
		return -1;
	ctx.metadata = metadata_with(c, ctx.metadata, o->description);
	if (context_save(c, &ctx, e) || context_save_tls(c, ctx.name, files, e))
		return -1;
	buf_fmt(&c->out, "%s\n", ctx.name);
	cli_warn(c, "Successfully created context \"%s\"", ctx.name);
	return 0;
}

const struct command_impl context_create_impl = {
	.run = run_create,
	.opts = create_opts,
	.opts_size = sizeof(struct change_opts),
};

static int run_update(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct change_opts *o = opts;
	const char *name = args->v[0], *files[3] = { NULL };
	struct context ctx;

	if (context_check_name(c->arena, name, e) || context_get(c, name, &ctx, e))
		return -1;
	ctx.metadata = metadata_with(c, ctx.metadata, o->description);
	if (o->has_docker && take_endpoint(c, &o->docker, &ctx, files, e))
		return err_in(e, "unable to create docker endpoint config");
	if (context_save(c, &ctx, e) || (o->has_docker && context_save_tls(c, name, files, e)))
		return -1;
	buf_fmt(&c->out, "%s\n", name);
	cli_warn(c, "Successfully updated context \"%s\"", name);
	return 0;
}

const struct command_impl context_update_impl = {
	.run = run_update,
	.opts = update_opts,
	.opts_size = sizeof(struct change_opts),
};

/* --- rm --- */

struct rm_opts {
	struct opts_common common;
	bool force;
};

static const struct opt rm_opts[] = {
	OPT(BOOL, 'f', "force", NULL, struct rm_opts, force,
		"Force the removal of a context in use"),
	OPT_END,
};

static int remove_one(struct cli *c, const char *name, bool force, struct err *e)
{
	if (str_eq(name, CONTEXT_DEFAULT))
		return err_set(e, ERR_INVALID, "context \"default\" cannot be removed");
	if (str_eq(name, context_current(c))) {
		if (!force)
			return err_set(e, ERR_CONFLICT,
				"context \"%s\" is in use, set -f flag to force remove", name);
		if (set_current(c, "", e))
			return -1;
	}
	if (!force && !context_exists(c, name))
		return err_set(e, ERR_NOT_FOUND, "context \"%s\" does not exist", name);
	return context_remove(c, name, e);
}

static int run_rm(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct rm_opts *o = opts;
	struct cli_errors errors;

	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		struct err why;

		if (remove_one(c, args->v[i], o->force, &why))
			cli_errors_add(&errors, why.msg);
		else
			buf_fmt(&c->out, "%s\n", args->v[i]);
	}
	return cli_errors_end(c, &errors, e);
}

const struct command_impl context_rm_impl = {
	.run = run_rm,
	.opts = rm_opts,
	.opts_size = sizeof(struct rm_opts),
};
