/* SPDX-License-Identifier: Apache-2.0 */
/* The signal table of github.com/moby/sys/signal: RTMIN is 34, as glibc has it. */
#include "sys/signals.h"

#include <ctype.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/slice.h"

#define RT_FIRST 34
#define RT_LAST	 64

/* The first row of a number is the name it is shown by. */
static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "ABRT", SIGABRT },
	{ "ALRM", SIGALRM },
	{ "BUS", SIGBUS },
	{ "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD },
	{ "CONT", SIGCONT },
	{ "FPE", SIGFPE },
	{ "HUP", SIGHUP },
	{ "ILL", SIGILL },
	{ "INT", SIGINT },
	{ "IO", SIGIO },
	{ "IOT", SIGIOT },
	{ "KILL", SIGKILL },
	{ "PIPE", SIGPIPE },
	{ "POLL", SIGPOLL },
	{ "PROF", SIGPROF },
	{ "PWR", SIGPWR },
	{ "QUIT", SIGQUIT },
	{ "SEGV", SIGSEGV },
	{ "STKFLT", SIGSTKFLT },
	{ "STOP", SIGSTOP },
	{ "SYS", SIGSYS },
	{ "TERM", SIGTERM },
	{ "TRAP", SIGTRAP },
	{ "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },
	{ "TTOU", SIGTTOU },
	{ "URG", SIGURG },
	{ "USR1", SIGUSR1 },
	{ "USR2", SIGUSR2 },
	{ "VTALRM", SIGVTALRM },
	{ "WINCH", SIGWINCH },
	{ "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },
};

#define COUNT (sizeof(signals) / sizeof(signals[0]))

static const char realtime[RT_LAST - RT_FIRST + 1][10] = {
	"RTMIN",
	"RTMIN+1",
	"RTMIN+2",
	"RTMIN+3",
	"RTMIN+4",
	"RTMIN+5",
	"RTMIN+6",
	"RTMIN+7",
	"RTMIN+8",
	"RTMIN+9",
	"RTMIN+10",
	"RTMIN+11",
	"RTMIN+12",
	"RTMIN+13",
	"RTMIN+14",
	"RTMIN+15",
	"RTMAX-14",
	"RTMAX-13",
	"RTMAX-12",
	"RTMAX-11",
	"RTMAX-10",
	"RTMAX-9",
	"RTMAX-8",
	"RTMAX-7",
	"RTMAX-6",
	"RTMAX-5",
	"RTMAX-4",
	"RTMAX-3",
	"RTMAX-2",
	"RTMAX-1",
	"RTMAX",
};

int signal_parse(const char *text, int *out, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	int64_t number;

	if (parse_i64(slice_str(text), &number) && number != 0) {
		if (number < 1 || number > RT_LAST)
			return err_set(e, ERR_INVALID,
				"The linux daemon does not support signal %lld", (long long)number);
		*out = (int)number;
		return 0;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (strcasecmp(name, signals[i].name) == 0)
			return *out = signals[i].number, 0;
	for (int i = 0; i <= RT_LAST - RT_FIRST; i++)
		if (strcasecmp(name, realtime[i]) == 0)
			return *out = RT_FIRST + i, 0;
	return err_set(e, ERR_INVALID, "Invalid signal: %s", text);
}

const char *signal_name(int sig)
{
	for (size_t i = 0; i < COUNT; i++)
		if (signals[i].number == sig)
			return signals[i].name;
	return sig >= RT_FIRST && sig <= RT_LAST ? realtime[sig - RT_FIRST] : NULL;
}
