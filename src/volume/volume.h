/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data that stays: volumes of Docker's driver "local", below volumes/ of the data root in Docker's layout (feature rows
 * J1, J2, J.2). What containers are is the caller's knowledge: it says who holds a volume (a container has it, running
 * or not) and who has it mounted (it runs), by id.
 *
 * All functions are thread-safe; the locks are leaves. Making a volume is done under them, removing a tree is not, and one that is
 * slow to mount (a file server) holds up only others that mount. Results lie in the caller's arena.
 */
#ifndef TARE_VOLUME_VOLUME_H
#define TARE_VOLUME_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define VOLUME_DRIVER "local"
/* The label of a volume whose name was invented. */
#define VOLUME_ANONYMOUS "com.docker.volume.anonymous"

struct volume_store;

/*
 * Opens volumes/ below data_root (absolute, exists), making it when missing, and sweeps what an interrupted removal
 * or create left in tmp/. What dockerd wrote into metadata.db there is read, never written. The caller closes it.
 */
struct volume_store *volume_store_open(const char *data_root, struct err *e);
/* NULL is fine. What is mounted stays mounted. */
void volume_store_close(struct volume_store *s);

struct volume_spec {
	const char *
		name; /* NULL or "": 64 hex digits are invented, and the label VOLUME_ANONYMOUS set */
	const char *driver;	/* NULL or "": local */
	struct str_map options; /* type, o, device: mounted when first used */
	struct str_map labels;
	bool is_passing; /* need not outlive a power loss */
};

struct volume {
	const char *name;
	const char *mountpoint; /* where its data is: …/volumes/NAME/_data */
	int64_t created_ns;
	struct str_map options; /* absent when none were given */
	struct str_map labels;	/* absent when none were given */
	struct str_list users;	/* who holds it */
	bool is_new;		/* volume_create: it was not there before */
};

/*
 * Makes a volume, or takes the one of that name as it is: options and labels of a volume never change. user (NULL: nobody)
 * holds it from then on. ERR_INVALID: `create x: "x" includes invalid characters for a local volume name, …`, "create x:
 * invalid option: \"y\"", …; ERR_NOT_FOUND for another driver. Fault points volume.create, volume.publish.
 */
int volume_create(struct volume_store *s, struct arena *a, const struct volume_spec *spec,
	const char *user, struct volume *out, struct err *e);
/* ERR_NOT_FOUND "get x: no such volume". */
int volume_get(struct volume_store *s, struct arena *a, const char *name, struct volume *out,
	struct err *e);

struct volume_list {
	struct volume *v;
	size_t n;
};

/* All, by name. */
int volume_list(struct volume_store *s, struct arena *a, struct volume_list *out, struct err *e);
/*
 * Removes a volume nobody holds, with its data. ERR_NOT_FOUND "get x: no such volume", ERR_CONFLICT "remove x: volume is
 * in use - [ID, ID]". Gone for everybody when it returns or fails later.
 */
int volume_remove(struct volume_store *s, const char *name, struct err *e);
/* Bytes of all files in it, each inode once, as `system df` counts. */
int volume_measure(const char *mountpoint, int64_t *bytes, struct err *e);

/* --- Use ---------------------------------------------------------------------------------------- */

/* A container that has the volume, found again at a restart. Unknown names are remembered for nothing: no error. */
void volume_hold(struct volume_store *s, const char *name, const char *user);
/* The reverse of hold. Unknown names and users are fine. */
void volume_release(struct volume_store *s, const char *name, const char *user);
/*
 * Before user starts: a volume with options is mounted at its data directory unless it is. A volume that vanished from
 * disk meanwhile is ERR_NOT_FOUND. ERR_INTERNAL "failed to mount local volume: mount DEVICE:PATH, flags: …, data: …: …".
 * Fault point volume.mount.
 */
int volume_mount(struct volume_store *s, const char *name, const char *user, struct err *e);
/* After user's end, also when this daemon did not see its start; the last one unmounts. */
void volume_unmount(struct volume_store *s, const char *name, const char *user);

/* Whether nothing is in it yet. */
bool volume_wants_filling(const char *data_path);
/*
 * Fills the empty volume at data_path from path below the directory root, owner and mode of the directory included. A path
 * that is not there is fine, as is a volume that has something already; one that is no directory is ERR_INVALID "cannot mount
 * volume over existing file".
 */
int volume_fill(const char *data_path, int root, const char *path, struct err *e);

#endif
