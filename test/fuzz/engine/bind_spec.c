/* SPDX-License-Identifier: Apache-2.0 */
/* -v and --tmpfs texts: what is accepted has clean absolute paths below the root. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/mount_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
	if (*path != '/' || strstr(path, "//") || strstr(path, "/../") || strstr(path, "/./"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	struct str_list options;
	struct ctr_mount m;
	struct err e;

	if (mount_spec_parse(a, text, &m, &e) == 0) {
		check_path(m.destination);
		if (strcmp(m.destination, "/") == 0)
			abort();
		if (strcmp(m.type, "bind") == 0)
			check_path(m.source);
	}
	(void)mount_spec_tmpfs_options(a, text, &options, &e);
	arena_free(a);
	return 0;
}
