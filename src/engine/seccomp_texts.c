/* SPDX-License-Identifier: Apache-2.0 */
/* A list of (capabilities, text): a machine sees a handful of them. */
#include "seccomp_texts.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "sys/seccomp_profile.h"

struct kept {
	struct kept *next;
	uint64_t caps;
	const char *text;
};

struct seccomp_texts {
	pthread_mutex_t lock; /* guards all below; a leaf */
	struct arena *arena;
	struct kept *first;
};

struct seccomp_texts *seccomp_texts_new(void)
{
	struct seccomp_texts *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	pthread_mutex_init(&t->lock, NULL);
	t->arena = arena_new();
	return t;
}

void seccomp_texts_free(struct seccomp_texts *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	arena_free(t->arena);
	free(t);
}

const char *seccomp_texts_get(
	struct seccomp_texts *t, struct arena *a, const char *profile, uint64_t caps, struct err *e)
{
	struct seccomp_target target;

	seccomp_target_host(caps, &target);
	if (profile)
		return seccomp_profile_text(a, profile, &target, e);
	own_lock guard = lock_take(&t->lock);
	for (struct kept *k = t->first; k; k = k->next)
		if (k->caps == caps)
			return k->text;
	own_arena scratch = arena_new();
	const char *text = seccomp_profile_text(scratch, seccomp_profile_default(), &target, e);
	if (!text)
		return NULL;
	struct kept *k = ARENA_NEW(t->arena, struct kept);
	*k = (struct kept){ t->first, caps, arena_strdup(t->arena, text) };
	t->first = k;
	return k->text;
}
