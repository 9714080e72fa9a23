/* SPDX-License-Identifier: Apache-2.0 */
/* The user's terminal: raw mode and back, its size, and the keys that detach from a container. */
#ifndef TARE_CLI_TTY_H
#define TARE_CLI_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct tty_raw {
	bool is_raw;
	struct termios before;
};

/* Puts the terminal on stdin into raw mode; when stdin is none nothing happens. */
int tty_set_raw(struct tty_raw *t, struct err *e);
/* Safe to call twice. */
void tty_restore(struct tty_raw *t);
/* Rows and columns of the terminal on stdout; zeros when it is none. */
void tty_size(uint32_t *rows, uint32_t *columns);
/* docker's "the input device is not a TTY". */
int tty_check_input(bool attach_stdin, bool wants_tty, struct err *e);

#define TTY_KEYS_MAX 64

/* Looks for a sequence of keys in what is typed; what may become it is held back. */
struct tty_keys {
	unsigned char keys[TTY_KEYS_MAX];
	size_t n;
	size_t matched;
};

/* "ctrl-p,ctrl-q"; "" is that default. False: an unknown key (the default is taken). */
bool tty_keys_init(struct tty_keys *k, const char *text);
/* Appends to out what of data may pass; true when the sequence was typed (what stands before it is in out). */
bool tty_keys_feed(struct tty_keys *k, const unsigned char *data, size_t n, struct buf *out);

#endif
