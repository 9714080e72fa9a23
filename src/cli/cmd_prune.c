/* SPDX-License-Identifier: Apache-2.0 */
/* The prune commands: one kind of object each, and system prune, which is all of them in turn. */
#include <stdlib.h>
#include <string.h>

#include "base/unit.h"
#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"
#include "prompt.h"

struct prune_opts {
	struct filter_opts filter;
	bool all, force, volumes;
};

#define FORCE_OPT \
	OPT(BOOL, 'f', "force", NULL, struct prune_opts, force, "Do not prompt for confirmation")
#define ALL_OPT(help) OPT(BOOL, 'a', "all", NULL, struct prune_opts, all, help)
#define UNTIL_OPT     FILTER_OPT(0, "Provide filter values (e.g. \"until=<timestamp>\")")

static const struct opt plain_opts[] = { UNTIL_OPT, FORCE_OPT, OPT_END };

static const struct opt image_opts[] = {
	ALL_OPT("Remove all unused images, not just dangling ones"),
	UNTIL_OPT,
	FORCE_OPT,
	OPT_END,
};

static const struct opt volume_opts[] = {
	ALL_OPT("Remove all unused volumes, not just anonymous ones"),
	FILTER_OPT(0, "Provide filter values (e.g. \"label=<label>\")"),
	FORCE_OPT,
	OPT_END,
};

static const struct opt system_opts[] = {
	ALL_OPT("Remove all unused images not just dangling ones"),
	FILTER_OPT(0, "Provide filter values (e.g. \"label=<key>=<value>\")"),
	FORCE_OPT,
	OPT(BOOL, 0, "volumes", NULL, struct prune_opts, volumes, "Prune anonymous volumes"),
	OPT_END,
};

/* --- the kinds --- */

struct kind {
	const char *group; /* of the command */
	const char *path;
	const char *list;	   /* member of the report */
	const char *title;	   /* above what was deleted */
	const char *what, *all;	   /* "WARNING! This will remove …"; all: with --all, or NULL */
	const char *all_filter[2]; /* set without and with --all; NULL: none */
	bool has_total;
};

static const struct kind kinds[] = {
	{ "container", "/containers/prune", "ContainersDeleted",
		"Deleted Containers:", "all stopped containers.", NULL, { NULL, NULL }, true },
	{ "network", "/networks/prune", "NetworksDeleted",
		"Deleted Networks:", "all custom networks not used by at least one container.",
		NULL, { NULL, NULL }, false },
	{ "volume", "/volumes/prune", "VolumesDeleted",
		"Deleted Volumes:", "anonymous local volumes not used by at least one container.",
		"all local volumes not used by at least one container.", { NULL, "all=true" },
		true },
	{ "image", "/images/prune", "ImagesDeleted", "Deleted Images:", "all dangling images.",
		"all images without at least one container associated to them.",
		{ "dangling=true", "dangling=false" }, true },
	{ "builder", "/build/prune", "CachesDeleted", "Deleted build cache objects:", NULL, NULL,
		{ NULL, NULL }, true },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind_of(const char *group)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		if (str_eq(kinds[i].group, group))
			return &kinds[i];
	}
	return NULL;
}

static bool has_filter(const struct str_list *filters, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < filters->n; i++) {
		if (strncmp(filters->v[i], name, n) == 0 && filters->v[i][n] == '=')
			return true;
	}
	return false;
}

static void add_pair(struct arena *a, struct str_list *filters, const char *pair)
{
	const char *value = strchr(pair, '=');

	filter_opt_add(a, filters, arena_strndup(a, pair, (size_t)(value - pair)), value + 1);
}

/*
 * Whether config.json's label may be added beside those of the opposite name. docker asks "is it among them", which its
 * library answers with yes when there are none: so only beside others.
 */
static bool may_add(
	struct arena *a, const struct str_list *filters, const char *opposite, const char *value)
{
	return has_filter(filters, opposite) &&
	       !str_list_has(filters, arena_printf(a, "%s%s", opposite, value));
}

/* The filters given, and config.json's pruneFilters where they do not contradict. */
static struct str_list filters_of(struct cli *c, const struct str_list *given)
{
	const struct json *more = json_get_ci(cli_config(c), "pruneFilters");
	struct str_list out = { 0 };

	for (size_t i = 0; i < given->n; i++)
		str_list_add(c->arena, &out, given->v[i]);
	for (size_t i = 0; i < json_len(more); i++) {
		const char *pair = json_str(json_at(more, i), "");
		const char *value = strchr(pair, '=');

		if (value == NULL)
			continue;
		if (str_starts(pair, "label=") && !may_add(c->arena, &out, "label!", value))
			continue;
		if (str_starts(pair, "label!=") && !may_add(c->arena, &out, "label", value))
			continue;
		add_pair(c->arena, &out, pair);
	}
	return out;
}

/* --- one call --- */

static void add_deleted(struct buf *out, const struct kind *k, const struct json *list)
{
	if (json_len(list) == 0)
		return;
	buf_fmt(out, "%s\n", k->title);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *one = json_at(list, i);
		const char *untagged = json_str(json_get_ci(one, "Untagged"), "");

		if (json_type(one) == JSON_STR)
			buf_fmt(out, "%s\n", json_str(one, ""));
		else if (*untagged)
			buf_fmt(out, "untagged: %s\n", untagged);
		else
			buf_fmt(out, "deleted: %s\n", json_str(json_get_ci(one, "Deleted"), ""));
	}
	buf_char(out, '\n');
}

/* Makes the call, prints what was deleted and adds to *reclaimed. */
static int prune_one(struct cli *c, const struct kind *k, const struct prune_opts *o,
	uint64_t *reclaimed, struct err *e)
{
	bool is_build = str_eq(k->group, "builder");
	struct str_list filters = filters_of(c, &o->filter.filter);
	own_buf target = { 0 };
	own_json report = NULL;
	const struct json *list;
	const char *json;

	if (k->all_filter[o->all])
		add_pair(c->arena, &filters, k->all_filter[o->all]);
	json = filter_opt_json(c->arena, &filters);
	buf_init(&target, 1 << 24);
	buf_str(&target, k->path);
	if (is_build && o->all)
		http_add_param(&target, "all", "1");
	if (json || is_build)
		http_add_param(&target, "filters", json ? json : "");
	if (cli_client(c, e) == NULL ||
		client_call_json(c->client, "POST", target.data, NULL, &report, e) < 0)
		return -1;
	list = json_get_ci(report, k->list);
	add_deleted(&c->out, k, list);
	if (json_len(list) > 0 || is_build)
		*reclaimed += json_u64(json_get_ci(report, "SpaceReclaimed"), 0);
	cli_flush(c);
	return 0;
}

static void add_total(struct cli *c, uint64_t reclaimed)
{
	char text[UNIT_TEXT];

	buf_fmt(&c->out, "Total reclaimed space: %s\n", unit_size(text, (double)reclaimed, 4));
}

/* 0: go on, 1: the user does not want to. */
static int confirm(struct cli *c, const char *message, struct err *e)
{
	bool yes;

	if (prompt_confirm(c, message, &yes, e))
		return -1;
	return yes ? 0 : 1;
}

static int run_prune(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct prune_opts *o = opts;
	const struct kind *k = kind_of(c->command->group);
	uint64_t reclaimed = 0;
	struct str_list filters = filters_of(c, &o->filter.filter);
	int rc = 0;

	if (o->all && str_eq(k->group, "volume") && has_filter(&filters, "all"))
		return err_set(e, ERR_INVALID,
			"conflicting options: cannot specify both --all and --filter all=1");
	if (!o->force)
		rc = confirm(c,
			arena_printf(c->arena,
				"WARNING! This will remove %s\nAre you sure you want to continue?",
				o->all && k->all ? k->all : k->what),
			e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (prune_one(c, k, o, &reclaimed, e))
		return -1;
	if (k->has_total)
		add_total(c, reclaimed);
	return 0;
}

const struct command_impl container_prune_impl = {
	.run = run_prune,
	.opts = plain_opts,
	.opts_size = sizeof(struct prune_opts),
};

const struct command_impl network_prune_impl = {
	.run = run_prune,
	.opts = plain_opts,
	.opts_size = sizeof(struct prune_opts),
};

const struct command_impl image_prune_impl = {
	.run = run_prune,
	.opts = image_opts,
	.opts_size = sizeof(struct prune_opts),
};

const struct command_impl volume_prune_impl = {
	.run = run_prune,
	.opts = volume_opts,
	.opts_size = sizeof(struct prune_opts),
};

/* --- all of them --- */

static int compare(const void *a, const void *b)
{
	return listing_natural_compare(*(const char *const *)a, *(const char *const *)b);
}

static const char *system_warning(struct cli *c, const struct prune_opts *o)
{
	struct str_list all = filters_of(c, &o->filter.filter), shown = { 0 };
	own_buf b = { 0 };

	buf_init(&b, 1 << 20);
	buf_fmt(&b,
		"WARNING! This will remove:\n  - all stopped containers\n"
		"  - all networks not used by at least one container\n%s  - %s\n  - %s\n",
		o->volumes ? "  - all anonymous volumes not used by at least one container\n" : "",
		o->all ? "all images without at least one container associated to them"
		       : "all dangling images",
		o->all ? "all build cache" : "unused build cache");
	for (size_t i = 0; i < all.n; i++) {
		if (str_starts(all.v[i], "label=") || str_starts(all.v[i], "label!=") ||
			str_starts(all.v[i], "until="))
			str_list_add(c->arena, &shown, all.v[i]);
	}
	if (shown.n > 0) {
		qsort(shown.v, shown.n, sizeof(*shown.v), compare);
		buf_str(&b, "\n  Items to be pruned will be filtered with:\n");
		for (size_t i = 0; i < shown.n; i++)
			buf_fmt(&b, "  - %s\n", shown.v[i]);
	}
	buf_str(&b, "\nAre you sure you want to continue?");
	return arena_strndup(c->arena, b.data, b.len);
}

static int run_system(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct prune_opts *o = opts;
	uint64_t reclaimed = 0;
	int rc = 0;

	if (o->volumes && has_filter(&o->filter.filter, "until"))
		return err_set(e, ERR_INVALID,
			"ERROR: The \"until\" filter is not supported with \"--volumes\"");
	if (!o->force)
		rc = confirm(c, system_warning(c, o), e);
	if (rc)
		return rc < 0 ? -1 : 0;
	for (size_t i = 0; i < N_KINDS; i++) {
		bool is_volume = str_eq(kinds[i].group, "volume");
		struct prune_opts one = *o;

		/* named volumes hold data: system prune never takes them */
		one.all = o->all && !is_volume;
		if ((!is_volume || o->volumes) && prune_one(c, &kinds[i], &one, &reclaimed, e))
			return -1;
	}
	add_total(c, reclaimed);
	return 0;
}

const struct command_impl system_prune_impl = {
	.run = run_system,
	.opts = system_opts,
	.opts_size = sizeof(struct prune_opts),
};
