/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of slots. The giver fills slot `given`; threads take slots [taken, given); the giver emits slots
 * [emitted, …) in order as they become done. A block is ended by a sync flush, so that the next one begins at a byte.
 */
#include "gzipper.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/thread.h"

#define THREADS_MOST 8
#define DICT	     (32 * 1024)
/* Incompressible bytes grow by some 5 in 64 Ki. */
#define PACKED (GZIPPER_BLOCK + GZIPPER_BLOCK / 16)

struct slot {
	unsigned char in[GZIPPER_BLOCK];
	unsigned char dict[DICT];
	unsigned char packed[PACKED];
	size_t in_len, dict_len, packed_len;
	bool is_last, is_done, has_failed;
};

/* What one thread works with. */
struct packer {
	struct gzipper *g;
	struct isal_zstream z;
	unsigned char *level_buf;
	pthread_t thread;
};

struct gzipper {
	int level;
	gzipper_emit emit;
	void *arg;
	uint32_t crc, length;
	bool has_begun;
	struct packer *packers; /* the first one is the giver's when there are no threads */
	unsigned n_threads;
	pthread_mutex_t lock;
	pthread_cond_t more, less;
	struct slot *slots;
	unsigned n_slots;
	size_t given, taken, emitted; /* counts; modulo n_slots they are slots */
	bool is_ending;
};

static const uint32_t level_sizes[GZIPPER_LEVEL_MOST + 1] = { ISAL_DEF_LVL0_DEFAULT,
	ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT };

static void pack(struct packer *p, struct slot *s)
{
	struct isal_zstream *z = &p->z;

	isal_deflate_init(z);
	z->level = (uint32_t)p->g->level;
	z->level_buf = p->level_buf;
	z->level_buf_size = level_sizes[p->g->level];
	z->flush = s->is_last ? NO_FLUSH : SYNC_FLUSH;
	z->end_of_stream = s->is_last;
	z->next_in = s->in;
	z->avail_in = (uint32_t)s->in_len;
	z->next_out = s->packed;
	z->avail_out = PACKED;
	s->has_failed = (s->dict_len && isal_deflate_set_dict(z, s->dict, (uint32_t)s->dict_len)) ||
			isal_deflate(z) != COMP_OK || z->avail_in || !z->avail_out;
	s->packed_len = PACKED - z->avail_out;
}

static void work(void *arg)
{
	struct packer *p = arg;
	struct gzipper *g = p->g;
	own_lock guard = lock_take(&g->lock);

	for (;;) {
		while (g->taken == g->given && !g->is_ending)
			pthread_cond_wait(&g->more, &g->lock);
		if (g->taken == g->given)
			return;
		struct slot *s = &g->slots[g->taken++ % g->n_slots];
		pthread_mutex_unlock(&g->lock);
		pack(p, s);
		pthread_mutex_lock(&g->lock);
		s->is_done = true;
		pthread_cond_signal(&g->less);
	}
}

static void add_packer(struct gzipper *g, struct packer *p)
{
	p->g = g;
	p->level_buf = malloc(level_sizes[g->level] + 1);
	if (!p->level_buf)
		abort();
}

struct gzipper *gzipper_new(int level, unsigned threads, gzipper_emit emit, void *arg)
{
	struct gzipper *g = calloc(1, sizeof(*g));
	struct err ignored;

	threads = threads > THREADS_MOST ? THREADS_MOST : threads;
	if (!g || !(g->packers = calloc(threads + 1, sizeof(*g->packers))) ||
		!(g->slots = malloc((threads + 2) * sizeof(*g->slots))))
		abort();
	g->level = level;
	g->emit = emit;
	g->arg = arg;
	g->n_slots = threads + 2;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->more, NULL);
	pthread_cond_init(&g->less, NULL);
	g->slots[0].dict_len = 0;
	add_packer(g, &g->packers[0]);
	while (g->n_threads < threads) {
		struct packer *p = &g->packers[g->n_threads];
		if (!p->level_buf)
			add_packer(g, p);
		if (thread_start(&p->thread, work, p, &ignored))
			break;
		g->n_threads++;
	}
	return g;
}

static void end_threads(struct gzipper *g)
{
	pthread_mutex_lock(&g->lock);
	g->is_ending = true;
	pthread_cond_broadcast(&g->more);
	pthread_mutex_unlock(&g->lock);
	for (unsigned i = 0; i < g->n_threads; i++)
		thread_join(g->packers[i].thread);
}

void gzipper_free(struct gzipper *g)
{
	if (!g)
		return;
	end_threads(g);
	for (unsigned i = 0; i < g->n_slots - 1; i++)
		free(g->packers[i].level_buf);
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->more);
	pthread_cond_destroy(&g->less);
	free(g->packers);
	free(g->slots);
	free(g);
}

static int emit_oldest(struct gzipper *g, struct err *e)
{
	static const unsigned char head[10] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255 };
	struct slot *s = &g->slots[g->emitted % g->n_slots];

	if (!g->n_threads) {
		pack(&g->packers[0], s);
	} else {
		own_lock guard = lock_take(&g->lock);
		while (!s->is_done)
			pthread_cond_wait(&g->less, &g->lock);
	}
	g->emitted++;
	if (s->has_failed)
		return err_set(e, ERR_INTERNAL, "gzip: compression failed");
	if (!g->has_begun && g->emit(g->arg, head, sizeof(head), e))
		return -1;
	g->has_begun = true;
	return g->emit(g->arg, s->packed, s->packed_len, e);
}

void *gzipper_room(struct gzipper *g)
{
	return g->slots[g->given % g->n_slots].in;
}

static int hand_over(struct gzipper *g, size_t n, bool is_last, struct err *e)
{
	struct slot *s = &g->slots[g->given % g->n_slots];

	s->in_len = n;
	s->is_last = is_last;
	s->is_done = false;
	g->crc = crc32_gzip_refl(g->crc, s->in, n);
	g->length += (uint32_t)n;
	/* The next slot's bytes must be gone before its dictionary is written over. */
	if (g->given + 1 - g->emitted == g->n_slots && emit_oldest(g, e))
		return -1;
	struct slot *next = &g->slots[(g->given + 1) % g->n_slots];
	next->dict_len = n < DICT ? n : DICT;
	memcpy(next->dict, s->in + n - next->dict_len, next->dict_len);
	own_lock guard = lock_take(&g->lock);
	g->given++;
	pthread_cond_signal(&g->more);
	return 0;
}

int gzipper_give(struct gzipper *g, size_t n, struct err *e)
{
	return hand_over(g, n, false, e);
}

static void put_le32(unsigned char *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(v >> (8 * i));
}

int gzipper_finish(struct gzipper *g, struct err *e)
{
	unsigned char tail[8];

	/* Nothing in it: two bytes that say that this was all. */
	if (hand_over(g, 0, true, e))
		return -1;
	while (g->emitted < g->given)
		if (emit_oldest(g, e))
			return -1;
	put_le32(tail, g->crc);
	put_le32(tail + 4, g->length);
	return g->emit(g->arg, tail, sizeof(tail), e);
}
