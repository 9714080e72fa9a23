/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading json-file logs: the current file and those rotated away (PATH.1 is the youngest of them), line by
 * line, from the end when only the last are wanted, and on while the file grows or is rotated.
 * Stays in this room.
 */
#ifndef TARE_API_LOGFILE_H
#define TARE_API_LOGFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct logfile;

/* Opens the log at path and all that is left of its past. A missing file is an empty log. */
struct logfile *logfile_open(const char *path, struct err *e);
void logfile_close(struct logfile *l);
static inline void logfile_cleanup(struct logfile **l)
{
	logfile_close(*l);
}
#define own_logfile __attribute__((cleanup(logfile_cleanup))) struct logfile *

/* Passes over all but the last n lines there are now. Only before the first logfile_next. */
int logfile_tail(struct logfile *l, uint64_t n, struct err *e);

/*
 * The next whole line without its line feed, valid until the next call: 1; 0 when there is none now
 * (an unfinished one waits for its end); -1. Goes on to the files that came by rotation.
 */
int logfile_next(struct logfile *l, struct slice *line, struct err *e);

/*
 * An fd that becomes readable when there may be more (inotify on the folder, so that no change from this
 * call on is missed). Stays l's; logfile_changed empties it.
 */
int logfile_watch(struct logfile *l, struct err *e);
void logfile_changed(struct logfile *l);

#endif
