/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of "KEY=value": merging them as dockerd does. */
#ifndef TARE_ENGINE_ENV_LIST_H
#define TARE_ENGINE_ENV_LIST_H

#include "base/arena.h"

#define ENV_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Puts each of over into l: in the place of its key, else at the end. "KEY" without '=' removes the key. */
void env_override(struct arena *a, struct str_list *l, const struct str_list *over);
/* Adds those of defaults whose key l lacks (an image's environment below a container's). */
void env_add_missing(struct arena *a, struct str_list *l, const struct str_list *defaults);

#endif
