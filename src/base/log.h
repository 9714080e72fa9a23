/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's log, one line a fact: object first, then event, then details.
 * log_info("ctr %s: started, pid %d", id, pid). Nothing that is returned as an error is logged;
 * what is survived is, ending in ", ignoring".
 */
#ifndef TARE_BASE_LOG_H
#define TARE_BASE_LOG_H

enum log_level { LOG_LVL_ERROR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };
/*
 * Docker's text form is logfmt: time="RFC3339Nano" level=info msg="…", a lone word unquoted; json is
 * {"level","msg","time"}. runc's are the same with whole seconds.
 */
enum log_format { LOG_FMT_TEXT, LOG_FMT_JSON, LOG_FMT_RUNC_TEXT, LOG_FMT_RUNC_JSON };

/* Where lines go from now on: fd (kept, not owned), at most this level. Default: stderr, info, text. */
void log_setup(int fd, enum log_level level, enum log_format format);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
