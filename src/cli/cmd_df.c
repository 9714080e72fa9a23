/* SPDX-License-Identifier: Apache-2.0 */
/* system df: one line a kind of object, or (-v) every object. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/unit.h"
#include "cmds.h"
#include "listing.h"
#include "oci/reference.h"
#include "rows.h"
#include "tmpl.h"

#define SECOND INT64_C(1000000000)

struct usage {
	const struct json *doc; /* the answer */
	struct json *images, *containers, *volumes, *cache;
	int64_t cache_size;
};

/* --- the four lines --- */

struct line {
	const struct usage *usage;
	const char *kind;
	struct json *list;
	bool (*is_active)(const struct json *one);
	/* Adds what one of them takes to *total, and to *free what removing it would give back. */
	void (*add)(const struct json *one, bool is_active, int64_t *total, int64_t *free);
};

static int64_t number(const struct json *one, const char *key)
{
	return json_i64(json_get_ci(one, key), 0);
}

static bool image_is_active(const struct json *one)
{
	return number(one, "Containers") > 0;
}

static bool container_is_active(const struct json *one)
{
	const char *state = json_str(json_get_ci(one, "State"), "");

	return str_eq(state, "running") || str_eq(state, "paused") || str_eq(state, "restarting");
}

static bool volume_is_active(const struct json *one)
{
	return number(json_get_ci(one, "UsageData"), "RefCount") > 0;
}

static bool cache_is_active(const struct json *one)
{
	return json_bool(json_get_ci(one, "InUse"), false);
}

/* Images share layers: the total is known, and what is used is taken off it. */
static void add_image(const struct json *one, bool is_active, int64_t *total, int64_t *free)
{
	int64_t size = number(one, "Size"), shared = number(one, "SharedSize");

	if (number(one, "Containers") != 0 && size != -1 && shared != -1)
		*free -= size - shared;
}

static void add_container(const struct json *one, bool is_active, int64_t *total, int64_t *free)
{
	*total += number(one, "SizeRw");
	*free += is_active ? 0 : number(one, "SizeRw");
}

static void add_volume(const struct json *one, bool is_active, int64_t *total, int64_t *free)
{
	const struct json *usage = json_get_ci(one, "UsageData");

	if (number(usage, "Size") == -1)
		return;
	*total += number(usage, "Size");
	*free += number(usage, "RefCount") == 0 ? number(usage, "Size") : 0;
}

static void add_cache(const struct json *one, bool is_active, int64_t *total, int64_t *free)
{
	if (is_active && !json_bool(json_get_ci(one, "Shared"), false))
		*free -= number(one, "Size");
}

static void sums(const struct line *l, int64_t *total, int64_t *free)
{
	*total = *free = 0;
	if (l->add == add_image)
		*total = *free = number(l->usage->doc, "LayersSize");
	if (l->add == add_cache)
		*total = *free = l->usage->cache_size;
	for (size_t i = 0; i < json_len(l->list); i++)
		l->add(json_at(l->list, i), l->is_active(json_at(l->list, i)), total, free);
}

static struct go_val col_active(void *self, struct arena *a, const struct slice *arg)
{
	const struct line *l = self;
	int n = 0;

	for (size_t i = 0; i < json_len(l->list); i++)
		n += l->is_active(json_at(l->list, i));
	return go_str(arena_printf(a, "%d", n));
}

static struct go_val col_reclaimable(void *self, struct arena *a, const struct slice *arg)
{
	const struct line *l = self;
	int64_t total, free;
	char text[UNIT_TEXT];

	sums(l, &total, &free);
	unit_size(text, (double)free, 4);
	if (total > 0 && l->add != add_cache)
		return go_str(
			arena_printf(a, "%s (%lld%%)", text, (long long)(free * 100 / total)));
	return go_str(arena_strdup(a, text));
}

static struct go_val col_size(void *self, struct arena *a, const struct slice *arg)
{
	int64_t total, free;
	char text[UNIT_TEXT];

	sums(self, &total, &free);
	return go_str(arena_strdup(a, unit_size(text, (double)total, 4)));
}

static struct go_val col_total(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(arena_printf(a, "%zu", json_len(((const struct line *)self)->list)));
}

static struct go_val col_type(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct line *)self)->kind);
}

static const struct go_method line_methods[] = {
	{ "Active", "ACTIVE", col_active, false },
	{ "Reclaimable", "RECLAIMABLE", col_reclaimable, false },
	{ "Size", "SIZE", col_size, false },
	{ "TotalCount", "TOTAL", col_total, false },
	{ "Type", "TYPE", col_type, false },
	{ 0 },
};

#define LINE_TYPE(name)                                                 \
	{                                                               \
		GO_OBJECT, "*formatter." name, NULL, NULL, line_methods \
	}
static const struct go_type images_type = LINE_TYPE("diskUsageImagesContext");
static const struct go_type containers_type = LINE_TYPE("diskUsageContainersContext");
static const struct go_type volumes_type = LINE_TYPE("diskUsageVolumesContext");
static const struct go_type cache_type = LINE_TYPE("diskUsageBuilderContext");

static int write_lines(struct cli *c, const struct usage *u, const char *format, struct err *e)
{
	struct line lines[] = {
		{ u, "Images", u->images, image_is_active, add_image },
		{ u, "Containers", u->containers, container_is_active, add_container },
		{ u, "Local Volumes", u->volumes, volume_is_active, add_volume },
		{ u, "Build Cache", u->cache, cache_is_active, add_cache },
	};
	static const struct go_type *const types[] = { &images_type, &containers_type,
		&volumes_type, &cache_type };
	void *v[] = { &lines[0], &lines[1], &lines[2], &lines[3] };
	struct listing_rows list = { .type = &containers_type, .types = types, .v = v, .n = 4 };

	if (str_eq(format, "table"))
		format = "table "
			 "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";
	else if (str_eq(format, "raw"))
		format = "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\n"
			 "size: {{.Size}}\nreclaimable: {{.Reclaimable}}\n";
	return listing_write(c, format, &list, e);
}

/* --- the build cache's rows --- */

struct cache_row {
	const struct json *record;
	bool trunc;
};

static const struct json *member(void *self, const char *key)
{
	return json_get_ci(((const struct cache_row *)self)->record, key);
}

static struct go_val time_text(struct arena *a, const struct json *when)
{
	own_buf b = { 0 };

	buf_init(&b, 256);
	if (json_type(when) == JSON_STR)
		go_print_time(&b, json_str(when, ""));
	return go_str(arena_strndup(a, b.data, b.len));
}

static struct go_val since_text(struct arena *a, const struct json *when)
{
	int64_t ns;

	if (!clock_parse_rfc3339(slice_str(json_str(when, "")), &ns))
		return go_str("");
	return go_str(listing_ago(a, ns / SECOND));
}

static struct go_val cache_created_at(void *self, struct arena *a, const struct slice *arg)
{
	return time_text(a, member(self, "CreatedAt"));
}

static struct go_val cache_created_since(void *self, struct arena *a, const struct slice *arg)
{
	return since_text(a, member(self, "CreatedAt"));
}

static struct go_val cache_description(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_str(member(self, "Description"), ""));
}

static struct go_val cache_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct cache_row *r = self;
	const char *id = json_str(member(self, "ID"), "");

	return go_str(arena_printf(a, "%s%s", r->trunc ? listing_short_id(a, id) : id,
		cache_is_active(r->record) ? "*" : ""));
}

static struct go_val cache_in_use(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_bool(member(self, "InUse"), false) ? "true" : "false");
}

static struct go_val cache_kind(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_str(member(self, "Type"), ""));
}

static struct go_val cache_last_used_at(void *self, struct arena *a, const struct slice *arg)
{
	return time_text(a, member(self, "LastUsedAt"));
}

static struct go_val cache_last_used_since(void *self, struct arena *a, const struct slice *arg)
{
	return since_text(a, member(self, "LastUsedAt"));
}

static struct go_val cache_parent(void *self, struct arena *a, const struct slice *arg)
{
	const struct cache_row *r = self;
	const struct json *parents = member(self, " Parents"); /* the API's own slip */
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_len(parents); i++)
		buf_fmt(&b, "%s%s", i ? ", " : "", json_str(json_at(parents, i), ""));
	if (json_len(parents) == 0)
		buf_str(&b, json_str(member(self, "Parent"), ""));
	return go_str(
		r->trunc ? listing_short_id(a, arena_strdup(a, b.data)) : arena_strdup(a, b.data));
}

static struct go_val cache_shared(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_bool(member(self, "Shared"), false) ? "true" : "false");
}

static struct go_val cache_size(void *self, struct arena *a, const struct slice *arg)
{
	char text[UNIT_TEXT];

	return go_str(
		arena_strdup(a, unit_size(text, (double)json_i64(member(self, "Size"), 0), 3)));
}

static struct go_val cache_usage(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(arena_printf(a, "%lld", (long long)json_i64(member(self, "UsageCount"), 0)));
}

static const struct go_method cache_methods[] = {
	{ "CacheType", "CACHE TYPE", cache_kind, false },
	{ "CreatedAt", NULL, cache_created_at, false },
	{ "CreatedSince", "CREATED", cache_created_since, false },
	{ "Description", "DESCRIPTION", cache_description, false },
	{ "ID", "CACHE ID", cache_id, false },
	{ "InUse", "IN USE", cache_in_use, false },
	{ "LastUsedAt", NULL, cache_last_used_at, false },
	{ "LastUsedSince", "LAST USED", cache_last_used_since, false },
	{ "Parent", "PARENT", cache_parent, false },
	{ "Shared", "SHARED", cache_shared, false },
	{ "Size", "SIZE", cache_size, false },
	{ "UsageCount", "USAGE", cache_usage, false },
	{ 0 },
};
static const struct go_type cache_row_type = { GO_OBJECT, "*formatter.buildCacheContext", NULL,
	NULL, cache_methods };

/* Never used first, then the longest unused; the same moment by id. */
static int compare_cache(const void *a, const void *b)
{
	const struct cache_row *x = *(void *const *)a, *y = *(void *const *)b;
	int64_t at_x = INT64_MIN, at_y = INT64_MIN;

	clock_parse_rfc3339(slice_str(json_str(json_get_ci(x->record, "LastUsedAt"), "")), &at_x);
	clock_parse_rfc3339(slice_str(json_str(json_get_ci(y->record, "LastUsedAt"), "")), &at_y);
	if (at_x != at_y)
		return at_x < at_y ? -1 : 1;
	return strcmp(json_str(json_get_ci(x->record, "ID"), ""),
		json_str(json_get_ci(y->record, "ID"), ""));
}

/* --- every object --- */

struct details {
	struct listing_rows images, containers, volumes, cache;
	struct arena *arena;
};

static struct listing_rows rows_new(struct arena *a, const struct go_type *type, size_t n)
{
	return (struct listing_rows){ .type = type, .v = arena_array(a, n + 1, sizeof(void *)) };
}

static void add_row(struct listing_rows *rows, void *row)
{
	((void **)rows->v)[rows->n++] = row;
}

/* Only the first of its names. */
static void add_image_row(struct details *d, const struct json *img, bool trunc)
{
	const struct json *tags = json_get_ci(img, "RepoTags");
	struct image_row *r = ARENA_NEW(d->arena, struct image_row);
	struct oci_ref ref;
	struct err ignored;

	*r = (struct image_row){ img, "<none>", "<none>", "", trunc };
	if (json_len(tags) > 0 && !image_row_is_dangling(img)) {
		if (oci_ref_parse(d->arena, json_str(json_at(tags, 0), ""), &ref, &ignored))
			return;
		if (ref.tag) {
			r->repo = oci_ref_familiar_name(d->arena, &ref);
			r->tag = ref.tag;
		}
	}
	add_row(&d->images, r);
}

static void details_init(struct details *d, struct arena *a, const struct usage *u, bool trunc)
{
	d->arena = a;
	d->images = rows_new(a, &image_row_type, json_len(u->images));
	d->containers = rows_new(a, &container_row_type, json_len(u->containers));
	d->volumes = rows_new(a, &volume_row_type, json_len(u->volumes));
	d->cache = rows_new(a, &cache_row_type, json_len(u->cache));
	for (size_t i = 0; i < json_len(u->images); i++)
		add_image_row(d, json_at(u->images, i), trunc);
	for (size_t i = 0; i < json_len(u->containers); i++) {
		struct container_row *r = ARENA_NEW(a, struct container_row);

		*r = (struct container_row){ json_at(u->containers, i), trunc, NULL, true };
		add_row(&d->containers, r);
	}
	for (size_t i = 0; i < json_len(u->volumes); i++) {
		struct volume_row *r = ARENA_NEW(a, struct volume_row);

		r->volume = json_at(u->volumes, i);
		add_row(&d->volumes, r);
	}
	for (size_t i = 0; i < json_len(u->cache); i++) {
		struct cache_row *r = ARENA_NEW(a, struct cache_row);

		*r = (struct cache_row){ json_at(u->cache, i), trunc };
		add_row(&d->cache, r);
	}
	qsort((void *)d->cache.v, d->cache.n, sizeof(*d->cache.v), compare_cache);
}

static struct go_val list_of(
	struct arena *a, const struct listing_rows *rows, const struct go_type *type)
{
	struct go_list *list = ARENA_NEW(a, struct go_list);
	struct go_val out = { .type = type, .is_list = true };

	list->v = arena_array(a, rows->n + 1, sizeof(*list->v));
	for (list->n = 0; list->n < rows->n; list->n++)
		list->v[list->n] = go_object(rows->type, rows->v[list->n]);
	out.list = list;
	return out;
}

static const struct go_type image_list = GO_LIST_OF(&image_row_type);
static const struct go_type container_list = GO_LIST_OF(&container_row_type);
static const struct go_type volume_list = GO_LIST_OF(&volume_row_type);
static const struct go_type cache_list = GO_LIST_OF(&cache_row_type);

static struct go_val all_images(void *self, struct arena *a, const struct slice *arg)
{
	return list_of(a, &((const struct details *)self)->images, &image_list);
}

static struct go_val all_containers(void *self, struct arena *a, const struct slice *arg)
{
	return list_of(a, &((const struct details *)self)->containers, &container_list);
}

static struct go_val all_volumes(void *self, struct arena *a, const struct slice *arg)
{
	return list_of(a, &((const struct details *)self)->volumes, &volume_list);
}

static struct go_val all_cache(void *self, struct arena *a, const struct slice *arg)
{
	return list_of(a, &((const struct details *)self)->cache, &cache_list);
}

/* A struct in docker: in its order. */
static const struct go_method details_methods[] = {
	{ "Images", "", all_images, false },
	{ "Containers", "", all_containers, false },
	{ "Volumes", "", all_volumes, false },
	{ "BuildCache", "", all_cache, false },
	{ 0 },
};
static const struct go_type details_type = { GO_OBJECT, "*formatter.diskUsageContext", NULL, NULL,
	details_methods };

static int write_tables(struct cli *c, const struct usage *u, struct details *d, struct err *e)
{
	char size[UNIT_TEXT];
	const struct {
		const char *title, *format;
		const struct listing_rows *rows;
	} tables[] = {
		{ "Images space usage:",
			"table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t"
			"{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
			&d->images },
		{ "\nContainers space usage:",
			"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t"
			"{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
			&d->containers },
		{ "\nLocal Volumes space usage:", "table {{.Name}}\t{{.Links}}\t{{.Size}}",
			&d->volumes },
		{ arena_printf(c->arena, "\nBuild cache usage: %s",
			  unit_size(size, (double)u->cache_size, 4)),
			"table {{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t"
			"{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}",
			&d->cache },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		buf_fmt(&c->out, "%s\n\n", tables[i].title);
		if (listing_write(c, tables[i].format, tables[i].rows, e))
			return -1;
	}
	return 0;
}

static const char *raw_format(struct arena *a)
{
	return arena_printf(a,
		"{{range .Images}}type: Image\n%s\n{{end -}}\n"
		"{{range .Containers}}type: Container\n%s\n{{end -}}\n"
		"{{range .Volumes}}type: Volume\nname: {{.Name}}\\ndriver: {{.Driver}}\\n\n"
		"{{end -}}\n"
		"{{range .BuildCache}}type: Build Cache\nbuild_cache_id: {{.ID}}\n"
		"parent_id: {{.Parent}}\nbuild_cache_type: {{.CacheType}}\n"
		"description: {{.Description}}\ncreated_at: {{.CreatedAt}}\n"
		"created_since: {{.CreatedSince}}\nlast_used_at: {{.LastUsedAt}}\n"
		"last_used_since: {{.LastUsedSince}}\nusage_count: {{.UsageCount}}\n"
		"in_use: {{.InUse}}\nshared: {{.Shared}}\n\n{{end -}}",
		image_row_raw(a, true), container_row_raw(a, true));
}

static int write_details(struct cli *c, const struct usage *u, const char *format, struct err *e)
{
	struct details d;
	struct tmpl *t;

	details_init(&d, c->arena, u, str_starts(format, "table"));
	if (str_eq(format, "table"))
		return write_tables(c, u, &d, e);
	if (str_eq(format, "raw"))
		format = raw_format(c->arena);
	t = tmpl_parse(c->arena, "", listing_template(c->arena, format), e);
	if (t == NULL)
		return err_in(e, "template parsing error");
	return tmpl_exec(t, go_object(&details_type, &d), 0, &c->out, e);
}

/* --- the command --- */

struct df_opts {
	struct opts_common common;
	const char *format;
	bool verbose;
};

static const struct opt df_opts[] = {
	OPT(STR, 0, "format", "string", struct df_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 'v', "verbose", NULL, struct df_opts, verbose,
		"Show detailed information on space usage"),
	OPT_END,
};

static int run_df(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct df_opts *o = opts;
	const char *format = str_empty(o->format) ? "table" : o->format;
	own_json doc = NULL;
	struct usage u = { 0 };

	if (cli_get_json(c, "/system/df", &doc, e))
		return -1;
	u.doc = doc;
	u.images = json_get_ci(doc, "Images");
	u.containers = json_get_ci(doc, "Containers");
	u.volumes = json_get_ci(doc, "Volumes");
	u.cache = json_get_ci(doc, "BuildCache");
	for (size_t i = 0; i < json_len(u.cache); i++) {
		const struct json *one = json_at(u.cache, i);

		u.cache_size +=
			json_bool(json_get_ci(one, "Shared"), false) ? 0 : number(one, "Size");
	}
	return o->verbose ? write_details(c, &u, format, e) : write_lines(c, &u, format, e);
}

const struct command_impl df_impl = {
	.run = run_df,
	.opts = df_opts,
	.opts_size = sizeof(struct df_opts),
};
