/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms, os/architecture[/variant]: Go's names for what the kernel runs on, normalising (x86_64
 * → amd64, aarch64 → arm64/v8 …) and which images a host can run, best first (feature row E6).
 * Daemon-safe.
 */
#ifndef TARE_OCI_PLATFORM_H
#define TARE_OCI_PLATFORM_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bind.h"
#include "base/err.h"

struct oci_platform {
	const char *architecture; /* "amd64" */
	const char *os;		  /* "linux" */
	const char *os_version;	  /* NULL mostly */
	struct str_list os_features;
	const char *variant; /* "v8"; NULL or "" when none */
};

/* {architecture,os,os.version,os.features,variant}, empty ones left out. */
extern const struct bind_field oci_platform_fields[];

/* This machine, from uname(2) and, for 32-bit ARM, its version. Strings are static. */
void oci_platform_host(struct oci_platform *out);
/*
 * Parses "linux", "arm64", "linux/arm/v7", "linux(10.0)/amd64" and normalises it; what is not said
 * is the host's. ERR_INVALID: "\"x\": unknown operating system or architecture: invalid argument",
 * …
 */
int oci_platform_parse(struct arena *a, const char *text, struct oci_platform *out, struct err *e);
/*
 * Canonical names in place: x86_64 → amd64, arm64/v8 → arm64 with variant "", armhf → arm/v7, macos
 * → darwin.
 */
void oci_platform_normalize(struct oci_platform *p);
/* "linux/arm64" or "linux/arm/v7" in a. */
const char *oci_platform_text(struct arena *a, const struct oci_platform *p);

/*
 * How well an image for `have` runs where `want` is wanted: 0 not at all, larger is better (the
 * exact variant before older ones: arm/v7 takes v7, v6, v5; amd64/v3 takes v3, v2, v1; arm64 also
 * takes arm; amd64 also takes 386). Both must be normalised.
 */
int oci_platform_score(const struct oci_platform *want, const struct oci_platform *have);
/* Exactly the same platform (os, architecture, variant). */
bool oci_platform_same(const struct oci_platform *a, const struct oci_platform *b);

#endif
