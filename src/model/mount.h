/* SPDX-License-Identifier: Apache-2.0 */
/* Mount (what a client asks for with --mount) and MountPoint (what a container has). */
#ifndef TARE_MODEL_MOUNT_H
#define TARE_MODEL_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"

struct mount_bind_options {
	const char *propagation; /* [r]private [r]shared [r]slave */
	bool non_recursive;
	bool create_mountpoint;
	bool read_only_non_recursive;
	bool read_only_force_recursive;
};

struct mount_driver {
	const char *name;
	struct str_map options;
};

struct mount_volume_options {
	bool no_copy;
	struct str_map labels;
	const char *subpath;
	struct mount_driver *driver_config;
};

struct mount_image_options {
	const char *subpath;
};

struct mount_tmpfs_options {
	int64_t size_bytes;
	uint32_t mode;
	const char *options; /* JSON text: list of lists of strings */
};

struct mount {
	const char *type; /* bind volume tmpfs image cluster npipe */
	const char *source;
	const char *target;
	bool read_only;
	const char *consistency;
	struct mount_bind_options *bind;
	struct mount_volume_options *volume;
	struct mount_image_options *image;
	struct mount_tmpfs_options *tmpfs;
	const char *cluster; /* JSON text */
};

struct mount_list {
	struct mount *v;
	size_t n;
};

struct mount_point {
	const char *type;
	const char *name; /* of a volume */
	const char *source;
	const char *destination;
	const char *driver; /* of a volume */
	const char *mode;   /* the third part of -v as given */
	bool rw;
	const char *propagation;
};

struct mount_point_list {
	struct mount_point *v;
	size_t n;
};

extern const struct bind_field mount_fields[];
extern const struct bind_field mount_point_fields[];

#endif
