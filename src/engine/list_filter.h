/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of `docker ps`: a row each (feature row C.filters). */
#ifndef TARE_ENGINE_LIST_FILTER_H
#define TARE_ENGINE_LIST_FILTER_H

#include "engine_int.h"
#include "model/filters.h"

/* Filters made ready for use: names looked up, numbers parsed. */
struct list_filter {
	const struct filters *f;
	bool wants_all;		     /* a status was named */
	int64_t before_ns, since_ns; /* 0: not given */
	struct str_list image_ids;   /* of ancestor */
	struct str_list exit_codes;
	bool is_task_wanted, is_task;
	struct str_list network_ids; /* names and ids of network */
};

/* Checks and prepares f (may be NULL); ERR_INVALID "invalid filter 'x'", ERR_NOT_FOUND for before and since. */
int list_filter_init(struct engine *eng, struct arena *a, const struct filters *f,
	struct list_filter *out, struct err *e);
/* Whether c passes. With c's lock held. */
bool list_filter_match(const struct list_filter *lf, const struct container *c);

#endif
