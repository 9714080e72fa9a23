/* SPDX-License-Identifier: Apache-2.0 */
/* exec.LookPath of Go 1.20 and later in C. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/slice.h"
#include "runtime.h"

/* 0, or the errno Go's findExecutable would give; *how is "stat FILE: " when that is part of the text. */
static int check_executable(const char *file, bool *stat_failed)
{
	struct stat st;

	*stat_failed = stat(file, &st) != 0;
	if (*stat_failed)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	return faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) ? errno : 0;
}

const char *program_find(struct arena *a, const char *name, const char *path, struct err *e)
{
	struct slice rest = slice_str(path), dir;
	bool stat_failed;

	if (strchr(name, '/')) {
		int why = check_executable(name, &stat_failed);
		if (!why)
			return name;
		enum err_kind kind = why == ENOENT ? ERR_NOT_FOUND : ERR_FORBIDDEN;
		if (stat_failed)
			err_set(e, kind, "exec: \"%s\": stat %s: %s", name, name,
				runtime_errno_text(why));
		else
			err_set(e, kind, "exec: \"%s\": %s", name, runtime_errno_text(why));
		return NULL;
	}
	while (rest.n) {
		slice_cut(rest, ':', &dir, &rest);
		if (!dir.n)
			dir = slice_str(".");
		const char *file = arena_printf(a, "%.*s/%s", (int)dir.n, dir.p, name);
		if (check_executable(file, &stat_failed))
			continue;
		if (file[0] == '/')
			return file;
		err_set(e, ERR_FORBIDDEN,
			"exec: \"%s\": cannot run executable found relative to current directory",
			name);
		return NULL;
	}
	err_set(e, ERR_NOT_FOUND, "exec: \"%s\": executable file not found in $PATH", name);
	return NULL;
}
