/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool is a bitmap in chunks that exist once an address of theirs is taken, so a /8 costs no more
 * than its users do. Everything below `low` is known to be taken, so the lowest free one is found
 * at once.
 */
#include "net/ipam.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BITS  4096
#define CHUNK_WORDS (CHUNK_BITS / 64)

struct chunk {
	uint32_t used;
	uint64_t words[CHUNK_WORDS];
};

struct ipam_pool {
	uint32_t first; /* address of bit 0 */
	uint32_t last;
	uint32_t range_first, range_last;
	uint32_t low;	/* no address of the range below this one is free */
	uint32_t count; /* taken, without the two that nobody gets */
	struct chunk **chunks;
};

static void *alloc_zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

static size_t n_chunks(const struct ipam_pool *p)
{
	return (size_t)(p->last - p->first) / CHUNK_BITS + 1;
}

static uint64_t *word_of(struct ipam_pool *p, uint32_t ip, struct chunk **chunk)
{
	uint32_t bit = ip - p->first;
	struct chunk **c = &p->chunks[bit / CHUNK_BITS];

	if (!*c)
		*c = alloc_zeroed(1, sizeof(**c));
	*chunk = *c;
	return &(*c)->words[bit % CHUNK_BITS / 64];
}

static uint64_t bit_of(const struct ipam_pool *p, uint32_t ip)
{
	return 1ULL << ((ip - p->first) % 64);
}

static bool is_taken(const struct ipam_pool *p, uint32_t ip)
{
	uint32_t bit = ip - p->first;
	const struct chunk *c = p->chunks[bit / CHUNK_BITS];

	return c && (c->words[bit % CHUNK_BITS / 64] & bit_of(p, ip));
}

static void mark(struct ipam_pool *p, uint32_t ip)
{
	struct chunk *c;

	*word_of(p, ip, &c) |= bit_of(p, ip);
	c->used++;
}

struct ipam_pool *ipam_pool_new(struct addr_net subnet, struct addr_net range)
{
	struct ipam_pool *p = alloc_zeroed(1, sizeof(*p));

	p->first = addr_first(subnet);
	p->last = addr_last(subnet);
	p->range_first = addr_first(range);
	p->range_last = addr_last(range);
	p->low = p->range_first;
	p->chunks = alloc_zeroed(n_chunks(p), sizeof(*p->chunks));
	if (subnet.prefix_len < 31) {
		mark(p, p->first);
		mark(p, p->last);
	}
	return p;
}

void ipam_pool_free(struct ipam_pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < n_chunks(p); i++)
		free(p->chunks[i]);
	free(p->chunks);
	free(p);
}

/* The first address from `from` on that is not known to be taken: skips full chunks and words. */
static uint64_t skip_full(const struct ipam_pool *p, uint64_t from)
{
	uint32_t bit = (uint32_t)(from - p->first);
	const struct chunk *c = p->chunks[bit / CHUNK_BITS];
	uint64_t word;

	if (!c)
		return from;
	if (bit % CHUNK_BITS == 0 && c->used == CHUNK_BITS)
		return from + CHUNK_BITS;
	word = ~c->words[bit % CHUNK_BITS / 64] >> (bit % 64);
	return word ? from + (unsigned)__builtin_ctzll(word) : from + 64 - bit % 64;
}

int ipam_take_lowest(struct ipam_pool *p, uint32_t *ip, struct err *e)
{
	uint64_t at = p->low;

	while (at <= p->range_last && is_taken(p, (uint32_t)at))
		at = skip_full(p, at);
	if (at > p->range_last)
		return err_set(e, ERR_UNAVAILABLE,
			"no available IPv4 addresses on this network's address pools");
	mark(p, (uint32_t)at);
	p->count++;
	p->low = at < p->range_last ? (uint32_t)at + 1 : (uint32_t)at;
	*ip = (uint32_t)at;
	return 0;
}

int ipam_take(struct ipam_pool *p, uint32_t ip, struct err *e)
{
	char text[NET_ADDR];

	if (ip < p->first || ip > p->last)
		return err_set(e, ERR_INVALID,
			"invalid address %s: It does not belong to any of this network's subnets",
			addr_text(text, ip));
	if (is_taken(p, ip))
		return err_set(e, ERR_FORBIDDEN, "Address already in use");
	mark(p, ip);
	p->count++;
	return 0;
}

void ipam_release(struct ipam_pool *p, uint32_t ip)
{
	struct chunk *c;

	if (ip < p->first || ip > p->last || !is_taken(p, ip))
		return;
	*word_of(p, ip, &c) &= ~bit_of(p, ip);
	c->used--;
	p->count--;
	if (ip >= p->range_first && ip < p->low)
		p->low = ip;
}

uint32_t ipam_count(const struct ipam_pool *p)
{
	return p->count;
}

/* Docker's defaults: each is cut into subnets of `size`. */
static const struct default_pool {
	struct addr_net base;
	uint8_t size;
} default_pools[] = {
	{ { 0xac110000, 16 }, 16 }, /* 172.17.0.0/16 */
	{ { 0xac120000, 16 }, 16 }, { { 0xac130000, 16 }, 16 },
	{ { 0xac140000, 14 }, 16 }, /* 172.20.0.0/14 */
	{ { 0xac180000, 14 }, 16 }, { { 0xac1c0000, 14 }, 16 },
	{ { 0xc0a80000, 16 }, 20 }, /* 192.168.0.0/16 */
};

static bool is_free(struct addr_net n, const struct addr_net *used, size_t n_used)
{
	for (size_t i = 0; i < n_used; i++)
		if (addr_overlap(n, used[i]))
			return false;
	return true;
}

int ipam_pick_subnet(
	const struct addr_net *used, size_t n_used, struct addr_net *out, struct err *e)
{
	for (size_t i = 0; i < sizeof(default_pools) / sizeof(default_pools[0]); i++) {
		const struct default_pool *pool = &default_pools[i];
		uint64_t step = 1ULL << (32 - pool->size);

		for (uint64_t ip = pool->base.ip; ip <= addr_last(pool->base); ip += step) {
			struct addr_net n = { (uint32_t)ip, pool->size };

			if (!is_free(n, used, n_used))
				continue;
			*out = n;
			return 0;
		}
	}
	return err_set(
		e, ERR_UNAVAILABLE, "all predefined address pools have been fully subnetted");
}
