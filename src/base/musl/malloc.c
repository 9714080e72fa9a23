/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc for programs of one thread that end within milliseconds: memory comes from one run of pages, and what is given back
 * goes on a list of its size, to be given out again. musl's own asks the kernel sixty times in one start of a container.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT	    16	  /* of sizes up to FINE_MOST; also the alignment */
#define FINE_MOST   1024  /* above it sizes are powers of two … */
#define COARSE_MOST 65536 /* … and above this they are mappings of their own */
#define N_FINE	    (FINE_MOST / UNIT)
#define N_LISTS	    (N_FINE + 6)
#define FIRST_RUN   (256 * 1024)
#define NEXT_RUN    (1024 * 1024)

struct block {
	size_t size;	    /* without this head */
	struct block *next; /* while it is free */
};

#define HEAD UNIT

static _Alignas(UNIT) char first_run[FIRST_RUN];
static char *at = first_run, *end = first_run + FIRST_RUN;
static struct block *lists[N_LISTS];

static struct block *block_of(void *p)
{
	return (struct block *)((char *)p - HEAD);
}

static void *data_of(struct block *b)
{
	return (char *)b + HEAD;
}

/* Rounds *size up to one there is a list for, and says which; N_LISTS: to whole pages, and there is none. */
static size_t find_list(size_t *size)
{
	size_t n = N_FINE, power = FINE_MOST * 2;

	if (*size <= FINE_MOST) {
		*size = *size ? (*size + UNIT - 1) & ~(size_t)(UNIT - 1) : UNIT;
		return *size / UNIT - 1;
	}
	if (*size > COARSE_MOST) {
		*size = ((*size + HEAD + 4095) & ~(size_t)4095) - HEAD;
		return N_LISTS;
	}
	for (; power < *size; power *= 2)
		n++;
	*size = power;
	return n;
}

static struct block *map_block(size_t size)
{
	struct block *b =
		mmap(NULL, size + HEAD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (b == MAP_FAILED)
		return NULL;
	b->size = size;
	return b;
}

/* What is left of the old run is lost: less than the largest block. */
static bool begin_run(void)
{
	void *run =
		mmap(NULL, NEXT_RUN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (run == MAP_FAILED)
		return false;
	at = run;
	end = at + NEXT_RUN;
	return true;
}

/* *fresh: never used, so all zero. */
static void *take_block(size_t size, bool *fresh)
{
	struct block *b;

	*fresh = true;
	if (size > PTRDIFF_MAX - 8192)
		return errno = ENOMEM, NULL;
	size_t list = find_list(&size);
	if (list == N_LISTS) {
		b = map_block(size);
		return b ? data_of(b) : NULL;
	}
	b = lists[list];
	if (b) {
		*fresh = false;
		lists[list] = b->next;
		return data_of(b);
	}
	if ((size_t)(end - at) < size + HEAD && !begin_run())
		return NULL;
	b = (struct block *)at;
	at += size + HEAD;
	b->size = size;
	return data_of(b);
}

void *malloc(size_t size)
{
	bool fresh;

	return take_block(size, &fresh);
}

void free(void *p)
{
	if (!p)
		return;
	struct block *b = block_of(p);
	size_t size = b->size, list = find_list(&size);
	if (list == N_LISTS) {
		munmap(b, b->size + HEAD);
		return;
	}
	b->next = lists[list];
	lists[list] = b;
}

void *calloc(size_t n, size_t each)
{
	size_t size;
	bool fresh;

	if (__builtin_mul_overflow(n, each, &size))
		return errno = ENOMEM, NULL;
	void *p = take_block(size, &fresh);
	if (p && !fresh)
		memset(p, 0, size);
	return p;
}

void *realloc(void *p, size_t size)
{
	if (!p)
		return malloc(size);
	size_t old = block_of(p)->size;
	if (size <= old && size > old / 4)
		return p;
	void *new = malloc(size);
	if (!new)
		return NULL;
	memcpy(new, p, old < size ? old : size);
	free(p);
	return new;
}
