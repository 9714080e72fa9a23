/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-terminals. Daemon-safe but for pty_make_controlling. */
#ifndef TARE_SYS_PTY_H
#define TARE_SYS_PTY_H

#include <stdint.h>

#include "base/err.h"

struct pty {
	int master;
	int slave;     /* opened through the master (TIOCGPTPEER): no path is trusted */
	char name[32]; /* "/dev/pts/0" in the devpts it belongs to */
};

/*
 * A new pair from the ptmx file in directory dev_fd ("ptmx" or "pts/ptmx"), out of which no link leads; the
 * caller closes both ends.
 */
int pty_open(int dev_fd, struct pty *out, struct err *e);
/* A new pair from the caller's own /dev/ptmx. */
int pty_open_host(struct pty *out, struct err *e);
void pty_close(struct pty *p);

/* Window size in character cells; 0 0 changes nothing. */
int pty_resize(int fd, uint16_t rows, uint16_t columns, struct err *e);
/*
 * Raw mode on fd (-opost -echo …); the old state goes to *saved when it is not NULL (struct
 * termios).
 */
struct termios;
int pty_raw(int fd, struct termios *saved, struct err *e);

/*
 * Connects to the unix socket at path and sends master with name: runc's --console-socket (feature
 * row D17).
 */
int pty_send(const char *socket_path, int master, const char *name, struct err *e);

/* New session, slave as its controlling terminal and as 0, 1 and 2. NOT daemon-safe. */
int pty_make_controlling(int slave, struct err *e);

#endif
