/* SPDX-License-Identifier: Apache-2.0 */
/* Making and wrapping errors. Messages that do not fit are cut at the end, never overrun. */
#include "err.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int err_vset(struct err *e, enum err_kind kind, const char *fmt, va_list ap)
{
	e->kind = kind;
	e->sys = 0;
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	return -1;
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(e, kind, fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	va_list ap;

	va_start(ap, fmt);
	err_vset(e, ERR_INTERNAL, fmt, ap);
	va_end(ap);
	size_t n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", strerrordesc_np(sys) ?: "unknown error");
	e->sys = sys;
	return -1;
}

int err_in(struct err *e, const char *fmt, ...)
{
	char inner[ERR_MSG_MAX];
	va_list ap;

	memcpy(inner, e->msg, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	size_t n = strlen(e->msg);
	snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", inner);
	return -1;
}

/* Go's texts are glibc's in lower case. */
const char *err_text(int sys)
{
	static _Thread_local char text[128];
	const char *words = strerrordesc_np(sys);
	size_t i = 0;

	if (!words)
		words = "unknown error";
	for (; words[i] && i < sizeof(text) - 1; i++)
		text[i] = (char)tolower((unsigned char)words[i]);
	text[i] = 0;
	return text;
}
