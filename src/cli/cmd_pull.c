/* SPDX-License-Identifier: Apache-2.0 */
/* pull and push: the daemon speaks to the registry, its progress is shown here. */
#include <unistd.h>

#include "cmds.h"
#include "http/uri.h"
#include "oci/reference.h"
#include "platform_opt.h"
#include "progress.h"
#include "prompt.h"
#include "registry_auth.h"

/*
 * Image signing by notary is off, as it is in docker unless DOCKER_CONTENT_TRUST asks for it (feature row E24): the
 * option is there and there is nothing it could turn off.
 */
struct pull_opts {
	struct opts_common common;
	bool all, quiet, untrusted;
	const char *platform;
};

#define TRUST_OPT(help)                                                                 \
	OPT(BOOL, 0, "disable-content-trust", NULL, struct pull_opts, untrusted, help), \
		OPT(BOOL, 'q', "quiet", NULL, struct pull_opts, quiet, "Suppress verbose output")

static const struct opt pull_opts[] = {
	OPT(BOOL, 'a', "all-tags", NULL, struct pull_opts, all,
		"Download all tagged images in the repository"),
	TRUST_OPT("Skip image verification (default true)"),
	OPT(STR, 0, "platform", "string", struct pull_opts, platform,
		"Set platform if server is multi-platform capable"),
	OPT_END,
};

static const struct opt push_opts[] = {
	OPT(BOOL, 'a', "all-tags", NULL, struct pull_opts, all,
		"Push all tags of an image to the repository"),
	TRUST_OPT("Skip image signing (default true)"),
	OPT(STR, 0, "platform", "string", struct pull_opts, platform,
		"Push a platform-specific manifest as a single-platform image to the registry.\n"
		"Image index won't be pushed, meaning that other manifests, including attestations "
		"won't be preserved.\n"
		"'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"),
	OPT_END,
};

/* The reference with its default tag, which is said. */
static int target_of(struct cli *c, const struct pull_opts *o, const char *text,
	struct oci_ref *out, struct err *e)
{
	if (oci_ref_parse(c->arena, text, out, e))
		return -1;
	if (o->all && (out->tag || out->digest))
		return err_set(e, ERR_INVALID, "tag can't be used with --all-tags/-a");
	if (o->all || out->tag || out->digest)
		return 0;
	oci_ref_default_tag(out);
	if (!o->quiet)
		buf_fmt(&c->out, "Using default tag: %s\n", out->tag);
	cli_flush(c);
	return 0;
}

static int show(struct cli *c, const struct pull_opts *o, const struct registry_call *call,
	progress_aux_fn aux, void *arg, struct err *e)
{
	struct client_stream *s = registry_call_open(c, call, e);
	int rc;

	if (s == NULL)
		return -1;
	rc = progress_show_aux(c, s, o->quiet ? -1 : STDOUT_FILENO, aux, arg, e);
	client_stream_close(s);
	return rc;
}

/* --- pull --- */

static int run_pull(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	static const char plugin[] = "when fetching 'plugin'";
	const struct pull_opts *o = opts;
	const char *platform = platform_opt_default(c->arena, o->platform);
	struct oci_ref ref;
	own_buf target = { 0 };
	struct registry_call call = { .method = "POST", .verb = "pull" };

	if (target_of(c, o, args->v[0], &ref, e))
		return -1;
	buf_init(&target, 1 << 16);
	buf_str(&target, "/images/create");
	http_add_param(&target, "fromImage", oci_ref_name(c->arena, &ref));
	if (*platform)
		http_add_param(&target, "platform", platform);
	if (!o->all)
		http_add_param(&target, "tag", ref.digest ? ref.digest : ref.tag);
	call.target = target.data;
	call.domain = ref.domain;
	if (show(c, o, &call, NULL, NULL, e)) {
		struct err why = *e;

		if (strstr(why.msg, plugin))
			err_set(e, why.kind, "%s - Use `docker plugin install`", why.msg);
		return -1;
	}
	buf_fmt(&c->out, "%s\n", oci_ref_full(c->arena, &ref));
	return 0;
}

const struct command_impl pull_impl = {
	.run = run_pull,
	.opts = pull_opts,
	.opts_size = sizeof(struct pull_opts),
};

/* --- push --- */

#define RED   "\x1b[31m"
#define GREEN "\x1b[32m"
#define RESET "\x1b[0m"

struct notes {
	struct cli *c;
	struct str_list list;
};

static void take_note(void *arg, const struct json *aux)
{
	struct notes *n = arg;

	if (json_bool(json_get_ci(aux, "manifestPushedInsteadOfIndex"), false))
		str_list_add(n->c->arena, &n->list,
			arena_printf(n->c->arena,
				"Not all multiplatform-content is present and only the available "
				"single-platform image was pushed\n" RED "%s" RESET " -> " GREEN
				"%s" RESET,
				json_str(json_get_ci(json_get_ci(aux, "originalIndex"), "digest"),
					""),
				json_str(
					json_get_ci(json_get_ci(aux, "selectedManifest"), "digest"),
					"")));
	if (json_bool(json_get_ci(aux, "contentMissing"), false))
		str_list_add(n->c->arena, &n->list,
			"You're trying to push a manifest list/index which \n"
			"\t\t\t\treferences multiple platform specific manifests, but not all of "
			"them are available locally\n"
			"\t\t\t\tor available to the remote repository.\n\n"
			"\t\t\t\tMake sure you have all the referenced content and try again.\n\n"
			"\t\t\t\tYou can also push only a single platform specific manifest "
			"directly by specifying the platform you want to push with the --platform "
			"flag.");
}

static int add_platform(struct cli *c, const struct pull_opts *o, struct buf *target, struct err *e)
{
	const char *json;

	if (str_empty(o->platform))
		return 0;
	json = platform_opt_json(c->arena, o->platform, e);
	if (json == NULL) {
		struct err why = *e;

		/* docker leaves the line open, and its error goes on there */
		return err_set(e, ERR_INVALID, "Invalid platform %s%s", o->platform, why.msg);
	}
	prompt_note(c, STDOUT_FILENO,
		"Using --platform pushes only the specified platform manifest of a multi-platform "
		"image index.\nOther components, like attestations, will not be included.\nTo push "
		"the complete multi-platform image, remove the --platform flag.\n");
	http_add_param(target, "platform", json);
	return 0;
}

static int run_push(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct pull_opts *o = opts;
	struct registry_call call = { .method = "POST", .verb = "push" };
	struct notes notes = { .c = c };
	own_buf target = { 0 }, params = { 0 };
	struct oci_ref ref;
	int rc;

	buf_init(&target, 1 << 16);
	buf_init(&params, 1 << 16);
	if (add_platform(c, o, &params, e) || target_of(c, o, args->v[0], &ref, e))
		return -1;
	if (ref.digest)
		return err_set(e, ERR_INVALID, "cannot push a digest reference");
	if (!o->all)
		http_add_param(&params, "tag", ref.tag);
	buf_fmt(&target, "%s%s", cli_path(c, "images", oci_ref_name(c->arena, &ref), "/push"),
		params.data);
	call.target = target.data;
	call.domain = ref.domain;
	rc = show(c, o, &call, take_note, &notes, e);
	if (rc == 0 && o->quiet)
		buf_fmt(&c->out, "%s\n", oci_ref_full(c->arena, &ref));
	for (size_t i = 0; i < notes.list.n; i++)
		prompt_note(c, STDOUT_FILENO, notes.list.v[i]);
	return rc;
}

const struct command_impl push_impl = {
	.run = run_push,
	.opts = push_opts,
	.opts_size = sizeof(struct pull_opts),
};
