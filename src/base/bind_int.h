/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes that lists and maps of structs share, whatever their element. */
#ifndef TARE_BASE_BIND_INT_H
#define TARE_BASE_BIND_INT_H

#include <stddef.h>

struct bind_list {
	void *v;
	size_t n;
};

struct bind_map {
	const char **keys;
	void *v;
	size_t n;
};

#endif
