/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A passwd file, a group file and a user, separated by NUL bytes: ids stay within range whatever the
 * files say.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text up to the next NUL; *at moves behind it. */
static const char *next_text(struct arena *a, const uint8_t *data, size_t size, size_t *at)
{
	size_t from = *at < size ? *at : size;
	const uint8_t *end = memchr(data + from, 0, size - from);
	size_t n = end ? (size_t)(end - data) - from : size - from;

	*at = from + n + 1;
	return arena_strndup(a, (const char *)data + from, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	size_t at = 0;
	struct user_files f;
	struct oci_user u;
	struct err e;

	f.passwd = next_text(a, data, size, &at);
	f.group = next_text(a, data, size, &at);
	const char *user = next_text(a, data, size, &at);
	const char *group = next_text(a, data, size, &at);
	const struct str_list add = { &group, 1 };
	if (user_lookup(a, &f, user, *group ? &add : NULL, &u, &e) == 0) {
		if (u.uid > INT32_MAX || u.gid > INT32_MAX || u.additional_gids.n < 1)
			abort();
		for (size_t i = 0; i < u.additional_gids.n; i++)
			if (u.additional_gids.v[i] > INT32_MAX)
				abort();
	}
	arena_free(a);
	return 0;
}
