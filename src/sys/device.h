/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes: those every container has, those of the host, making them. Daemon-safe. */
#ifndef TARE_SYS_DEVICE_H
#define TARE_SYS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/* null zero full tty random urandom, mode 0666 (feature row D7). */
extern const struct oci_device device_defaults[];
extern const size_t device_n_defaults;
/*
 * The rules that go with them and with pts, ptmx and mknod: what a runtime appends to the spec's.
 */
extern const struct oci_device_rule device_default_rules[];
extern const size_t device_n_default_rules;

struct device_link {
	const char *name;   /* "fd", below /dev */
	const char *target; /* "/proc/self/fd" */
};
/* fd, stdin, stdout, stderr, ptmx, and core where the host has /proc/kcore. Ends with name NULL. */
extern const struct device_link device_links[];

/*
 * The host's device at path: type, numbers, mode, owner; ERR_INVALID "not a device node". Strings
 * in a.
 */
int device_lookup(struct arena *a, const char *path, struct oci_device *out, struct err *e);
/*
 * All devices below host directory path (for a directory given to --device, and /dev for
 * --privileged); as runc does, pts, shm, fd, mqueue, console and .lxc… are left out.
 */
int device_lookup_dir(
	struct arena *a, const char *path, struct oci_device_list *out, struct err *e);

/*
 * "mknod" the device at its path below root (parents are made), owner and mode set; one that is
 * already the same device is kept. bind: bind-mount the host's node of the same path instead
 * (user namespaces cannot mknod), unless it is a fifo.
 */
int device_create(int root, const struct oci_device *d, bool bind, struct err *e);
/* Makes device_links in directory dev_fd; existing ones are kept. */
int device_create_links(int dev_fd, struct err *e);

#endif
