/* SPDX-License-Identifier: Apache-2.0 */
/* docker decodes the file, encodes it anew and so drops what it does not know; here that stays, at the end. */
#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "jsontext.h"

#define TEXT_MAX  (4 << 20)
#define NEW_MODE  0600
#define DIR_MODE  0700
#define MODE_BITS 07777

/* docker's members in its order; all but the first are left out when empty. */
static const char *const known[] = { "auths", "HttpHeaders", "psFormat", "imagesFormat",
	"networksFormat", "pluginsFormat", "volumesFormat", "statsFormat", "detachKeys",
	"credsStore", "credHelpers", "serviceInspectFormat", "servicesFormat", "tasksFormat",
	"secretFormat", "configFormat", "nodesFormat", "pruneFilters", "proxies", "currentContext",
	"cliPluginsExtraDirs", "plugins", "aliases", "features", "experimental" };

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

const char *config_file_path(struct cli *c)
{
	return arena_printf(c->arena, "%s/config.json", cli_config_dir(c));
}

static bool is_known(const char *key)
{
	for (size_t i = 0; i < N_KNOWN; i++) {
		if (strcasecmp(key, known[i]) == 0)
			return true;
	}
	return false;
}

/* Go's omitempty. */
static bool is_empty(const struct json *j)
{
	switch (json_type(j)) {
	case JSON_NULL:
		return true;
	case JSON_STR:
		return json_str_len(j) == 0;
	case JSON_ARR:
	case JSON_OBJ:
		return json_len(j) == 0;
	default:
		return false;
	}
}

static void add_member(struct jsonw *w, const char *key, const struct json *value)
{
	own_buf text = { 0 };

	buf_init(&text, TEXT_MAX);
	json_print(value, NULL, &text);
	jsonw_key(w, key);
	jsonw_raw(w, text.data);
}

/* The whole file's text with key set to value. */
static void encode(struct buf *out, const struct json *old, const char *key, const char *value)
{
	own_buf text = { 0 };
	struct jsonw w;

	buf_init(&text, TEXT_MAX);
	jsonw_init(&w, &text, NULL);
	jsonw_obj(&w);
	for (size_t i = 0; i < N_KNOWN; i++) {
		const struct json *now = json_get_ci(old, known[i]);

		if (str_eq(known[i], key)) {
			if (value) {
				jsonw_key(&w, key);
				jsonw_raw(&w, value);
			}
		} else if (!is_empty(now)) {
			add_member(&w, known[i], now);
		} else if (i == 0) {
			jsonw_key(&w, known[i]);
			jsonw_raw(&w, "{}");
		}
	}
	for (struct json_iter it = json_iter(old); json_next(&it);) {
		if (!is_known(it.key))
			add_member(&w, it.key, it.value);
	}
	jsonw_obj_end(&w);
	jsontext_layout(out, text.data, text.len, "\t");
}

/* Where the file really is: behind symbolic links, also behind one that leads to nothing. */
static const char *real_path(struct cli *c, const char *path)
{
	char text[PATH_MAX];
	ssize_t n;

	if (realpath(path, text))
		return arena_strdup(c->arena, text);
	n = readlink(path, text, sizeof(text) - 1);
	if (n <= 0)
		return path;
	text[n] = '\0';
	if (text[0] == '/')
		return arena_strdup(c->arena, text);
	return arena_printf(c->arena, "%s/%s", cli_config_dir(c), text);
}

static int replace(struct cli *c, const char *path, const struct buf *text, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *dir =
		slash > path ? arena_strndup(c->arena, path, (size_t)(slash - path)) : "/";
	struct stat st = { .st_mode = NEW_MODE };
	bool is_old = stat(path, &st) == 0;
	own_fd fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, ERR_INTERNAL, "open %s: %s", dir, err_text(errno));
	if (fs_replace(fd, slash + 1, text->data, text->len, st.st_mode & MODE_BITS, FS_SYNC, e))
		return -1;
	/* only root can give a file away: docker does not mind when it cannot either */
	if (is_old && fchownat(fd, slash + 1, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW))
		errno = 0;
	return 0;
}

int config_file_set(struct cli *c, const char *key, const char *value, struct err *e)
{
	own_buf text = { 0 };
	const struct json *old = cli_config(c);

	if (fs_mkdir_p(AT_FDCWD, cli_config_dir(c), DIR_MODE, e))
		return -1;
	buf_init(&text, TEXT_MAX);
	encode(&text, old, key, value);
	if (replace(c, real_path(c, config_file_path(c)), &text, e))
		return -1;
	json_free(c->config);
	c->config = NULL;
	c->has_config = false;
	return 0;
}
