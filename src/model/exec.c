/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of exec. */
#include "exec.h"

const struct bind_field exec_config_fields[] = {
	BIND(STR, struct exec_config, user, "User", 0),
	BIND(BOOL, struct exec_config, privileged, "Privileged", 0),
	BIND(BOOL, struct exec_config, tty, "Tty", 0),
	BIND(RAW, struct exec_config, console_size, "ConsoleSize", BIND_OMITEMPTY),
	BIND(BOOL, struct exec_config, attach_stdin, "AttachStdin", 0),
	BIND(BOOL, struct exec_config, attach_stderr, "AttachStderr", 0),
	BIND(BOOL, struct exec_config, attach_stdout, "AttachStdout", 0),
	BIND(STR, struct exec_config, detach_keys, "DetachKeys", 0),
	BIND(STRS, struct exec_config, env, "Env", 0),
	BIND(STR, struct exec_config, working_dir, "WorkingDir", 0),
	BIND(STRS1, struct exec_config, cmd, "Cmd", 0),
	BIND_END,
};

const struct bind_field exec_start_fields[] = {
	BIND(BOOL, struct exec_start, detach, "Detach", 0),
	BIND(BOOL, struct exec_start, tty, "Tty", 0),
	BIND(RAW, struct exec_start, console_size, "ConsoleSize", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field exec_process_fields[] = {
	BIND(BOOL, struct exec_process, tty, "tty", 0),
	BIND(STR, struct exec_process, entrypoint, "entrypoint", 0),
	BIND(STRS, struct exec_process, arguments, "arguments", BIND_EMPTY_LIST),
	BIND(BOOLP, struct exec_process, privileged, "privileged", BIND_OMITEMPTY),
	BIND(STR, struct exec_process, user, "user", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field exec_inspect_fields[] = {
	BIND(STR, struct exec_inspect, id, "ID", 0),
	BIND(BOOL, struct exec_inspect, running, "Running", 0),
	BIND(I64P, struct exec_inspect, exit_code, "ExitCode", 0),
	BIND_NEST(OBJ, struct exec_inspect, process, "ProcessConfig", 0, exec_process_fields,
		struct exec_process),
	BIND(BOOL, struct exec_inspect, open_stdin, "OpenStdin", 0),
	BIND(BOOL, struct exec_inspect, open_stderr, "OpenStderr", 0),
	BIND(BOOL, struct exec_inspect, open_stdout, "OpenStdout", 0),
	BIND(BOOL, struct exec_inspect, can_remove, "CanRemove", 0),
	BIND(STR, struct exec_inspect, container_id, "ContainerID", 0),
	BIND(STR, struct exec_inspect, detach_keys, "DetachKeys", 0),
	BIND(I64, struct exec_inspect, pid, "Pid", 0),
	BIND_END,
};

const struct bind_field exec_created_fields[] = {
	BIND(STR, struct exec_created, id, "Id", 0),
	BIND_END,
};
