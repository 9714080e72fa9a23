/* SPDX-License-Identifier: Apache-2.0 */
/* What images.c and image_load.c share. */
#ifndef TARE_API_IMAGES_H
#define TARE_API_IMAGES_H

#include "call.h"
#include "oci/platform.h"

/*
 * A platform parameter {"os":…,"architecture":…}, heeded from API version `since` on; *out is NULL when
 * there is none.
 */
int images_platform(
	struct call *c, const char *key, uint32_t since, struct oci_platform **out, struct err *e);
/* An event about an image; name may be NULL. */
void images_publish(struct call *c, const char *action, const char *id, const char *name);

#endif
