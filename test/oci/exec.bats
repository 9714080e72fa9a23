#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec: processes of their own in a running container.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

running() { # [jq edit]
	args sleep 1000
	[ $# -eq 0 ] || config "$1"
	create
	rt start "$C"
}

process() { # JQ-EDIT: a process.json of the container's process
	jq ".process | $1" "$B/config.json" >"$T/process.json"
}

@test "output and exit code are the process's" {
	running
	expect "$(rt exec "$C" echo hello)" hello
	expect "$(echo in | rt exec "$C" cat)" in
	fails 7 rt exec "$C" sh -c 'exit 7'
	fails 143 rt exec "$C" sh -c 'kill -15 $$'
}

@test "error texts and 255" {
	fails 255 rt exec "$C" true
	expect "$(message)" "exec failed: container does not exist"
	running
	fails 255 rt exec "$C" foo
	expect "$(message)" 'exec failed: unable to start container process: exec: "foo": executable file not found in $PATH'
	fails 255 rt exec "$C" /etc/passwd
	expect "$(message)" 'exec failed: unable to start container process: exec: "/etc/passwd": permission denied'
	fails 255 rt exec --cwd /nope "$C" true
	expect "$(message)" 'exec failed: unable to start container process: chdir to cwd ("/nope") set in config.json failed: no such file or directory'
	fails 255 rt exec "$C"
	expect "$(message)" "exec failed: process args cannot be empty"
	fails 255 rt exec -u root "$C" true
	expect "$(message)" 'exec failed: parsing root as int for uid failed: strconv.Atoi: parsing "root": invalid syntax'
	fails 255 rt exec -p /nope "$C"
	expect "$(message)" "exec failed: open /nope: no such file or directory"
	fails 255 rt exec -d -t "$C" true
	expect "$(message)" "exec failed: cannot allocate tty if runc will detach without setting console socket"
	rt kill "$C" KILL
	until_stopped
	fails 255 rt exec "$C" true
	expect "$(message)" "exec failed: cannot exec in a stopped container"
}

@test "it is in all of the container's namespaces and cgroups" {
	running
	local pid ns
	pid=$(rt state "$C" | jq .pid)
	for ns in pid net ipc uts mnt; do
		expect "$(rt exec "$C" readlink /proc/self/ns/$ns)" "$(readlink "/proc/$pid/ns/$ns")"
	done
	rt exec "$C" cat /proc/self/cgroup >"$T/out"
	expect "$(cat "$T/out")" "$(cat "/proc/$pid/cgroup")"
	refute grep -vq "$CGROUP/c\$" "$T/out"
	expect "$(rt exec "$C" hostname)" "$(jq -r .hostname "$B/config.json")"
}

@test "flags: user, groups, environment, directory, capabilities, no_new_privs" {
	running
	expect "$(rt exec -u 1000:5 -g 7 -g 8 "$C" id)" "uid=1000(user) gid=5 groups=7,8"
	expect "$(rt exec -u 1000 "$C" sh -c 'echo $HOME')" /home/user
	expect "$(rt exec -e A=b -e HOME=/x "$C" sh -c 'echo $A $HOME')" "b /x"
	expect "$(rt exec --cwd /tmp "$C" pwd)" /tmp
	expect "$(rt exec "$C" grep CapEff /proc/self/status | cut -f2)" 0000000020000420
	expect "$(rt exec -c CAP_SYS_ADMIN "$C" grep CapEff /proc/self/status | cut -f2)" 0000000020200420
	expect "$(rt exec -u 1000 -c CAP_SYS_ADMIN "$C" grep -E 'Cap(Eff|Bnd)' /proc/self/status | cut -f2 | xargs)" \
		"0000000000000000 0000000020200420"
	expect "$(rt exec "$C" grep NoNewPrivs /proc/self/status | cut -f2)" 0
	expect "$(rt exec --no-new-privs "$C" grep NoNewPrivs /proc/self/status | cut -f2)" 1
}

@test "--process: everything from the file" {
	running
	process '.args = ["sh", "-c", "id -u; pwd; echo $A; ulimit -n; umask; cat /proc/self/oom_score_adj; exit 5"]
		| .user = {uid: 1000, gid: 1000, umask: 63} | .cwd = "/tmp" | .env += ["A=1"]
		| .rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}] | .oomScoreAdj = 500'
	fails 5 rt exec --process "$T/process.json" "$C"
	expect "$(xargs <<<"$output")" "1000 /tmp 1 64 0077 500"
}

@test "-d and --pid-file: it goes on, its pid is the host's" {
	running
	rt exec -d --pid-file "$T/pid" "$C" sleep 1001 </dev/null >/dev/null 2>&1
	expect "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" "sleep 1001 "
	expect "$(rt ps -f json "$C" | jq length)" 2
	# A failed one leaves no pid file.
	rm "$T/pid"
	fails 255 rt exec -d --pid-file "$T/pid" "$C" foo
	[ ! -e "$T/pid" ]
}

@test "created and paused containers" {
	args sleep 1000
	create
	expect "$(rt exec "$C" echo early)" early
	rt start "$C"
	rt pause "$C"
	fails 255 rt exec "$C" true
	rt exec -d --ignore-paused "$C" touch /tmp/thawed </dev/null >/dev/null 2>&1 &
	rt resume "$C"
	wait $!
	wait_for test -e "$B/rootfs/tmp/thawed"
	rm "$B/rootfs/tmp/thawed"
}

@test "the filter holds for exec too, also when the bundle is gone" {
	running '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	expect_match "$(rt exec "$C" mkdir /tmp/x 2>&1)" "Operation not permitted"
	process '.args = ["mkdir", "/tmp/x"]'
	mv "$B/config.json" "$B/away"
	fails 1 rt exec -p "$T/process.json" "$C"
	expect_match "$output" "Operation not permitted"
	mv "$B/away" "$B/config.json"
	[ ! -e "$B/rootfs/tmp/x" ]
}

@test "--console-socket: a terminal of the container" {
	running
	on_host "$BATS_TEST_DIRNAME/console.py" "$T/console" >"$T/tty" 3>&- &
	wait_for test -S "$T/console"
	process '.args = ["sh", "-c", "tty; test -t 0 && test -t 1 && test -t 2 && echo all; stty size"] | .terminal = true
		| .consoleSize = {height: 33, width: 77} | .user = {uid: 1000, gid: 1000}'
	rt exec -d --process "$T/process.json" --console-socket "$T/console" "$C" </dev/null >/dev/null 2>&1
	wait
	expect "$(xargs <"$T/tty")" "name /dev/ptmx /dev/pts/0 all 33 77"
}

@test "-t in the foreground relays" {
	running
	expect "$(echo | rt exec -t "$C" sh -c 'tty; read x; echo end' | tr -d '\r' | xargs)" "/dev/pts/0 end"
}

@test "--preserve-fds passes descriptors, others do not get in" {
	running
	echo data >"$T/text"
	expect "$(rt exec --preserve-fds 1 "$C" cat /proc/self/fd/3 3<"$T/text")" data
	expect "$(rt exec "$C" sh -c 'echo /proc/self/fd/*' 3<"$T/text" 7<"$T/text" | wc -w)" 4
	fails 255 rt exec --preserve-fds 2 "$C" true 3<"$T/text" 4<&-
	expect "$(message)" "exec failed: unable to stat preserved-fd 2 (of 2): bad file descriptor"
	rm "$T/text"
}

@test "--cgroup: a group below the container's" {
	running
	local in
	if cgroup_is_v2; then in=; else in=pids:; fi
	mkdir "$(group_dir pids)/sub"
	expect "$(group_of pids rt exec --cgroup "${in}sub" "$C" cat /proc/self/cgroup)" "$CGROUP/c/sub"
	fails 255 rt exec --cgroup "${in}nope" "$C" true
	expect_match "$(message)" "error adding process to cgroup .*$(group_dir pids)/nope"
	# ".." stays below
	expect "$(group_of pids rt exec --cgroup "${in}../../sub" "$C" cat /proc/self/cgroup)" "$CGROUP/c/sub"
}

@test "in a user namespace" {
	running '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	expect "$(rt exec "$C" id -u)" 0
	expect "$(rt exec -u 1000:1000 "$C" sh -c 'id -u; cat /proc/self/uid_map' | xargs)" "1000 0 100000 65536"
}
