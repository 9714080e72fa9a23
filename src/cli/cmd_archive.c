/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of images and containers: save, load, export, import. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cmds.h"
#include "http/uri.h"
#include "oci/reference.h"
#include "outfile.h"
#include "platform_opt.h"
#include "progress.h"

/* --- save and export --- */

struct save_opts {
	struct opts_common common;
	const char *output, *platform;
};

static const struct opt save_opts[] = {
	OPT(STR, 'o', "output", "string", struct save_opts, output,
		"Write to a file, instead of STDOUT"),
	OPT(STR, 0, "platform", "string", struct save_opts, platform,
		"Save only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., "
		"\"linux/amd64\")"),
	OPT_END,
};

static const struct opt export_opts[] = {
	OPT(STR, 'o', "output", "string", struct save_opts, output,
		"Write to a file, instead of STDOUT"),
	OPT_END,
};

/* GETs target into the output; doing is docker's "failed to …". */
static int fetch(struct cli *c, const struct save_opts *o, const char *target, const char *doing,
	struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct client_stream *s;
	struct outfile file;
	struct err why;
	int rc;

	if (outfile_open(c, &file, o->output, e))
		return str_empty(o->output) ? -1 : err_in(e, "%s", doing);
	rq.method = "GET";
	rq.path = target;
	s = cli_client(c, e) ? client_stream_open(c->client, &rq, e) : NULL;
	rc = s ? outfile_copy(&file, s, e) : -1;
	client_stream_close(s);
	if (outfile_close(c, &file, rc == 0, &why) && rc == 0) {
		*e = why;
		rc = -1;
	}
	return rc;
}

static int run_save(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct save_opts *o = opts;
	own_buf target = { 0 };

	buf_init(&target, 1 << 20);
	buf_str(&target, "/images/get");
	for (size_t i = 0; i < args->n; i++)
		http_add_param(&target, "names", args->v[i]);
	if (platform_opt_add(c->arena, &target, "platform", o->platform, e))
		return -1;
	return fetch(c, o, target.data, "failed to save image", e);
}

static int run_export(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	return fetch(c, opts, cli_path(c, "containers", args->v[0], "/export"),
		"failed to export container", e);
}

const struct command_impl save_impl = {
	.run = run_save,
	.opts = save_opts,
	.opts_size = sizeof(struct save_opts),
};

const struct command_impl export_impl = {
	.run = run_export,
	.opts = export_opts,
	.opts_size = sizeof(struct save_opts),
};

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
	struct slice piece;
	int rc;

	while ((rc = client_stream_view(s, &piece, e)) > 0) {
		if (io_write(STDOUT_FILENO, piece.p, piece.n, e))
			return -1;
	}
	return rc;
}

/* Opens a file as Go's os.Open fails. */
static int open_input(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, ERR_INVALID, "open %s: %s", path, err_text(errno));
	return fd;
}

static int run_load(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct load_opts *o = opts;
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct client_stream *s;
	own_buf target = { 0 };
	own_fd fd = -1;
	const char *type;
	int rc;

	if (str_empty(o->input) && isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "requested load from stdin, but stdin is empty");
	fd = str_empty(o->input) ? dup(STDIN_FILENO) : open_input(o->input, e);
	if (fd < 0)
		return -1;
	buf_init(&target, 4096);
	buf_str(&target, "/images/load");
	if (platform_opt_add(c->arena, &target, "platform", o->platform, e))
		return -1;
	http_add_param(&target, "quiet", o->quiet || !isatty(STDOUT_FILENO) ? "1" : "0");
	if (cli_client(c, e) == NULL)
		return -1;
	rq.method = "POST";
	rq.path = target.data;
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

/* --- import --- */

struct import_opts {
	struct opts_common common;
	struct str_list changes;
	const char *message, *platform;
};

static const struct opt import_opts[] = {
	OPT(LIST, 'c', "change", "list", struct import_opts, changes,
		"Apply Dockerfile instruction to the created image"),
	OPT(STR, 'm', "message", "string", struct import_opts, message,
		"Set commit message for imported image"),
	OPT(STR, 0, "platform", "string", struct import_opts, platform,
		"Set platform if server is multi-platform capable"),
	OPT_END,
};

static bool is_url(const char *source)
{
	return str_starts(source, "http://") || str_starts(source, "https://");
}

static int import_target(struct cli *c, const struct import_opts *o, const struct str_list *args,
	struct buf *target, struct err *e)
{
	const char *platform = platform_opt_default(c->arena, o->platform);
	struct oci_ref ref;

	if (args->n > 1 && *args->v[1] && oci_ref_parse(c->arena, args->v[1], &ref, e))
		return -1;
	buf_str(target, "/images/create");
	for (size_t i = 0; i < o->changes.n; i++)
		http_add_param(target, "changes", o->changes.v[i]);
	http_add_param(target, "fromSrc", is_url(args->v[0]) ? args->v[0] : "-");
	if (!str_empty(o->message))
		http_add_param(target, "message", o->message);
	if (*platform)
		http_add_param(target, "platform", platform);
	if (args->n > 1 && *args->v[1])
		http_add_param(target, "repo", args->v[1]);
	return 0;
}

static int run_import(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const char *source = args->v[0];
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct client_stream *s;
	own_buf target = { 0 };
	own_fd fd = -1;
	int rc;

	if (str_eq(source, "-"))
		fd = dup(STDIN_FILENO);
	else if (!is_url(source))
		fd = open_input(source, e);
	if (fd < 0 && !is_url(source))
		return -1;
	buf_init(&target, 1 << 20);
	if (import_target(c, opts, args, &target, e) || cli_client(c, e) == NULL)
		return -1;
	rq.method = "POST";
	rq.path = target.data;
	rq.body_fd = fd;
	rq.content_type = fd >= 0 ? "text/plain" : NULL;
	s = client_stream_open(c->client, &rq, e);
	if (s == NULL)
		return -1;
	rc = progress_show(c, s, STDOUT_FILENO, e);
	client_stream_close(s);
	return rc;
}

const struct command_impl import_impl = {
	.run = run_import,
	.opts = import_opts,
	.opts_size = sizeof(struct import_opts),
};
