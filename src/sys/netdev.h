/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving a network device to another network namespace (linux.netDevices of runtime-spec 1.3). By rtnetlink of
 * its own: netlink.h stands on libmnl, which the static runtime goes without.
 */
#ifndef TARE_SYS_NETDEV_H
#define TARE_SYS_NETDEV_H

#include "base/err.h"

/*
 * Takes the device down, moves it from the caller's network namespace to that at netns, there named new_name (NULL or
 * "": as before), gives it back its permanent global addresses and takes it up, as runc does. The
 * socket there is made by joining that namespace and coming back: single-threaded callers only.
 */
int netdev_move(const char *name, int netns, const char *new_name, struct err *e);

#endif
