/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's seccomp profile format (defaultAction, archMap, syscalls with includes and excludes)
 * resolved to linux.seccomp for one container. Daemon-safe.
 */
#ifndef TARE_SYS_SECCOMP_PROFILE_H
#define TARE_SYS_SECCOMP_PROFILE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/seccomp.h"

/* What a profile's conditions look at. */
struct seccomp_target {
	uint64_t caps;		/* bounding set, sys/caps.h */
	const char *arch;	/* Go name, "amd64" */
	unsigned kernel, major; /* running kernel, 6 and 18 */
};

/* This machine with these capabilities. */
void seccomp_target_host(uint64_t caps, struct seccomp_target *out);

/* The built-in default profile (conf/seccomp.json) as JSON text. */
const char *seccomp_profile_default(void);

/*
 * Resolves the profile text for t; the result lies in a. Rules without arguments that do the same
 * are joined, the others keep the profile's order. ERR_INVALID: "decoding seccomp profile failed:
 * …", "both 'architectures' and 'archMap' are specified in the seccomp profile, use either …",
 * "both 'name' and 'names' are …".
 */
int seccomp_profile_resolve(struct arena *a, const char *profile, const struct seccomp_target *t,
	struct oci_seccomp *out, struct err *e);
/*
 * The same as linux.seccomp's JSON text in a: what goes into oci_spec.linux.seccomp. NULL on error.
 */
char *seccomp_profile_text(
	struct arena *a, const char *profile, const struct seccomp_target *t, struct err *e);

#endif
