/* SPDX-License-Identifier: Apache-2.0 */
/* One call for each of several objects, at the same time (up to 50, as docker), answered in order. */
#ifndef TARE_CLI_EACH_H
#define TARE_CLI_EACH_H

#include "cli.h"

struct each_call {
	const char *name; /* as given: printed when the call went well */
	const char *method;
	const char *path;
	int rc; /* 0 or -1 with e */
	struct err e;
};

/* Makes all calls; results are in rc and e. -1 only when no client could be made. */
int each_run(struct cli *c, struct each_call *calls, size_t n, struct err *e);
/* Prints the names of the good ones in order, the errors at the end. */
int each_report(struct cli *c, const struct each_call *calls, size_t n, struct err *e);

#endif
