/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor and SELinux through their files in /proc and /sys; no library. */
#include "sys/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"

#define PROFILES_MOST	(4u << 20)
#define PROC_ROOT_INODE 1

bool lsm_has_apparmor(void)
{
	char first = 'N';
	own_fd fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &first, 1) != 1)
		return false;
	return first == 'Y' && access("/sys/kernel/security/apparmor", F_OK) == 0;
}

bool lsm_has_selinux(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && (unsigned)fs.f_type == SELINUX_MAGIC;
}

/* Lines are "name (mode)". */
bool lsm_apparmor_loaded(const char *profile)
{
	struct slice rest, line, name, mode;
	struct err e;
	own_buf text = { 0 };

	buf_init(&text, PROFILES_MOST + 1);
	if (fs_read(AT_FDCWD, "/sys/kernel/security/apparmor/profiles", PROFILES_MOST, &text, &e))
		return false;
	rest = (struct slice){ text.data, text.len };
	for (bool more = true; more;) {
		more = slice_cut(rest, '\n', &line, &rest);
		if (slice_rcut(line, '(', &name, &mode) && slice_eq(slice_trim(name), profile))
			return true;
	}
	return false;
}

/*
 * Opens attribute file name ("exec") of this thread. In a container /proc may be something else, or have
 * something else mounted into it (CVE-2019-16884, CVE-2025-52881): only the root of a procfs will do, and no mount
 * or link of another kind may be on the way.
 */
static int open_attr(const char *name, struct err *e)
{
	char path[64];
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS };
	own_fd proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (proc < 0)
		return err_sys(e, "open /proc");
	if (fstatfs(proc, &fs) || fs.f_type != PROC_SUPER_MAGIC || fstat(proc, &st) ||
		st.st_ino != PROC_ROOT_INODE)
		return err_set(e, ERR_INTERNAL, "/proc is not procfs");
	snprintf(path, sizeof(path), "thread-self/attr/%s", name);
	int fd = (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
	return fd < 0 ? err_sys(e, "open /proc/%s", path) : fd;
}

static int write_attr(const char *name, const char *value, struct err *e)
{
	own_fd fd = open_attr(name, e);
	size_t n = strlen(value);

	if (fd < 0)
		return -1;
	if (write(fd, value, n) != (ssize_t)n)
		return err_sys(e, "write /proc/thread-self/attr/%s", name);
	return 0;
}

int lsm_apparmor_on_exec(const char *profile, struct err *e)
{
	char value[512];

	if (str_empty(profile))
		return 0;
	int n = snprintf(value, sizeof(value), "exec %s", profile);
	if (n < 0 || (size_t)n >= sizeof(value))
		return err_set(e, ERR_INVALID, "apparmor profile name is too long");
	if (write_attr("apparmor/exec", value, e) == 0)
		return 0;
	/* Without AppArmor there is nothing to be free of. */
	if (strcmp(profile, "unconfined") == 0 && (e->sys == ENOENT || e->sys == EINVAL))
		return 0;
	return err_in(e, "unable to apply apparmor profile: apparmor failed to apply profile");
}

int lsm_apparmor_check(const char *profile, struct err *e)
{
	if (str_empty(profile) || strcmp(profile, "unconfined") == 0 || lsm_has_apparmor())
		return 0;
	return err_set(e, ERR_INVALID,
		"unable to apply apparmor profile: apparmor: config provided but apparmor not supported");
}

int lsm_selinux_check(const char *label, struct err *e)
{
	if (str_empty(label) || lsm_has_selinux())
		return 0;
	return err_set(e, ERR_INVALID,
		"selinux label is specified in config, but selinux is disabled or not supported");
}

int lsm_selinux_on_exec(const char *label, struct err *e)
{
	if (str_empty(label))
		return 0;
	return write_attr("exec", label, e) ? err_in(e, "can't set process label") : 0;
}

int lsm_selinux_for_keys(const char *label, struct err *e)
{
	return str_empty(label) ? 0 : write_attr("keycreate", label, e);
}
