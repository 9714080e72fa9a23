/* SPDX-License-Identifier: Apache-2.0 */
/* docker ps: the query, and the columns of a container's row. */
#include <string.h>
#include <time.h>

#include "base/unit.h"
#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"
#include "oci/reference.h"
#include "ports.h"
#include "tmpl.h"

#define COMMAND_WIDTH 20
#define MOUNT_WIDTH   15

struct ps_opts {
	struct filter_opts filter;
	bool all, no_trunc, latest, quiet, size, has_size;
	int64_t last;
	const char *format;
};

static const struct opt ps_opts[] = {
	OPT(BOOL, 'a', "all", NULL, struct ps_opts, all,
		"Show all containers (default shows just running)"),
	FILTER_OPT('f', "Filter output based on conditions provided"),
	OPT(STR, 0, "format", "string", struct ps_opts, format, LISTING_FORMAT_HELP),
	OPT(INT, 'n', "last", "int", struct ps_opts, last,
		"Show n last created containers (includes all states) (default -1)"),
	OPT(BOOL, 'l', "latest", NULL, struct ps_opts, latest,
		"Show the latest created container (includes all states)"),
	OPT(BOOL, 0, "no-trunc", NULL, struct ps_opts, no_trunc, "Don't truncate output"),
	OPT(BOOL, 'q', "quiet", NULL, struct ps_opts, quiet, "Only display container IDs"),
	OPT_CHANGED(BOOL, 's', "size", NULL, struct ps_opts, size, has_size,
		"Display total file sizes"),
	OPT_END,
};

static const struct ps_opts ps_defaults = { .last = -1 };

/* --- a row --- */

struct row {
	struct json *ctr; /* NULL: an empty one, to try a template on */
	bool trunc;
	bool *size_used;
};

static const char *text(const struct row *r, const char *key)
{
	return json_str(json_get_ci(r->ctr, key), "");
}

static struct go_val col_command(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	const char *s = text(r, "Command");
	own_buf b = { 0 };

	if (r->trunc)
		s = listing_ellipsis(a, s, COMMAND_WIDTH);
	buf_init(&b, 1 << 20);
	go_quote(&b, slice_str(s));
	return go_str(arena_strndup(a, b.data, b.len));
}

static struct go_val col_created_at(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(listing_local_time(a, json_i64(json_get_ci(r->ctr, "Created"), 0)));
}

static struct go_val col_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(r->trunc ? listing_short_id(a, text(r, "Id")) : text(r, "Id"));
}

static struct go_val col_image(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	const char *image = text(r, "Image"), *id;
	struct oci_ref ref;
	struct err ignored;

	if (*image == '\0')
		return go_str("<no image>");
	if (!r->trunc)
		return go_str(image);
	id = listing_short_id(a, text(r, "ImageID"));
	if (str_eq(id, listing_short_id(a, image)))
		return go_str(id);
	if (oci_ref_parse(a, image, &ref, &ignored))
		return go_str(image);
	ref.digest = NULL;
	return go_str(oci_ref_familiar(a, &ref));
}

static struct go_val col_label(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	const char *key = arena_strndup(a, arg->p, arg->n);

	return go_str(json_str(json_get(json_get_ci(r->ctr, "Labels"), key), ""));
}

static struct go_val col_labels(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(listing_labels(a, json_get_ci(r->ctr, "Labels")));
}

static struct go_val col_local_volumes(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	struct json *mounts = json_get_ci(r->ctr, "Mounts");
	int n = 0;

	for (size_t i = 0; i < json_len(mounts); i++)
		n += str_eq(json_str(json_get_ci(json_at(mounts, i), "Driver"), ""), "local");
	return go_str(arena_printf(a, "%d", n));
}

static struct go_val col_mounts(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	struct json *mounts = json_get_ci(r->ctr, "Mounts");
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_len(mounts); i++) {
		struct json *m = json_at(mounts, i);
		const char *name = json_str(json_get_ci(m, "Name"), "");

		if (*name == '\0')
			name = json_str(json_get_ci(m, "Source"), "");
		if (r->trunc)
			name = listing_ellipsis(a, name, MOUNT_WIDTH);
		buf_fmt(&b, "%s%s", i ? "," : "", name);
	}
	return go_str(arena_strndup(a, b.data, b.len));
}

/* "/name" without its slash; truncated: the first that is no link's "a/b". */
static struct go_val col_names(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	struct json *names = json_get_ci(r->ctr, "Names");
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_len(names); i++) {
		const char *name = json_str(json_at(names, i), "");

		name += *name != '\0';
		if (r->trunc && strchr(name, '/') == NULL)
			return go_str(name);
		buf_fmt(&b, "%s%s", i ? "," : "", name);
	}
	return go_str(arena_strndup(a, b.data, b.len));
}

static struct go_val col_networks(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	struct json *settings = json_get_ci(r->ctr, "NetworkSettings");
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (struct json_iter it = json_iter(json_get_ci(settings, "Networks")); json_next(&it);)
		buf_fmt(&b, "%s%s", b.len ? "," : "", it.key);
	return go_str(arena_strndup(a, b.data, b.len));
}

static const struct go_field platform_fields[] = {
	{ "Architecture", "architecture", &go_string_type, 0 },
	{ "OS", "os", &go_string_type, 0 },
	{ "OSVersion", "os.version", &go_string_type, GO_OMITEMPTY },
	{ "OSFeatures", "os.features", &go_strings_type, GO_OMITEMPTY },
	{ "Variant", "variant", &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type platform_type = { GO_STRUCT, "formatter.Platform", NULL,
	platform_fields, NULL };
static const struct go_type platform_ptr = { GO_PTR, NULL, &platform_type, NULL, NULL };

static struct go_val col_platform(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	struct json *descriptor = json_get_ci(r->ctr, "ImageManifestDescriptor");

	return go_of(&platform_ptr, json_get_ci(descriptor, "platform"));
}

static struct go_val col_ports(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(ports_display(a, json_get_ci(r->ctr, "Ports")));
}

static struct go_val col_running_for(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(listing_ago(a, json_i64(json_get_ci(r->ctr, "Created"), 0)));
}

static struct go_val col_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	int64_t rw = json_i64(json_get_ci(r->ctr, "SizeRw"), 0);
	int64_t whole = json_i64(json_get_ci(r->ctr, "SizeRootFs"), 0);
	char x[UNIT_TEXT], y[UNIT_TEXT];

	if (r->size_used)
		*r->size_used = true;
	if (whole <= 0)
		return go_str(arena_strdup(a, unit_size(x, (double)rw, 3)));
	return go_str(arena_printf(
		a, "%s (virtual %s)", unit_size(x, (double)rw, 3), unit_size(y, (double)whole, 3)));
}

static struct go_val col_state(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "State"));
}

static struct go_val col_status(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "Status"));
}

static const struct go_method row_methods[] = {
	{ "Command", "COMMAND", col_command, false },
	{ "CreatedAt", "CREATED AT", col_created_at, false },
	{ "ID", "CONTAINER ID", col_id, false },
	{ "Image", "IMAGE", col_image, false },
	{ "Label", NULL, col_label, true },
	{ "Labels", "LABELS", col_labels, false },
	{ "LocalVolumes", "LOCAL VOLUMES", col_local_volumes, false },
	{ "Mounts", "MOUNTS", col_mounts, false },
	{ "Names", "NAMES", col_names, false },
	{ "Networks", "NETWORKS", col_networks, false },
	{ "Platform", "PLATFORM", col_platform, false },
	{ "Ports", "PORTS", col_ports, false },
	{ "RunningFor", "CREATED", col_running_for, false },
	{ "Size", "SIZE", col_size, false },
	{ "State", "STATE", col_state, false },
	{ "Status", "STATUS", col_status, false },
	{ 0 },
};
static const struct go_type row_type = { GO_OBJECT, "*formatter.ContainerContext", NULL, NULL,
	row_methods };

/* --- the command --- */

static const char *full_format(struct arena *a, const char *format, bool quiet, bool size)
{
	if (quiet)
		return str_eq(format, "raw") ? "container_id: {{.ID}}" : "{{.ID}}";
	if (*format == '\0' || str_eq(format, "table"))
		return arena_printf(a,
			"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
			"{{.Ports}}\t{{.Names}}%s",
			size ? "\\t{{.Size}}" : "");
	if (str_eq(format, "raw"))
		return arena_printf(a,
			"container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n"
			"created_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\n"
			"status: {{- pad .Status 1 0}}\nnames: {{.Names}}\n"
			"labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n%s",
			size ? "size: {{.Size}}\\n" : "");
	return format;
}

/* Refuses a bad template before the daemon is asked; *size: it wants sizes. */
static int try_template(struct cli *c, const char *format, bool *size, struct err *e)
{
	struct row empty = { .size_used = size };
	struct tmpl *t;
	own_buf ignored = { 0 };

	*size = false;
	if (*format == '\0')
		return 0;
	t = tmpl_parse(c->arena, "", format, e);
	if (t == NULL)
		return err_in(e, "failed to parse template");
	buf_init(&ignored, CLI_BODY_MAX);
	if (tmpl_exec(t, go_object(&row_type, &empty), 0, &ignored, e))
		return err_in(e, "failed to execute template");
	return 0;
}

static const char *query(struct cli *c, const struct ps_opts *o, bool size)
{
	own_buf b = { 0 };
	int64_t limit = o->latest && o->last == -1 ? 1 : o->last;
	const char *filters = filter_opt_json(c->arena, &o->filter.filter);

	buf_init(&b, 1 << 24);
	buf_str(&b, "/containers/json");
	if (o->all)
		http_add_param(&b, "all", "1");
	if (filters)
		http_add_param(&b, "filters", filters);
	if (limit > 0)
		http_add_param(&b, "limit", arena_printf(c->arena, "%lld", (long long)limit));
	if (size)
		http_add_param(&b, "size", "1");
	return arena_strndup(c->arena, b.data, b.len);
}

static int run_ps(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct ps_opts *o = opts;
	const char *format = o->format ? o->format : "";
	own_json list = NULL;
	struct row *rows;
	void **v;
	struct listing_rows all = { .type = &row_type };
	bool size;

	if (*format == '\0')
		format = cli_config_str(c, "psFormat");
	else if (o->quiet)
		cli_warn(c,
			"WARNING: Ignoring custom format, because both --format and --quiet are "
			"set.");
	if (try_template(c, format, &size, e))
		return -1;
	size = o->size || (size && !o->quiet && !o->has_size);
	if (cli_get_json(c, query(c, o, size), &list, e))
		return -1;
	rows = arena_array(c->arena, json_len(list) + 1, sizeof(*rows));
	v = arena_array(c->arena, json_len(list) + 1, sizeof(*v));
	for (all.n = 0; all.n < json_len(list); all.n++) {
		rows[all.n] = (struct row){ json_at(list, all.n), !o->no_trunc, NULL };
		v[all.n] = &rows[all.n];
	}
	all.v = v;
	return listing_write(c, full_format(c->arena, format, o->quiet, size), &all, e);
}

const struct command_impl ps_impl = {
	.run = run_ps,
	.opts = ps_opts,
	.opts_size = sizeof(struct ps_opts),
	.defaults = &ps_defaults,
};
