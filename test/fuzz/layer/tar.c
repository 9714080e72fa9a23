/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a layer, compressed or not: read with split and hash, and unpacked into a directory beside which nothing
 * may appear.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void unpack(int fd, int root)
{
	char digest[SHA_DIGEST_TEXT + 1];
	struct unpack_opts unpack_opts = { 0 };
	struct unpack_result result;
	struct tar_reader *tar;
	struct source *src;
	struct err e;
	own_fd out = memfd_create("split", MFD_CLOEXEC);

	if (source_open(fd, &src, &e))
		return;
	struct split *split = split_new(out);
	struct tar_reader_opts opts = { .split = split, .hash = true };
	if (tar_reader_open(src, &opts, &tar, &e) == 0) {
		if (unpack_layer(tar, root, &unpack_opts, &result, &e) == 0)
			tar_reader_finish(tar, digest, &e);
		tar_reader_close(tar);
	}
	split_free(split);
	source_close(src);
}

/* The directory above holds the layer's root and nothing else. */
static void check_outside(const char *dir)
{
	int n = 0;
	own_dir d = opendir(dir);

	while (readdir(d))
		n++;
	if (n != 3)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/tmp/tare-fuzz-XXXXXX", root[64];
	struct err e;
	own_fd fd = memfd_create("layer", MFD_CLOEXEC);
	own_fd cwd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	umask(0);
	if (!mkdtemp(dir) || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET))
		abort();
	snprintf(root, sizeof(root), "%s/root", dir);
	if (mkdir(root, 0755))
		abort();
	own_fd root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unpack(fd, root_fd);
	check_outside(dir);
	/* xattrs of odd files are set from within the tree */
	if (fchdir(cwd) || fs_remove_tree(AT_FDCWD, dir, &e))
		abort();
	return 0;
}
