/* SPDX-License-Identifier: Apache-2.0 */
/* The credentials a client sends along (feature row B13). */
#ifndef TARE_API_REGISTRY_AUTH_H
#define TARE_API_REGISTRY_AUTH_H

#include "call.h"
#include "image/registry.h"

/*
 * X-Registry-Auth of the request; strings in its arena. NULL when there is none, or none that can be read: dockerd takes
 * the client for anonymous then.
 */
const struct registry_auth *registry_auth_of(struct call *c);
/* {"username":…}, for bodies; "auth" ("user:password" in base64) counts where the two are not there. */
int registry_auth_decode(
	struct call *c, const struct json *doc, struct registry_auth *out, struct err *e);

#endif
