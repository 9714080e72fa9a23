/* SPDX-License-Identifier: Apache-2.0 */
/* One write(2) a line, so that lines of several threads never mix. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "jsonw.h"

#define LOG_LINE_MAX 8192
#define SECOND_NS    1000000000

/* Set up anew while other threads log: a line may take the old of one and the new of another. */
static struct {
	atomic_int fd, level, format;
} log_to = { STDERR_FILENO, LOG_LVL_INFO, LOG_FMT_TEXT };

static const char *const level_names[] = { "error", "warning", "info", "debug" };

void log_setup(int fd, enum log_level level, enum log_format format)
{
	log_to.fd = fd;
	log_to.level = level;
	log_to.format = format;
}

static void put_json(struct buf *line, enum log_level level, const char *time, const char *msg)
{
	struct jsonw w;

	jsonw_init(&w, line, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "level", level_names[level]);
	jsonw_kstr(&w, "msg", msg);
	jsonw_kstr(&w, "time", time);
	jsonw_obj_end(&w);
}

/* logrus leaves alone what holds nothing but these. */
static bool needs_quotes(const char *msg)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/@^+";

	return msg[strspn(msg, plain)];
}

static void put_text(struct buf *line, enum log_level level, const char *time, const char *msg)
{
	struct jsonw w;

	buf_fmt(line, "time=\"%s\" level=%s msg=", time, level_names[level]);
	jsonw_init(&w, line, NULL);
	if (needs_quotes(msg))
		jsonw_str(&w, msg);
	else
		buf_str(line, msg);
}

static void put_time(char out[CLOCK_TEXT], enum log_format format)
{
	int64_t now = clock_now_ns();

	if (format == LOG_FMT_RUNC_TEXT || format == LOG_FMT_RUNC_JSON)
		clock_rfc3339(out, now - now % SECOND_NS);
	else
		clock_rfc3339_nine(out, now);
}

__attribute__((format(printf, 2, 0))) static void write_line(
	enum log_level level, const char *fmt, va_list ap)
{
	enum log_format format = (enum log_format)log_to.format;
	char time[CLOCK_TEXT];
	own_buf msg = { 0 }, line = { 0 };

	buf_init(&msg, LOG_LINE_MAX);
	buf_init(&line, 8 * LOG_LINE_MAX);
	buf_vfmt(&msg, fmt, ap);
	put_time(time, format);
	bool json = format == LOG_FMT_JSON || format == LOG_FMT_RUNC_JSON;
	(json ? put_json : put_text)(&line, level, time, msg.data);
	buf_char(&line, '\n');
	/* Nobody is left to tell when even the log cannot be written. */
	if (write(log_to.fd, line.data, line.len) < 0)
		errno = 0;
}

__attribute__((format(printf, 2, 0))) static void log_line(
	enum log_level level, const char *fmt, va_list ap)
{
	int saved = errno;

	if ((int)level <= log_to.level)
		write_line(level, fmt, ap);
	errno = saved;
}

#define LOG_FUNCTION(name, level)         \
	void name(const char *fmt, ...)   \
	{                                 \
		va_list ap;               \
                                          \
		va_start(ap, fmt);        \
		log_line(level, fmt, ap); \
		va_end(ap);               \
	}

LOG_FUNCTION(log_error, LOG_LVL_ERROR)
LOG_FUNCTION(log_warn, LOG_LVL_WARN)
LOG_FUNCTION(log_info, LOG_LVL_INFO)
LOG_FUNCTION(log_debug, LOG_LVL_DEBUG)
