/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables and quotes in the words of a Dockerfile, by the shell's rules as Docker knows them: $x ${x}
 * ${x:-w} ${x-w}
 * ${x:+w} ${x+w} ${x:?w} ${x?w}, '…', "…", escapes.
 */
#ifndef TARE_DOCKERFILE_EXPAND_H
#define TARE_DOCKERFILE_EXPAND_H

#include "base/arena.h"
#include "base/err.h"

struct expand_scope {
	const struct str_list *env; /* "K=V"; the first of a name counts */
	char escape;
};

/*
 * The word with quotes taken away and variables put in; NULL: ERR_INVALID `failed to process "${x": syntax
 * error: missing '}'`.
 */
const char *expand_word(
	struct arena *a, const struct expand_scope *scope, const char *word, struct err *e);
/* The same, cut at blanks that are not quoted, those of variables' values too. */
int expand_words(struct arena *a, const struct expand_scope *scope, const char *word,
	struct str_list *out, struct err *e);

#endif
