/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error object for the whole program: what was being done, to what, and why it failed.
 *
 * Fallible functions return 0 or -1 (or NULL) and fill a caller-owned struct err, always their
 * last parameter. It holds no pointers, so it may be copied or written through a pipe.
 * The kinds map to HTTP status codes in one place only (api).
 */
#ifndef TARE_BASE_ERR_H
#define TARE_BASE_ERR_H

#include <stdarg.h>

enum err_kind {
	ERR_INTERNAL = 0,    /* 500: anything unexpected */
	ERR_INVALID,	     /* 400: the caller asked for something malformed or impossible */
	ERR_UNAUTHORIZED,    /* 401 */
	ERR_FORBIDDEN,	     /* 403 */
	ERR_NOT_FOUND,	     /* 404 */
	ERR_CONFLICT,	     /* 409 */
	ERR_NOT_MODIFIED,    /* 304: nothing to do, no body */
	ERR_NOT_IMPLEMENTED, /* 501: out of reach; the text says what to do instead */
	ERR_UNAVAILABLE,     /* 503 */
	ERR_CANCELLED,	     /* the other side went away: nobody reads the answer */
};

#define ERR_MSG_MAX 1024

struct err {
	enum err_kind kind;
	int sys; /* errno, or 0 */
	char msg[ERR_MSG_MAX];
};

/* Fills e with kind and text. Returns -1, so that a caller makes and returns in one line. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Fills e with ERR_INTERNAL, the current errno and "text: strerror(errno)". Returns -1. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "text: " in front of the message e already holds; kind and sys stay. Returns -1. */
int err_in(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The kernel's word for an errno as Go prints it: "no such file or directory". One buffer a thread. */
const char *err_text(int sys);

/* va_list form of err_set. */
int err_vset(struct err *e, enum err_kind kind, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
