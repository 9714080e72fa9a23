/* SPDX-License-Identifier: Apache-2.0 */
#include "prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

#define LINE_MAX_BYTES 65536

/* While a question is open, signals wait here, so that the terminal can be restored. */
struct guard {
	int fd;
	sigset_t before;
};

static void guard_begin(struct guard *g)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &g->before);
	g->fd = signalfd(-1, &set, SFD_CLOEXEC);
}

static void guard_end(struct guard *g)
{
	if (g->fd >= 0)
		close(g->fd);
	sigprocmask(SIG_SETMASK, &g->before, NULL);
}

/* One byte: 1, 0 at the end of input, or -1 when a signal came. */
static int next_byte(const struct guard *g, char *out)
{
	struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { g->fd, POLLIN, 0 } };
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return 0;
		}
		if (fds[1].revents & POLLIN) {
			(void)!read(g->fd, &info, sizeof(info));
			return -1;
		}
		if (fds[0].revents)
			return read(STDIN_FILENO, out, 1) == 1 ? 1 : 0;
	}
}

int prompt_line(struct cli *c, const char *message, const char **out, struct err *e)
{
	own_buf line = { 0 };
	struct guard guard;
	struct slice text;
	int rc;
	char byte;

	buf_str(&c->out, message);
	cli_flush(c);
	buf_init(&line, LINE_MAX_BYTES);
	guard_begin(&guard);
	while ((rc = next_byte(&guard, &byte)) > 0 && byte != '\n')
		buf_char(&line, byte);
	guard_end(&guard);
	if (rc < 0) {
		buf_char(&c->out, '\n');
		return err_set(e, ERR_CANCELLED, "%s", "");
	}
	text = slice_trim((struct slice){ line.data, line.len });
	*out = arena_strndup(c->arena, text.p, text.n);
	return 0;
}

int prompt_secret(struct cli *c, const char *message, const char **out, struct err *e)
{
	struct termios before, quiet;
	bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	int rc;

	if (is_terminal) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
	}
	rc = prompt_line(c, message, out, e);
	if (is_terminal)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return rc;
}

int prompt_confirm(struct cli *c, const char *message, bool *out, struct err *e)
{
	const char *line;

	if (prompt_line(c, arena_printf(c->arena, "%s [y/N] ", message), &line, e))
		return -1;
	*out = strcasecmp(line, "y") == 0;
	return 0;
}

/* --- notes --- */

#define BOLD	  "\x1b[1m"
#define ITALIC	  "\x1b[3m"
#define RESET	  "\x1b[0m"
#define PLAIN	  " Info -> "
#define FANCY	  BOLD "\x1b[106m\x1b[30mi" RESET RESET " \x1b[96mInfo \xe2\x86\x92 " RESET RESET
#define FANCY_LEN 9 /* columns it takes */
#define FLAG	  "--platform"

void prompt_note(struct cli *c, int fd, const char *text)
{
	bool is_terminal = isatty(fd);
	struct slice rest = slice_str(text), line;
	bool more = true, first = true;
	own_buf b = { 0 };
	struct err ignored;

	buf_init(&b, LINE_MAX_BYTES);
	buf_fmt(&b, "\n%s", is_terminal ? FANCY : PLAIN);
	while (more) {
		more = slice_cut(rest, '\n', &line, &rest);
		if (!first)
			buf_pad(&b, ' ', FANCY_LEN);
		first = false;
		buf_str(&b, is_terminal ? ITALIC : "");
		for (size_t i = 0; i < line.n; i++) {
			if (is_terminal &&
				slice_starts((struct slice){ line.p + i, line.n - i }, FLAG)) {
				buf_str(&b, BOLD FLAG RESET);
				i += strlen(FLAG) - 1;
			} else {
				buf_char(&b, line.p[i]);
			}
		}
		buf_fmt(&b, "%s\n", is_terminal ? RESET : "");
	}
	cli_flush(c);
	(void)io_write(fd, b.data, b.len, &ignored);
}
