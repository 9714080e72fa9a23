/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a container's end. */
#ifndef TARE_ENGINE_EXIT_H
#define TARE_ENGINE_EXIT_H

#include "container.h"
#include "monitor/client.h"

/*
 * The process of start number run ended as st says (NULL: nobody knows how; counted as 255): settles state, events
 * and waiters, gives back network, mounts and cgroup, then restarts or removes as asked. Late and
 * repeated reports are fine. Takes c's locks.
 */
void ctr_exited(
	struct engine *eng, struct container *c, uint32_t run, const struct monitor_state *st);

/* The restart policy's delay is over. Starts it unless something else happened meanwhile. */
void ctr_restart_due(struct engine *eng, struct container *c, uint32_t run);

/*
 * Gives back all a run held: leftover processes, cgroup, runtime state, network, mounts, run directory. What
 * fails is logged. With c's verb lock held.
 */
void ctr_release(struct engine *eng, struct container *c);

#endif
