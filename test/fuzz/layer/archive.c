/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an archive: what of it is passed into a pipe is what reading it gives. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "layer/reader.h"

/* A pipe takes so much without anyone reading, in however many pieces it comes. */
#define SIZE_MOST 32768

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_member(struct tar_reader *tar, struct buf *out, struct err *e)
{
	const void *data;
	size_t n;
	int64_t at;
	int more;

	while ((more = tar_reader_data(tar, &data, &n, &at, e)) > 0)
		buf_add(out, data, n);
	return more;
}

static int pass_member(struct tar_reader *tar, const int *ends, struct buf *out, struct err *e)
{
	char block[4096];
	ssize_t n;
	int rc = tar_reader_pass(tar, ends[1], e);

	while ((n = read(ends[0], block, sizeof(block))) > 0)
		buf_add(out, block, (size_t)n);
	return rc;
}

/*
 * Every second file is passed. Of a broken archive the last file does not count: reading it finds missing padding,
 * passing it leaves that to the next header.
 */
static void read_all(struct source *src, const int *ends, struct buf *out)
{
	struct tar_reader_opts opts = { 0 };
	struct tar_reader *tar;
	struct tar_entry m;
	struct err e;
	size_t before = 0;
	int n = 0, more;

	if (tar_reader_open(src, &opts, &tar, &e))
		return;
	while ((more = tar_reader_next(tar, &m, &e)) == 1) {
		buf_fmt(out, "\n%s ", m.name);
		before = out->len;
		if (!S_ISREG(m.mode) || m.hardlink || m.is_sparse || m.size > SIZE_MOST)
			continue;
		more = ends && n++ % 2 == 0 ? pass_member(tar, ends, out, &e)
					    : read_member(tar, out, &e);
		if (more)
			break;
	}
	if (more)
		out->len = before;
	buf_fmt(out, "\n%d", more);
	tar_reader_close(tar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_fd fd = memfd_create("archive", MFD_CLOEXEC);
	struct buf read = { 0 }, passed = { 0 };
	struct source *src;
	struct err e;
	int ends[2];

	if (size > SIZE_MOST || source_detect(data, size) != SOURCE_PLAIN ||
		pipe2(ends, O_NONBLOCK))
		return 0;
	buf_init(&read, 64 << 20);
	buf_init(&passed, 64 << 20);
	if (write(fd, data, size) != (ssize_t)size)
		abort();
	for (int i = 0; i < 2; i++) {
		lseek(fd, 0, SEEK_SET);
		if (source_open(fd, &src, &e))
			abort();
		read_all(src, i ? ends : NULL, i ? &passed : &read);
		source_close(src);
	}
	if (read.len != passed.len || (read.len && memcmp(read.data, passed.data, read.len) != 0))
		abort();
	buf_done(&read);
	buf_done(&passed);
	close(ends[0]);
	close(ends[1]);
	return 0;
}
