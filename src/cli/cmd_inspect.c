/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect in its four places. Without --format the daemon's answers are printed as they came, laid out
 * anew; a template runs on the typed object first and, when that fails, on the raw one.
 */
#include <string.h>

#include "cmds.h"
#include "go_types.h"
#include "http/uri.h"
#include "jsontext.h"
#include "listing.h"
#include "platform_opt.h"
#include "tmpl.h"

#define BAD_TEMPLATE_CODE 64

struct object {
	const char *text; /* the answer */
	size_t len;
	const struct go_type *type;
	bool is_retyped; /* text is made of type: there is no raw answer to try */
};

struct inspect {
	struct cli *c;
	const char *format;
	struct tmpl *tmpl;
	struct buf out; /* of a template, or the answers so far */
	size_t n;
	struct cli_errors errors;
};

/* --- kinds of objects --- */

enum kind_flag { KIND_SIZE = 1, KIND_SWARM = 2 };

struct kind {
	const char *name;
	const char *collection; /* in the path */
	const char *tail;
	const struct go_type *type; /* NULL: templates see the raw answer */
	unsigned flags;
};

/* In the order docker tries them. */
static const struct kind kinds[] = {
	{ "container", "containers", "/json", &container_inspect_response_type, KIND_SIZE },
	{ "image", "images", "/json", &image_inspect_response_type, 0 },
	{ "network", "networks", "", &network_inspect_type, 0 },
	{ "volume", "volumes", "", &volume_type, 0 },
	{ "service", "services", "", NULL, KIND_SWARM },
	{ "task", "tasks", "", NULL, KIND_SWARM },
	{ "node", "nodes", "", NULL, KIND_SWARM },
	{ "plugin", "plugins", "/json", NULL, 0 },
	{ "secret", "secrets", "", NULL, KIND_SWARM },
	{ "config", "configs", "", NULL, KIND_SWARM },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (str_eq(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}

/* --- fetching --- */

static int fetch(struct cli *c, const struct kind *k, const char *id, const char *query,
	struct object *out, struct err *e)
{
	struct client *client = cli_client(c, e);
	own_buf body = { 0 };
	const char *path =
		arena_printf(c->arena, "%s%s", cli_path(c, k->collection, id, k->tail), query);

	if (client == NULL)
		return -1;
	buf_init(&body, CLI_BODY_MAX);
	if (client_call(client, "GET", path, NULL, &body, e) < 0)
		return -1;
	out->text = arena_strndup(c->arena, body.data, body.len);
	out->len = body.len;
	out->type = k->type;
	out->is_retyped = false;
	return 0;
}

/* --- output --- */

static int inspect_begin(struct inspect *in, struct cli *c, const char *format, struct err *e)
{
	*in = (struct inspect){ .c = c, .format = format ? format : "" };
	buf_init(&in->out, CLI_BODY_MAX);
	cli_errors_init(&in->errors);
	if (*in->format == '\0' || str_eq(in->format, "json"))
		return 0;
	in->tmpl = tmpl_parse(c->arena, "", in->format, e);
	if (in->tmpl)
		return 0;
	c->exit_code = BAD_TEMPLATE_CODE;
	return err_in(e, "template parsing error");
}

static void add_template(struct inspect *in, const struct object *obj)
{
	struct err e;
	own_json doc = json_parse(obj->text, obj->len, &e);
	own_buf b = { 0 };
	int rc = -1;

	buf_init(&b, CLI_BODY_MAX);
	if (doc == NULL) {
		cli_errors_add(&in->errors,
			arena_printf(in->c->arena, "unable to read inspect data: %s", e.msg));
		return;
	}
	if (obj->type)
		rc = tmpl_exec(in->tmpl, go_of(obj->type, doc), 0, &b, &e);
	if (rc && !obj->is_retyped) {
		buf_clear(&b);
		rc = tmpl_exec(in->tmpl, go_unwrap(go_of(&go_any_type, doc)),
			TMPL_MISSING_KEY_ERROR, &b, &e);
	}
	if (rc) {
		err_in(&e, "template parsing error");
		cli_errors_add(&in->errors, e.msg);
		return;
	}
	buf_add(&in->out, b.data, b.len);
	buf_char(&in->out, '\n');
}

static void inspect_add(struct inspect *in, const struct object *obj)
{
	if (in->tmpl) {
		add_template(in, obj);
		return;
	}
	buf_char(&in->out, in->n++ ? ',' : '[');
	buf_add(&in->out, obj->text, obj->len);
}

static int inspect_end(struct inspect *in, struct err *e)
{
	struct buf *out = &in->c->out;

	if (in->tmpl == NULL && in->n == 0)
		buf_str(&in->out, "[");
	if (in->tmpl == NULL)
		buf_char(&in->out, ']');
	if (in->tmpl && in->out.len == 0)
		buf_char(out, '\n');
	else if (in->tmpl)
		buf_add(out, in->out.data, in->out.len);
	else {
		jsontext_layout(out, in->out.data, in->out.len, *in->format ? NULL : "    ");
		buf_char(out, '\n');
	}
	buf_done(&in->out);
	return cli_errors_end(in->c, &in->errors, e);
}

/* What a Go client makes of the answer: the members it knows, in their order. */
static void retype(struct arena *a, struct object *obj)
{
	struct err ignored;
	own_json doc = json_parse(obj->text, obj->len, &ignored);
	own_buf b = { 0 };

	if (doc == NULL)
		return;
	buf_init(&b, CLI_BODY_MAX);
	go_json(&b, a, go_of(obj->type, doc), true);
	obj->text = arena_strndup(a, b.data, b.len);
	obj->len = b.len;
	obj->is_retyped = true;
}

/* Objects of one kind; query NULL: only what the client decodes is shown. */
static int inspect_kind(struct cli *c, const struct kind *k, const char *format, const char *query,
	const struct str_list *ids, struct err *e)
{
	struct inspect in;

	if (inspect_begin(&in, c, format, e))
		return -1;
	for (size_t i = 0; i < ids->n; i++) {
		struct object obj;
		struct err why;

		if (fetch(c, k, ids->v[i], query ? query : "", &obj, &why)) {
			cli_errors_add(&in.errors, why.msg);
			continue;
		}
		if (query == NULL)
			retype(c->arena, &obj);
		inspect_add(&in, &obj);
	}
	return inspect_end(&in, e);
}

/* --- container inspect, image inspect, network inspect --- */

struct inspect_opts {
	struct opts_common common;
	const char *format, *platform, *type;
	bool size, verbose, has_type;
};

static const struct opt container_opts[] = {
	OPT(STR, 'f', "format", "string", struct inspect_opts, format, INSPECT_FORMAT_HELP),
	OPT(BOOL, 's', "size", NULL, struct inspect_opts, size, "Display total file sizes"),
	OPT_END,
};

static const struct opt image_opts[] = {
	OPT(STR, 'f', "format", "string", struct inspect_opts, format, INSPECT_FORMAT_HELP),
	OPT(STR, 0, "platform", "string", struct inspect_opts, platform,
		"Inspect a specific platform of the multi-platform image.\n"
		"If the image or the server is not multi-platform capable, the command will error "
		"out if the platform does not match.\n"
		"'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"),
	OPT_END,
};

static const struct opt network_opts[] = {
	OPT(STR, 'f', "format", "string", struct inspect_opts, format, INSPECT_FORMAT_HELP),
	OPT(BOOL, 'v', "verbose", NULL, struct inspect_opts, verbose,
		"Verbose output for diagnostics"),
	OPT_END,
};

static const struct opt volume_opts[] = {
	OPT(STR, 'f', "format", "string", struct inspect_opts, format, INSPECT_FORMAT_HELP),
	OPT_END,
};

static int run_container(
	struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct inspect_opts *o = opts;

	return inspect_kind(
		c, kind_find("container"), o->format, o->size ? "?size=1" : "", args, e);
}

static int run_image(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct inspect_opts *o = opts;
	own_buf query = { 0 };

	buf_init(&query, 4096);
	if (!str_empty(o->platform)) {
		const char *json = platform_opt_json(c->arena, o->platform, e);

		if (json == NULL)
			return -1;
		http_add_param(&query, "platform", json);
	}
	return inspect_kind(c, kind_find("image"), o->format, query.data, args, e);
}

static int run_network(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct inspect_opts *o = opts;

	return inspect_kind(
		c, kind_find("network"), o->format, o->verbose ? "?verbose=true" : "", args, e);
}

/* The client decodes volumes, and so drops what it does not know and orders what it does. */
static int run_volume(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct inspect_opts *o = opts;

	return inspect_kind(c, kind_find("volume"), o->format, NULL, args, e);
}

const struct command_impl container_inspect_impl = {
	.run = run_container,
	.opts = container_opts,
	.opts_size = sizeof(struct inspect_opts),
};
const struct command_impl image_inspect_impl = {
	.run = run_image,
	.opts = image_opts,
	.opts_size = sizeof(struct inspect_opts),
};
const struct command_impl volume_inspect_impl = {
	.run = run_volume,
	.opts = volume_opts,
	.opts_size = sizeof(struct inspect_opts),
};
const struct command_impl network_inspect_impl = {
	.run = run_network,
	.opts = network_opts,
	.opts_size = sizeof(struct inspect_opts),
};

/* --- inspect --- */

#define TYPE_LIST                                                                             \
	"config\", \"container\", \"image\", \"network\", \"node\", \"plugin\", \"secret\", " \
	"\"service\", \"task\", \"volume"

static const struct opt any_opts[] = {
	OPT(STR, 'f', "format", "string", struct inspect_opts, format, INSPECT_FORMAT_HELP),
	OPT(BOOL, 's', "size", NULL, struct inspect_opts, size,
		"Display total file sizes if the type is container"),
	OPT_CHANGED(STR, 0, "type", "string", struct inspect_opts, type, has_type,
		"Only inspect objects of the given type"),
	OPT_END,
};

/* Errors that only say: not of this kind. */
static bool is_skippable(const struct err *e)
{
	return e->kind == ERR_NOT_FOUND || strstr(e->msg, "not supported") ||
	       strstr(e->msg, "invalid reference format");
}

/* Does the daemon manage a swarm? Asked once, and only when nothing else fits. */
static bool has_swarm(struct cli *c, int *known)
{
	own_json info = NULL;
	struct err e;

	if (*known >= 0)
		return *known;
	*known = 0;
	if (cli_get_json(c, "/info", &info, &e))
		cli_warn(c, "%s", e.msg);
	else
		*known = json_bool(
			json_get_ci(json_get_ci(info, "Swarm"), "ControlAvailable"), false);
	return *known;
}

static int find_any(struct cli *c, const struct inspect_opts *o, const char *id, struct object *out,
	struct err *e)
{
	int swarm = -1;

	for (size_t i = 0; i < N_KINDS; i++) {
		const struct kind *k = &kinds[i];

		if (o->has_type ? !str_eq(k->name, o->type)
				: (k->flags & KIND_SWARM) && !has_swarm(c, &swarm))
			continue;
		if (fetch(c, k, id, o->size && (k->flags & KIND_SIZE) ? "?size=1" : "", out, e)) {
			if (!o->has_type && is_skippable(e))
				continue;
			return -1;
		}
		if (o->size && !(k->flags & KIND_SIZE))
			cli_warn(c, "WARNING: --size ignored for %s", k->name);
		return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "Error: No such object: %s", id);
}

static int run_inspect(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct inspect_opts *o = opts;
	struct inspect in;

	if (o->has_type && str_empty(o->type))
		return err_set(e, ERR_INVALID, "type is empty: must be one of \"" TYPE_LIST "\"");
	if (o->has_type && kind_find(o->type) == NULL)
		return err_set(e, ERR_INVALID,
			"unknown type: \"%s\": must be one of \"" TYPE_LIST "\"", o->type);
	if (inspect_begin(&in, c, o->format, e))
		return -1;
	for (size_t i = 0; i < args->n; i++) {
		struct object obj;
		struct err why;

		if (find_any(c, o, args->v[i], &obj, &why))
			cli_errors_add(&in.errors, why.msg);
		else
			inspect_add(&in, &obj);
	}
	return inspect_end(&in, e);
}

const struct command_impl inspect_impl = {
	.run = run_inspect,
	.opts = any_opts,
	.opts_size = sizeof(struct inspect_opts),
};
