/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmor and SELinux through their files in /proc and /sys; no library. */
#include "sys/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"

#define PROFILES_MOST (4u << 20)

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
	own_buf text;

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

/* Writes to an attribute file after making sure that it is procfs's: a container could fake /proc. */
static int write_attr(const char *path, const char *value, struct err *e)
{
	own_fd fd = open(path, O_WRONLY | O_CLOEXEC);
	struct statfs fs;
	size_t n = strlen(value);

	if (fd < 0)
		return err_sys(e, "open %s", path);
	if (fstatfs(fd, &fs) || fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, ERR_INTERNAL, "%s is not on procfs", path);
	if (write(fd, value, n) != (ssize_t)n)
		return err_sys(e, "write %s", path);
	return 0;
}

int lsm_apparmor_on_exec(const char *profile, struct err *e)
{
	static const char own_dir_path[] = "/proc/thread-self/attr/apparmor/exec";
	char value[512];

	if (str_empty(profile))
		return 0;
	if (!lsm_has_apparmor()) {
		if (strcmp(profile, "unconfined") == 0)
			return 0;
		return err_set(
			e, ERR_INVALID, "apparmor: config provided but apparmor not supported");
	}
	int n = snprintf(value, sizeof(value), "exec %s", profile);
	if (n < 0 || (size_t)n >= sizeof(value))
		return err_set(e, ERR_INVALID, "apparmor profile name is too long");
	const char *path =
		access(own_dir_path, F_OK) == 0 ? own_dir_path : "/proc/thread-self/attr/exec";
	return write_attr(path, value, e) ? err_in(e, "unable to apply apparmor profile") : 0;
}

int lsm_selinux_on_exec(const char *label, struct err *e)
{
	if (str_empty(label))
		return 0;
	if (!lsm_has_selinux())
		return err_set(e, ERR_INVALID,
			"selinux label is specified in config, but selinux is disabled or not supported");
	return write_attr("/proc/thread-self/attr/exec", label, e);
}
