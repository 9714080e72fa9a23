/* SPDX-License-Identifier: Apache-2.0 */
/* The --platform options: "linux/arm/v7" to the JSON the API takes. */
#ifndef TARE_CLI_PLATFORM_OPT_H
#define TARE_CLI_PLATFORM_OPT_H

#include "cli.h"

/* {"architecture":"arm","os":"linux","variant":"v7"}; NULL with e (the parser's text, no prefix). */
const char *platform_opt_json(struct arena *a, const char *text, struct err *e);
/* Adds it to target as the parameter key, when text is not empty; errors begin "invalid platform: ". */
int platform_opt_add(
	struct arena *a, struct buf *target, const char *key, const char *text, struct err *e);
/* $DOCKER_DEFAULT_PLATFORM where none was given; in small letters, as it is sent. */
const char *platform_opt_default(struct arena *a, const char *text);

#endif
