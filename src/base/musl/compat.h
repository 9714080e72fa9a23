/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What glibc declares and musl does not: included before every file of a program built with musl (bin/meson.build), and of
 * no other.
 */
#ifndef TARE_BASE_MUSL_COMPAT_H
#define TARE_BASE_MUSL_COMPAT_H

#include <limits.h>
#include <linux/close_range.h>
#include <sys/mount.h>
#include <linux/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

static inline int fsconfig(int fd, unsigned cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, aux);
}

static inline int fsmount(int fd, unsigned flags, unsigned attrs)
{
	return (int)syscall(SYS_fsmount, fd, flags, attrs);
}

static inline int move_mount(
	int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

static inline int mount_setattr(
	int dir, const char *path, unsigned flags, struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, size);
}

/* glibc's words, whatever libc there is: messages are the same everywhere. */
const char *strerrordesc_np(int error);

#endif
