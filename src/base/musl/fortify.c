/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distribution's static libraries are compiled against glibc, with its checked variants of some functions. musl has
 * none; here they check what they can by themselves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int __fprintf_chk(FILE *f, int flag, const char *format, ...);
int __vfprintf_chk(FILE *f, int flag, const char *format, va_list args);
int __snprintf_chk(char *at, size_t n, int flag, size_t room, const char *format, ...);
int __vsnprintf_chk(char *at, size_t n, int flag, size_t room, const char *format, va_list args);
int __vasprintf_chk(char **out, int flag, const char *format, va_list args);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t room);
char *__strcat_chk(char *to, const char *from, size_t room);

int __vfprintf_chk(FILE *f, int flag, const char *format, va_list args)
{
	(void)flag;
	return vfprintf(f, format, args);
}

int __fprintf_chk(FILE *f, int flag, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = __vfprintf_chk(f, flag, format, args);
	va_end(args);
	return n;
}

int __vsnprintf_chk(char *at, size_t n, int flag, size_t room, const char *format, va_list args)
{
	(void)flag;
	if (n > room)
		abort();
	return vsnprintf(at, n, format, args);
}

int __snprintf_chk(char *at, size_t n, int flag, size_t room, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int written = __vsnprintf_chk(at, n, flag, room, format, args);
	va_end(args);
	return written;
}

int __vasprintf_chk(char **out, int flag, const char *format, va_list args)
{
	(void)flag;
	return vasprintf(out, format, args);
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
	if (n > room)
		abort();
	return memcpy(to, from, n);
}

char *__strcat_chk(char *to, const char *from, size_t room)
{
	size_t used = strlen(to), n = strlen(from);

	if (used + n >= room)
		abort();
	memcpy(to + used, from, n + 1);
	return to;
}
