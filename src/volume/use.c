/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a volume, and who has it mounted. */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "volume_int.h"

static void add(struct map **m, const char *user, struct entry *v)
{
	if (!*m)
		*m = map_new();
	map_set(*m, user, v);
}

void volume_hold(struct volume_store *s, const char *name, const char *user)
{
	own_lock guard = lock_take(&s->lock);
	struct entry *v = map_get(s->entries, name);

	if (v)
		add(&v->users, user, v);
}

void volume_release(struct volume_store *s, const char *name, const char *user)
{
	own_lock guard = lock_take(&s->lock);
	struct entry *v = map_get(s->entries, name);

	if (v && v->users)
		map_remove(v->users, user);
}

/* With lock held. */
static const char *data_path(struct volume_store *s, struct arena *a, const struct entry *v)
{
	return arena_printf(a, "%s/volumes/%s/_data", s->root, v->name);
}

/* Whether something is mounted at path: by this daemon, or by one before it. */
static bool is_mounted(struct arena *a, const char *path)
{
	struct err ignored;
	const char *table = fs_read_str(a, AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &ignored);
	const char *needle = arena_printf(a, " %s ", path);

	return table && strstr(table, needle);
}

/* 1 when the volume is an ordinary directory, else its options copied into a. */
static int find_options(struct volume_store *s, struct arena *a, const char *name,
	struct str_map *options, const char **path, struct err *e)
{
	own_lock guard = lock_take(&s->lock);
	struct entry *v = map_get(s->entries, name);

	if (!v || !fs_exists(AT_FDCWD, *path = data_path(s, a, v)))
		return err_set(e, ERR_NOT_FOUND, "get %s: no such volume", name);
	if (!v->is_read && volume_meta_read(s, v, e))
		return -1;
	v->is_read = true;
	*options = (struct str_map){ 0 };
	for (size_t i = 0; i < v->options.n; i++)
		str_map_set(a, options, v->options.keys[i], v->options.v[i]);
	return volume_options_given(options) ? 0 : 1;
}

int volume_mount(struct volume_store *s, const char *name, const char *user, struct err *e)
{
	own_arena a = arena_new();
	struct str_map options;
	const char *path = NULL;
	struct entry *v;
	int rc = find_options(s, a, name, &options, &path, e);

	if (rc)
		return rc < 0 ? -1 : 0;
	own_lock mounting = lock_take(&s->mounting);
	if (fault_point("volume.mount", e) ||
		(!is_mounted(a, path) && volume_options_mount(a, &options, path, e)))
		return -1;
	own_lock guard = lock_take(&s->lock);
	v = map_get(s->entries, name);
	if (v)
		add(&v->mounters, user, v);
	return 0;
}

/* Whether user was the last who had it mounted. */
static bool was_last(struct volume_store *s, const char *name, const char *user)
{
	own_lock guard = lock_take(&s->lock);
	struct entry *v = map_get(s->entries, name);

	return v && v->mounters && map_remove(v->mounters, user) && map_len(v->mounters) == 0;
}

void volume_unmount(struct volume_store *s, const char *name, const char *user)
{
	own_arena a = arena_new();
	own_lock mounting = lock_take(&s->mounting);

	if (was_last(s, name, user) &&
		umount2(arena_printf(a, "%s/volumes/%s/_data", s->root, name),
			MNT_DETACH | UMOUNT_NOFOLLOW))
		log_warn("volume %s: unmount: %m, ignoring", name);
}
