/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets the daemon listens on (feature row B28): unix://, tcp:// on loopback, fd:// from systemd. */
#ifndef TARE_DAEMON_LISTEN_H
#define TARE_DAEMON_LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define LISTEN_MAX 64

struct listeners {
	int fds[LISTEN_MAX];
	size_t n;
	/* Sockets to unlink at the end; NULL where there is none of ours. */
	const char *paths[LISTEN_MAX];
	struct str_list warnings; /* for info */
};

/*
 * Opens all hosts ("unix:///path", "tcp://127.0.0.1:2375", "fd://", "fd://3"); none given: none opened. Unix
 * sockets get mode 0660 and group (a name or number; a default that does not exist is a warning, root's then).
 * On error those opened are closed.
 */
int listen_open(struct arena *a, const struct str_list *hosts, const char *group,
	bool group_was_given, struct listeners *out, struct err *e);
/* Removes the socket files of ours; the fds are the server's by then. */
void listen_unlink(const struct listeners *l);

#endif
