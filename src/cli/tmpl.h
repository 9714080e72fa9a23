/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's text/template: the whole language (pipelines, variables, if, range, with, define, template,
 * block, break, continue), the built-in functions, and docker's own (json split join title lower upper
 * pad truncate). Error texts are Go's, because users see and scripts match them.
 */
#ifndef TARE_CLI_TMPL_H
#define TARE_CLI_TMPL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "go_value.h"

struct tmpl;

enum tmpl_option {
	TMPL_MISSING_KEY_ERROR = 1, /* an absent map key ends the execution (missingkey=error) */
	TMPL_HEADER = 2, /* json, split, join … give back their first argument (table headers) */
};

/*
 * Parses text; everything lives in a. name stands in error texts ("template: NAME:1: …"); docker's is
 * "" for most. NULL: ERR_INVALID with Go's text.
 */
struct tmpl *tmpl_parse(struct arena *a, const char *name, const char *text, struct err *e);

/* Executes on data, appending to out (what was written before an error stays). -1: Go's text. */
int tmpl_exec(
	const struct tmpl *t, struct go_val data, unsigned options, struct buf *out, struct err *e);

#endif
