/* SPDX-License-Identifier: Apache-2.0 */
/* File names and modes are dockerd's (layer/filestore.go, image/fs.go; feature rows J.2). */
#include "layerdb.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/slice.h"

#define LAYERS	 "layerdb/sha256"
#define MOUNTS	 "layerdb/mounts"
#define CONTENT	 "imagedb/content/sha256"
#define METADATA "imagedb/metadata/sha256"
#define SMALL	 4096 /* all files but configurations */

/* --- Layers -------------------------------------------------------------------------------------- */

static int open_layer(struct image_store *s, const char *chain_id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), LAYERS "/%s", oci_digest_hex(chain_id));
	int fd = openat(s->image_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "layer does not exist: %s", chain_id);
	return fd < 0 ? err_sys(e, "open layer %s", chain_id) : fd;
}

bool layerdb_has(struct image_store *s, const char *chain_id)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), LAYERS "/%s/cache-id", oci_digest_hex(chain_id));
	return fs_exists(s->image_fd, path);
}

bool layerdb_is_cache_id(const char *s)
{
	size_t n = strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz");

	return n && n <= ID_HEX && !s[n];
}

int layerdb_read(struct image_store *s, struct arena *a, const char *chain_id,
	struct layer_record *out, struct err *e)
{
	own_fd dir = open_layer(s, chain_id, e);
	struct err none;

	if (dir < 0)
		return -1;
	const char *size = fs_read_str(a, dir, "size", SMALL, e);
	if (!size || !(out->diff_id = fs_read_str(a, dir, "diff", SMALL, e)) ||
		!(out->cache_id = fs_read_str(a, dir, "cache-id", SMALL, e)))
		return err_in(e, "layer %s", chain_id);
	out->parent = fs_read_str(a, dir, "parent", SMALL, &none);
	if (!out->parent)
		out->parent = "";
	if (!parse_i64(slice_str(size), &out->size) || !oci_digest_is_sha256(out->diff_id) ||
		!layerdb_is_cache_id(out->cache_id))
		return err_set(e, ERR_INTERNAL, "layer %s: malformed record", chain_id);
	return 0;
}

static int put_file(int dir, const char *name, const char *text, struct err *e)
{
	own_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(e, "create %s", name);
	return io_write(fd, text, strlen(text), e) ? err_in(e, "%s", name) : 0;
}

static int fill_record(
	int to, const struct layer_record *r, int dir, const char *split, struct err *e)
{
	char size[24];

	snprintf(size, sizeof(size), "%" PRId64, r->size);
	if (put_file(to, "size", size, e) || put_file(to, "diff", r->diff_id, e) ||
		put_file(to, "cache-id", r->cache_id, e) ||
		(*r->parent && put_file(to, "parent", r->parent, e)))
		return -1;
	if (split && renameat(dir, split, to, "tar-split.json.gz"))
		return err_sys(e, "move tar-split");
	return 0;
}

int layerdb_write(struct image_store *s, const char *chain_id, const struct layer_record *r,
	int dir, const char *split, struct err *e)
{
	char tmp[64] = "layerdb/tmp/write-set-", path[PATH_MAX];

	id_hex(tmp + strlen(tmp), 9);
	snprintf(path, sizeof(path), LAYERS "/%s", oci_digest_hex(chain_id));
	if (fault_point("image.layer_record", e))
		return -1;
	if (mkdirat(s->image_fd, tmp, 0700))
		return err_sys(e, "create %s", tmp);
	own_fd to = openat(s->image_fd, tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		err_sys(e, "open %s", tmp);
	else if (fill_record(to, r, dir, split, e) == 0) {
		if (renameat(s->image_fd, tmp, s->image_fd, path) == 0)
			return 0;
		bool is_there = errno == ENOTEMPTY || errno == EEXIST;
		err_sys(e, "register layer %s", chain_id);
		if (is_there)
			e->kind = ERR_CONFLICT;
	}
	struct err ignored;
	fs_remove_tree(s->image_fd, tmp, &ignored);
	return -1;
}

int layerdb_hide(struct image_store *s, struct arena *a, const char *chain_id, const char **name,
	struct err *e)
{
	char random[ID_HEX + 1], from[PATH_MAX], to[PATH_MAX];
	const char *hex = oci_digest_hex(chain_id);

	id_hex64(random);
	*name = arena_printf(a, "%s-%s-removing", hex, random);
	snprintf(from, sizeof(from), LAYERS "/%s", hex);
	snprintf(to, sizeof(to), LAYERS "/%s", *name);
	if (fault_point("image.layer_hide", e))
		return -1;
	return renameat(s->image_fd, from, s->image_fd, to)
		       ? err_sys(e, "remove layer %s", chain_id)
		       : 0;
}

int layerdb_forget(struct image_store *s, const char *name, struct err *e)
{
	char path[PATH_MAX];

	if (fault_point("image.record_remove", e))
		return -1;
	snprintf(path, sizeof(path), LAYERS "/%s", name);
	return fs_remove_tree(s->image_fd, path, e);
}

/* --- Images -------------------------------------------------------------------------------------- */

int imagedb_read(struct image_store *s, const char *id, struct buf *out, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CONTENT "/%s", oci_digest_hex(id));
	return fs_read(s->image_fd, path, CONFIG_MOST, out, e);
}

const char *imagedb_get_meta(
	struct image_store *s, struct arena *a, const char *id, const char *key)
{
	char path[PATH_MAX];
	struct err none;

	snprintf(path, sizeof(path), METADATA "/%s/%s", oci_digest_hex(id), key);
	return fs_read_str(a, s->image_fd, path, SMALL, &none);
}

int imagedb_set_meta(
	struct image_store *s, const char *id, const char *key, const char *value, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), METADATA "/%s", oci_digest_hex(id));
	if (fs_mkdir_p(s->image_fd, path, 0700, e))
		return -1;
	snprintf(path, sizeof(path), METADATA "/%s/%s", oci_digest_hex(id), key);
	return fs_replace(s->image_fd, path, value, strlen(value), 0600, FS_NO_SYNC, e);
}

int imagedb_write(
	struct image_store *s, const char *id, const char *config, size_t n, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), CONTENT "/%s", oci_digest_hex(id));
	if (fault_point("image.config", e))
		return -1;
	return fs_replace(s->image_fd, path, config, n, 0600, FS_NO_SYNC, e);
}

int imagedb_remove(struct image_store *s, const char *id, struct err *e)
{
	char path[PATH_MAX];

	if (fault_point("image.config_remove", e))
		return -1;
	snprintf(path, sizeof(path), CONTENT "/%s", oci_digest_hex(id));
	if (unlinkat(s->image_fd, path, 0) && errno != ENOENT)
		return err_sys(e, "remove image %s", id);
	if (fault_point("image.metadata_remove", e))
		return -1;
	snprintf(path, sizeof(path), METADATA "/%s", oci_digest_hex(id));
	return fs_remove_tree(s->image_fd, path, e);
}

/* Names in a directory that are 64 hex digits, with prefix in front. */
static int list_ids(struct image_store *s, const char *path, const char *prefix, struct arena *a,
	struct str_list *out, struct err *e)
{
	int fd = openat(s->image_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return err_sys(e, "list %s", path);
	for (struct dirent *ent; (ent = readdir(d));)
		if (strlen(ent->d_name) == ID_HEX && id_is_hex(ent->d_name, ID_HEX))
			str_list_add(a, out, arena_printf(a, "%s%s", prefix, ent->d_name));
	return 0;
}

int layerdb_list(struct image_store *s, struct arena *a, struct str_list *chain_ids, struct err *e)
{
	return list_ids(s, LAYERS, "sha256:", a, chain_ids, e);
}

int imagedb_list(struct image_store *s, struct arena *a, struct str_list *ids, struct err *e)
{
	return list_ids(s, CONTENT, "sha256:", a, ids, e);
}

/* --- Container roots ----------------------------------------------------------------------------- */

int mountdb_read(struct image_store *s, struct arena *a, const char *ctr_id,
	struct mount_record *out, struct err *e)
{
	char path[PATH_MAX];
	struct err none;

	snprintf(path, sizeof(path), MOUNTS "/%s", ctr_id);
	own_fd dir = openat(s->image_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return err_set(e, ERR_NOT_FOUND, "no root of container %s", ctr_id);
	if (dir < 0)
		return err_sys(e, "open root of container %s", ctr_id);
	out->mount_id = fs_read_str(a, dir, "mount-id", SMALL, e);
	if (!out->mount_id)
		return err_in(e, "root of container %s", ctr_id);
	out->init_id = fs_read_str(a, dir, "init-id", SMALL, &none);
	out->parent = fs_read_str(a, dir, "parent", SMALL, &none);
	if (!out->parent || !oci_digest_is_sha256(out->parent))
		out->parent = "";
	/* They become names in overlay2. */
	if (strchr(out->mount_id, '/') || *out->mount_id == '.' || !*out->mount_id ||
		(out->init_id && (strchr(out->init_id, '/') || *out->init_id == '.')))
		return err_set(e, ERR_INTERNAL, "root of container %s: malformed record", ctr_id);
	return 0;
}

int mountdb_write(
	struct image_store *s, const char *ctr_id, const struct mount_record *r, struct err *e)
{
	char path[PATH_MAX];
	struct err ignored;

	snprintf(path, sizeof(path), MOUNTS "/%s", ctr_id);
	if (mkdirat(s->image_fd, path, 0755))
		return err_sys(e, "create %s", path);
	own_fd dir = openat(s->image_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err_sys(e, "open %s", path);
	else if (put_file(dir, "mount-id", r->mount_id, e) == 0 &&
		 put_file(dir, "init-id", r->init_id, e) == 0 &&
		 (!*r->parent || put_file(dir, "parent", r->parent, e) == 0))
		return 0;
	fs_remove_tree(s->image_fd, path, &ignored);
	return -1;
}

int mountdb_remove(struct image_store *s, const char *ctr_id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), MOUNTS "/%s", ctr_id);
	return fs_remove_tree(s->image_fd, path, e);
}

int mountdb_list(struct image_store *s, struct arena *a, struct str_list *ctr_ids, struct err *e)
{
	return list_ids(s, MOUNTS, "", a, ctr_ids, e);
}
