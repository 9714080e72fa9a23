/* SPDX-License-Identifier: Apache-2.0 */
/* Small tars in memory, header by header, so that tests can also make wrong ones. */
#ifndef TARE_TEST_TAR_MAKE_H
#define TARE_TEST_TAR_MAKE_H

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"

struct tar_member {
	const char *name;
	char type; /* '0' file, '1' hard link, '2' symlink, '5' directory, 'x' pax … */
	const char *link;
	const char *content;
	unsigned mode;
};

/* digits octal digits and whatever was behind them. */
static inline void tar_octal(unsigned char *at, int digits, size_t v)
{
	for (at += digits; digits; digits--, v >>= 3)
		*--at = (unsigned char)('0' + (v & 7));
}

static inline void tar_add(struct buf *out, const struct tar_member *m)
{
	unsigned char h[512] = { 0 };
	size_t n = m->content ? strlen(m->content) : 0;
	unsigned sum = 0;

	snprintf((char *)h, 100, "%s", m->name);
	tar_octal(h + 100, 7, m->mode ? m->mode : 0644);
	tar_octal(h + 108, 7, getuid());
	tar_octal(h + 116, 7, getgid());
	tar_octal(h + 124, 11, n);
	tar_octal(h + 136, 11, 1700000000);
	memset(h + 148, ' ', 8);
	h[156] = (unsigned char)m->type;
	snprintf((char *)h + 157, 100, "%s", m->link ? m->link : "");
	memcpy(h + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += h[i];
	tar_octal(h + 148, 6, sum);
	h[154] = 0;
	buf_add(out, h, 512);
	buf_add(out, m->content ? m->content : "", n);
	buf_pad(out, 0, (512 - n % 512) % 512);
}

/* One pax record "NNN key=value\n" in front of the next member. */
static inline void tar_add_pax(struct buf *out, const char *key, const char *value)
{
	char record[8192];
	int n = snprintf(record, sizeof(record), "%04zu %s=%s\n", strlen(key) + strlen(value) + 7,
		key, value);

	record[n] = 0;
	tar_add(out, &(struct tar_member){ "pax", 'x', NULL, record, 0 });
}

static inline void tar_end(struct buf *out)
{
	buf_pad(out, 0, 1024);
}

/* The bytes as a file that stands at its beginning; close it. */
static inline int tar_fd(const void *data, size_t n)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET))
		return -1;
	return fd;
}

#endif
