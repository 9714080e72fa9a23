/* SPDX-License-Identifier: Apache-2.0 */
/* What pull and push tell their client, in the words and order of dockerd's progress streams (feature rows B6, B7). */
#ifndef TARE_IMAGE_PROGRESS_H
#define TARE_IMAGE_PROGRESS_H

#include <stdint.h>

#include "base/err.h"

enum image_progress_type {
	IMAGE_PROGRESS_MESSAGE, /* {"status":text[,"id":id]} */
	IMAGE_PROGRESS_UPDATE, /* {"status":text,"progressDetail":{[current][,total]},[progress,]"id":id} */
	IMAGE_PROGRESS_PUSHED, /* {"progressDetail":{},"aux":{"Tag":text,"Digest":id,"Size":total}} */
};

/* Strings live as long as the call. */
struct image_progress {
	enum image_progress_type type;
	const char *id; /* MESSAGE: NULL mostly; UPDATE: the layer's */
	const char *text;
	int64_t current, total;
};

/*
 * Told in the thread of the pull or push, without locks held; -1 (with e) cancels it. UPDATEs with numbers come at most
 * some ten times a second and layer.
 */
struct image_progress_out {
	int (*report)(void *arg, const struct image_progress *p, struct err *e);
	void *arg;
};

int progress_message(
	const struct image_progress_out *out, const char *id, const char *text, struct err *e);
int progress_update(
	const struct image_progress_out *out, const char *id, const char *text, struct err *e);

#endif
