/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables and labels, from options and from files of lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "spec.h"
#include "utf8.h"

#define FILE_MAX       ((size_t)64 << 20)
#define LINE_MAX_BYTES (64 * 1024) /* bufio.MaxScanTokenSize */

int spec_env(struct arena *a, const char *text, const char **out, struct err *e)
{
	const char *value;

	*out = text;
	if (*text == '=' || *text == '\0')
		return err_set(e, ERR_INVALID, "invalid environment variable: %s", text);
	if (strchr(text, '='))
		return 0;
	value = getenv(text);
	if (value)
		*out = arena_printf(a, "%s=%s", text, value);
	return 0;
}

int spec_label(const char *text, struct err *e)
{
	const char *key = text + strspn(text, " \t");
	size_t n = strcspn(key, "=");

	if (n == 0)
		return err_set(e, ERR_INVALID, "invalid label '%s': empty name", text);
	if (strcspn(key, " \t") < n)
		return err_set(e, ERR_INVALID, "label '%.*s' contains whitespaces", (int)n, key);
	return 0;
}

/* "[104 105 255]": a byte slice as Go prints it. */
static int bad_utf8(struct err *e, size_t line, struct slice s)
{
	own_buf b = { 0 };

	buf_init(&b, ERR_MSG_MAX / 2);
	for (size_t i = 0; i < s.n; i++)
		buf_fmt(&b, "%s%u", i ? " " : "", (unsigned char)s.p[i]);
	return err_set(e, ERR_INVALID, "invalid utf8 bytes at line %zu: [%s]", line, b.data);
}

static bool is_utf8(struct slice s)
{
	for (size_t len; s.n > 0; s.p += len, s.n -= len) {
		if (utf8_is_broken(s))
			return false;
		utf8_next(s, &len);
	}
	return true;
}

/* Go's unicode.IsSpace in front, dropped. */
static struct slice trim_left(struct slice s)
{
	for (size_t len; s.n > 0; s.p += len, s.n -= len) {
		uint32_t c = utf8_next(s, &len);

		if (!(c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
			    c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
			    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000))
			break;
	}
	return s;
}

static int add_line(
	struct arena *a, struct slice line, bool use_env, struct str_list *out, struct err *e)
{
	struct slice key, value;
	bool has_value;
	const char *text, *from_env;

	line = trim_left(line);
	if (line.n == 0 || *line.p == '#')
		return 0;
	has_value = slice_cut(line, '=', &key, &value);
	if (key.n == 0)
		return err_set(
			e, ERR_INVALID, "no variable name on line '%.*s'", (int)line.n, line.p);
	if (memchr(key.p, ' ', key.n) || memchr(key.p, '\t', key.n))
		return err_set(
			e, ERR_INVALID, "variable '%.*s' contains whitespaces", (int)key.n, key.p);
	text = arena_strndup(a, line.p, line.n);
	from_env = has_value || !use_env ? NULL : getenv(text);
	if (has_value)
		str_list_add(a, out, text);
	else if (from_env)
		str_list_add(a, out, arena_printf(a, "%s=%s", text, from_env));
	return 0;
}

int spec_env_text(struct arena *a, const char *text, size_t n, bool use_env, struct str_list *out,
	struct err *e)
{
	struct slice rest = { text, n }, line;

	for (size_t number = 1; rest.n > 0; number++) {
		slice_cut(rest, '\n', &line, &rest);
		if (line.n >= LINE_MAX_BYTES)
			return err_set(e, ERR_INVALID, "bufio.Scanner: token too long");
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (!is_utf8(line))
			return bad_utf8(e, number, line);
		if (number == 1 && slice_starts(line, "\xef\xbb\xbf"))
			line = (struct slice){ line.p + 3, line.n - 3 };
		if (add_line(a, line, use_env, out, e))
			return -1;
	}
	return 0;
}

int spec_env_file(
	struct arena *a, const char *path, bool use_env, struct str_list *out, struct err *e)
{
	own_buf b = { 0 };
	struct err why;

	buf_init(&b, FILE_MAX);
	if (fs_read(AT_FDCWD, path, FILE_MAX, &b, &why))
		return err_set(e, ERR_INVALID, "open %s: %s", path,
			why.sys == ENOENT ? "no such file or directory" : strerror(why.sys));
	if (spec_env_text(a, b.data, b.len, use_env, out, e))
		return err_in(e, "invalid env file (%s)", path);
	return 0;
}
