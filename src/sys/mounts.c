/* SPDX-License-Identifier: Apache-2.0 */
/* Detached mounts: making, cloning, changing and attaching them, one system call or two each. */
#include "sys/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/slice.h"

/* What fsconfig(2) takes for one value. */
#define VALUE_MOST 255

/* Filesystems made of kernel data: their superblock may be shared, so "ro" is the mount's alone. */
static const char *const pseudo[] = { "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup",
	"cgroup2", "devtmpfs", "securityfs", "debugfs", "tracefs", "bpf", "overlay", "ramfs",
	"hugetlbfs", NULL };

static const struct {
	unsigned flag;
	const char *name;
} sb_flags[] = {
	{ MS_SYNCHRONOUS, "sync" },
	{ MS_DIRSYNC, "dirsync" },
	{ MS_MANDLOCK, "mand" },
	{ MS_LAZYTIME, "lazytime" },
	{ MS_I_VERSION, "iversion" },
};

/* Puts what the kernel logged in the filesystem context behind the error. */
static int context_error(int ctx, const char *type, const char *what, struct err *e)
{
	char line[512], all[ERR_MSG_MAX / 2] = "";
	int sys = errno;
	ssize_t n;

	for (size_t used = 0; (n = read(ctx, line, sizeof(line) - 1)) > 0;) {
		line[n] = 0;
		line[strcspn(line, "\n")] = 0;
		int more = snprintf(all + used, sizeof(all) - used, ": %s",
			n > 2 && line[1] == ' ' ? line + 2 : line);
		if (more < 0 || (used += (size_t)more) >= sizeof(all))
			break;
	}
	errno = sys;
	err_sys(e, "mount %s: %s%s", type, what, all);
	return -1;
}

/* One "key", "key=value" or key="va,lue" of the filesystem's own options. */
static int set_option(int ctx, const char *type, struct slice option, struct err *e)
{
	struct slice key, value;
	own_buf text = { 0 };

	buf_init(&text, option.n + 2);
	bool has_value = slice_cut(option, '=', &key, &value);

	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = (struct slice){ value.p + 1, value.n - 2 };
	if (value.n > VALUE_MOST) /* which the kernel would call an invalid argument */
		return err_set(e, ERR_INVALID, "mount %s: option %.*s is longer than %d bytes",
			type, (int)key.n, key.p, VALUE_MOST);
	buf_add(&text, key.p, key.n);
	buf_char(&text, 0);
	buf_add(&text, value.p, value.n);
	const char *k = text.data, *v = text.data + key.n + 1;
	if (fsconfig(ctx, has_value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, k,
		    has_value ? v : NULL, 0)) {
		char what[128];
		snprintf(what, sizeof(what), "option %.100s", k);
		return context_error(ctx, type, what, e);
	}
	return 0;
}

/* Splits at commas that are not between double quotes. */
static int set_data(int ctx, const char *type, const char *data, struct err *e)
{
	for (const char *p = data; p && *p;) {
		bool quoted = false;
		const char *end = p;
		for (; *end && (quoted || *end != ','); end++)
			quoted ^= *end == '"';
		if (end > p && set_option(ctx, type, (struct slice){ p, (size_t)(end - p) }, e))
			return -1;
		p = *end ? end + 1 : end;
	}
	return 0;
}

static bool is_pseudo(const char *type)
{
	for (const char *const *t = pseudo; *t; t++)
		if (strcmp(*t, type) == 0)
			return true;
	return false;
}

static int set_flags(int ctx, const char *type, const struct mount_opts *opts, struct err *e)
{
	for (size_t i = 0; i < sizeof(sb_flags) / sizeof(sb_flags[0]); i++)
		if ((opts->sb_flags & sb_flags[i].flag) &&
			set_option(ctx, type, slice_str(sb_flags[i].name), e))
			return -1;
	if ((opts->attr_set & MOUNT_ATTR_RDONLY) && !is_pseudo(type))
		return set_option(ctx, type, slice_str("ro"), e);
	return 0;
}

int mount_new(const char *type, const char *source, const struct mount_opts *opts, struct err *e)
{
	own_fd ctx = fsopen(type, FSOPEN_CLOEXEC);

	if (ctx < 0)
		return err_sys(e, "mount %s: open filesystem", type);
	if (!str_empty(source) && fsconfig(ctx, FSCONFIG_SET_STRING, "source", source, 0))
		return context_error(ctx, type, "source", e);
	if (set_flags(ctx, type, opts, e) || set_data(ctx, type, opts->data, e))
		return -1;
	if (fsconfig(ctx, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return context_error(ctx, type, "create", e);
	int fd = fsmount(ctx, FSMOUNT_CLOEXEC, (unsigned)(opts->attr_set | opts->rec_set));
	return fd < 0 ? context_error(ctx, type, "attributes", e) : fd;
}

int mount_clone_path(int dir, const char *path, bool recursive, struct err *e)
{
	int fd = open_tree(dir, path,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_NO_AUTOMOUNT |
			(recursive ? AT_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH));

	if (fd < 0) {
		err_sys(e, "bind %s", *path ? path : "mount");
		if (e->sys == ENOENT)
			e->kind = ERR_NOT_FOUND;
	}
	return fd;
}

int mount_clone(int fd, bool recursive, struct err *e)
{
	return mount_clone_path(fd, "", recursive, e);
}

static int change(int fd, struct mount_attr *attr, bool recursive)
{
	return mount_setattr(
		fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), attr, sizeof(*attr));
}

int mount_set_attr(int fd, uint64_t set, uint64_t clear, bool recursive, struct err *e)
{
	/* Access time is one field: whoever sets it clears it first. */
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear };

	if (!set && !clear)
		return 0;
	if (set & MOUNT_ATTR__ATIME)
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	return change(fd, &attr, recursive) ? err_sys(e, "change mount attributes") : 0;
}

int mount_apply_opts(int fd, const struct mount_opts *opts, struct err *e)
{
	if (mount_set_attr(fd, opts->rec_set, opts->rec_clr, true, e))
		return -1;
	return mount_set_attr(fd, opts->attr_set, opts->attr_clr, false, e);
}

int mount_idmap(int fd, int userns_fd, bool recursive, struct err *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns_fd };

	return change(fd, &attr, recursive) ? err_sys(e, "map owners of mount") : 0;
}

int mount_set_propagation(int fd, unsigned long propagation, struct err *e)
{
	struct mount_attr attr = { .propagation = propagation & ~(unsigned long)MS_REC };

	if (!attr.propagation)
		return 0;
	return change(fd, &attr, propagation & MS_REC) ? err_sys(e, "change mount propagation") : 0;
}

int mount_attach(int fd, int target_fd, struct err *e)
{
	if (fault_point("mount.attach", e))
		return -1;
	if (move_mount(fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return err_sys(e, "attach mount");
	return 0;
}

int mount_set_readonly(int root_fd, struct err *e)
{
	return mount_set_attr(root_fd, MOUNT_ATTR_RDONLY, 0, false, e);
}
