/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anonymous volumes: volumes/<64 hex>/_data below the data root, Docker's layout. One belongs to one
 * container, is filled from the image when it is made, and goes with `rm -v` or --rm.
 */
#ifndef TARE_ENGINE_VOLUME_H
#define TARE_ENGINE_VOLUME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* Makes an empty volume with an invented name; name and path of its data lie in a. Fault point volume.create. */
int volume_create(const char *data_root, struct arena *a, const char **name, const char **path,
	struct err *e);
/*
 * Fills the volume's data from path below the directory root, owner and mode of the directory included. A path
 * that is not there is fine; one that is no directory is ERR_INVALID "cannot mount volume over existing file".
 */
int volume_fill(const char *data_path, int root, const char *path, struct err *e);
/* Removes it with all its data. Missing is fine. */
int volume_remove(const char *data_root, const char *name, struct err *e);

/* Whether a volume's name is one volume_create makes. */
bool volume_is_anonymous(const char *name);

#endif
