/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists under --format: "table", "table TEMPLATE", "json", "raw" (a command's own template) or any
 * template, run once a row. Rows are objects whose methods are the columns.
 */
#ifndef TARE_CLI_LISTING_H
#define TARE_CLI_LISTING_H

#include "cli.h"
#include "go_value.h"

/* What --help says of --format in lists and in inspect. */
#define LISTING_FORMAT_HELP                                                                      \
	"Format output using a custom template:\n"                                               \
	"'table':            Print output in table format with column headers (default)\n"       \
	"'table TEMPLATE':   Print output in table format using the given Go template\n"         \
	"'json':             Print in JSON format\n"                                             \
	"'TEMPLATE':         Print output using the given Go template.\n"                        \
	"Refer to https://docs.docker.com/go/formatting/ for more information about formatting " \
	"output with templates"
#define INSPECT_FORMAT_HELP                                                                      \
	"Format output using a custom template:\n"                                               \
	"'json':             Print in JSON format\n"                                             \
	"'TEMPLATE':         Print output using the given Go template.\n"                        \
	"Refer to https://docs.docker.com/go/formatting/ for more information about formatting " \
	"output with templates"

struct listing_rows {
	const struct go_type *type;	    /* GO_OBJECT */
	const struct go_type *const *types; /* of each row, or NULL: all are of type */
	void *const *v;
	size_t n;
};

/* Writes all rows to c->out. */
int listing_write(
	struct cli *c, const char *format, const struct listing_rows *rows, struct err *e);

/* The template a format stands for, without "table ". */
const char *listing_template(struct arena *a, const char *format);

/* --- what columns have in common --- */

/* "sha256:" dropped, 12 digits. */
const char *listing_short_id(struct arena *a, const char *id);
/* At most max columns wide, the last one "…". */
const char *listing_ellipsis(struct arena *a, const char *s, int max);
/* "2023-11-14 22:13:20 +0000 UTC" in the local zone. */
const char *listing_local_time(struct arena *a, int64_t unix_seconds);
/* "3 years ago". */
const char *listing_ago(struct arena *a, int64_t unix_seconds);
/* "k=v,k=v" sorted. */
const char *listing_labels(struct arena *a, const struct json *labels);
/* Compares names so that "a2" stands before "a10". */
int listing_natural_compare(const char *a, const char *b);

#endif
