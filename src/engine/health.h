/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health checks: a command run in a container again and again, and what follows from its exit codes (dockerd's rules,
 * moby's daemon/health.go). A probe is an exec like any other; a worker waits for it, nobody in between.
 */
#ifndef TARE_ENGINE_HEALTH_H
#define TARE_ENGINE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/container_config.h"
#include "model/state.h"
#include "oci/image_config.h"

struct container;
struct engine;

#define HEALTH_RESULTS 5

enum health_status { HEALTH_NONE, HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY };

/* How a container fares; in struct container, guarded by its lock. */
struct ctr_health {
	enum health_status status;
	int64_t streak; /* failures in a row */
	size_t n;
	struct health_entry {
		int64_t start_ns, end_ns, exit_code;
		char *output;
	} results[HEALTH_RESULTS]; /* oldest first */
};

/* --- Pure --------------------------------------------------------------------------------------- */

/* ERR_INVALID "Interval in Healthcheck cannot be less than 1ms", …; NULL is fine. */
int health_check_config(const struct health_config *h, struct err *e);
/* What c's own settings leave open is taken from its image's; all lies in a. */
void health_inherit(
	struct arena *a, struct container_config *c, const struct oci_healthcheck *image);
/* Whether there is a command to run: not without a test, nor with {"NONE"}. */
bool health_is_checked(const struct container_config *c);
/* "none", "starting", "healthy", "unhealthy". */
const char *health_status_name(enum health_status s);
/*
 * Takes one result in, output with it (malloced). age_ns is how long the container has run when the probe began. True when
 * the status has changed.
 */
bool health_take(struct ctr_health *h, const struct health_config *config,
	const struct health_entry *result, int64_t age_ns);
/* Nanoseconds to the next probe. */
int64_t health_interval(
	const struct ctr_health *h, const struct health_config *config, int64_t age_ns);
/* As inspect and config.v2.json have it, in a; NULL without checks. And back. */
struct health *health_show(
	struct arena *a, const struct ctr_health *h, const struct container_config *c);
void health_read(struct ctr_health *h, const struct health *from);
/* Frees the outputs. */
void health_free(struct ctr_health *h);

/* --- A container's ------------------------------------------------------------------------------ */

/* c has started: the first probe comes after its interval. Nothing without checks. */
void health_begin(struct engine *eng, struct container *c, uint32_t run);
/* A new daemon has found c running: goes on with what was known. */
void health_resume(struct engine *eng, struct container *c, uint32_t run);
/* c has ended: unhealthy from now on, as dockerd has it. With c's lock held. */
void health_end(struct container *c);

#endif
