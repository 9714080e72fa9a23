/* SPDX-License-Identifier: Apache-2.0 */
/* Lexical path cleaning, one pass with the output doubling as the stack of parts. */
#include "path_clean.h"

#include <stdbool.h>
#include <string.h>

/* Takes the last part off out[0..n); false when there is none that may go. */
static bool drop_part(const char *out, size_t root, size_t *n)
{
	size_t at = *n;

	while (at > root && out[at - 1] != '/')
		at--;
	if (*n - at == 2 && strncmp(out + at, "..", 2) == 0)
		return false;
	if (*n == root)
		return false;
	*n = at > root ? at - 1 : at;
	return true;
}

const char *path_clean(struct arena *a, const char *path)
{
	size_t root = *path == '/', n = root;
	char *out = arena_alloc(a, strlen(path) + 3);

	if (root)
		out[0] = '/';
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");
		bool is_up = len == 2 && strncmp(p, "..", 2) == 0;

		if (len == 0) {
			p++;
			continue;
		}
		if (is_up && (drop_part(out, root, &n) || root)) {
			/* one part less, or already at the root */
		} else if (!(len == 1 && *p == '.')) {
			if (n > root)
				out[n++] = '/';
			memcpy(out + n, p, len);
			n += len;
		}
		p += len;
	}
	if (n == 0)
		out[n++] = '.';
	out[n] = 0;
	return out;
}

bool path_is_local(struct arena *a, const char *path)
{
	const char *clean = path_clean(a, path);

	return *path && *clean != '/' && strcmp(clean, "..") != 0 && strncmp(clean, "../", 3) != 0;
}
