/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers on disk: containers/<id>/{config.v2.json,hostconfig.json} in Docker's own format (feature row
 * J.2). Members we do not know are carried along. What a reply acknowledged is synced once, at create; later
 * changes of state are replaced atomically without waiting for the disk, since after a power loss every
 * container is down anyway.
 */
#ifndef TARE_ENGINE_PERSIST_H
#define TARE_ENGINE_PERSIST_H

#include "base/fs.h"
#include "container.h"

/*
 * Writes both files (config.v2.json, hostconfig.json); the directory exists. Takes c's lock. Two fsyncs with
 * FS_SYNC, none without.
 */
int persist_create(struct container *c, enum fs_sync sync, struct err *e);
/* Writes hostconfig.json again after an update, synced. The caller holds c's verb. */
int persist_host(struct container *c, struct err *e);
/* Writes config.v2.json again after a change of state, unsynced. Takes c's lock; logs what fails. */
void persist_state(struct container *c);
/* The same, telling whether it worked. */
int persist_state_checked(struct container *c, struct err *e);

/*
 * Reads container id from disk: a new object with one reference, its state as it was written. NULL with e.
 */
struct container *persist_load(
	const char *data_root, const char *exec_root, const char *id, struct err *e);

/* The text of config.v2.json, and reading it: for tests and fuzzing. Need no lock and no file. */
void persist_write_config(const struct container *c, struct buf *out);
int persist_read_config(struct container *c, const char *text, size_t n, struct err *e);

#endif
