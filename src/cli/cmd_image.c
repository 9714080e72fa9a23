/* SPDX-License-Identifier: Apache-2.0 */
/* rmi, tag, load. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cmds.h"
#include "http/uri.h"
#include "oci/reference.h"
#include "progress.h"

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
	const struct rmi_opts *o = opts;
	struct cli_errors errors;
	bool fatal = false;
	int rc;

	if (o->platforms.n > 0)
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"--platform is not supported by this version: images have one platform each");
	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		struct err why;

		if (remove_one(c, o, args->v[i], &why) == 0)
			continue;
		fatal = fatal || why.kind != ERR_NOT_FOUND;
		cli_errors_add(&errors, why.msg);
	}
	rc = cli_errors_end(c, &errors, e);
	if (rc && o->force && !fatal) {
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

/* --- load --- */

struct load_opts {
	struct opts_common common;
	const char *input, *platform;
	bool quiet;
};

static const struct opt load_opts[] = {
	OPT(STR, 'i', "input", "string", struct load_opts, input,
		"Read from tar archive file, instead of STDIN"),
	OPT(STR, 0, "platform", "string", struct load_opts, platform,
		"Load only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., "
		"\"linux/amd64\")"),
	OPT(BOOL, 'q', "quiet", NULL, struct load_opts, quiet, "Suppress the load output"),
	OPT_END,
};

static int copy_plain(struct client_stream *s, struct err *e)
{
	char data[32 * 1024];
	ssize_t n;

	while ((n = client_stream_read(s, data, sizeof(data), e)) > 0) {
		if (io_write(STDOUT_FILENO, data, (size_t)n, e))
			return -1;
	}
	return (int)n;
}

static int run_load(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct load_opts *o = opts;
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct client_stream *s;
	own_fd fd = -1;
	const char *type;
	int rc;

	if (!str_empty(o->platform))
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"--platform is not supported by this version: archives load as they are");
	if (str_empty(o->input) && isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "requested load from stdin, but stdin is empty");
	fd = str_empty(o->input) ? dup(STDIN_FILENO) : open(o->input, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_INVALID, "open %s: %s", o->input,
			errno == ENOENT ? "no such file or directory" : strerror(errno));
	if (cli_client(c, e) == NULL)
		return -1;
	rq.method = "POST";
	rq.path = o->quiet || !isatty(STDOUT_FILENO) ? "/images/load?quiet=1"
						     : "/images/load?quiet=0";
	rq.body_fd = fd;
	rq.content_type = "application/x-tar";
	s = client_stream_open(c->client, &rq, e);
	if (s == NULL)
		return -1;
	type = client_stream_header(s, "Content-Type");
	rc = type && str_starts(type, "application/json") ? progress_show(c, s, STDOUT_FILENO, e)
							  : copy_plain(s, e);
	client_stream_close(s);
	return rc;
}

const struct command_impl load_impl = {
	.run = run_load,
	.opts = load_opts,
	.opts_size = sizeof(struct load_opts),
};
