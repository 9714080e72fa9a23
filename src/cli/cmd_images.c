/* SPDX-License-Identifier: Apache-2.0 */
/* images and history: lists of images and of an image's steps. */
#include <string.h>
#include <time.h>

#include "base/unit.h"
#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"
#include "oci/reference.h"

#define CREATED_BY_WIDTH 45
#define YEAR_2000	 946684800

/* --- a row of images --- */

struct row {
	const struct json *img;
	const char *repo, *tag, *digest;
	bool trunc;
};

static struct go_val size_text(struct arena *a, int64_t bytes, int precision)
{
	char text[UNIT_TEXT];

	return go_str(arena_strdup(a, unit_size(text, (double)bytes, precision)));
}

static struct go_val col_containers(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	int64_t n = json_i64(json_get_ci(r->img, "Containers"), 0);

	return go_str(n == -1 ? "N/A" : arena_printf(a, "%lld", (long long)n));
}

static struct go_val col_created_at(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(listing_local_time(a, json_i64(json_get_ci(r->img, "Created"), 0)));
}

static struct go_val col_created_since(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;

	return go_str(listing_ago(a, json_i64(json_get_ci(r->img, "Created"), 0)));
}

static struct go_val col_digest(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct row *)self)->digest);
}

static struct go_val col_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	const char *id = json_str(json_get_ci(r->img, "Id"), "");

	return go_str(r->trunc ? listing_short_id(a, id) : id);
}

static struct go_val col_repository(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct row *)self)->repo);
}

static struct go_val col_shared_size(void *self, struct arena *a, const struct slice *arg)
{
	int64_t n = json_i64(json_get_ci(((const struct row *)self)->img, "SharedSize"), 0);

	return n == -1 ? go_str("N/A") : size_text(a, n, 4);
}

static struct go_val col_size(void *self, struct arena *a, const struct slice *arg)
{
	return size_text(a, json_i64(json_get_ci(((const struct row *)self)->img, "Size"), 0), 3);
}

static struct go_val col_tag(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct row *)self)->tag);
}

static struct go_val col_unique_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *img = ((const struct row *)self)->img;
	int64_t size = json_i64(json_get_ci(img, "Size"), 0);
	int64_t shared = json_i64(json_get_ci(img, "SharedSize"), 0);

	return size == -1 || shared == -1 ? go_str("N/A") : size_text(a, size - shared, 4);
}

static struct go_val col_virtual_size(void *self, struct arena *a, const struct slice *arg)
{
	return size_text(a, json_i64(json_get_ci(((const struct row *)self)->img, "Size"), 0), 4);
}

static const struct go_method row_methods[] = {
	{ "Containers", "CONTAINERS", col_containers, false },
	{ "CreatedAt", "CREATED AT", col_created_at, false },
	{ "CreatedSince", "CREATED", col_created_since, false },
	{ "Digest", "DIGEST", col_digest, false },
	{ "ID", "IMAGE ID", col_id, false },
	{ "Repository", "REPOSITORY", col_repository, false },
	{ "SharedSize", "SHARED SIZE", col_shared_size, false },
	{ "Size", "SIZE", col_size, false },
	{ "Tag", "TAG", col_tag, false },
	{ "UniqueSize", "UNIQUE SIZE", col_unique_size, false },
	{ "VirtualSize", "SIZE", col_virtual_size, false },
	{ 0 },
};
static const struct go_type row_type = { GO_OBJECT, "*formatter.imageContext", NULL, NULL,
	row_methods };

/* --- images to rows --- */

struct rows {
	struct arena *arena;
	bool trunc, show_digests, need_digests;
	void **v;
	size_t n;
};

static void add_row(struct rows *rows, const struct json *img, const char *repo, const char *tag,
	const char *digest)
{
	struct row *r = ARENA_NEW(rows->arena, struct row);

	*r = (struct row){ img, repo, tag, digest, rows->trunc };
	rows->v = arena_grow(rows->arena, rows->v, &rows->n, sizeof(*rows->v));
	rows->v[rows->n - 1] = r;
}

/* The references of an image under one name: tags, digests. */
struct repo {
	const char *name;
	struct str_list tags, digests;
};

struct repos {
	struct repo *v;
	size_t n;
};

static struct repo *repo_of(struct arena *a, struct repos *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++) {
		if (str_eq(all->v[i].name, name))
			return &all->v[i];
	}
	all->v = arena_grow(a, all->v, &all->n, sizeof(*all->v));
	all->v[all->n - 1].name = name;
	return &all->v[all->n - 1];
}

static void gather(struct arena *a, struct repos *all, const struct json *refs)
{
	for (size_t i = 0; i < json_len(refs); i++) {
		struct oci_ref ref;
		struct err ignored;
		struct repo *repo;

		if (oci_ref_parse(a, json_str(json_at(refs, i), ""), &ref, &ignored))
			continue;
		repo = repo_of(a, all, oci_ref_familiar_name(a, &ref));
		if (ref.digest)
			str_list_add(a, &repo->digests, ref.digest);
		else if (ref.tag)
			str_list_add(a, &repo->tags, ref.tag);
	}
}

static void add_repo(struct rows *rows, const struct json *img, const struct repo *r)
{
	for (size_t i = 0; i < r->tags.n; i++) {
		if (!rows->need_digests || r->digests.n == 0)
			add_row(rows, img, r->name, r->tags.v[i], "<none>");
		for (size_t k = 0; rows->need_digests && k < r->digests.n; k++)
			add_row(rows, img, r->name, r->tags.v[i], r->digests.v[k]);
	}
	if (r->tags.n > 0 || r->digests.n == 0)
		return;
	if (!rows->show_digests)
		add_row(rows, img, r->name, "<none>", "");
	for (size_t k = 0; rows->show_digests && k < r->digests.n; k++)
		add_row(rows, img, r->name, "<none>", r->digests.v[k]);
}

static bool is_dangling(const struct json *img)
{
	const struct json *tags = json_get_ci(img, "RepoTags");
	const struct json *digests = json_get_ci(img, "RepoDigests");

	if (json_len(tags) == 0 && json_len(digests) == 0)
		return true;
	return json_len(tags) == 1 && str_eq(json_str(json_at(tags, 0), ""), "<none>:<none>") &&
	       json_len(digests) == 1 && str_eq(json_str(json_at(digests, 0), ""), "<none>@<none>");
}

static void add_image(struct rows *rows, const struct json *img)
{
	struct repos all = { 0 };

	if (is_dangling(img)) {
		add_row(rows, img, "<none>", "<none>", "<none>");
		return;
	}
	gather(rows->arena, &all, json_get_ci(img, "RepoTags"));
	gather(rows->arena, &all, json_get_ci(img, "RepoDigests"));
	for (size_t i = 0; i < all.n; i++)
		add_repo(rows, img, &all.v[i]);
}

/* --- images --- */

struct images_opts {
	struct filter_opts filter;
	bool all, digests, no_trunc, quiet, tree;
	const char *format;
};

static const struct opt images_opts[] = {
	OPT(BOOL, 'a', "all", NULL, struct images_opts, all,
		"Show all images (default hides intermediate images)"),
	OPT(BOOL, 0, "digests", NULL, struct images_opts, digests, "Show digests"),
	FILTER_OPT('f', "Filter output based on conditions provided"),
	OPT(STR, 0, "format", "string", struct images_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 0, "no-trunc", NULL, struct images_opts, no_trunc, "Don't truncate output"),
	OPT(BOOL, 'q', "quiet", NULL, struct images_opts, quiet, "Only show image IDs"),
	OPT(BOOL, 0, "tree", NULL, struct images_opts, tree,
		"List multi-platform images as a tree (EXPERIMENTAL)"),
	OPT_END,
};

#define IMAGE_AGE "{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}"

static const char *images_format(struct arena *a, const char *format, const struct images_opts *o)
{
	if (str_eq(format, "table") && o->quiet)
		return "{{.ID}}";
	if (str_eq(format, "table"))
		return arena_printf(a,
			"table {{.Repository}}\t{{.Tag}}\t%s{{.ID}}\t" IMAGE_AGE "\t{{.Size}}",
			o->digests ? "{{.Digest}}\t" : "");
	if (str_eq(format, "raw") && o->quiet)
		return "image_id: {{.ID}}";
	if (str_eq(format, "raw"))
		return arena_printf(a,
			"repository: {{ .Repository }}\ntag: {{.Tag}}\n%simage_id: {{.ID}}\n"
			"created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n",
			o->digests ? "digest: {{.Digest}}\n" : "");
	if (str_starts(format, "table") && o->digests && !strstr(format, "{{.Digest}}"))
		return arena_printf(a, "%s\t{{.Digest}}", format);
	return format;
}

/* "docker images ls" is a common slip. */
static void hint_subcommand(struct cli *c, const char *name)
{
	static const char *const names[] = { "build", "history", "import", "inspect", "list",
		"load", "ls", "prune", "pull", "push", "rm", "save", "tag" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_eq(name, names[i]))
			cli_warn(c,
				"\nNo images found matching \"%s\": did you mean \"%s image %s\"?",
				name, CLI_NAME, name);
	}
}

static const char *images_target(struct cli *c, const struct images_opts *o, const char *name)
{
	struct str_list filter = o->filter.filter;
	own_buf target = { 0 };
	const char *json;

	if (name)
		filter_opt_add(c->arena, &filter, "reference", name);
	json = filter_opt_json(c->arena, &filter);
	buf_init(&target, 1 << 24);
	buf_str(&target, "/images/json");
	if (o->all)
		http_add_param(&target, "all", "1");
	if (json)
		http_add_param(&target, "filters", json);
	return arena_strndup(c->arena, target.data, target.len);
}

static int run_images(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct images_opts *o = opts;
	const char *name = args->n > 0 ? args->v[0] : NULL;
	const char *format = o->format ? o->format : "";
	struct rows rows = { .arena = c->arena, .trunc = !o->no_trunc, .show_digests = o->digests };
	struct listing_rows list = { .type = &row_type };
	own_json images = NULL;

	if (o->tree)
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"--tree is not supported by this version: images have one platform each");
	if (cli_get_json(c, images_target(c, o, name), &images, e))
		return -1;
	if (*format == '\0' && !o->quiet)
		format = cli_config_str(c, "imagesFormat");
	if (*format == '\0')
		format = "table";
	format = images_format(c->arena, format, o);
	rows.need_digests = o->digests || strstr(format, "{{.Digest}}");
	for (size_t i = 0; i < json_len(images); i++)
		add_image(&rows, json_at(images, i));
	list.v = rows.v;
	list.n = rows.n;
	if (listing_write(c, format, &list, e))
		return -1;
	if (name && json_len(images) == 0 && str_eq(c->path, CLI_NAME " images"))
		hint_subcommand(c, name);
	return 0;
}

const struct command_impl images_impl = {
	.run = run_images,
	.opts = images_opts,
	.opts_size = sizeof(struct images_opts),
};

/* --- history --- */

struct step {
	const struct json *doc;
	bool trunc, human;
};

static struct go_val step_comment(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_str(json_get_ci(((const struct step *)self)->doc, "Comment"), ""));
}

static struct go_val step_created_at(void *self, struct arena *a, const struct slice *arg)
{
	time_t t = json_i64(json_get_ci(((const struct step *)self)->doc, "Created"), 0);
	struct tm tm;
	char text[64], zone[16];

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	if (tm.tm_gmtoff == 0)
		return go_str(arena_printf(a, "%sZ", text));
	return go_str(arena_printf(a, "%s%.3s:%s", text, zone, zone + 3));
}

static struct go_val step_created_by(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	char *text = arena_strdup(a, json_str(json_get_ci(s->doc, "CreatedBy"), ""));

	for (char *c = text; *c; c++) {
		if (*c == '\t')
			*c = ' ';
	}
	return go_str(s->trunc ? listing_ellipsis(a, text, CREATED_BY_WIDTH) : text);
}

static struct go_val step_created_since(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	int64_t created = json_i64(json_get_ci(s->doc, "Created"), 0);

	if (!s->human)
		return step_created_at(self, a, NULL);
	return go_str(created <= YEAR_2000 ? "N/A" : listing_ago(a, created));
}

static struct go_val step_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	const char *id = json_str(json_get_ci(s->doc, "Id"), "");

	return go_str(s->trunc ? listing_short_id(a, id) : id);
}

static struct go_val step_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	int64_t size = json_i64(json_get_ci(s->doc, "Size"), 0);

	if (!s->human)
		return go_str(arena_printf(a, "%lld", (long long)size));
	return size_text(a, size, 3);
}

static const struct go_method step_methods[] = {
	{ "Comment", "COMMENT", step_comment, false },
	{ "CreatedAt", "CREATED AT", step_created_at, false },
	{ "CreatedBy", "CREATED BY", step_created_by, false },
	{ "CreatedSince", "CREATED", step_created_since, false },
	{ "ID", "IMAGE", step_id, false },
	{ "Size", "SIZE", step_size, false },
	{ 0 },
};
static const struct go_type step_type = { GO_OBJECT, "*image.historyContext", NULL, NULL,
	step_methods };

struct history_opts {
	struct opts_common common;
	bool human, no_trunc, quiet;
	const char *format, *platform;
};

static const struct opt history_opts[] = {
	OPT(STR, 0, "format", "string", struct history_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 'H', "human", NULL, struct history_opts, human,
		"Print sizes and dates in human readable format (default true)"),
	OPT(BOOL, 0, "no-trunc", NULL, struct history_opts, no_trunc, "Don't truncate output"),
	OPT(STR, 0, "platform", "string", struct history_opts, platform,
		"Show history for the given platform. Formatted as \"os[/arch[/variant]]\" (e.g., "
		"\"linux/amd64\")"),
	OPT(BOOL, 'q', "quiet", NULL, struct history_opts, quiet, "Only show image IDs"),
	OPT_END,
};

static const struct history_opts history_defaults = { .human = true };

static int run_history(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct history_opts *o = opts;
	const char *format = str_empty(o->format) ? "table" : o->format;
	own_json doc = NULL;
	struct step *steps;
	void **v;
	struct listing_rows list = { .type = &step_type };

	if (!str_empty(o->platform))
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"--platform is not supported by this version: images have one platform each");
	if (cli_get_json(c, cli_path(c, "images", args->v[0], "/history"), &doc, e))
		return -1;
	steps = arena_array(c->arena, json_len(doc) + 1, sizeof(*steps));
	v = arena_array(c->arena, json_len(doc) + 1, sizeof(*v));
	for (list.n = 0; list.n < json_len(doc); list.n++) {
		steps[list.n] = (struct step){ json_at(doc, list.n), !o->no_trunc, o->human };
		v[list.n] = &steps[list.n];
	}
	list.v = v;
	if (str_eq(format, "table") && o->quiet)
		format = "{{.ID}}";
	else if (str_eq(format, "table"))
		format = o->human ? "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t"
				    "{{.Comment}}"
				  : "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t"
				    "{{.Comment}}";
	return listing_write(c, format, &list, e);
}

const struct command_impl history_impl = {
	.run = run_history,
	.opts = history_opts,
	.opts_size = sizeof(struct history_opts),
	.defaults = &history_defaults,
};
