/* SPDX-License-Identifier: Apache-2.0 */
#include "hasher.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "base/thread.h"

struct hasher {
	struct sha *sha;
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t more, less;
	/* Blocks [done, added) modulo HASHER_BLOCKS wait or are being hashed. */
	struct slice blocks[HASHER_BLOCKS];
	size_t added, done;
	bool is_ending;
};

static void work(void *arg)
{
	struct hasher *h = arg;

	pthread_mutex_lock(&h->lock);
	for (;;) {
		while (h->done == h->added && !h->is_ending)
			pthread_cond_wait(&h->more, &h->lock);
		if (h->done == h->added)
			break;
		struct slice block = h->blocks[h->done % HASHER_BLOCKS];
		pthread_mutex_unlock(&h->lock);
		sha_add(h->sha, block.p, block.n);
		pthread_mutex_lock(&h->lock);
		h->done++;
		pthread_cond_signal(&h->less);
	}
	pthread_mutex_unlock(&h->lock);
}

struct hasher *hasher_new(void)
{
	struct hasher *h = calloc(1, sizeof(*h));
	struct err ignored;

	if (!h)
		abort();
	h->sha = sha_new();
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->more, NULL);
	pthread_cond_init(&h->less, NULL);
	h->has_thread = thread_start(&h->thread, work, h, &ignored) == 0;
	return h;
}

/* What was added is hashed first. */
static void end_thread(struct hasher *h)
{
	if (!h->has_thread)
		return;
	pthread_mutex_lock(&h->lock);
	h->is_ending = true;
	pthread_cond_signal(&h->more);
	pthread_mutex_unlock(&h->lock);
	thread_join(h->thread);
	h->has_thread = false;
}

void hasher_free(struct hasher *h)
{
	if (!h)
		return;
	end_thread(h);
	sha_free(h->sha);
	pthread_cond_destroy(&h->more);
	pthread_cond_destroy(&h->less);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void hasher_add(struct hasher *h, const void *data, size_t n)
{
	if (!h->has_thread) {
		sha_add(h->sha, data, n);
		return;
	}
	own_lock guard = lock_take(&h->lock);
	h->blocks[h->added++ % HASHER_BLOCKS] = (struct slice){ data, n };
	pthread_cond_signal(&h->more);
	/* One buffer is free when this returns: the next block's. */
	while (h->added - h->done >= HASHER_BLOCKS)
		pthread_cond_wait(&h->less, &h->lock);
}

void hasher_finish(struct hasher *h, char out[SHA_DIGEST_TEXT + 1])
{
	end_thread(h);
	memcpy(out, "sha256:", 7);
	sha_hex(h->sha, out + 7);
}
