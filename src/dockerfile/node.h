/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Dockerfile's text as instructions (feature part F): comments, continued lines and the escape directive are dealt
 * with, each instruction has its flags and its arguments by its own grammar. What an instruction does is the
 * business of whoever
 * carries it out (config.h for those that only change an image's configuration). No I/O.
 */
#ifndef TARE_DOCKERFILE_NODE_H
#define TARE_DOCKERFILE_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct dockerfile_node {
	const char *keyword;   /* as written */
	struct str_list flags; /* "--interval=5s", in front of the arguments */
	/*
	 * ENV, LABEL: name, value, name, value … ; HEALTHCHECK: the type, then the command; ONBUILD: the triggered
	 * instruction's keyword. A command that is no list is one argument.
	 */
	struct str_list args;
	bool is_json;	      /* the command, or list, was a JSON array */
	const char *original; /* the whole line, continuations joined */
	size_t line;	      /* its first, from 1 */
};

struct dockerfile {
	struct dockerfile_node *v;
	size_t n;
	char escape; /* '\\' or '`' */
};

/*
 * Parses text; all lies in a. ERR_INVALID in Docker's words: "file with no instructions", "ENV must have two
 * arguments", … A keyword that is none is no error here: it has no arguments.
 */
int dockerfile_parse(struct arena *a, const char *text, struct dockerfile *out, struct err *e);

/* One line of it, without comments and continuations, into *out (zeroed). */
int dockerfile_parse_line(
	struct arena *a, const char *line, char escape, struct dockerfile_node *out, struct err *e);

/* One logical line of a text. */
struct dockerfile_line {
	const char *text;
	size_t number; /* its first, from 1 */
};

struct dockerfile_lines {
	struct dockerfile_line *v;
	size_t n;
	char escape;
};

/*
 * Cuts text into logical lines, without those that are empty or comments. ERR_INVALID for an escape
 * directive that is none.
 */
int dockerfile_cut(struct arena *a, const char *text, struct dockerfile_lines *out, struct err *e);

#endif
