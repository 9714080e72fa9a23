/* SPDX-License-Identifier: Apache-2.0 */
/* User namespaces made only for their id maps, for id-mapped mounts. */
#ifndef TARE_RUNTIME_IDMAP_H
#define TARE_RUNTIME_IDMAP_H

#include "base/err.h"
#include "oci/runtime_spec.h"

/* A user namespace with these maps; the caller closes it. Needs rights over the ids (host root). */
int idmap_userns(
	const struct oci_id_map_list *uids, const struct oci_id_map_list *gids, struct err *e);

#endif
