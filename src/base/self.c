/* SPDX-License-Identifier: Apache-2.0 */
/* Where this program lives, and its siblings with it. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

static char self_dir[PATH_MAX];
static pthread_once_t self_once = PTHREAD_ONCE_INIT;

static void self_find(void)
{
	ssize_t n = readlink("/proc/self/exe", self_dir, sizeof(self_dir) - 1);

	self_dir[n < 0 ? 0 : n] = 0;
	char *slash = strrchr(self_dir, '/');
	if (slash)
		*slash = 0;
}

const char *proc_self_dir(void)
{
	pthread_once(&self_once, self_find);
	return self_dir;
}

int proc_sibling(const char *name, char *out, size_t size, struct err *e)
{
	static const char *const places[] = { "", "/../libexec/tare" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(out, size, "%s%s/%s", proc_self_dir(), places[i], name);
		if (n < (int)size && access(out, X_OK) == 0)
			return 0;
	}
	return err_set(e, ERR_NOT_FOUND, "%s: not found beside %s nor in its ../libexec/tare", name,
		proc_self_dir());
}
