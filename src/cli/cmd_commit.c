/* SPDX-License-Identifier: Apache-2.0 */
/* commit: an image of what a container changed. */
#include "cmds.h"
#include "http/uri.h"
#include "oci/reference.h"

struct commit_opts {
	struct opts_common common;
	const char *author, *message;
	struct str_list changes;
	bool pause;
};

static const struct opt commit_opts[] = {
	OPT(STR, 'a', "author", "string", struct commit_opts, author,
		"Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"),
	OPT(LIST, 'c', "change", "list", struct commit_opts, changes,
		"Apply Dockerfile instruction to the created image"),
	OPT(STR, 'm', "message", "string", struct commit_opts, message, "Commit message"),
	OPT(BOOL, 'p', "pause", NULL, struct commit_opts, pause,
		"Pause container during commit (default true)"),
	OPT_END,
};

static const struct commit_opts commit_defaults = { .pause = true };

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static int run_commit(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct commit_opts *o = opts;
	struct slice container = slice_trim(slice_str(args->v[0]));
	const char *name = args->n > 1 ? args->v[1] : "";
	struct oci_ref ref = { 0 };
	own_buf target = { 0 };
	own_json answer = NULL;

	if (container.n == 0)
		return err_set(e, ERR_INVALID, "invalid container name or ID: value is empty");
	if (*name && oci_ref_parse(c->arena, name, &ref, e))
		return -1;
	if (ref.digest)
		return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
	if (*name)
		oci_ref_default_tag(&ref);
	buf_init(&target, 1 << 20);
	buf_str(&target, "/commit");
	http_add_param(&target, "author", or_empty(o->author));
	for (size_t i = 0; i < o->changes.n; i++)
		http_add_param(&target, "changes", o->changes.v[i]);
	http_add_param(&target, "comment", or_empty(o->message));
	http_add_param(&target, "container", arena_strndup(c->arena, container.p, container.n));
	if (!o->pause)
		http_add_param(&target, "pause", "0");
	http_add_param(&target, "repo", *name ? oci_ref_name(c->arena, &ref) : "");
	http_add_param(&target, "tag", or_empty(ref.tag));
	if (cli_client(c, e) == NULL ||
		client_call_json(c->client, "POST", target.data, NULL, &answer, e) < 0)
		return -1;
	buf_fmt(&c->out, "%s\n", json_str(json_get_ci(answer, "Id"), ""));
	return 0;
}

const struct command_impl commit_impl = {
	.run = run_commit,
	.opts = commit_opts,
	.opts_size = sizeof(struct commit_opts),
	.defaults = &commit_defaults,
	.order = OPT_STOP_AT_ARGUMENT,
};
