/* SPDX-License-Identifier: Apache-2.0 */
#include "image/progress.h"

int progress_message(
	const struct image_progress_out *out, const char *id, const char *text, struct err *e)
{
	struct image_progress p = { .type = IMAGE_PROGRESS_MESSAGE, .id = id, .text = text };

	return out->report(out->arg, &p, e);
}

int progress_update(
	const struct image_progress_out *out, const char *id, const char *text, struct err *e)
{
	struct image_progress p = { .type = IMAGE_PROGRESS_UPDATE, .id = id, .text = text };

	return out->report(out->arg, &p, e);
}
