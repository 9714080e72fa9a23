#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Debian's containerd with tare-runtime for runc.
load helpers

setup_file() {
	dropin_start containerd
	cat >"$T/containerd.toml" <<-END
		version = 2
		root = "$T/containerd/root"
		state = "$T/containerd/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$T/containerd.sock"
	END
	daemon_start containerd containerd -c "$T/containerd.toml"
	wait_for ct version
	# Its groups are called after its namespace.
	ct image import "$(image_tar)" >"$T/import.log"
}

teardown_file() {
	daemon_stop containerd
	host_end
}

setup() { : >"$T/calls"; }

ct() { on_host ctr -a "$T/containerd.sock" -n "${CGROUP#/}" "$@"; }

run() { # ID COMMAND…
	ct run -d --runc-binary "$RUNTIME" --snapshotter native docker.io/library/busybox:latest "$@"
}

pid_of() { ct task ls | awk -v id="$1" '$1 == id { print $2 }'; }

task_is() { [ "$(ct task ls | awk -v id="$1" '$1 == id { print $3 }')" = "$2" ]; }

remove() { # ID
	ct task kill -s KILL "$1"
	wait_for task_is "$1" STOPPED
	ct task delete "$1" || true
	ct container delete "$1"
}

@test "ctr run in the foreground gives output and exit code" {
	expect "$(ct run --rm --runc-binary "$RUNTIME" --snapshotter native docker.io/library/busybox:latest c1 echo hello)" hello
	local rc=0
	ct run --rm --runc-binary "$RUNTIME" --snapshotter native docker.io/library/busybox:latest c1 sh -c 'exit 7' || rc=$?
	expect $rc 7
	called ' --log-format json .*create --bundle [^ ]* --pid-file [^ ]* c1$'
	called ' start c1$'
	called ' delete .*c1$'
}

@test "exec, pause, resume, update, ps, kill, delete" {
	run c2 sleep 1000
	task_is c2 RUNNING
	expect "$(ct task exec --exec-id e1 c2 echo inside)" inside
	local rc=0 pid
	ct task exec --exec-id e2 c2 sh -c 'exit 5' || rc=$?
	expect $rc 5
	pid=$(pid_of c2)
	ct task pause c2
	task_is c2 PAUSED
	ct task resume c2
	task_is c2 RUNNING
	ct task ps c2 | grep -q "^$pid "
	# ctr has no update; the shim's call is tried as it makes it.
	echo '{"memory":{"limit":67108864}}' |
		on_host "$RUNTIME" --root "/run/containerd/runc/${CGROUP#/}" update --resources - c2
	expect "$(memory_limit "$pid")" 67108864
	ct task metrics c2 | grep -q memory
	remove c2
	no_process "$pid"
	called ' exec --process [^ ]* --detach --pid-file [^ ]* c2$'
	called ' pause c2$'
	called ' resume c2$'
	called ' kill .*c2 9$'
}

@test "a terminal" {
	local out
	out=$(script -qec "$(printf '%q ' nsenter -t "$HOST" -n -m -- ctr -a "$T/containerd.sock" -n "${CGROUP#/}" \
		run --rm -t --runc-binary "$RUNTIME" --snapshotter native docker.io/library/busybox:latest c3 tty)" /dev/null </dev/null)
	expect_match "$out" /dev/pts/0
	called ' create .*--console-socket [^ ]*'
}

@test "what cannot be run is told in runc's words" {
	local rc=0 out
	out=$(ct run --rm --runc-binary "$RUNTIME" --snapshotter native docker.io/library/busybox:latest c4 nope 2>&1) || rc=$?
	[ $rc -ne 0 ]
	expect_match "$out" 'OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nope": executable file not found in \$PATH'
	run c5 sleep 1000
	out=$(ct task exec --exec-id e1 c5 nope 2>&1) || true
	expect_match "$out" 'OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in \$PATH'
	remove c5
}
