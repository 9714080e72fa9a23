/* SPDX-License-Identifier: Apache-2.0 */
/* Finds one large member in JSON text without parsing it. For this room only. */
#ifndef TARE_OCI_SPEC_CUT_H
#define TARE_OCI_SPEC_CUT_H

#include "base/slice.h"

/*
 * The text of object member outer.inner of the document (with inner NULL: of outer), from its '{' to its '}', provided
 * it is an object.
 * Empty when it is not there, spelled with escapes, or the text is not well-formed up to there: then the
 * whole is to be parsed in the ordinary way, which also reports what is wrong.
 */
struct slice oci_spec_cut(struct slice text, const char *outer, const char *inner);

#endif
