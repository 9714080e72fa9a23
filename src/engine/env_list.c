/* SPDX-License-Identifier: Apache-2.0 */
/* Environment lists. Order is kept: it shows in inspect and in the process. */
#include "env_list.h"

#include <string.h>

static size_t key_len(const char *entry)
{
	return strcspn(entry, "=");
}

/* Where l has the key of entry; l->n when nowhere. */
static size_t find(const struct str_list *l, const char *entry)
{
	size_t n = key_len(entry), i = 0;

	while (i < l->n && (key_len(l->v[i]) != n || strncmp(l->v[i], entry, n) != 0))
		i++;
	return i;
}

void env_override(struct arena *a, struct str_list *l, const struct str_list *over)
{
	for (size_t i = 0; i < over->n; i++) {
		const char *entry = over->v[i];
		size_t at = find(l, entry);

		if (!strchr(entry, '=')) {
			if (at < l->n)
				memmove(l->v + at, l->v + at + 1, (--l->n - at) * sizeof(*l->v));
		} else if (at < l->n) {
			l->v[at] = arena_strdup(a, entry);
		} else {
			str_list_add(a, l, entry);
		}
	}
}

void env_add_missing(struct arena *a, struct str_list *l, const struct str_list *defaults)
{
	for (size_t i = 0; i < defaults->n; i++)
		if (find(l, defaults->v[i]) == l->n)
			str_list_add(a, l, defaults->v[i]);
}
