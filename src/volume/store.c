/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The volumes there are. Their names are read when the store is opened, all else at the first question. A new volume is
 * made complete in tmp/ and renamed into its place; a removed one is renamed to tmp/ and deleted there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/log.h"
#include "base/slice.h"
#include "volume_int.h"

/* Of what is being made or removed, in tmp/. */
#define TMP_PREFIX "volume-"
#define TMP_SIZE   (sizeof(TMP_PREFIX) + 16)
#define NAME_LEAST 2

/* ---- memory ---- */

static struct entry *entry_new(const char *name)
{
	struct arena *a = arena_new();
	struct entry *v = arena_alloc(a, sizeof(*v));

	*v = (struct entry){ .arena = a, .name = arena_strdup(a, name) };
	return v;
}

static void entry_free(struct entry *v)
{
	map_free(v->users);
	map_free(v->mounters);
	arena_free(v->arena);
}

/* ---- opening ---- */

/* For each entry of dir but dots. */
static int each_name(int dir, void (*visit)(struct volume_store *s, int dir, const char *name),
	struct volume_store *s, struct err *e)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;

	if (!d) {
		if (copy >= 0)
			close(copy);
		return err_sys(e, "read volumes");
	}
	for (struct dirent *entry; (entry = readdir(d));)
		if (*entry->d_name != '.')
			visit(s, dir, entry->d_name);
	closedir(d);
	return 0;
}

static void enter(struct volume_store *s, int dir, const char *name)
{
	struct stat st;

	/* Beside volumes there are dockerd's metadata.db and backingFsBlockDev. */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		map_set(s->entries, name, entry_new(name));
}

static void sweep(struct volume_store *s, int dir, const char *name)
{
	struct err e;

	if (str_starts(name, TMP_PREFIX) && fs_remove_tree(dir, name, &e))
		log_warn("volumes: %s, ignoring", e.msg);
}

static int open_dir(const char *root, const char *name, mode_t mode, struct err *e)
{
	own_arena a = arena_new();
	const char *path = arena_printf(a, "%s/%s", root, name);
	int fd;

	if (fs_mkdir_p(AT_FDCWD, path, mode, e))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

struct volume_store *volume_store_open(const char *data_root, struct err *e)
{
	struct volume_store *s = calloc(1, sizeof(*s));

	pthread_mutex_init(&s->mounting, NULL);
	pthread_mutex_init(&s->lock, NULL);
	s->root = strdup(data_root);
	s->entries = map_new();
	s->tmp = -1;
	s->dir = open_dir(data_root, "volumes", 0701, e);
	if (s->dir >= 0)
		s->tmp = open_dir(data_root, "tmp", 0700, e);
	if (s->tmp >= 0 && each_name(s->dir, enter, s, e) == 0 &&
		each_name(s->tmp, sweep, s, e) == 0)
		return s;
	volume_store_close(s);
	return NULL;
}

void volume_store_close(struct volume_store *s)
{
	if (!s)
		return;
	for (struct map_iter it = map_iter(s->entries); map_next(&it);)
		entry_free(it.value);
	map_free(s->entries);
	if (s->dir >= 0)
		close(s->dir);
	if (s->tmp >= 0)
		close(s->tmp);
	pthread_mutex_destroy(&s->mounting);
	pthread_mutex_destroy(&s->lock);
	free(s->root);
	free(s);
}

/* ---- answers; with lock held ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void copy_keys(struct arena *a, const struct map *m, struct str_list *out)
{
	*out = (struct str_list){ 0 };
	if (!m)
		return;
	for (struct map_iter it = map_iter(m); map_next(&it);)
		str_list_add(a, out, it.key);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_text);
}

static void copy_map(struct arena *a, const struct str_map *from, struct str_map *to)
{
	*to = (struct str_map){ 0 };
	for (size_t i = 0; i < from->n; i++)
		str_map_set(a, to, from->keys[i], from->v[i]);
}

static int know(struct volume_store *s, struct entry *v, struct err *e)
{
	if (!v->is_read && volume_meta_read(s, v, e))
		return -1;
	v->is_read = true;
	return 0;
}

static const char *data_path(const struct volume_store *s, struct arena *a, const char *name)
{
	return arena_printf(a, "%s/volumes/%s/_data", s->root, name);
}

static int answer(
	struct volume_store *s, struct arena *a, struct entry *v, struct volume *out, struct err *e)
{
	struct stat st;

	if (know(s, v, e))
		return -1;
	*out = (struct volume){
		.name = arena_strdup(a, v->name),
		.mountpoint = data_path(s, a, v->name),
		.created_ns = CLOCK_NEVER,
	};
	if (fstatat(s->dir, v->name, &st, 0) == 0)
		out->created_ns = st.st_mtim.tv_sec * 1000000000LL;
	copy_map(a, &v->options, &out->options);
	copy_map(a, &v->labels, &out->labels);
	copy_keys(a, v->users, &out->users);
	return 0;
}

static int not_there(const char *name, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "get %s: no such volume", name);
}

int volume_get(struct volume_store *s, struct arena *a, const char *name, struct volume *out,
	struct err *e)
{
	own_lock guard = lock_take(&s->lock);
	struct entry *v = map_get(s->entries, name);

	return v ? answer(s, a, v, out, e) : not_there(name, e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->name, ((const struct volume *)b)->name);
}

int volume_list(struct volume_store *s, struct arena *a, struct volume_list *out, struct err *e)
{
	own_lock guard = lock_take(&s->lock);

	out->n = 0;
	out->v = arena_array(a, map_len(s->entries) + 1, sizeof(*out->v));
	for (struct map_iter it = map_iter(s->entries); map_next(&it);)
		if (answer(s, a, it.value, &out->v[out->n++], e))
			return -1;
	qsort(out->v, out->n, sizeof(*out->v), by_name);
	return 0;
}

/* ---- create ---- */

static int check_name(const char *name, struct err *e)
{
	if (strlen(name) < NAME_LEAST)
		return err_set(e, ERR_INVALID,
			"volume name is too short, names should be at least two alphanumeric characters");
	if (!id_is_name(name))
		return err_set(e, ERR_INVALID,
			"\"%s\" includes invalid characters for a local volume name, only "
			"\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
			"directory, use absolute path",
			name);
	return 0;
}

static int check(const struct volume_spec *spec, struct err *e)
{
	if (!str_empty(spec->driver) && !str_eq(spec->driver, VOLUME_DRIVER))
		return err_set(e, ERR_NOT_FOUND,
			"error looking up volume plugin %s: plugin \"%s\" not found", spec->driver,
			spec->driver);
	if (!str_empty(spec->name) && check_name(spec->name, e))
		return -1;
	return volume_options_check(&spec->options, e);
}

static int fill_dir(int dir, const struct entry *v, enum fs_sync sync, struct err *e)
{
	if (mkdirat(dir, "_data", 0755))
		return err_sys(e, "mkdir _data");
	return volume_meta_write(dir, v, sync, e);
}

/* What was renamed is on disk. */
static int sync_dir(int dir, struct err *e)
{
	return fsync(dir) ? err_sys(e, "fsync volumes") : 0;
}

static int publish(struct volume_store *s, const char *tmp, const struct entry *v,
	enum fs_sync sync, struct err *e)
{
	if (fault_point("volume.publish", e))
		return -1;
	if (renameat2(s->tmp, tmp, s->dir, v->name, RENAME_NOREPLACE))
		return err_sys(e, "rename to volumes/%s", v->name);
	if (sync == FS_SYNC && sync_dir(s->dir, e)) {
		renameat(s->dir, v->name, s->tmp, tmp);
		return -1;
	}
	return 0;
}

static void tmp_name(char out[TMP_SIZE])
{
	memcpy(out, TMP_PREFIX, sizeof(TMP_PREFIX));
	id_hex(out + sizeof(TMP_PREFIX) - 1, 16);
}

static int make(struct volume_store *s, const struct entry *v, bool is_passing, struct err *e)
{
	enum fs_sync sync = is_passing ? FS_NO_SYNC : FS_SYNC;
	char tmp[TMP_SIZE];
	struct err ignored;
	int rc = -1;

	tmp_name(tmp);
	if (fault_point("volume.create", e))
		return -1;
	if (mkdirat(s->tmp, tmp, 0701))
		return err_sys(e, "mkdir tmp/%s", tmp);
	own_fd dir = openat(s->tmp, tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err_sys(e, "open tmp/%s", tmp);
	else
		rc = fill_dir(dir, v, sync, e) || publish(s, tmp, v, sync, e) ? -1 : 0;
	if (rc && fs_remove_tree(s->tmp, tmp, &ignored))
		log_warn("volumes: %s, ignoring", ignored.msg);
	return rc;
}

static struct entry *entry_for(const struct volume_spec *spec)
{
	char id[ID_HEX + 1];
	bool is_anonymous = str_empty(spec->name);
	struct entry *v;

	id_hex64(id);
	v = entry_new(is_anonymous ? id : spec->name);
	copy_map(v->arena, &spec->options, &v->options);
	copy_map(v->arena, &spec->labels, &v->labels);
	if (is_anonymous)
		str_map_set(v->arena, &v->labels, VOLUME_ANONYMOUS, "");
	v->is_read = true;
	return v;
}

/* The volume of this name, made when there is none. */
static struct entry *find_or_make(
	struct volume_store *s, const struct volume_spec *spec, bool *is_new, struct err *e)
{
	struct entry *v = str_empty(spec->name) ? NULL : map_get(s->entries, spec->name);

	*is_new = !v;
	if (v)
		return v;
	v = entry_for(spec);
	if (make(s, v, spec->is_passing, e)) {
		entry_free(v);
		return NULL;
	}
	map_set(s->entries, v->name, v);
	return v;
}

int volume_create(struct volume_store *s, struct arena *a, const struct volume_spec *spec,
	const char *user, struct volume *out, struct err *e)
{
	struct entry *v;
	bool is_new;

	if (check(spec, e))
		return err_in(e, "create %s", spec->name ? spec->name : "");
	own_lock guard = lock_take(&s->lock);
	v = find_or_make(s, spec, &is_new, e);
	if (!v)
		return err_in(e, "create %s", spec->name ? spec->name : "");
	if (answer(s, a, v, out, e))
		return -1;
	out->is_new = is_new;
	if (user) {
		v->users = v->users ? v->users : map_new();
		map_set(v->users, user, v);
	}
	return 0;
}

/* ---- remove ---- */

static int in_use(const struct entry *v, struct err *e)
{
	own_arena a = arena_new();
	own_buf list = { 0 };
	struct str_list users;

	copy_keys(a, v->users, &users);
	buf_init(&list, 65536);
	for (size_t i = 0; i < users.n; i++)
		buf_fmt(&list, "%s%s", i ? ", " : "", users.v[i]);
	return err_set(e, ERR_CONFLICT, "remove %s: volume is in use - [%s]", v->name, list.data);
}

/* Out of the store and out of sight; what is left of it is in tmp/. */
static int unpublish(struct volume_store *s, const char *name, const char *tmp, struct err *e)
{
	own_lock guard = lock_take(&s->lock);
	own_arena a = arena_new();
	struct entry *v = map_get(s->entries, name);

	if (!v)
		return not_there(name, e);
	if (v->users && map_len(v->users))
		return in_use(v, e);
	/* Left mounted by a daemon that was killed. */
	umount2(data_path(s, a, name), MNT_DETACH | UMOUNT_NOFOLLOW);
	if (fault_point("volume.remove", e) ||
		(renameat(s->dir, name, s->tmp, tmp) && errno != ENOENT &&
			err_sys(e, "remove volume %s", name)))
		return -1;
	map_remove(s->entries, name);
	entry_free(v);
	return 0;
}

int volume_remove(struct volume_store *s, const char *name, struct err *e)
{
	char tmp[TMP_SIZE];

	tmp_name(tmp);
	return unpublish(s, name, tmp, e) || fs_remove_tree(s->tmp, tmp, e) ? -1 : 0;
}
