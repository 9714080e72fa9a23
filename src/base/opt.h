/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line options from one table of rows: parsing, help text and (by tools) man page and
 * completion. Grammar and error texts are those of docker's flag library (pflag): -abc bundles,
 * -p80, -p 80, -p=80, --name v, --name=v, --bool, --bool=false, "--" ends, a repeated scalar takes
 * the last value, lists append.
 */
#ifndef TARE_BASE_OPT_H
#define TARE_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

enum opt_type {
	OPT_T_END = 0,
	OPT_T_BOOL,	/* bool */
	OPT_T_STR,	/* const char * */
	OPT_T_INT,	/* int64_t */
	OPT_T_UINT,	/* uint64_t */
	OPT_T_LIST,	/* struct str_list, one value each time */
	OPT_T_CSV,	/* struct str_list, commas split */
	OPT_T_BYTES,	/* int64_t, "512m" (unit_parse_bytes) */
	OPT_T_DURATION, /* int64_t nanoseconds, "1m30s" */
	OPT_T_FUNC,	/* set() is called with the value */
};

struct opt_ctx {
	struct arena *arena;
	void *into;
};

struct opt {
	enum opt_type type;
	char shorthand;	     /* 0: none */
	const char *name;    /* long name, without dashes */
	const char *metavar; /* type word in help: "string", "list", "bytes"; NULL for bool */
	size_t offset;
	const char *help;
	bool hidden;
	size_t changed_offset; /* of a bool set when the option was given; SIZE_MAX: none */
	int (*set)(struct opt_ctx *ctx, const char *value, struct err *e); /* OPT_T_FUNC */
};

#define OPT_NO_CHANGED SIZE_MAX
#define OPT(t, sh, name, meta, s, member, help)                                      \
	{                                                                            \
		OPT_T_##t, (sh), (name), (meta), offsetof(s, member), (help), false, \
			OPT_NO_CHANGED, NULL                                         \
	}
#define OPT_HIDDEN(t, sh, name, meta, s, member, help)                              \
	{                                                                           \
		OPT_T_##t, (sh), (name), (meta), offsetof(s, member), (help), true, \
			OPT_NO_CHANGED, NULL                                        \
	}
/* The bool changed_member tells "given" from "default". */
#define OPT_CHANGED(t, sh, name, meta, s, member, changed_member, help)              \
	{                                                                            \
		OPT_T_##t, (sh), (name), (meta), offsetof(s, member), (help), false, \
			offsetof(s, changed_member), NULL                            \
	}
#define OPT_FUNC(sh, name, meta, fn, help)                                               \
	{                                                                                \
		OPT_T_FUNC, (sh), (name), (meta), 0, (help), false, OPT_NO_CHANGED, (fn) \
	}
#define OPT_END                   \
	{                         \
		.type = OPT_T_END \
	}

enum opt_order {
	OPT_INTERSPERSED,     /* options anywhere (docker ps x -q) */
	OPT_STOP_AT_ARGUMENT, /* the first positional ends options (docker run IMAGE …) */
	/* The same two in the grammar of Go's own flag package (runc), see opt_parse. */
	OPT_GO_INTERSPERSED,
	OPT_GO_STOP_AT_ARGUMENT,
};

/*
 * Parses argv[0..argc) (without the program or command name) by the NULL-terminated list of tables
 * into *into; positionals go to *rest. Errors are ERR_INVALID in pflag's words:
 * "unknown flag: --foo", "unknown shorthand flag: 'x' in -xyz", "flag needs an argument: --name",
 * "invalid argument "x" for "-m, --memory" flag: …". Help flags are ordinary rows.
 *
 * The OPT_GO_ orders: one dash or two are the same before any name, short ones are not bundled. Errors:
 * "flag provided but not defined: -foo", "flag needs an argument: -name", "invalid value "x" for flag -n: parse
 * error", "invalid boolean value "x" for -q: parse error".
 */
int opt_parse(struct arena *a, const struct opt *const *tables, enum opt_order order, int argc,
	char **argv, void *into, struct str_list *rest, struct err *e);

/* Appends the rows as docker prints them, sorted by long name, columns aligned:
 * "  -a, --all             Show all containers (default shows just running)". */
void opt_help(const struct opt *const *tables, struct buf *out);

/* The left part of such a row, "  -a, --all string": its length, and itself padded to width and three blanks. */
size_t opt_head_length(const struct opt *o);
void opt_head(const struct opt *o, size_t width, struct buf *out);

#endif
