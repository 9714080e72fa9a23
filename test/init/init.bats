#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tare-init as process 1 of a pid namespace.
bats_require_minimum_version 1.5.0

setup() {
	init=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}/bin/tare-init
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-init-test.XXXXXX")
}

teardown() { rm -rf "$dir"; }

# as_init ARGS: unshare becomes nobody's business; its exit code is process 1's.
as_init() { unshare --pid --fork --mount-proc --kill-child "$init" "$@"; }

wait_for() {
	for _ in $(seq 250); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.02
	done
	return 1
}

# The host's pid of process 1 in the namespace made by the background job $1.
first() { tr -d " " <"/proc/$1/task/$1/children"; }

@test "the exit code is the command's" {
	run as_init -- sh -c 'exit 7'
	[ "$status" = 7 ]
	run as_init sh -c 'kill -9 $$'
	[ "$status" = 137 ]
}

@test "the command is process 2, a group leader, with a clean signal mask" {
	run as_init sh -c 'echo $$; ps -o pgid= -p $$; grep SigBlk /proc/self/status; grep SigIgn /proc/self/status'
	[ "${lines[0]}" = 2 ]
	[ "${lines[1]// /}" = 2 ]
	[[ ${lines[2]} =~ 0000000000000000$ ]]
}

@test "commands that cannot be executed: 127 and 126" {
	run -127 as_init -- nosuchcommand
	[ "$status" = 127 ]
	[ "$output" = 'tare-init: exec nosuchcommand: No such file or directory' ]
	run as_init -- /etc/passwd
	[ "$status" = 126 ]
}

@test "orphans are reaped" {
	run as_init sh -c '(sleep 0.1 & sleep 0.2 &) ; sleep 0.5; ps -eo stat= | grep -c Z'
	[ "$output" = 0 ]
}

@test "signals are passed on to the command" {
	unshare --pid --fork --mount-proc "$init" sh -c 'trap "echo term; exit 3" TERM; echo ready; while :; do sleep 0.05; done' >"$dir/out" &
	job=$!
	wait_for grep -q ready "$dir/out"
	kill -TERM "$(first $job)"
	code=0
	wait $job || code=$?
	[ "$code" = 3 ]
	grep -q term "$dir/out"
}

@test "with -g the whole group hears them" {
	unshare --pid --fork --mount-proc "$init" -g sh -c 'trap : TERM; sh -c "trap \"echo inner; exit\" TERM; echo ready; while :; do sleep 0.05; done"; echo outer' >"$dir/out" &
	job=$!
	wait_for grep -q ready "$dir/out"
	kill -TERM "$(first $job)"
	wait $job || true
	grep -q inner "$dir/out"
}

is_init() { grep -q tare-init "/proc/$(first "$1")/comm"; }

@test "pause holds until SIGTERM" {
	unshare --pid --fork --kill-child "$init" --pause 3>&- &
	job=$!
	wait_for is_init $job
	kill -USR1 "$(first $job)"
	kill -0 "$(first $job)"
	kill -TERM "$(first $job)"
	wait $job
}

@test "in a terminal the command is in the foreground" {
	script -qec "unshare --pid --fork --mount-proc $init sh -c 'ps -o pgid=,tpgid= -p \$\$'" /dev/null >"$dir/out" </dev/null
	read -r pgid tpgid <<<"$(tr -d '\r' <"$dir/out")"
	[ -n "$pgid" ]
	[ "$pgid" = "$tpgid" ]
}

@test "it is small" {
	grep -q __asan "$init" && limit=20000 || limit=100
	"$init" --pause 3>&- &
	sleep 0.2
	pss=$(awk '/^Pss:/ { print $2 }' "/proc/$!/smaps_rollup")
	kill $!
	echo "$pss KiB"
	[ "$pss" -le $limit ]
}
