/* SPDX-License-Identifier: Apache-2.0 */
/* images: a row for every name an image has. */
#include <string.h>

#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "image_tree.h"
#include "listing.h"
#include "oci/reference.h"
#include "rows.h"

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
	struct image_row *r = ARENA_NEW(rows->arena, struct image_row);

	*r = (struct image_row){ img, repo, tag, digest, rows->trunc };
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

static void add_image(struct rows *rows, const struct json *img)
{
	struct repos all = { 0 };

	if (image_row_is_dangling(img)) {
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
		return image_row_raw(a, o->digests);
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
	if (o->tree)
		http_add_param(&target, "manifests", "1");
	return arena_strndup(c->arena, target.data, target.len);
}

static int run_tree(struct cli *c, const struct images_opts *o, const char *name, struct err *e)
{
	const struct {
		bool given;
		const char *option;
	} refused[] = {
		{ o->quiet, "--quiet" },
		{ o->no_trunc, "--no-trunc" },
		{ o->digests, "--show-digest" }, /* docker's word for it */
		{ !str_empty(o->format), "--format" },
	};
	own_json images = NULL;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (refused[i].given)
			return err_set(e, ERR_INVALID, "%s is not yet supported with --tree",
				refused[i].option);
	}
	if (cli_get_json(c, images_target(c, o, name), &images, e))
		return -1;
	image_tree_print(c, images, o->all);
	return 0;
}

static int run_images(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct images_opts *o = opts;
	const char *name = args->n > 0 ? args->v[0] : NULL;
	const char *format = o->format ? o->format : "";
	struct rows rows = { .arena = c->arena, .trunc = !o->no_trunc, .show_digests = o->digests };
	struct listing_rows list = { .type = &image_row_type };
	own_json images = NULL;

	if (o->tree)
		return run_tree(c, o, name, e);
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
