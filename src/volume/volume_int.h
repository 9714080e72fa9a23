/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the store: what is kept in memory of a volume, and what on disk. */
#ifndef TARE_VOLUME_INT_H
#define TARE_VOLUME_INT_H

#include <pthread.h>

#include "base/fs.h"
#include "base/map.h"
#include "volume/volume.h"

/* One volume. Owned by the store's map; guarded by its lock. */
struct entry {
	struct arena *arena; /* holds this struct and all texts */
	const char *name;
	bool is_read; /* the members below are known */
	struct str_map options, labels;
	struct map *users, *mounters; /* ids → themselves; NULL: none */
};

struct volume_store {
	char *root;		  /* the data root */
	int dir;		  /* volumes/ */
	int tmp;		  /* tmp/ */
	pthread_mutex_t mounting; /* held while something is mounted or unmounted: before lock */
	pthread_mutex_t lock;
	struct map *entries; /* name → struct entry * */
};

/* --- meta.c ------------------------------------------------------------------------------------- */

/* Reads options and labels of a volume from its files. With lock held. */
int volume_meta_read(struct volume_store *s, struct entry *v, struct err *e);
/* Writes them into the new volume's directory dir: opts.json for its options, as dockerd reads it, and meta.json. */
int volume_meta_write(int dir, const struct entry *v, enum fs_sync sync, struct err *e);

/* --- options.c ---------------------------------------------------------------------------------- */

/* ERR_INVALID as dockerd's local driver words it. */
int volume_options_check(const struct str_map *options, struct err *e);
/* Whether they say that something is mounted at the volume's data directory. */
bool volume_options_given(const struct str_map *options);
/* Mounts it at path. */
int volume_options_mount(
	struct arena *a, const struct str_map *options, const char *path, struct err *e);

#endif
