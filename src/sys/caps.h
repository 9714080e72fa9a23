/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities: names, masks and applying them by raw system calls. Tables and parsing are
 * daemon-safe.
 */
#ifndef TARE_SYS_CAPS_H
#define TARE_SYS_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

#define CAPS_COUNT 41

struct caps {
	uint64_t bounding, permitted, effective, inheritable, ambient; /* bit n = capability n */
};

/* "CAP_CHOWN" of 0; NULL at CAPS_COUNT and above. */
const char *caps_name(int cap);
/* By name in any case, with or without CAP_; -1 when unknown. */
int caps_find(const char *name);
/* Every capability this kernel knows. */
uint64_t caps_all(void);
/* Docker's 14 (feature row K1). */
uint64_t caps_docker_default(void);

struct caps_request {
	uint64_t base;	    /* what a container has without any flag: caps_docker_default() */
	uint64_t available; /* what can be given: the daemon's own permitted set */
	struct str_list add, drop;
	bool privileged; /* everything available */
};

/*
 * What --cap-add and --cap-drop make of base, as dockerd computes it: ALL in add gives everything
 * but what is dropped, ALL in drop leaves only what is added. ERR_INVALID: `invalid CapAdd: unknown
 * capability: "CAP_X"`.
 */
int caps_tweak(const struct caps_request *r, uint64_t *out, struct err *e);

/* Mask → sorted-by-number list of "CAP_…" names in a. */
void caps_to_list(struct arena *a, uint64_t mask, struct str_list *out);
/*
 * List → mask. Unknown names are collected into *unknown (may be NULL) and otherwise ignored, as
 * runc ≥ 1.1 does.
 */
uint64_t caps_from_list(const struct str_list *names, struct str_list *unknown, struct arena *a);
void caps_from_oci(const struct oci_caps *c, struct caps *out);

/* Of the calling thread. Daemon-safe. */
int caps_get(struct caps *out, struct err *e);

/*
 * The three steps of a container's process; capabilities this process does not have are left out.
 * NOT daemon-safe.
 */
/* 1. before changing uid: drop from the bounding set. */
int caps_apply_bounding(const struct caps *c, struct err *e);
/* 2. keep capabilities over setuid (PR_SET_KEEPCAPS on or off). */
int caps_keep(bool keep, struct err *e);
/* 3. after setuid: permitted, effective, inheritable, then ambient. */
int caps_apply(const struct caps *c, struct err *e);

#endif
