/* SPDX-License-Identifier: Apache-2.0 */
/* volume create, ls, rm and update; inspect is with the others. */
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/unit.h"
#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"
#include "rows.h"
#include "spec.h"

/* --- create --- */

struct create_opts {
	struct opts_common common;
	const char *driver, *name;
	struct str_map opts, labels, secrets;
	bool has_labels;
	bool is_cluster; /* one of the options of cluster volumes was given */
	const char *group, *scope, *sharing, *availability, *type;
	int64_t limit_bytes, required_bytes;
	struct str_list required, preferred; /* topologies */
};

static void set_pair(struct arena *a, struct str_map *map, const char *pair)
{
	struct slice k, v;

	slice_cut(slice_str(pair), '=', &k, &v);
	str_map_set(a, map, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p ? v.p : "", v.n));
}

static int set_opt(struct opt_ctx *ctx, const char *value, struct err *e)
{
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->opts, value);
	return 0;
}

static int set_secret(struct opt_ctx *ctx, const char *value, struct err *e)
{
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->secrets, value);
	return 0;
}

static int set_label(struct opt_ctx *ctx, const char *value, struct err *e)
{
	if (spec_label(value, e))
		return -1;
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->labels, value);
	return 0;
}

static const struct opt create_opts[] = {
	OPT_CHANGED(STR, 0, "availability", "string", struct create_opts, availability, is_cluster,
		"Cluster Volume availability (\"active\", \"pause\", \"drain\") (default "
		"\"active\")"),
	OPT(STR, 'd', "driver", "string", struct create_opts, driver,
		"Specify volume driver name (default \"local\")"),
	OPT_CHANGED(STR, 0, "group", "string", struct create_opts, group, is_cluster,
		"Cluster Volume group (cluster volumes)"),
	OPT_FUNC(0, "label", "list", set_label, "Set metadata for a volume"),
	OPT_CHANGED(BYTES, 0, "limit-bytes", "bytes", struct create_opts, limit_bytes, is_cluster,
		"Minimum size of the Cluster Volume in bytes"),
	OPT_HIDDEN(STR, 0, "name", "string", struct create_opts, name, "Specify volume name"),
	OPT_FUNC('o', "opt", "map", set_opt, "Set driver specific options (default map[])"),
	OPT_CHANGED(BYTES, 0, "required-bytes", "bytes", struct create_opts, required_bytes,
		is_cluster, "Maximum size of the Cluster Volume in bytes"),
	OPT_CHANGED(STR, 0, "scope", "string", struct create_opts, scope, is_cluster,
		"Cluster Volume access scope (\"single\", \"multi\") (default \"single\")"),
	OPT_FUNC(0, "secret", "map", set_secret, "Cluster Volume secrets (default map[])"),
	OPT_CHANGED(STR, 0, "sharing", "string", struct create_opts, sharing, is_cluster,
		"Cluster Volume access sharing (\"none\", \"readonly\", \"onewriter\", \"all\") "
		"(default \"none\")"),
	OPT(LIST, 0, "topology-preferred", "list", struct create_opts, preferred,
		"A topology that the Cluster Volume would be preferred in"),
	OPT(LIST, 0, "topology-required", "list", struct create_opts, required,
		"A topology that the Cluster Volume must be accessible from"),
	OPT_CHANGED(STR, 0, "type", "string", struct create_opts, type, is_cluster,
		"Cluster Volume access type (\"mount\", \"block\") (default \"block\")"),
	OPT_END,
};

static const struct create_opts create_defaults = {
	.driver = "local",
	.name = "",
	.group = "",
	.scope = "single",
	.sharing = "none",
	.availability = "active",
	.type = "block",
};

static void add_map(struct jsonw *w, const char *key, const struct str_map *map)
{
	jsonw_key(w, key);
	jsonw_obj(w);
	for (size_t i = 0; i < map->n; i++)
		jsonw_kstr(w, map->keys[i], map->v[i]);
	jsonw_obj_end(w);
}

/* "a=b,c=d" each. */
static void add_topologies(
	struct arena *a, struct jsonw *w, const char *key, const struct str_list *l)
{
	if (l->n == 0)
		return;
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++) {
		struct slice rest = slice_str(l->v[i]), one;
		struct str_map segments = { 0 };
		bool more = true;

		while (more) {
			more = slice_cut(rest, ',', &one, &rest);
			set_pair(a, &segments, arena_strndup(a, one.p, one.n));
		}
		jsonw_obj(w);
		add_map(w, "Segments", &segments);
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_secrets(struct arena *a, struct jsonw *w, const struct str_map *secrets)
{
	struct str_list keys = { 0 };

	if (secrets->n == 0)
		return;
	for (size_t i = 0; i < secrets->n; i++)
		str_list_add(a, &keys, secrets->keys[i]);
	qsort(keys.v, keys.n, sizeof(*keys.v), compare_keys);
	jsonw_key(w, "Secrets");
	jsonw_arr(w);
	for (size_t i = 0; i < keys.n; i++) {
		jsonw_obj(w);
		jsonw_kstr(w, "Key", keys.v[i]);
		jsonw_kstr(w, "Secret", str_map_get(secrets, keys.v[i]));
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
}

static void add_cluster(struct arena *a, struct jsonw *w, const struct create_opts *o)
{
	jsonw_key(w, "ClusterVolumeSpec");
	jsonw_obj(w);
	if (*o->group)
		jsonw_kstr(w, "Group", o->group);
	jsonw_key(w, "AccessMode");
	jsonw_obj(w);
	jsonw_kstr(w, "Scope", o->scope);
	jsonw_kstr(w, "Sharing", o->sharing);
	if (str_eq(o->type, "mount") || str_eq(o->type, "block")) {
		jsonw_key(w, str_eq(o->type, "mount") ? "MountVolume" : "BlockVolume");
		jsonw_raw(w, "{}");
	}
	jsonw_obj_end(w);
	jsonw_key(w, "AccessibilityRequirements");
	jsonw_obj(w);
	add_topologies(a, w, "Requisite", &o->required);
	add_topologies(a, w, "Preferred", &o->preferred);
	jsonw_obj_end(w);
	jsonw_key(w, "CapacityRange");
	jsonw_obj(w);
	jsonw_ki64(w, "RequiredBytes", o->required_bytes);
	jsonw_ki64(w, "LimitBytes", o->limit_bytes);
	jsonw_obj_end(w);
	add_secrets(a, w, &o->secrets);
	jsonw_kstr(w, "Availability", o->availability);
	jsonw_obj_end(w);
}

static int run_create(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct create_opts *o = opts;
	const char *name = args->n > 0 ? args->v[0] : o->name;
	own_buf body = { 0 };
	own_json answer = NULL;
	struct jsonw w;

	if (args->n > 0 && *o->name)
		return err_set(e, ERR_INVALID,
			"conflicting options: cannot specify a volume-name through both --name and "
			"as a positional arg");
	buf_init(&body, 1 << 20);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	if (o->is_cluster)
		add_cluster(c->arena, &w, o);
	if (*o->driver)
		jsonw_kstr(&w, "Driver", o->driver);
	if (o->opts.n > 0)
		add_map(&w, "DriverOpts", &o->opts);
	if (o->labels.n > 0)
		add_map(&w, "Labels", &o->labels);
	if (*name)
		jsonw_kstr(&w, "Name", name);
	jsonw_obj_end(&w);
	if (cli_client(c, e) == NULL ||
		client_call_json(c->client, "POST", "/volumes/create", body.data, &answer, e) < 0)
		return -1;
	buf_fmt(&c->out, "%s\n", json_str(json_get_ci(answer, "Name"), ""));
	return 0;
}

const struct command_impl volume_create_impl = {
	.run = run_create,
	.opts = create_opts,
	.opts_size = sizeof(struct create_opts),
	.defaults = &create_defaults,
};

/* --- ls --- */

struct ls_opts {
	struct filter_opts filter;
	bool cluster, quiet;
	const char *format;
};

static const struct opt ls_opts[] = {
	OPT(BOOL, 0, "cluster", NULL, struct ls_opts, cluster,
		"Display only cluster volumes, and use cluster volume list formatting"),
	FILTER_OPT('f', "Provide filter values (e.g. \"dangling=true\")"),
	OPT(STR, 0, "format", "string", struct ls_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 'q', "quiet", NULL, struct ls_opts, quiet, "Only display volume names"),
	OPT_END,
};

static int compare(const void *a, const void *b)
{
	const struct volume_row *x = *(void *const *)a, *y = *(void *const *)b;

	return listing_natural_compare(json_str(json_get_ci(x->volume, "Name"), ""),
		json_str(json_get_ci(y->volume, "Name"), ""));
}

static const char *format_of(struct cli *c, const struct ls_opts *o)
{
	const char *format = o->format ? o->format : "";

	if (o->cluster && !o->quiet)
		return "table {{.Name}}\t{{.Group}}\t{{.Driver}}\t{{.Availability}}\t{{.Status}}";
	if (o->cluster)
		format = "table";
	if (*format == '\0' && !o->quiet)
		format = cli_config_str(c, "volumesFormat");
	if (*format == '\0' || str_eq(format, "table"))
		return o->quiet ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}";
	if (str_eq(format, "raw"))
		return o->quiet ? "name: {{.Name}}" : "name: {{.Name}}\\ndriver: {{.Driver}}\\n";
	return format;
}

static int run_ls(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct ls_opts *o = opts;
	const char *filters = filter_opt_json(c->arena, (struct str_list *)&o->filter.filter);
	struct listing_rows list = { .type = &volume_row_type };
	own_json doc = NULL;
	own_buf target = { 0 };
	const struct json *volumes;
	struct volume_row *rows;
	void **v;

	buf_init(&target, 1 << 24);
	buf_str(&target, "/volumes");
	if (filters)
		http_add_param(&target, "filters", filters);
	if (cli_get_json(c, target.data, &doc, e))
		return -1;
	volumes = json_get_ci(doc, "Volumes");
	rows = arena_array(c->arena, json_len(volumes) + 1, sizeof(*rows));
	v = arena_array(c->arena, json_len(volumes) + 1, sizeof(*v));
	for (size_t i = 0; i < json_len(volumes); i++) {
		rows[i].volume = json_at(volumes, i);
		if (!o->cluster ||
			json_type(json_get_ci(rows[i].volume, "ClusterVolume")) == JSON_OBJ)
			v[list.n++] = &rows[i];
	}
	qsort(v, list.n, sizeof(*v), compare);
	list.v = v;
	return listing_write(c, format_of(c, o), &list, e);
}

const struct command_impl volume_ls_impl = {
	.run = run_ls,
	.opts = ls_opts,
	.opts_size = sizeof(struct ls_opts),
};

/* --- rm --- */

struct rm_opts {
	struct opts_common common;
	bool force;
};

static const struct opt rm_opts[] = {
	OPT(BOOL, 'f', "force", NULL, struct rm_opts, force,
		"Force the removal of one or more volumes"),
	OPT_END,
};

static int run_rm(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct rm_opts *o = opts;
	struct cli_errors errors;

	if (cli_client(c, e) == NULL)
		return -1;
	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		const char *path = cli_path(c, "volumes", args->v[i], o->force ? "?force=1" : "");
		struct err why;

		if (client_call(c->client, "DELETE", path, NULL, NULL, &why) < 0)
			cli_errors_add(&errors, why.msg);
		else
			buf_fmt(&c->out, "%s\n", args->v[i]);
	}
	return cli_errors_end(c, &errors, e);
}

const struct command_impl volume_rm_impl = {
	.run = run_rm,
	.opts = rm_opts,
	.opts_size = sizeof(struct rm_opts),
};

/* --- update --- */

struct update_opts {
	struct opts_common common;
	const char *availability;
	bool has_availability;
};

static const struct opt update_opts[] = {
	OPT_CHANGED(STR, 0, "availability", "string", struct update_opts, availability,
		has_availability,
		"Cluster Volume availability (\"active\", \"pause\", \"drain\") (default "
		"\"active\")"),
	OPT_END,
};

static int run_update(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct update_opts *o = opts;
	const char *name = args->n > 0 ? args->v[0] : "", *target;
	const struct json *cluster, *version;
	own_json volume = NULL;
	own_buf body = { 0 };
	struct jsonw w;

	if (cli_get_json(c, cli_path(c, "volumes", name, ""), &volume, e))
		return -1;
	cluster = json_get_ci(volume, "ClusterVolume");
	if (json_type(cluster) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "can only update cluster volumes");
	buf_init(&body, 1 << 20);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_key(&w, "Spec");
	jsonw_obj(&w);
	for (struct json_iter it = json_iter(json_get_ci(cluster, "Spec")); json_next(&it);) {
		own_buf text = { 0 };

		if (o->has_availability && str_eq(it.key, "Availability"))
			continue;
		buf_init(&text, 1 << 20);
		json_print(it.value, NULL, &text);
		jsonw_key(&w, it.key);
		jsonw_raw(&w, text.data);
	}
	if (o->has_availability)
		jsonw_kstr(&w, "Availability", o->availability);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	version = json_get_ci(json_get_ci(cluster, "Version"), "Index");
	target = arena_printf(c->arena, "%s?version=%llu",
		cli_path(c, "volumes", json_str(json_get_ci(cluster, "ID"), ""), ""),
		(unsigned long long)json_u64(version, 0));
	return client_call(c->client, "PUT", target, body.data, NULL, e) < 0 ? -1 : 0;
}

const struct command_impl volume_update_impl = {
	.run = run_update,
	.opts = update_opts,
	.opts_size = sizeof(struct update_opts),
};
