/* SPDX-License-Identifier: Apache-2.0 */
/* Rows more than one list shows: of containers, images and volumes. */
#ifndef TARE_CLI_ROWS_H
#define TARE_CLI_ROWS_H

#include <stdbool.h>

#include "base/json.h"
#include "go_value.h"

struct container_row {
	struct json *ctr; /* NULL: an empty one, to try a template on */
	bool trunc;
	bool *size_used;
	bool no_virtual; /* the size without the image's */
};
extern const struct go_type container_row_type;
/* The template behind "raw". */
const char *container_row_raw(struct arena *a, bool size);

struct image_row {
	const struct json *img;
	const char *repo, *tag, *digest;
	bool trunc;
};
extern const struct go_type image_row_type;
const char *image_row_raw(struct arena *a, bool digest);
/* Nothing refers to it. */
bool image_row_is_dangling(const struct json *img);

struct volume_row {
	const struct json *volume;
};
extern const struct go_type volume_row_type;

#endif
