/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scoped ownership: own_* variables clean up at the closing brace; take(p) and take_fd(&fd) give
 * the thing away instead. Everything here accepts NULL or -1.
 */
#ifndef TARE_BASE_CLEANUP_H
#define TARE_BASE_CLEANUP_H

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_mem(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_lock(pthread_mutex_t **m)
{
	if (*m)
		pthread_mutex_unlock(*m);
}

#define own_mem	 __attribute__((cleanup(cleanup_mem)))
#define own_fd	 __attribute__((cleanup(cleanup_fd))) int
#define own_dir	 __attribute__((cleanup(cleanup_dir))) DIR *
#define own_file __attribute__((cleanup(cleanup_file))) FILE *
/* own_lock guard = lock_take(&m): unlocks at the brace. */
#define own_lock __attribute__((cleanup(cleanup_lock), unused)) pthread_mutex_t *

static inline pthread_mutex_t *lock_take(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	return m;
}

static inline void *cleanup_take(void *p)
{
	void **from = p;
	void *v = *from;

	*from = NULL;
	return v;
}

/* Gives away what pointer variable p owns: returns it and leaves NULL behind. */
#define take(p) ((__typeof__(p))cleanup_take(&(p)))

/* Gives away *fd: returns it and leaves -1 behind. */
static inline int take_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#endif
