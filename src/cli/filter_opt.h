/* SPDX-License-Identifier: Apache-2.0 */
/* The --filter option of lists, prune and events: name=value, repeated, to the API's parameter. */
#ifndef TARE_CLI_FILTER_OPT_H
#define TARE_CLI_FILTER_OPT_H

#include "cli.h"

/* Option structs with a filter begin with this, so that filter_opt_set serves them all. */
struct filter_opts {
	struct opts_common common;
	struct str_list filter; /* "name=value", name lower-case, blanks trimmed */
};

#define FILTER_OPT(sh, help)                                                            \
	{                                                                               \
		OPT_T_FUNC, (sh), "filter", "filter", 0, (help), false, OPT_NO_CHANGED, \
			filter_opt_set                                                  \
	}

int filter_opt_set(struct opt_ctx *ctx, const char *value, struct err *e);
/* Adds name=value as if it had been given. */
void filter_opt_add(struct arena *a, struct str_list *filter, const char *name, const char *value);
/* The JSON {"name":{"value":true}}, sorted; NULL when there is none. */
const char *filter_opt_json(struct arena *a, const struct str_list *filter);

#endif
