/* SPDX-License-Identifier: Apache-2.0 */
/* What images.c, image_load.c, image_prune.c and disk_usage.c share. */
#ifndef TARE_API_IMAGES_H
#define TARE_API_IMAGES_H

#include "base/jsonw.h"
#include "call.h"
#include "image/image.h"
#include "oci/platform.h"

/*
 * A platform parameter {"os":…,"architecture":…}, heeded from API version `since` on; *out is NULL when
 * there is none.
 */
int images_platform(
	struct call *c, const char *key, uint32_t since, struct oci_platform **out, struct err *e);
/* One row of the list. */
void images_write_summary(const struct call *c, struct jsonw *w, const struct image_summary *s);
/* The rows of a removal's answer; publishes their events. */
void images_write_removed(struct call *c, struct jsonw *w, const struct image_removed_list *list);
/* ERR_NOT_FOUND "image with reference … was found but does not provide …" unless want is NULL or its platform. */
int images_check_platform(const struct image_info *info, const char *name,
	const struct oci_platform *want, struct err *e);
/* An event about an image, with its labels; name may be NULL. */
void images_publish(struct call *c, const char *action, const char *id, const char *name);

#endif
