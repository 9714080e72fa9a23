#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create, start, state, kill, delete, run, list, pause, ps: states, texts and exit codes are runc's.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

@test "create, start, kill, delete: created, running, stopped, gone" {
	args sleep 1000
	create --pid-file "$T/pid"
	expect "$(status)" created
	expect "$(rt state "$C" | jq -r .pid)" "$(cat "$T/pid")"
	[ -p "$RROOT/$C/exec.fifo" ]
	# Nothing of the program runs before start.
	expect "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline" | cut -d' ' -f1)" "$BIN/tare-runtime"
	rt start "$C"
	expect "$(status)" running
	[ ! -e "$RROOT/$C/exec.fifo" ]
	expect "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" "sleep 1000 "
	rt kill "$C" KILL
	until_stopped
	expect "$(rt state "$C" | jq -c '[.pid, .status]')" '[0,"stopped"]'
	rt delete "$C"
	fails 1 rt state "$C"
	expect "$(message)" "container does not exist"
	rm "$T/pid"
}

@test "state prints what runc prints" {
	config '.annotations = {"a.b": "<c>"}'
	create
	expect "$(rt state "$C" | sed -nE 's/^  "([A-Za-z]+)":.*/\1/p' | xargs)" \
		"ociVersion id pid status bundle rootfs created annotations owner"
	expect "$(rt state "$C" | jq -r '[.ociVersion, .id, .bundle, .rootfs, .annotations["a.b"], .owner] | join(" ")')" \
		"1.2.0 $C $B $B/rootfs <c> "
	expect "$(rt state "$C" | sed -n 2p)" '  "ociVersion": "1.2.0",'
	# No newline at the end, as with runc.
	expect "$(rt state "$C" | tail -c 1)" "}"
}

@test "list shows a table, ids, or JSON" {
	expect "$(rt list)" "ID          PID         STATUS      BUNDLE      CREATED     OWNER"
	expect "$(rt list -f json)" null
	create
	expect_match "$(rt list | tail -1)" "^$C +[0-9]+ +created +$B   20[^ ]+Z   root\$"
	expect "$(rt list -q)" "$C"
	expect "$(rt list --format json | jq -r '.[0] | [.id, .status, .owner] | join(" ")')" "$C created root"
	fails 1 rt list -f xml
	expect "$(message)" "invalid format option"
}

@test "run passes the exit code on, 128 + n for a signal" {
	fails 7 run_sh 'exit 7'
	args sh -c 'sleep 1000'
	rt run -b "$B" "$C" >/dev/null 2>&1 3>&- &
	wait_for is_status running
	rt kill "$C" 9
	rc=0; wait $! || rc=$?
	expect $rc 137
}

@test "run forwards signals to the process" {
	args sh -c 'trap "exit 42" TERM; echo ready; while :; do sleep 0.05; done'
	"$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C" >"$T/out" 2>&1 3>&- &
	wait_for grep -q ready "$T/out"
	kill -TERM $!
	rc=0; wait $! || rc=$?
	expect $rc 42
}

@test "run -d leaves it running; --keep keeps it" {
	args sleep 1000
	rt run -d -b "$B" --pid-file "$T/pid" "$C" </dev/null >"$T/out" 2>&1
	expect "$(status)" running
	expect "$(cat "$T/pid")" "$(rt state "$C" | jq .pid)"
	rm "$T/pid"
	rt delete --force "$C"
	args true
	rt run --keep -b "$B" "$C"
	expect "$(status)" stopped
	rt delete "$C"
}

@test "stdin, stdout and stderr are the caller's" {
	args sh -c 'read x; echo "out $x"; echo err >&2'
	expect "$(echo hello | rt run -b "$B" "$C" 2>/dev/null)" "out hello"
	expect "$(echo hello | rt run -b "$B" "$C" 2>&1 >/dev/null)" "err"
}

@test "start twice, and after the end, is refused" {
	args sleep 1000
	create
	rt start "$C"
	fails 1 rt start "$C"
	expect "$(message)" "cannot start an already running container"
	rt kill "$C" KILL
	until_stopped
	fails 1 rt start "$C"
	expect "$(message)" "cannot start a container that has stopped"
}

@test "a created container that is killed cannot be started" {
	create
	rt kill "$C" KILL
	until_stopped
	fails 1 rt start "$C"
	expect "$(message)" "cannot start a container that has stopped"
	rt delete "$C"
}

@test "delete refuses what runs, -f does not mind anything" {
	args sleep 1000
	create
	rt start "$C"
	fails 1 rt delete "$C"
	expect "$(message)" "cannot delete container $C that is not stopped: running"
	rt delete -f "$C"
	rt delete -f "$C"
	fails 1 rt delete "$C"
	expect "$(message)" "container does not exist"
}

@test "delete of a created container ends it" {
	create --pid-file "$T/pid"
	rt delete "$C"
	wait_gone "$(cat "$T/pid")"
	rm "$T/pid"
}

@test "delete -f clears what a killed create left" {
	mkdir -p "$RROOT/$C"
	fails 1 rt state "$C"
	expect "$(message)" "container does not exist"
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" "runc create failed: container with given ID already exists"
	rt delete -f "$C"
	[ ! -e "$RROOT/$C" ]
}

@test "kill takes names and numbers, refuses others" {
	args sh -c 'trap "echo got >/tmp/hup" HUP; echo >/tmp/ready; while :; do sleep 0.05; done'
	rm -f "$B"/rootfs/tmp/{hup,ready}
	create
	rt start "$C"
	wait_for test -e "$B/rootfs/tmp/ready"
	for name in HUP SIGHUP hup 1; do
		rt kill "$C" $name
		wait_for test -e "$B/rootfs/tmp/hup"
		rm "$B/rootfs/tmp/hup"
	done
	rt kill "$C" 0
	fails 1 rt kill "$C" FOO
	expect "$(message)" 'unknown signal "FOO"'
	fails 1 rt kill "$C" 99
	expect "$(message)" "unable to signal init: invalid argument"
	rt kill --all "$C" KILL
	until_stopped
	fails 1 rt kill "$C"
	expect "$(message)" "container not running"
	rt kill -a "$C"
}

@test "kill without a signal sends TERM" {
	args sh -c 'trap "exit 3" TERM; echo >/tmp/ready; while :; do sleep 0.05; done'
	rm -f "$B/rootfs/tmp/ready"
	create
	rt start "$C"
	wait_for test -e "$B/rootfs/tmp/ready"
	rt kill "$C"
	until_stopped
}

@test "pause, resume: paused in state, exec refused meanwhile" {
	args sleep 1000
	create
	rt pause "$C"
	expect "$(status)" paused
	rt resume "$C"
	expect "$(status)" created
	rt start "$C"
	rt pause "$C"
	expect "$(status)" paused
	fails 1 rt pause "$C"
	expect "$(message)" "container not running"
	fails 255 rt exec "$C" true
	expect "$(message)" "exec failed: cannot exec in a paused container (use --ignore-paused to override)"
	fails 1 rt delete "$C"
	expect "$(message)" "cannot delete container $C that is not stopped: paused"
	rt resume "$C"
	expect "$(status)" running
	fails 1 rt resume "$C"
	expect "$(message)" "container not paused"
	rt pause "$C"
	rt delete -f "$C"
}

@test "a paused container dies of KILL" {
	args sleep 1000
	create
	rt start "$C"
	rt pause "$C"
	rt kill "$C" KILL
	until_stopped
}

@test "ps shows the container's processes" {
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	expect "$(rt ps -f json "$C")" "[$(cat "$T/pid")]"
	expect "$(rt ps "$C" | wc -l)" 2
	expect_match "$(rt ps "$C" | tail -1)" "sleep 1000"
	expect "$(rt ps "$C" -eo pid,comm | tail -1 | xargs)" "$(cat "$T/pid") sleep"
	fails 1 rt ps -f xml "$C"
	expect "$(message)" "invalid format option"
	rm "$T/pid"
}

@test "without a pid namespace all processes end with init" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	args sh -c 'sleep 1234 & echo >/tmp/ready; exec sleep 1235'
	rm -f "$B/rootfs/tmp/ready"
	create
	rt start "$C"
	wait_for test -e "$B/rootfs/tmp/ready"
	expect "$(rt ps -f json "$C" | jq length)" 2
	rt delete -f "$C"
	refute pgrep -f 'sleep 123[45]'
}

@test "many at once, each with its own name; one name only once" {
	local i n=0
	args sleep 1000
	for i in 1 2 3 4 5 6 7 8; do
		rt create -b "$B" same </dev/null >/dev/null 2>"$T/err.$i" 3>&- && echo ok >"$T/ok.$i" &
	done
	wait $(jobs -p) || true
	n=$(cat "$T"/ok.* | wc -l)
	expect "$n" 1
	grep -L 'container with given ID already exists' "$T"/err.* | wc -l | grep -qx 1
	rt delete -f same
	rm "$T"/ok.* "$T"/err.*
}

@test "starts at the same time: exactly one wins" {
	local i
	args sleep 1000
	create
	for i in 1 2 3 4 5 6; do
		rt start "$C" 2>/dev/null 3>&- && echo ok >"$T/ok.$i" &
	done
	wait $(jobs -p) || true
	expect "$(cat "$T"/ok.* | wc -l)" 1
	rm "$T"/ok.*
}

@test "the state root may be missing or strange" {
	expect "$(on_host "$BIN/tare-runtime" --root "$T/nowhere" list -q)" ""
	fails 1 on_host "$BIN/tare-runtime" --root "$T/nowhere" state x
	expect "$(message)" "container does not exist"
	on_host "$BIN/tare-runtime" --root "$T/run/deep/er" run -b "$B" x
	rmdir "$T/run/deep/er" "$T/run/deep"
}
