/* SPDX-License-Identifier: Apache-2.0 */
/* The part of oci_spec_check that is about linux.*. */
#ifndef TARE_OCI_SPEC_CHECK_H
#define TARE_OCI_SPEC_CHECK_H

#include "oci/runtime_spec.h"

int oci_spec_check_linux(const struct oci_spec *s, struct err *e);

#endif
