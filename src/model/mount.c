/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of Mount and MountPoint. */
#include "mount.h"

static const struct bind_field bind_options_fields[] = {
	BIND(STR, struct mount_bind_options, propagation, "Propagation", BIND_OMITEMPTY),
	BIND(BOOL, struct mount_bind_options, non_recursive, "NonRecursive", BIND_OMITEMPTY),
	BIND(BOOL, struct mount_bind_options, create_mountpoint, "CreateMountpoint",
		BIND_OMITEMPTY),
	BIND(BOOL, struct mount_bind_options, read_only_non_recursive, "ReadOnlyNonRecursive",
		BIND_OMITEMPTY),
	BIND(BOOL, struct mount_bind_options, read_only_force_recursive, "ReadOnlyForceRecursive",
		BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field driver_fields[] = {
	BIND(STR, struct mount_driver, name, "Name", BIND_OMITEMPTY),
	BIND(STRMAP, struct mount_driver, options, "Options", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field volume_options_fields[] = {
	BIND(BOOL, struct mount_volume_options, no_copy, "NoCopy", BIND_OMITEMPTY),
	BIND(STRMAP, struct mount_volume_options, labels, "Labels", BIND_OMITEMPTY),
	BIND(STR, struct mount_volume_options, subpath, "Subpath", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct mount_volume_options, driver_config, "DriverConfig", BIND_OMITEMPTY,
		driver_fields, struct mount_driver),
	BIND_END,
};

static const struct bind_field image_options_fields[] = {
	BIND(STR, struct mount_image_options, subpath, "Subpath", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field tmpfs_options_fields[] = {
	BIND(I64, struct mount_tmpfs_options, size_bytes, "SizeBytes", BIND_OMITEMPTY),
	BIND(U32, struct mount_tmpfs_options, mode, "Mode", BIND_OMITEMPTY),
	BIND(RAW, struct mount_tmpfs_options, options, "Options", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field mount_fields[] = {
	BIND(STR, struct mount, type, "Type", BIND_OMITEMPTY),
	BIND(STR, struct mount, source, "Source", BIND_OMITEMPTY),
	BIND(STR, struct mount, target, "Target", BIND_OMITEMPTY),
	BIND(BOOL, struct mount, read_only, "ReadOnly", BIND_OMITEMPTY),
	BIND(STR, struct mount, consistency, "Consistency", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct mount, bind, "BindOptions", BIND_OMITEMPTY, bind_options_fields,
		struct mount_bind_options),
	BIND_NEST(OBJP, struct mount, volume, "VolumeOptions", BIND_OMITEMPTY,
		volume_options_fields, struct mount_volume_options),
	BIND_NEST(OBJP, struct mount, image, "ImageOptions", BIND_OMITEMPTY, image_options_fields,
		struct mount_image_options),
	BIND_NEST(OBJP, struct mount, tmpfs, "TmpfsOptions", BIND_OMITEMPTY, tmpfs_options_fields,
		struct mount_tmpfs_options),
	BIND(RAW, struct mount, cluster, "ClusterOptions", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field mount_point_fields[] = {
	BIND(STR, struct mount_point, type, "Type", BIND_OMITEMPTY),
	BIND(STR, struct mount_point, name, "Name", BIND_OMITEMPTY),
	BIND(STR, struct mount_point, source, "Source", 0),
	BIND(STR, struct mount_point, destination, "Destination", 0),
	BIND(STR, struct mount_point, driver, "Driver", BIND_OMITEMPTY),
	BIND(STR, struct mount_point, mode, "Mode", 0),
	BIND(BOOL, struct mount_point, rw, "RW", 0),
	BIND(STR, struct mount_point, propagation, "Propagation", 0),
	BIND_END,
};
