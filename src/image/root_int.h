/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TARE_IMAGE_ROOT_INT_H
#define TARE_IMAGE_ROOT_INT_H

#include "base/err.h"

struct image_store;

/* image_root_remove under the store's roots lock; layers below it that nobody needs any more stay. */
int root_remove(struct image_store *s, const char *ctr_id, struct err *e);

#endif
