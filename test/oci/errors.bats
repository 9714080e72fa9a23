#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What callers read: exit codes, texts, and the log in both formats.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

create_fails() { # TEXT
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" "runc create failed: $1"
}

INIT="unable to start container process: error during container init:"

@test "the program is not there, not executable, a directory" {
	args foo
	create_fails "$INIT exec: \"foo\": executable file not found in \$PATH"
	args /nope
	create_fails "$INIT exec: \"/nope\": stat /nope: no such file or directory"
	args /etc/passwd
	create_fails "$INIT exec: \"/etc/passwd\": permission denied"
	args /bin
	create_fails "$INIT exec: \"/bin\": is a directory"
	config '.process.env = ["PATH=/sbin"]'
	args sh
	create_fails "$INIT exec: \"sh\": executable file not found in \$PATH"
	config '.process.env = []'
	create_fails "$INIT exec: \"sh\": executable file not found in \$PATH"
}

@test "a file that cannot be executed is told by run; a created one says it on stderr with 255" {
	printf 'not a program' >"$B/rootfs/bin/junk"
	chmod 755 "$B/rootfs/bin/junk"
	args /bin/junk
	fails 1 rt run -b "$B" "$C"
	expect "$(message)" "runc run failed: $INIT exec /bin/junk: exec format error"
	create
	rt start "$C"
	until_stopped
	expect "$(cat "$T/err")" "exec /bin/junk: exec format error"
	rm "$B/rootfs/bin/junk"
}

@test "the program is looked up with the user's rights" {
	cp "$B/rootfs/bin/busybox" "$B/rootfs/bin/secret"
	chmod 700 "$B/rootfs/bin/secret"
	args secret true
	config '.process.user = {"uid": 1000, "gid": 1000}'
	create_fails "$INIT exec: \"secret\": executable file not found in \$PATH"
	args /bin/secret true
	create_fails "$INIT exec: \"/bin/secret\": permission denied"
	rm "$B/rootfs/bin/secret"
}

@test "bundles that are none" {
	fails 1 rt create -b "$T/nowhere" "$C"
	expect "$(message)" "runc create failed: chdir $T/nowhere: no such file or directory"
	fails 1 rt create -b "$T" "$C"
	expect "$(message)" "runc create failed: JSON specification file config.json not found"
	echo '{"ociVersion":"1.0.0"}' >"$B/config.json"
	create_fails "process property must not be empty"
	echo '{' >"$B/config.json"
	fails 1 rt create -b "$B" "$C"
}

@test "specs that make no sense" {
	config '.process.cwd = "nope"'
	create_fails "Cwd must be an absolute path"
	config '.process.cwd = "/" | .root.path = "nowhere"'
	create_fails "invalid rootfs: stat $B/nowhere: no such file or directory"
	config '.root.path = "rootfs" | .linux.namespaces |= map(select(.type != "uts"))'
	create_fails "unable to set hostname without a private UTS namespace"
	config 'del(.hostname) | .linux.namespaces |= map(select(.type != "mount"))'
	fails 1 rt create -b "$B" "$C"
}

@test "names that are none" {
	fails 1 rt create -b "$B" a/b
	expect "$(message)" "runc create failed: invalid container ID format"
	fails 1 rt run -b "$B" ''
	expect "$(message)" "runc run failed: container id cannot be empty"
	fails 1 rt state ..
	expect "$(message)" "invalid container ID format"
}

@test "a terminal needs a socket when nobody stays, and the other way round" {
	fails 1 rt create -b "$B" --console-socket /x "$C"
	expect "$(message)" "runc create failed: cannot use console socket if runc will not detach or allocate tty"
	config '.process.terminal = true'
	create_fails "cannot allocate tty if runc will detach without setting console socket"
}

@test "usage errors: exit code 1, help on stdout; unknown commands: 3" {
	fails 1 rt create
	expect "$(message)" 'tare-runtime: "create" requires exactly 1 argument(s)'
	fails 1 rt exec
	expect "$(message)" 'tare-runtime: "exec" requires a minimum of 1 argument(s)'
	fails 1 rt kill a b c
	fails 1 rt create --foo x
	fails 1 rt --foo
	fails 3 rt frobnicate
	expect "$(message)" "No help topic for 'frobnicate'"
	fails 1 rt --log-format xml list
	expect "$(message)" "invalid log-format: xml"
	rt --systemd-cgroup list
}

@test "--log gets one JSON or logfmt line, stderr the bare text" {
	fails 1 rt --log "$T/log" --log-format json state "$C"
	expect "$output" "container does not exist"
	expect "$(jq -r '[.level, .msg] | join(": ")' "$T/log")" "error: container does not exist"
	expect_match "$(jq -r .time "$T/log")" '^20[0-9]{2}-[0-9-]+T[0-9:]+Z$'
	rm "$T/log"
	fails 1 rt --log "$T/log" state "$C"
	expect_match "$(cat "$T/log")" '^time="[^"]+" level=error msg="container does not exist"$'
	rm "$T/log"
}

@test "version, help and features" {
	expect_match "$(rt --version | head -1)" "^tare-runtime version [0-9.]+\$"
	expect_match "$(rt --help)" "GLOBAL OPTIONS"
	expect_match "$(rt create --help)" "--console-socket"
	expect "$(rt help create)" "$(rt create --help)"
	expect "$(rt help)" "$(rt --help)"
	fails 3 rt help nope
	expect "$(rt features | jq -r '.linux.cgroup | [.v1, .v2, .systemd] | @csv')" "true,true,true"
	rt features | jq -e '(.mountOptions | index("rro") and index("tmpcopyup")) and .linux.intelRdt.enabled
		and .linux.netDevices.enabled and (.linux.memoryPolicy.modes | index("MPOL_BIND")) and .linux.mountExtensions.idmap.enabled
		and .annotations["org.opencontainers.runc.checkpoint.enabled"] == "true"'
	# What runc has, we have.
	expect "$(jq -c -n --slurpfile a <(runc features) --slurpfile b <(rt features) \
		'($a[0] | del(.annotations, .ociVersionMax) | [paths(scalars) as $p | [($p | map(if type == "number" then "#" else . end) | join(".")), getpath($p)]])
		- ($b[0] | [paths(scalars) as $p | [($p | map(if type == "number" then "#" else . end) | join(".")), getpath($p)]])')" \
		'[]'
}

@test "spec writes runc's default, once" {
	mkdir "$T/spec"
	rt spec -b "$T/spec"
	expect "$(jq -c '[.process.args, .process.capabilities.bounding, (.mounts | length), .root]' "$T/spec/config.json")" \
		'[["sh"],["CAP_AUDIT_WRITE","CAP_KILL","CAP_NET_BIND_SERVICE"],7,{"path":"rootfs","readonly":true}]'
	fails 1 rt spec -b "$T/spec"
	expect "$(message)" "File config.json exists. Remove it first"
	rm "$T/spec/config.json"
	rt spec -b "$T/spec" --rootless
	expect "$(jq -c '[.linux.uidMappings, [.linux.namespaces[].type]]' "$T/spec/config.json")" \
		'[[{"containerID":0,"hostID":0,"size":1}],["pid","ipc","uts","mount","user"]]'
	rm -r "$T/spec"
}
