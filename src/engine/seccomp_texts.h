/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default seccomp profile resolved for a set of capabilities, kept: resolving it costs more than all other
 * composing of a spec.
 */
#ifndef TARE_ENGINE_SECCOMP_TEXTS_H
#define TARE_ENGINE_SECCOMP_TEXTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct seccomp_texts;

struct seccomp_texts *seccomp_texts_new(void);
void seccomp_texts_free(struct seccomp_texts *t);

/*
 * linux.seccomp's text for a container with these capabilities: profile NULL is the default one (the result lives as
 * long as t), else the profile's own text (the result lies in a). NULL with e on error.
 */
const char *seccomp_texts_get(struct seccomp_texts *t, struct arena *a, const char *profile,
	uint64_t caps, struct err *e);

#endif
