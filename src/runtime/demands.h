/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a spec demands of this machine and of who calls, checked before anything is made. What the document alone
 * tells is oci_spec_check's.
 */
#ifndef TARE_RUNTIME_DEMANDS_H
#define TARE_RUNTIME_DEMANDS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/* ERR_INVALID in runc's words. Without anything special in the spec no system call is made. */
int demands_check(struct arena *a, const struct oci_spec *s, bool no_pivot, struct err *e);

/* What any process may demand, that of exec too: AppArmor profile and SELinux label. */
int demands_check_labels(const struct oci_process *p, struct err *e);

#endif
