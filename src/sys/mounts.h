/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts the new way (kernel ≥ 5.12): a mount is made detached, gets its attributes while nobody
 * sees it, and is then attached to a target that was resolved below a root fd by
 * openat2(RESOLVE_IN_ROOT). No path is looked up twice and no symlink in a container leads out.
 *
 * Daemon-safe except mount_pivot and mount_move_root. Attaching changes the caller's mount
 * namespace, of course.
 */
#ifndef TARE_SYS_MOUNTS_H
#define TARE_SYS_MOUNTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/* A mount's options after parsing (feature row D3). Zeroed: none. */
struct mount_opts {
	uint64_t attr_set, attr_clr; /* MOUNT_ATTR_* of this mount */
	uint64_t rec_set, rec_clr; /* the same for it and all mounts below ("rro", "rnosuid", …) */
	/*
	 * MS_SYNCHRONOUS, MS_DIRSYNC, MS_MANDLOCK, MS_LAZYTIME, MS_I_VERSION, MS_SILENT (which
	 * needs * no doing: what a filesystem says goes to its context, not to the kernel's log)
	 */
	unsigned sb_flags;
	bool bind, recursive; /* "bind": bind; "rbind": both */
	bool remount;
	/* MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC; 0: none */
	unsigned long propagation;
	bool tmpcopyup;
	bool idmap, ridmap;
	const char *data; /* what the filesystem itself reads, comma-separated; NULL: nothing */
};

/* Parses an OCI options list; what is no mount option goes to data, in a. Later ones win. */
int mount_parse_options(
	struct arena *a, const struct str_list *options, struct mount_opts *out, struct err *e);
/* The names mount_parse_options knows, sorted, in a (for `features`). */
void mount_option_names(struct arena *a, struct str_list *out);

/* ---- targets ---- */

enum mount_target { MOUNT_TARGET_DIR, MOUNT_TARGET_FILE };

/*
 * Resolves path below root and makes what is missing (directories 0755, a file 0644 empty). Returns
 * an O_PATH fd the caller closes, or -1.
 */
int mount_target_open(int root, const char *path, enum mount_target kind, struct err *e);

/* ---- detached mounts: an fd the caller closes, which undoes it until attached ---- */

/*
 * A new filesystem. source and opts->data may be NULL. What the kernel says in the filesystem
 * context's log is in e. "ro" is an attribute of the mount, and of the filesystem only for those
 * that live on a device.
 */
int mount_new(const char *type, const char *source, const struct mount_opts *opts, struct err *e);
/* A clone of the mount at fd (file or directory), as a bind mount. */
int mount_clone(int fd, bool recursive, struct err *e);
/* The same by path; dir is a directory fd or AT_FDCWD. */
int mount_clone_path(int dir, const char *path, bool recursive, struct err *e);

/*
 * Sets and clears MOUNT_ATTR_* on the mount at fd, recursively or not. Flags locked by a user
 * namespace give EPERM in e->sys.
 */
int mount_set_attr(int fd, uint64_t set, uint64_t clear, bool recursive, struct err *e);
/* Applies opts' attributes, plain and recursive. */
int mount_apply_opts(int fd, const struct mount_opts *opts, struct err *e);
/* Maps owners by the user namespace at userns_fd (only detached mounts); see ns_write_maps. */
int mount_idmap(int fd, int userns_fd, bool recursive, struct err *e);
/* Attaches the detached mount at fd to target_fd (O_PATH). Fault point mount.attach. */
int mount_attach(int fd, int target_fd, struct err *e);
/*
 * Changes the propagation of the mount at fd (attached or not): MS_SHARED…, with MS_REC for all
 * below.
 */
int mount_set_propagation(int fd, unsigned long propagation, struct err *e);
/*
 * Copies what is in directory from_fd into the empty directory or (detached) mount at to_fd: owners, modes, times,
 * symlinks, hard links among the files, xattrs, devices.
 */
int mount_copy_up(int from_fd, int to_fd, struct err *e);

/* ---- whole steps of a container's root ---- */

/* What mount_oci needs besides the mount itself. */
struct mount_env {
	int root; /* O_PATH fd of the container's root, in the mount namespace it is mounted in */
	const char *label; /* SELinux label for new filesystems where SELinux is on, NULL: none */
	const char *base;  /* where relative bind sources begin; NULL: the current directory */
	/*
	 * mount_source_open done by somebody with the host's rights in this mount namespace: asked
	 * for id-mapped mounts, and for sources the caller may not get to. NULL: there is nobody.
	 */
	int (*source)(void *arg, const struct oci_mount *m, struct err *e);
	void *arg;
};

/* Whether m's owners are to be mapped. */
bool mount_is_idmapped(const struct oci_mount *m);
/*
 * A detached clone of bind mount m's source (relative to base, NULL: the current directory), its owners
 * mapped by the user namespace userns unless that is -1. A missing source is ERR_NOT_FOUND.
 */
int mount_source_open(const struct oci_mount *m, const char *base, int userns, struct err *e);

/*
 * Makes one mount of the spec below env->root: bind or new filesystem, target made where missing,
 * attributes, idmap (binds only), tmpcopyup, propagation. Bind sources are host paths seen from the caller's
 * mount namespace; a missing one is ERR_NOT_FOUND. proc and sysfs only go on ordinary directories
 * (no symlink). Type "cgroup" is not for this: mount_cgroup.h.
 */
int mount_oci(const struct mount_env *env, const struct oci_mount *m, struct err *e);
/*
 * "ro" of a tmpfs and of /dev is only done here, after everything below them has found or made its place (as
 * runc has it).
 */
int mount_oci_finish(const struct mount_env *env, const struct oci_mount *m, struct err *e);

/* What is mounted on /proc and /sys of the root whose paths are to be hidden. */
enum { MOUNT_HAS_PROC = 1, MOUNT_HAS_SYSFS = 2 };
/*
 * Hides each path below root: /dev/null over files, one empty read-only tmpfs over directories. Missing is fine. What lies in
 * one of `has` is looked up in that filesystem, wherever its directory has been moved to meanwhile; when it is
 * not to be found at its place: ERR_INVALID.
 */
int mount_mask_paths(int root, unsigned has, const struct str_list *paths, struct err *e);
/* Makes each path below root read-only, in place; found as above. */
int mount_readonly_paths(int root, unsigned has, const struct str_list *paths, struct err *e);
/* Remounts the mount root_fd is on read-only (only that one). */
int mount_set_readonly(int root_fd, struct err *e);

/*
 * Makes the directory at root_fd the root of this mount namespace and drops the old one
 * (pivot_root(".", ".")). root_fd must be a mount point. Changes cwd to "/". NOT daemon-safe.
 */
int mount_pivot(int root_fd, struct err *e);
/* The same for hosts on an initramfs (--no-pivot): MS_MOVE and chroot. NOT daemon-safe. */
int mount_move_root(int root_fd, struct err *e);

#endif
