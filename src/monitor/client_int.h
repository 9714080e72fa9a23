/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the daemon's side share: the connection. */
#ifndef TARE_MONITOR_CLIENT_INT_H
#define TARE_MONITOR_CLIENT_INT_H

#include "monitor/client.h"

#define MONITOR_EVENTS_KEPT 16

struct monitor {
	int sock;
	uint32_t serial;
	char *dir;		   /* the monitor's run directory: its runtime's log is there */
	struct monitor_state last; /* phase 0: nothing heard yet */
	struct monitor_event events[MONITOR_EVENTS_KEPT];
	size_t n_events;
};

/* Makes a connection of sock (taken over) for run directory dir. */
struct monitor *monitor_new(int sock, const char *dir);

#endif
