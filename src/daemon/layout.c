/* SPDX-License-Identifier: Apache-2.0 */
/* What is in them is made by those whose it is; some are dockerd's alone and stay empty here. */
#include "layout.h"

#include <errno.h>
#include <sys/stat.h>

static const struct folder {
	const char *name;
	mode_t mode;
} folders[] = {
	{ "buildkit", 0711 },
	{ "containers", 0710 },
	{ "image", 0700 },
	{ "network", 0750 },
	{ "overlay2", 0710 },
	{ "plugins", 0700 },
	{ "runtimes", 0700 },
	{ "swarm", 0700 },
	{ "tmp", 0700 },
	{ "volumes", 0701 },
};

int layout_make(int root, struct err *e)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (mkdirat(root, folders[i].name, folders[i].mode) == 0) {
			if (fchmodat(root, folders[i].name, folders[i].mode, 0))
				return err_sys(e, "chmod %s", folders[i].name);
		} else if (errno != EEXIST) {
			return err_sys(e, "create %s", folders[i].name);
		}
	}
	return 0;
}
