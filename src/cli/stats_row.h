/* SPDX-License-Identifier: Apache-2.0 */
/* A reading of a container's resources, and its columns. */
#ifndef TARE_CLI_STATS_ROW_H
#define TARE_CLI_STATS_ROW_H

#include "go_value.h"

struct stats_row {
	const char *container; /* as it was asked for */
	char *name, *id;       /* of the last reading, malloced; NULL: none yet */
	double cpu, memory, memory_limit, memory_percent;
	double net_rx, net_tx, block_read, block_write;
	uint64_t pids;
	bool is_invalid; /* the last reading failed */
	bool trunc;
};

extern const struct go_type stats_row_type;

/* Takes one answer of /containers/ID/stats in. */
void stats_row_take(struct stats_row *r, const struct json *reading);
/* All numbers zero, as when nothing comes any more. */
void stats_row_reset(struct stats_row *r);
void stats_row_done(struct stats_row *r);

#endif
