/* SPDX-License-Identifier: Apache-2.0 */
/* What EXPOSE takes: ports, ranges of them, a protocol. */
#ifndef TARE_DOCKERFILE_PORTS_H
#define TARE_DOCKERFILE_PORTS_H

#include "base/arena.h"
#include "base/err.h"

/*
 * Adds "8000/tcp" "8001/tcp" for "8000-8001" to the set, each once. A host's part in front is taken and
 * ignored, as Docker
 * does. ERR_INVALID "invalid containerPort: x", "invalid proto: x", "no port specified: x<empty>".
 */
int ports_expose(struct arena *a, const char *spec, struct str_list *set, struct err *e);

#endif
