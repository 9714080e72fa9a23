/* SPDX-License-Identifier: Apache-2.0 */
/* Groups made of plain files in a scratch folder: what the tests of limits share. Included after cmocka.h. */
#ifndef TARE_TEST_UNIT_SYS_SCRATCH_H
#define TARE_TEST_UNIT_SYS_SCRATCH_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

struct scratch {
	char path[64];
	int fd;
};

static int setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	snprintf(s->path, sizeof(s->path), "/tmp/tare-unit-XXXXXX");
	if (!mkdtemp(s->path))
		return -1;
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = s;
	return mkdirat(s->fd, "g", 0755);
}

static int teardown(void **state)
{
	struct scratch *s = *state;
	struct err e;

	close(s->fd);
	fs_remove_tree(AT_FDCWD, s->path, &e);
	free(s);
	return 0;
}

#endif
