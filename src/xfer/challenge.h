/* SPDX-License-Identifier: Apache-2.0 */
/* The header Www-Authenticate (RFC 9110, 11.3; feature row E10): which schemes a server takes, with their parameters. */
#ifndef TARE_XFER_CHALLENGE_H
#define TARE_XFER_CHALLENGE_H

#include "base/arena.h"
#include "base/slice.h"

struct challenge {
	const char *scheme;    /* in lower case: "basic", "bearer" */
	struct str_map params; /* keys in lower case */
};

struct challenges {
	struct challenge *v;
	size_t n;
};

/*
 * Appends what one header says. Malformed text ends the list where it begins: a challenge that is whole is kept,
 * the rest is nothing that could be answered.
 */
void challenge_parse(struct arena *a, struct slice text, struct challenges *out);
/* The first of a scheme, or NULL. */
const struct challenge *challenge_find(const struct challenges *l, const char *scheme);

#endif
