/* SPDX-License-Identifier: Apache-2.0 */
/* tared: the daemon's command line. */
#include <stdio.h>
#include <unistd.h>

#include "api/api.h"
#include "check.h"
#include "daemon.h"

static int print(void (*write)(struct buf *out))
{
	own_buf text = { 0 };

	buf_init(&text, 65536);
	write(&text);
	fputs(text.data, stdout);
	return 0;
}

static void write_version(struct buf *out)
{
	buf_str(out,
		"tared version " TARE_VERSION ", Docker " API_DOCKER " (API " API_VERSION ")\n");
}

int main(int argc, char **argv)
{
	own_arena a = arena_new();
	struct options o;
	struct err e;

	if (options_read(a, argc - 1, argv + 1, &o, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	if (o.help)
		return print(options_help);
	if (o.version)
		return print(write_version);
	if (o.validate) {
		puts("configuration OK");
		return 0;
	}
	if (geteuid() != 0) {
		fputs("tared needs to be started with root privileges\n", stderr);
		return 1;
	}
	if (o.fsck)
		return check_run(&o);
	if (daemon_run(&o, argc - 1, argv + 1, &e)) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	return 0;
}
