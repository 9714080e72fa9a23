/* SPDX-License-Identifier: Apache-2.0 */
/* The header Link (RFC 8288), as far as a list's next page needs it. */
#ifndef TARE_XFER_LINK_H
#define TARE_XFER_LINK_H

#include "base/arena.h"

/* The target of the first link with rel=next in a; NULL when there is none. NULL may be given. */
const char *link_next(struct arena *a, const char *header);

#endif
