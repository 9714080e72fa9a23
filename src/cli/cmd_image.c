/* SPDX-License-Identifier: Apache-2.0 */
/* rmi and tag. */
#include "cmds.h"
#include "http/uri.h"
#include "oci/reference.h"
#include "platform_opt.h"

/* --- rmi --- */

struct rmi_opts {
	struct opts_common common;
	bool force, no_prune;
	struct str_list platforms;
};

static const struct opt rmi_opts[] = {
	OPT(BOOL, 'f', "force", NULL, struct rmi_opts, force, "Force removal of the image"),
	OPT(BOOL, 0, "no-prune", NULL, struct rmi_opts, no_prune, "Do not delete untagged parents"),
	OPT(CSV, 0, "platform", "strings", struct rmi_opts, platforms,
		"Remove only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., "
		"\"linux/amd64\")"),
	OPT_END,
};

static int remove_one(struct cli *c, const struct rmi_opts *o, const char *name, struct err *e)
{
	own_buf target = { 0 };
	own_json done = NULL;
	struct client *client = cli_client(c, e);

	if (client == NULL)
		return -1;
	buf_init(&target, 1 << 16);
	buf_str(&target, cli_path(c, "images", name, ""));
	if (o->force)
		http_add_param(&target, "force", "1");
	if (o->no_prune)
		http_add_param(&target, "noprune", "1");
	for (size_t i = 0; i < o->platforms.n; i++)
		http_add_param(&target, "platforms", o->platforms.v[i]);
	if (client_call_json(client, "DELETE", target.data, NULL, &done, e) < 0)
		return -1;
	for (size_t i = 0; i < json_len(done); i++) {
		const struct json *one = json_at(done, i);
		const char *deleted = json_str(json_get_ci(one, "Deleted"), "");

		if (*deleted)
			buf_fmt(&c->out, "Deleted: %s\n", deleted);
		else
			buf_fmt(&c->out, "Untagged: %s\n",
				json_str(json_get_ci(one, "Untagged"), ""));
	}
	return 0;
}

static int run_rmi(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct rmi_opts *given = opts;
	struct rmi_opts o = *given;
	struct cli_errors errors;
	bool fatal = false;
	int rc;

	o.platforms = (struct str_list){ 0 };
	for (size_t i = 0; i < given->platforms.n; i++) {
		const char *json = platform_opt_json(c->arena, given->platforms.v[i], e);

		if (json == NULL)
			return -1;
		if (!str_list_has(&o.platforms, json))
			str_list_add(c->arena, &o.platforms, json);
	}
	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		struct err why;

		if (remove_one(c, &o, args->v[i], &why) == 0)
			continue;
		fatal = fatal || why.kind != ERR_NOT_FOUND;
		cli_errors_add(&errors, why.msg);
	}
	rc = cli_errors_end(c, &errors, e);
	if (rc && o.force && !fatal) {
		c->exit_code = 0;
		return 0;
	}
	return rc;
}

const struct command_impl rmi_impl = {
	.run = run_rmi,
	.opts = rmi_opts,
	.opts_size = sizeof(struct rmi_opts),
};

/* --- tag --- */

static int run_tag(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct oci_ref source, target;
	struct err why;
	own_buf path = { 0 };

	if (oci_ref_parse_any(c->arena, args->v[0], &source, &why))
		return err_set(e, ERR_INVALID,
			"Error parsing reference: \"%s\" is not a valid repository/tag: %s",
			args->v[0], why.msg);
	if (oci_ref_parse(c->arena, args->v[1], &target, &why))
		return err_set(e, ERR_INVALID,
			"Error parsing reference: \"%s\" is not a valid repository/tag: %s",
			args->v[1], why.msg);
	if (target.digest)
		return err_set(e, ERR_INVALID, "refusing to create a tag with a digest reference");
	oci_ref_default_tag(&target);
	buf_init(&path, 1 << 16);
	buf_str(&path, cli_path(c, "images", args->v[0], "/tag"));
	http_add_param(&path, "repo", oci_ref_name(c->arena, &target));
	http_add_param(&path, "tag", target.tag);
	return cli_post(c, path.data, e);
}

const struct command_impl tag_impl = { .run = run_tag, .order = OPT_STOP_AT_ARGUMENT };
