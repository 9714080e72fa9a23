/* SPDX-License-Identifier: Apache-2.0 */
#include "init/init_int.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

const char *init_parse(char **argv, struct init_options *out)
{
	char **arg = argv + 1;

	*out = (struct init_options){ 0 };
	for (; *arg && **arg == '-'; arg++) {
		if (strcmp(*arg, "--") == 0) {
			arg++;
			break;
		}
		if (strcmp(*arg, "--pause") == 0)
			out->is_pause = true;
		else if (strcmp(*arg, "-g") == 0)
			out->to_group = true;
		else if (strcmp(*arg, "--version") == 0)
			out->is_version = true;
		else
			return *arg;
	}
	if (*arg && out->is_pause)
		return *arg;
	out->command = *arg ? arg : NULL;
	return NULL;
}

int init_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int init_exec_code(int error)
{
	return error == ENOENT ? 127 : 126;
}
