/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The volumes of one container over its life: made and filled with it, mounted while it runs, let go of when it is
 * removed. The store (volume/volume.h) counts who has which.
 */
#ifndef TARE_ENGINE_CTR_VOLUMES_H
#define TARE_ENGINE_CTR_VOLUMES_H

#include "container.h"

/*
 * Takes or makes each volume of c's mounts, gives the mounts their names and sources, and fills what is empty
 * from the image (not with nocopy, nor for what came by --volumes-from). All or nothing. c's root exists.
 */
int ctr_volumes_make(struct engine *eng, struct container *c, struct err *e);
/* Undoes it for a create that fails later: what it made is removed, named or not. */
void ctr_volumes_undo(struct engine *eng, struct container *c);
/*
 * Lets go of them at the container's removal; with_anonymous removes those c brought along, unless another container has
 * them meanwhile.
 */
void ctr_volumes_drop(struct engine *eng, struct container *c, bool with_anonymous);
/* Says to the store that c has them: at a daemon's start. is_running: and that they are mounted. */
void ctr_volumes_hold(struct engine *eng, struct container *c, bool is_running);

/* Before a start, all or nothing. Events mount. ERR_NOT_FOUND when a volume's data is gone. */
int ctr_volumes_mount(struct engine *eng, struct container *c, struct err *e);
/* After an end. Events unmount. */
void ctr_volumes_unmount(struct engine *eng, struct container *c);

/*
 * Mounts taken over from other containers (HostConfig.VolumesFrom, "NAME[:MODE]"), appended to out, all in a. ERR_NOT_FOUND
 * "No such container: x", ERR_INVALID "invalid mode: x".
 */
int ctr_volumes_from(struct engine *eng, struct arena *a, const struct str_list *from,
	struct ctr_mounts *out, struct err *e);

#endif
