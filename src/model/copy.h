/* SPDX-License-Identifier: Apache-2.0 */
/* Deep copies of model objects by their binding tables, for snapshots that outlive their source. */
#ifndef TARE_MODEL_COPY_H
#define TARE_MODEL_COPY_H

#include "base/bind.h"

/*
 * Makes *out an independent copy of *in (both of the struct fields describes, of size bytes): members
 * the table names are duplicated into a, others are copied as they are.
 */
void model_copy(
	struct arena *a, const struct bind_field *fields, const void *in, void *out, size_t size);

void str_list_copy(struct arena *a, const struct str_list *in, struct str_list *out);
void str_map_copy(struct arena *a, const struct str_map *in, struct str_map *out);

#endif
