/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are one long archive, made while it is sent. Stays in this room. */
#ifndef TARE_API_ARCHIVE_STREAM_H
#define TARE_API_ARCHIVE_STREAM_H

#include "call.h"

struct archive_stream {
	const char *what; /* for the log: "save" */
	const char *type; /* Content-Type */
	/* Writes the archive to fd, in a thread of its own; ERR_CANCELLED when nobody reads it any more. */
	int (*write)(void *arg, int fd, struct err *e);
	void *arg;
};

/*
 * Answers with what write makes: its bytes go from a pipe into the client's socket without being touched. When it
 * fails the connection is cut, so that nobody takes half an archive for a whole one. *is_whole: all was sent.
 */
int archive_stream_send(
	struct call *c, const struct archive_stream *s, bool *is_whole, struct err *e);

#endif
