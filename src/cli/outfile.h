/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where save, export and cp write what the daemon streams: stdout, or a file that appears under its name only when it is
 * whole. A call that fails or is interrupted leaves nothing.
 */
#ifndef TARE_CLI_OUTFILE_H
#define TARE_CLI_OUTFILE_H

#include "cli.h"

struct outfile {
	int fd;
	const char *path; /* NULL: stdout */
	bool is_unnamed;  /* it has no name yet (O_TMPFILE) */
	const char *temporary;
	bool is_written;
};

/*
 * path NULL or "" is stdout, which may be no terminal. Errors in the words of docker's writer: "invalid output path:
 * stat /x: no such file or directory", "cannot write to a directory".
 */
int outfile_open(struct cli *c, struct outfile *f, const char *path, struct err *e);
/* All of the stream into it. */
int outfile_copy(struct outfile *f, struct client_stream *s, struct err *e);
/* Gives the file its name when is_good and something was written. Always closes. */
int outfile_close(struct cli *c, struct outfile *f, bool is_good, struct err *e);

#endif
