/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a tar-split: read to the end, measured, and assembled over a directory with a few files. What measuring
 * says is what comes out when all goes well.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/assemble.h"
#include "layer/split_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int make_root(char *path)
{
	if (!mkdtemp(path))
		abort();
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd file = openat(dir, "a", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (write(file, "content", 7) != 7 || symlinkat("a", dir, "link") ||
		mknodat(dir, "pipe", S_IFIFO | 0600, 0))
		abort();
	return dir;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/tare-fuzz-split-XXXXXX";
	struct assemble_opts none = { 0 };
	struct sink_opts opts = { .form = "plain" };
	struct sink_result result;
	struct sink *sink;
	int64_t measured;
	struct err e;
	own_fd in = memfd_create("in", MFD_CLOEXEC);
	own_fd out = memfd_create("out", MFD_CLOEXEC);
	own_fd root = make_root(path);

	if (write(in, data, size) != (ssize_t)size || sink_open(out, &opts, &sink, &e))
		abort();
	lseek(in, 0, SEEK_SET);
	int has_measure = split_measure(in, &measured, &e) == 0;
	lseek(in, 0, SEEK_SET);
	if (assemble_layer(in, root, sink, &none, &e) == 0 && sink_finish(sink, &result, &e) == 0 &&
		(!has_measure || measured != result.tar_size))
		abort();
	sink_close(sink);
	fs_remove_tree(AT_FDCWD, path, &e);
	return 0;
}
