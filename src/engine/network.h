/* SPDX-License-Identifier: Apache-2.0 */
/* A container's networks: which it wants, plugging it in and out, and the files that tell of it. */
#ifndef TARE_ENGINE_NETWORK_H
#define TARE_ENGINE_NETWORK_H

#include "engine_int.h"

/*
 * Decides c->wanted from NetworkMode and the request's endpoints, and asks net whether it can be. Names are
 * those of the networks, the first is NetworkMode's. One that does not exist is let pass: start refuses it.
 */
int network_want(struct engine *eng, struct container *c, const struct networking_config *asked,
	struct err *e);

/* What network_plug made; plain. */
struct network_plugged {
	struct net_sandbox sandbox;
	struct net_endpoint *endpoints; /* malloc'd, n of them */
	size_t n;
};

/* Makes namespace and endpoints for a start. ERR texts begin as dockerd's do. Touches no field of c. */
int network_plug(
	struct engine *eng, const struct container *c, struct network_plugged *out, struct err *e);
/* Takes back what network_plug made and container fields do not hold yet. */
void network_drop(struct engine *eng, struct network_plugged *p);
/* Moves what was plugged into c (takes c's lock) and publishes the connect events. */
void network_commit(struct engine *eng, struct container *c, struct network_plugged *p);
/* Unplugs c, publishes the disconnect events, forgets the endpoints. Takes c's lock. */
void network_unplug(struct engine *eng, struct container *c);

/*
 * The path for the spec's network namespace: NULL a new one made by the runtime, "" none (the host's).
 */
const char *network_namespace(const struct container *c, const struct network_plugged *p);

/* Writes hostname, hosts and resolv.conf into c's directory. p may be NULL (nothing plugged). */
int network_write_files(struct engine *eng, const struct container *c,
	const struct network_plugged *p, struct err *e);

#endif
