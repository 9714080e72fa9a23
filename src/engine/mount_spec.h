/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what a client asks to be mounted: -v's "src:dst:mode", --mount's Mount, --tmpfs. Pure but for
 * mount_spec_check_source. All errors are ERR_INVALID in dockerd's words.
 */
#ifndef TARE_ENGINE_MOUNT_SPEC_H
#define TARE_ENGINE_MOUNT_SPEC_H

#include "container.h"

/*
 * "/dst", "src:/dst" or "src:/dst:mode". A source that is no absolute path is a volume's name; none at all an
 * anonymous volume. "invalid volume specification: 'x'", "invalid mode: x".
 */
int mount_spec_parse(struct arena *a, const char *text, struct ctr_mount *out, struct err *e);
/* The mode of --volumes-from: no propagation, no nocopy. *rw is false with ro. "invalid mode: x". */
int mount_spec_sharing_mode(const char *mode, bool *rw, struct err *e);
/* One --mount. `invalid mount config for type "bind": …`. */
int mount_spec_from(struct arena *a, const struct mount *m, struct ctr_mount *out, struct err *e);
/*
 * For a --mount of type bind without CreateMountpoint: whether the source exists. `invalid mount config
 * for type "bind": bind source path does not exist: /x`.
 */
int mount_spec_check_source(const struct ctr_mount *m, struct err *e);
/*
 * The options of a tmpfs: Docker's defaults noexec,nosuid,nodev, then options, later ones taking the place of
 * those they contradict. "invalid tmpfs option ["x" …]" shaped.
 */
int mount_spec_tmpfs_options(
	struct arena *a, const char *options, struct str_list *out, struct err *e);

#endif
