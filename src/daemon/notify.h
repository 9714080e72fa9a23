/* SPDX-License-Identifier: Apache-2.0 */
/* Telling systemd how far we are (sd_notify(3)), without its library. */
#ifndef TARE_DAEMON_NOTIFY_H
#define TARE_DAEMON_NOTIFY_H

/* Sends state ("READY=1") to $NOTIFY_SOCKET; without one, or when it cannot be reached, nothing happens. */
void notify_systemd(const char *state);

#endif
