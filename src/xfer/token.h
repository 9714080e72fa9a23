/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bearer tokens of the registries' token servers (feature row E10), kept until shortly before they expire. The server's
 * realm is a stranger, too: it gets the password only over TLS, or where plain text is allowed anyway.
 */
#ifndef TARE_XFER_TOKEN_H
#define TARE_XFER_TOKEN_H

#include <stdint.h>

#include "challenge.h"
#include "exchange.h"

struct token {
	const struct xfer_endpoint *endpoint;
	const char *key; /* realm, service and scopes */
	char *value;
	int64_t expires_ns; /* clock_monotonic_ns */
};

struct tokens {
	struct token *v;
	size_t n;
};

struct token_wish {
	const struct xfer_endpoint *endpoint;
	const struct challenge *challenge;
	struct str_list scopes;
	bool is_login; /* a refresh token is wanted beside it */
};

struct token_text {
	const char *value;
	int64_t expires_s;
	const char *refresh; /* "" when there is none */
};

/* A token server's answer. ERR_INVALID when it holds none, or one that is no header's text. Fuzzed. */
int token_parse(struct arena *a, const char *text, size_t n, struct token_text *out, struct err *e);

/*
 * A token of the cache, or a new one, in a. What came lies in `keep`, whose lock the caller holds. refresh (may be
 * NULL) gets the refresh token or "".
 */
int token_get(struct tokens *cache, struct arena *keep, const struct exchange_env *env,
	const struct token_wish *wish, struct arena *a, const char **value, const char **refresh,
	struct err *e);
/* The server did not take it: the next one is new. */
void token_forget(struct tokens *cache, const char *value);

/* "Basic <base64>" in a. */
const char *token_basic(struct arena *a, const char *username, const char *password);

#endif
