/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that are insecure if their name leads to an address of a CIDR: only here are names looked up. */
#ifndef TARE_XFER_INSECURE_H
#define TARE_XFER_INSECURE_H

#include "config.h"

/*
 * Settles every endpoint marked by_address, as dockerd does by looking the name up: one whose address is loopback or in one of
 * the configuration's CIDRs is insecure; of the others those that speak plain http serve nothing. Without CIDRs only
 * the hosts file is asked: no other name leads to loopback, and nobody waits for a name server. Before any thread.
 */
void insecure_settle(struct arena *a, struct xfer_config *config);

#endif
