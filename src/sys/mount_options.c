/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The option strings of runtime-spec mounts (feature row D3). Three kinds: attributes of one mount, the same
 * for the whole tree below it (an 'r' in front), and flags of the filesystem itself. What is in no row is for
 * the filesystem to read.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/buf.h"
#include "base/slice.h"
#include "sys/mounts.h"

enum kind {
	SET,
	CLEAR,
	TIME,
	SB_SET,
	SB_CLEAR,
	PROPAGATION,
	BIND,
	REMOUNT,
	COPY_UP,
	IDMAP,
	NOTHING
};

struct option {
	const char *name;
	enum kind kind;
	bool tree; /* also exists with 'r' in front, for all mounts below */
	unsigned long value;
};

#define TIME_DEFAULT MOUNT_ATTR_RELATIME

static const struct option options[] = {
	{ "acl", NOTHING, false,
		0 }, /* what every filesystem does anyway; runc takes and drops it too */
	{ "async", SB_CLEAR, false, MS_SYNCHRONOUS },
	{ "atime", CLEAR, true, MOUNT_ATTR_NOATIME },
	{ "bind", BIND, true, 0 },
	{ "defaults", NOTHING, false, 0 },
	{ "dev", CLEAR, true, MOUNT_ATTR_NODEV },
	{ "diratime", CLEAR, true, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", SB_SET, false, MS_DIRSYNC },
	{ "exec", CLEAR, true, MOUNT_ATTR_NOEXEC },
	{ "idmap", IDMAP, true, 0 },
	{ "iversion", SB_SET, false, MS_I_VERSION },
	{ "lazytime", SB_SET, false, MS_LAZYTIME },
	{ "loud", SB_CLEAR, false, MS_SILENT },
	{ "mand", SB_SET, false, MS_MANDLOCK },
	{ "noacl", NOTHING, false, 0 },
	{ "noatime", TIME, true, MOUNT_ATTR_NOATIME },
	{ "nodev", SET, true, MOUNT_ATTR_NODEV },
	{ "nodiratime", SET, true, MOUNT_ATTR_NODIRATIME },
	{ "noexec", SET, true, MOUNT_ATTR_NOEXEC },
	{ "noiversion", SB_CLEAR, false, MS_I_VERSION },
	{ "nolazytime", SB_CLEAR, false, MS_LAZYTIME },
	{ "nomand", SB_CLEAR, false, MS_MANDLOCK },
	{ "norelatime", TIME, true, MOUNT_ATTR_STRICTATIME },
	{ "nostrictatime", TIME, true, TIME_DEFAULT },
	{ "nosuid", SET, true, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", SET, true, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", PROPAGATION, true, MS_PRIVATE },
	{ "relatime", TIME, true, MOUNT_ATTR_RELATIME },
	{ "remount", REMOUNT, false, 0 },
	{ "ro", SET, true, MOUNT_ATTR_RDONLY },
	{ "rw", CLEAR, true, MOUNT_ATTR_RDONLY },
	{ "shared", PROPAGATION, true, MS_SHARED },
	{ "silent", SB_SET, false, MS_SILENT },
	{ "slave", PROPAGATION, true, MS_SLAVE },
	{ "strictatime", TIME, true, MOUNT_ATTR_STRICTATIME },
	{ "suid", CLEAR, true, MOUNT_ATTR_NOSUID },
	{ "symfollow", CLEAR, true, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", SB_SET, false, MS_SYNCHRONOUS },
	{ "tmpcopyup", COPY_UP, false, 0 },
	{ "unbindable", PROPAGATION, true, MS_UNBINDABLE },
};

#define COUNT (sizeof(options) / sizeof(options[0]))

static const struct option *find(const char *name, bool *tree)
{
	*tree = false;
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	*tree = name[0] == 'r';
	for (size_t i = 0; *tree && i < COUNT; i++)
		if (options[i].tree && strcmp(options[i].name, name + 1) == 0)
			return &options[i];
	return NULL;
}

/* How access times are kept is one field of three values: mount_setattr(2) wants it cleared as a whole. */
static void set_time(uint64_t *set, uint64_t *clr, uint64_t value)
{
	*clr |= MOUNT_ATTR__ATIME;
	*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | value;
}

static void apply_attr(const struct option *o, uint64_t *set, uint64_t *clr)
{
	uint64_t value = o->value;

	if (o->kind == TIME) {
		set_time(set, clr, value);
	} else if (o->kind == SET) {
		*set |= value;
		*clr &= ~value;
	} else if (value == MOUNT_ATTR_NOATIME) {
		set_time(set, clr, TIME_DEFAULT);
	} else {
		*set &= ~value;
		*clr |= value;
	}
}

static void apply(const struct option *o, bool tree, struct mount_opts *out)
{
	switch (o->kind) {
	case SET:
	case CLEAR:
	case TIME:
		if (tree)
			apply_attr(o, &out->rec_set, &out->rec_clr);
		else
			apply_attr(o, &out->attr_set, &out->attr_clr);
		break;
	case SB_SET:
		out->sb_flags |= (unsigned)o->value;
		break;
	case SB_CLEAR:
		out->sb_flags &= ~(unsigned)o->value;
		break;
	case PROPAGATION:
		out->propagation = o->value | (tree ? MS_REC : 0);
		break;
	case BIND:
		out->bind = true;
		out->recursive |= tree;
		break;
	case REMOUNT:
		out->remount = true;
		break;
	case COPY_UP:
		out->tmpcopyup = true;
		break;
	case IDMAP:
		out->idmap = true;
		out->ridmap |= tree;
		break;
	case NOTHING:
		break;
	}
}

int mount_parse_options(
	struct arena *a, const struct str_list *list, struct mount_opts *out, struct err *e)
{
	own_buf data = { 0 };
	bool tree;

	*out = (struct mount_opts){ 0 };
	buf_init(&data, 1 << 20);
	for (size_t i = 0; i < list->n; i++) {
		const struct option *o = find(list->v[i], &tree);
		if (o) {
			apply(o, tree, out);
			continue;
		}
		if (data.len)
			buf_char(&data, ',');
		buf_str(&data, list->v[i]);
	}
	if (!buf_ok(&data))
		return err_set(e, ERR_INVALID, "mount options are too long");
	out->data = data.len ? arena_strndup(a, data.data, data.len) : NULL;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void mount_option_names(struct arena *a, struct str_list *out)
{
	*out = (struct str_list){ .v = arena_array(a, 2 * COUNT, sizeof(*out->v)) };
	for (size_t i = 0; i < COUNT; i++) {
		out->v[out->n++] = options[i].name;
		if (options[i].tree)
			out->v[out->n++] = arena_printf(a, "r%s", options[i].name);
	}
	qsort(out->v, out->n, sizeof(*out->v), by_name);
}
