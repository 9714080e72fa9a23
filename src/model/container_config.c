/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of ContainerConfig; omitempty follows the tags of moby's container.Config. */
#include "container_config.h"

const struct bind_field health_config_fields[] = {
	BIND(STRS, struct health_config, test, "Test", BIND_OMITEMPTY),
	BIND(I64, struct health_config, interval_ns, "Interval", BIND_OMITEMPTY),
	BIND(I64, struct health_config, timeout_ns, "Timeout", BIND_OMITEMPTY),
	BIND(I64, struct health_config, start_period_ns, "StartPeriod", BIND_OMITEMPTY),
	BIND(I64, struct health_config, start_interval_ns, "StartInterval", BIND_OMITEMPTY),
	BIND(I64, struct health_config, retries, "Retries", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field container_config_fields[] = {
	BIND(STR, struct container_config, hostname, "Hostname", 0),
	BIND(STR, struct container_config, domainname, "Domainname", 0),
	BIND(STR, struct container_config, user, "User", 0),
	BIND(BOOL, struct container_config, attach_stdin, "AttachStdin", 0),
	BIND(BOOL, struct container_config, attach_stdout, "AttachStdout", 0),
	BIND(BOOL, struct container_config, attach_stderr, "AttachStderr", 0),
	BIND(SET, struct container_config, exposed_ports, "ExposedPorts", BIND_OMITEMPTY),
	BIND(BOOL, struct container_config, tty, "Tty", 0),
	BIND(BOOL, struct container_config, open_stdin, "OpenStdin", 0),
	BIND(BOOL, struct container_config, stdin_once, "StdinOnce", 0),
	BIND(STRS, struct container_config, env, "Env", 0),
	BIND(STRS1, struct container_config, cmd, "Cmd", 0),
	BIND_NEST(OBJP, struct container_config, healthcheck, "Healthcheck", BIND_OMITEMPTY,
		health_config_fields, struct health_config),
	BIND(BOOL, struct container_config, args_escaped, "ArgsEscaped", BIND_OMITEMPTY),
	BIND(STR, struct container_config, image, "Image", 0),
	BIND(SET, struct container_config, volumes, "Volumes", 0),
	BIND(STR, struct container_config, working_dir, "WorkingDir", 0),
	BIND(STRS1, struct container_config, entrypoint, "Entrypoint", 0),
	BIND(BOOL, struct container_config, network_disabled, "NetworkDisabled", BIND_OMITEMPTY),
	BIND(STR, struct container_config, mac_address, "MacAddress", BIND_OMITEMPTY),
	BIND(STRS, struct container_config, on_build, "OnBuild", 0),
	BIND(STRMAP, struct container_config, labels, "Labels", 0),
	BIND(STR, struct container_config, stop_signal, "StopSignal", BIND_OMITEMPTY),
	BIND(I64P, struct container_config, stop_timeout, "StopTimeout", BIND_OMITEMPTY),
	BIND(STRS1, struct container_config, shell, "Shell", BIND_OMITEMPTY),
	BIND_END,
};
