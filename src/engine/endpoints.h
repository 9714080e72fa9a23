/* SPDX-License-Identifier: Apache-2.0 */
/* Between net's endpoints and the API's EndpointSettings and NetworkSettings. */
#ifndef TARE_ENGINE_ENDPOINTS_H
#define TARE_ENGINE_ENDPOINTS_H

#include "container.h"

/*
 * c's networks as inspect shows them: while plugged in with addresses, else the wished ones empty. Shares c's
 * strings where it can. With c's lock held.
 */
void endpoints_settings(struct arena *a, const struct container *c, struct network_settings *out);

/* Fills c's wanted networks, sandbox and endpoints from what was stored. ERR_INVALID for texts too long. */
int endpoints_restore(struct container *c, const struct network_settings *s, struct err *e);

#endif
