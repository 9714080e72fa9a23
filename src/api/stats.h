/* SPDX-License-Identifier: Apache-2.0 */
/* What `docker stats` shows (feature row B9): one reading of a container, and its JSON. Stays in this room. */
#ifndef TARE_API_STATS_H
#define TARE_API_STATS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "base/slice.h"
#include "sys/cgroup_stats.h"

struct stats_nic {
	const char *name;
	uint64_t rx_bytes, rx_packets, rx_errors, rx_dropped;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_dropped;
};

struct stats_nic_list {
	struct stats_nic *v;
	size_t n;
};

/* One reading. Zeroed (with read_ns CLOCK_NEVER): the container does not run. */
struct stats_sample {
	int64_t read_ns; /* when; CLOCK_NEVER: never */
	struct cgroup_stats use;
	uint64_t system_ns; /* of all processors together since boot */
	uint64_t online_cpus;
	uint64_t memory_total; /* bytes; in place of a limit that is not set */
	struct stats_nic_list nics;
};

/* Reads the lines of /proc/PID/net/dev; the loopback device is left out. */
void stats_parse_nics(struct arena *a, struct slice text, struct stats_nic_list *out);
/* The sum of the first seven numbers of /proc/stat's first line as nanoseconds; 0 when it is none. */
uint64_t stats_parse_system(struct slice text, uint64_t ticks_per_second);
/* MemTotal of /proc/meminfo in bytes; 0 when there is none. */
uint64_t stats_parse_memory(struct slice text);

/* One object of the stream. before is the reading before this one, zeroed when there was none. */
void stats_write(struct jsonw *w, const char *id, const char *name, const struct stats_sample *now,
	const struct stats_sample *before);

#endif
