/* SPDX-License-Identifier: Apache-2.0 */
/* Taking ps's output apart; split off for the tests. Stays in this room. */
#ifndef TARE_API_TOP_H
#define TARE_API_TOP_H

#include "base/arena.h"
#include "base/err.h"
#include "sys/cgroup.h"

struct top_table {
	struct str_list titles;
	struct str_list *rows;
	size_t n_rows;
};

/*
 * The rows of output (as ps wrote it) that belong to pids, and the threads below them. A row's last fields
 * are one when it has more than titles. Without a column PID it is an error.
 */
int top_parse(struct arena *a, const char *output, const struct pid_list *pids,
	struct top_table *out, struct err *e);

#endif
