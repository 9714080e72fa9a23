#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers that take what they can get and do not want to go.
load helpers

setup_file() {
	attack_start
	tared_start
	image_load
}

teardown_file() {
	tared_stop
	attack_end
}

setup() { oci_setup; }
teardown() { oci_teardown; }

value() { cat "$(group_dir "$1")/$2"; }
peak() { if cgroup_is_v2; then value memory memory.peak; else value memory memory.max_usage_in_bytes; fi; }

# Processes that make two others each and end, so that they are never the same; the limit is reached at once.
bomb() { # N
	config '.linux.resources.pids.limit = $n' --argjson n "$1"
	args sh -c 'attacker bomb 60 & while :; do sleep 1; done'
	create
	rt start "$C"
	wait_for grep -q "max [1-9]" "$(group_dir pids)/pids.events"
	local most=pids.peak # since Linux 6.11
	[ -e "$(group_dir pids)/$most" ] || most=pids.current
	[ "$(value pids $most)" -le "$1" ]
}

@test "a fork bomb stays within its limit, and one kill ends it" {
	bomb 30
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
	[ ! -e "$(group_dir pids)" ]
}

# Without a pid namespace nothing ends with init: each process must be caught while it makes others.
@test "a fork bomb without a pid namespace is deleted by force" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	bomb 200
	rt delete -f "$C"
	[ ! -e "$(group_dir pids)" ]
}

@test "a fork bomb that is paused is deleted by force" {
	bomb 30
	rt pause "$C"
	rt delete -f "$C"
	[ ! -e "$(group_dir pids)" ]
}

# Memory: of processes, and of files in /dev/shm.
@test "memory is filled up to the limit: who does it is killed, the container goes on" {
	config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
	running
	fails 137 rt exec "$C" tail /dev/zero
	fails 137 rt exec "$C" sh -c 'exec dd if=/dev/zero of=/dev/shm/all bs=64k count=1000 2>/dev/null'
	# It is full: whatever runs in it now is killed. The host makes room.
	rm "/proc/$PID/root/dev/shm/all"
	expect "$(rt exec "$C" echo well)" well
	[ "$(peak)" -le 16777216 ]
}

@test "memory is filled by init: it ends with 137" {
	config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
	args tail /dev/zero
	fails 137 rt run -b "$B" "$C"
	create
	rt start "$C"
	until_stopped
	[ "$(peak)" -le 16777216 ]
}

STUBBORN='trap "" TERM INT HUP QUIT USR1; echo up; while :; do sleep 1; done'

@test "SIGTERM is ignored: KILL ends it, delete -f does without" {
	args sh -c "$STUBBORN"
	create
	rt start "$C"
	wait_for grep -q up "$T/out"
	local sig
	for sig in TERM INT HUP QUIT USR1; do rt kill "$C" $sig; done
	is_status running
	fails 1 rt delete "$C"
	expect "$(message)" "cannot delete container $C that is not stopped: running"
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
	create
	rt start "$C"
	rt delete -f "$C"
	[ ! -e "$RROOT/$C" ]
}

@test "SIGTERM is ignored: stop waits its time, then kills" {
	local id start=$SECONDS
	id=$(tare run -d busybox sh -c "$STUBBORN")
	wait_for sh -c "tare logs $id | grep -q up"
	tare stop -t 1 "$id"
	[ $((SECONDS - start)) -ge 1 ] && [ $((SECONDS - start)) -lt 10 ]
	expect "$(tare inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$id")" "exited 137"
	tare rm "$id"
}
