/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doing something inside another network namespace. Only a thread that ends right afterwards ever
 * enters one: the namespaces of the daemon's own threads never change.
 */
#ifndef TARE_NET_NETNS_H
#define TARE_NET_NETNS_H

#include "base/err.h"

/* Runs inside(arg, e) on a thread in a new namespace, or in the one at path. The namespace is still
 * theirs alone when inside is called: what must outlive the thread is mounted or opened there. */
int netns_run_new(int (*inside)(void *arg, struct err *e), void *arg, struct err *e);
int netns_run_at(
	const char *path, int (*inside)(void *arg, struct err *e), void *arg, struct err *e);

/* Called by inside: a descriptor of the thread's namespace; the caller closes. */
int netns_open_current(struct err *e);
/* Mounts the calling thread's namespace at path (made as an empty file; ERR_CONFLICT when it is
 * there). */
int netns_mount_current(const char *path, struct err *e);
/* Takes that mount and the file away; missing is fine. */
int netns_unmount(const char *path, struct err *e);

#endif
