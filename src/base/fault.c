/* SPDX-License-Identifier: Apache-2.0 */
/* The list from TARE_FAULT is read once; each entry counts down atomically. */
#include "fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slice.h"

#define FAULTS_MOST 32

static struct {
	char name[64]; /* "*": every point */
	bool kills;
	atomic_int left;
} faults[FAULTS_MOST];
static size_t n_faults;
static pthread_once_t faults_once = PTHREAD_ONCE_INIT;

static void faults_read(void)
{
	struct slice rest = slice_str(getenv("TARE_FAULT")), one, name, count;

	while (rest.n && n_faults < FAULTS_MOST) {
		uint32_t turn = 1;
		slice_cut(rest, ',', &one, &rest);
		if (slice_cut(one, ':', &name, &count) && !parse_u32(count, &turn))
			continue;
		if (slice_starts(name, "!")) {
			faults[n_faults].kills = true;
			name.p++;
			name.n--;
		}
		if (name.n == 0 || name.n >= sizeof(faults[0].name))
			continue;
		memcpy(faults[n_faults].name, name.p, name.n);
		atomic_init(&faults[n_faults].left, (int)turn);
		n_faults++;
	}
}

int fault_point(const char *name, struct err *e)
{
	pthread_once(&faults_once, faults_read);
	for (size_t i = 0; i < n_faults; i++) {
		if ((strcmp(faults[i].name, name) != 0 && strcmp(faults[i].name, "*") != 0) ||
			atomic_fetch_sub(&faults[i].left, 1) != 1)
			continue;
		if (faults[i].kills)
			kill(getpid(), SIGKILL);
		return err_set(e, ERR_INTERNAL, "injected fault: %s", name);
	}
	return 0;
}
