/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle: config.json read and checked (what it demands of the machine: demands.h). */
#ifndef TARE_RUNTIME_BUNDLE_H
#define TARE_RUNTIME_BUNDLE_H

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

struct bundle {
	const char *path;   /* absolute */
	const char *rootfs; /* absolute, a real directory */
	struct oci_spec spec;
};

/*
 * Loads the bundle at path ("" or NULL: the current directory). runc's words: "chdir X: no such file or
 * directory", "JSON specification file config.json not found". Everything lies in a.
 */
int bundle_load(struct arena *a, const char *path, struct bundle *out, struct err *e);
/* Only config.json: no root file system has to be there. */
int bundle_load_spec(struct arena *a, const char *path, struct oci_spec *out, struct err *e);
/* Only what exec needs, unchecked: no root file system has to be there. */
int bundle_load_own_process(
	struct arena *a, const char *path, struct oci_process *out, struct err *e);
/* process.json of exec, checked. "open X: no such file or directory". */
int bundle_load_process(struct arena *a, const char *file, struct oci_process *out, struct err *e);

#endif
