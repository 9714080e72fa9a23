/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as 16 bytes (IPv4 mapped) and networks of them. */
#ifndef TARE_XFER_CIDR_H
#define TARE_XFER_CIDR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"

/* False when text is no address. */
bool cidr_read_address(const char *text, unsigned char out[16]);
/* Whether "10.0.0.0/8" holds the address; a malformed one holds none. */
bool cidr_has(struct arena *a, struct slice cidr, const unsigned char address[16]);

#endif
