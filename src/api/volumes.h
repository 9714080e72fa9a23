/* SPDX-License-Identifier: Apache-2.0 */
/* What volumes.c and disk_usage.c share. */
#ifndef TARE_API_VOLUMES_H
#define TARE_API_VOLUMES_H

#include "call.h"
#include "engine/volumes.h"

/* One Volume; size_bytes (NULL: no UsageData) is what it takes. */
void volumes_write(
	struct call *c, struct jsonw *w, const struct volume *v, const int64_t *size_bytes);

#endif
