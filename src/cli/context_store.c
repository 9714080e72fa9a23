/* SPDX-License-Identifier: Apache-2.0 */
#include "context_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/sha.h"

#define META_MAX  (1 << 20)
#define DIR_MODE  0755
#define TLS_MODE  0700
#define FILE_MODE 0644
#define KEY_MODE  0600
#define IN_MEMORY "<IN MEMORY>"

static const char *const tls_names[] = { "ca.pem", "cert.pem", "key.pem" };

const char *context_current(struct cli *c)
{
	const char *env = getenv("DOCKER_CONTEXT"), *set;

	if (!str_empty(c->globals.context))
		return c->globals.context;
	if (c->globals.hosts.n > 0 || !str_empty(getenv("DOCKER_HOST")))
		return CONTEXT_DEFAULT;
	if (!str_empty(env))
		return env;
	set = cli_config_str(c, "currentContext");
	return *set ? arena_strdup(c->arena, set) : CONTEXT_DEFAULT;
}

int context_check_name(struct arena *a, const char *name, struct err *e)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	bool is_good = *name && strchr(letters, *name) && name[1] &&
		       strspn(name, arena_printf(a, "%s_.+-", letters)) == strlen(name);

	if (*name == '\0')
		return err_set(e, ERR_INVALID, "context name cannot be empty");
	if (str_eq(name, CONTEXT_DEFAULT))
		return err_set(e, ERR_INVALID, "\"default\" is a reserved context name");
	if (!is_good)
		return err_set(e, ERR_INVALID,
			"context name \"%s\" is invalid, names are validated against regexp "
			"\"^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$\"",
			name);
	return 0;
}

/* --- paths --- */

static const char *dir_of(struct cli *c, const char *kind, const char *name)
{
	char digest[SHA_DIGEST_TEXT + 1];

	sha_digest(name, strlen(name), digest);
	return arena_printf(
		c->arena, "%s/contexts/%s/%s", cli_config_dir(c), kind, strchr(digest, ':') + 1);
}

bool context_exists(struct cli *c, const char *name)
{
	return fs_exists(AT_FDCWD, dir_of(c, "meta", name));
}

/* --- reading --- */

static void take_default(struct cli *c, struct context *out)
{
	const char *env = getenv("DOCKER_HOST");

	*out = (struct context){ .name = CONTEXT_DEFAULT,
		.metadata = "{}",
		.description = "Current DOCKER_HOST based configuration",
		.host = str_empty(env) ? CLIENT_DEFAULT_HOST : env,
		.meta_path = IN_MEMORY,
		.tls_path = IN_MEMORY };
	if (c->globals.hosts.n > 0)
		out->host = c->globals.hosts.v[0];
}

static void take_document(struct cli *c, const struct json *doc, struct context *out)
{
	const struct json *metadata = json_get_ci(doc, "Metadata");
	const struct json *docker = json_get(json_get_ci(doc, "Endpoints"), "docker");
	own_buf text = { 0 };

	buf_init(&text, META_MAX);
	if (json_type(metadata) == JSON_OBJ)
		json_print(metadata, NULL, &text);
	else
		buf_str(&text, "{}");
	out->metadata = arena_strndup(c->arena, text.data, text.len);
	out->description =
		arena_strdup(c->arena, json_str(json_get_ci(metadata, "Description"), ""));
	out->host = arena_strdup(c->arena, json_str(json_get_ci(docker, "Host"), ""));
	out->skips_verify = json_bool(json_get_ci(docker, "SkipTLSVerify"), false);
	out->name = arena_strdup(c->arena, json_str(json_get_ci(doc, "Name"), ""));
}

int context_get(struct cli *c, const char *name, struct context *out, struct err *e)
{
	const char *path;
	own_json doc = NULL;

	if (str_eq(name, CONTEXT_DEFAULT)) {
		take_default(c, out);
		return 0;
	}
	*out = (struct context){ .meta_path = dir_of(c, "meta", name),
		.tls_path = dir_of(c, "tls", name) };
	path = arena_printf(c->arena, "%s/meta.json", out->meta_path);
	doc = json_read(AT_FDCWD, path, META_MAX, e);
	if (doc == NULL && e->kind == ERR_NOT_FOUND)
		return err_set(e, ERR_NOT_FOUND,
			"context \"%s\": context not found: open %s: no such file or directory",
			name, path);
	if (doc == NULL)
		return err_in(e, "context \"%s\": parsing %s", name, path);
	take_document(c, doc, out);
	for (size_t i = 0; i < sizeof(tls_names) / sizeof(tls_names[0]); i++) {
		if (fs_exists(AT_FDCWD,
			    arena_printf(c->arena, "%s/docker/%s", out->tls_path, tls_names[i])))
			str_list_add(c->arena, &out->tls_files, tls_names[i]);
	}
	return 0;
}

struct str_list context_names(struct cli *c)
{
	const char *root = arena_printf(c->arena, "%s/contexts/meta", cli_config_dir(c));
	own_dir dir = opendir(root);
	struct str_list out = { 0 };
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		const char *path = arena_printf(c->arena, "%s/%s/meta.json", root, d->d_name);
		struct err ignored;
		own_json doc = json_read(AT_FDCWD, path, META_MAX, &ignored);
		const char *name = json_str(json_get_ci(doc, "Name"), "");

		if (*name)
			str_list_add(c->arena, &out, name);
	}
	return out;
}

/* --- writing --- */

int context_save(struct cli *c, const struct context *ctx, struct err *e)
{
	const char *path = dir_of(c, "meta", ctx->name);
	own_buf text = { 0 };
	struct jsonw w;

	if (fs_mkdir_p(AT_FDCWD, path, DIR_MODE, e))
		return -1;
	own_fd dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_INTERNAL, "open %s: %s", path, err_text(errno));
	buf_init(&text, META_MAX);
	jsonw_init(&w, &text, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "Name", ctx->name);
	jsonw_key(&w, "Metadata");
	jsonw_raw(&w, ctx->metadata);
	jsonw_key(&w, "Endpoints");
	jsonw_obj(&w);
	jsonw_key(&w, "docker");
	jsonw_obj(&w);
	if (*ctx->host)
		jsonw_kstr(&w, "Host", ctx->host);
	jsonw_kbool(&w, "SkipTLSVerify", ctx->skips_verify);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	return fs_replace(dir, "meta.json", text.data, text.len, FILE_MODE, FS_NO_SYNC, e);
}

static int copy_file(int dir, const char *name, const char *from, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, META_MAX);
	if (fs_read(AT_FDCWD, from, META_MAX, &text, e))
		return -1;
	return fs_replace(dir, name, text.data, text.len, KEY_MODE, FS_NO_SYNC, e);
}

int context_save_tls(struct cli *c, const char *name, const char *const files[3], struct err *e)
{
	const char *root = dir_of(c, "tls", name);
	const char *path = arena_printf(c->arena, "%s/docker", root);

	if (fs_remove_tree(AT_FDCWD, root, e))
		return -1;
	if (!files[0] && !files[1] && !files[2])
		return 0;
	if (fs_mkdir_p(AT_FDCWD, path, TLS_MODE, e))
		return -1;
	own_fd dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_INTERNAL, "open %s: %s", path, err_text(errno));
	for (int i = 0; i < 3; i++) {
		if (files[i] && copy_file(dir, tls_names[i], files[i], e))
			return -1;
	}
	return 0;
}

int context_remove(struct cli *c, const char *name, struct err *e)
{
	if (fs_remove_tree(AT_FDCWD, dir_of(c, "meta", name), e))
		return err_in(e, "failed to remove context %s", name);
	if (fs_remove_tree(AT_FDCWD, dir_of(c, "tls", name), e))
		return err_in(e, "failed to remove context %s", name);
	return 0;
}
