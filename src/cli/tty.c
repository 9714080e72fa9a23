/* SPDX-License-Identifier: Apache-2.0 */
#include "tty.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/slice.h"

int tty_set_raw(struct tty_raw *t, struct err *e)
{
	struct termios raw;

	if (t->is_raw || !isatty(STDIN_FILENO))
		return 0;
	if (tcgetattr(STDIN_FILENO, &t->before))
		return err_sys(e, "unable to set IO streams as raw terminal");
	raw = t->before;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		return err_sys(e, "unable to set IO streams as raw terminal");
	t->is_raw = true;
	return 0;
}

void tty_restore(struct tty_raw *t)
{
	if (t->is_raw)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
	t->is_raw = false;
}

void tty_size(uint32_t *rows, uint32_t *columns)
{
	struct winsize ws = { 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	*rows = ws.ws_row;
	*columns = ws.ws_col;
}

int tty_check_input(bool attach_stdin, bool wants_tty, struct err *e)
{
	if (attach_stdin && wants_tty && !isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, "the input device is not a TTY");
	return 0;
}

/* One key of the list: a character, "ctrl-x" or "DEL"; -1: none of these. */
static int key_of(struct slice s)
{
	static const char controls[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
	const char *at;

	if (s.n == 1)
		return (unsigned char)s.p[0];
	if (slice_eq(s, "DEL"))
		return 127;
	if (s.n != strlen("ctrl-x") || !slice_starts(s, "ctrl-") || s.p[5] == '\0')
		return -1;
	at = strchr(controls, s.p[5]);
	return at ? (int)(at - controls) : -1;
}

bool tty_keys_init(struct tty_keys *k, const char *text)
{
	struct slice rest = slice_str(text), one;
	bool more = true;

	*k = (struct tty_keys){ .keys = { 16, 17 }, .n = 2 };
	if (rest.n == 0)
		return true;
	for (k->n = 0; more && k->n < TTY_KEYS_MAX;) {
		int key;

		more = slice_cut(rest, ',', &one, &rest);
		key = key_of(one);
		if (key < 0) {
			*k = (struct tty_keys){ .keys = { 16, 17 }, .n = 2 };
			return false;
		}
		k->keys[k->n++] = (unsigned char)key;
	}
	return true;
}

bool tty_keys_feed(struct tty_keys *k, const unsigned char *data, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (data[i] == k->keys[k->matched]) {
			if (++k->matched == k->n)
				return true;
			continue;
		}
		buf_add(out, k->keys, k->matched);
		k->matched = 0;
		buf_char(out, (char)data[i]);
	}
	return false;
}
