/* SPDX-License-Identifier: Apache-2.0 */
/* --detach-keys as docker writes them: keys joined by commas, each one character, ctrl-X or DEL. */
#include "monitor/client.h"

#include "base/slice.h"

/* The control character of ctrl-X, or -1: @ and a…z are 0…26, then [ \ ] ^ _. */
static int key_control(char c)
{
	if (c == '@')
		return 0;
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 1;
	if (c >= '[' && c <= '_')
		return c - '[' + 27;
	return -1;
}

static int key_code(struct slice key)
{
	if (key.n == 1)
		return (unsigned char)key.p[0];
	if (slice_eq(key, "DEL"))
		return 127;
	if (key.n == 6 && slice_starts(key, "ctrl-"))
		return key_control(key.p[5]);
	return -1;
}

int monitor_parse_keys(const char *text, unsigned char out[MONITOR_KEYS_MAX], struct err *e)
{
	struct slice key, rest = slice_str(text);
	int n = 0;
	bool more = rest.n > 0;

	while (more) {
		more = slice_cut(rest, ',', &key, &rest);
		int code = key_code(key);
		if (code < 0)
			return err_set(
				e, ERR_INVALID, "Unknown character: '%.*s'", (int)key.n, key.p);
		if (n == MONITOR_KEYS_MAX)
			return err_set(e, ERR_INVALID, "more than %d keys", MONITOR_KEYS_MAX);
		out[n++] = (unsigned char)code;
	}
	return n;
}
