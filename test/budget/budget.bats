#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Counts, not times: what a start may cost in execs, fsyncs and mounts, and what the programs weigh.
load ../helpers

setup_file() {
	host_start
	on_host strace -f -qq -e trace=execve,execveat,fsync,fdatasync,syncfs,sync,mount,move_mount,umount2 -o "$T/strace" \
		"$BIN/tared" --data-root "$T/data" --exec-root "$T/run" -H "unix://$T/tare.sock" \
		--pidfile "$T/tared.pid" --cgroup-parent "$CGROUP" </dev/null >>"$T/tared.log" 2>&1 3>&- &
	wait_for tare version
	TARED=$(cat "$T/tared.pid")
	export TARED
	image_load
	tare run --rm busybox true # the first start fills the seccomp cache
}

teardown_file() {
	tared_stop
	host_end
}

# Runs "$@" and leaves what the daemon and its children did meanwhile in $T/slice.
traced() {
	local from
	from=$(wc -l <"$T/strace")
	"$@" >/dev/null
	sleep 0.3 # the exit is cleaned up behind the answer
	tail -n +$((from + 1)) "$T/strace" >"$T/slice"
}

count() { grep -cE "$1" "$T/slice" || true; }

@test "run --rm: two execs besides the container's own, no fsync" {
	traced tare run --rm busybox true
	grep execve "$T/slice"
	expect "$(count 'execve(at)?\(.*= 0')" 3
	expect "$(count '(fsync|fdatasync|syncfs|sync)\(')" 0
}

@test "run -d: two execs besides the container's own, at most two fsyncs" {
	traced tare run -d --name b1 busybox sleep 100
	expect "$(count 'execve(at)?\(.*= 0')" 3
	grep sync "$T/slice" || true
	[ "$(count '(fsync|fdatasync|syncfs|sync)\(')" -le 2 ]
	tare rm -f b1
}

@test "a start makes no more mounts than its configuration names" {
	traced tare create --name b2 busybox sleep 100
	traced tare start b2
	local named made
	# the bundle's mounts, masked and read-only paths; the overlay, the network namespace, the read-only
	# remounts of pivot_root and of the paths themselves
	named=$(jq '(.mounts | length) + (.linux.maskedPaths | length) + (.linux.readonlyPaths | length) * 2 + 4' \
		"$T"/run/c/*/config.json)
	made=$(count '^[0-9]+ +(mount|move_mount)\(.*= 0')
	echo "named $named, made $made"
	[ "$made" -le "$named" ]
	tare rm -f b2
}

pss() { awk '/^Pss:/ { n += $2 } END { print n }' "/proc/$1/smaps_rollup"; }

@test "an idle tared is below 5 MB PSS" {
	tare ps -a
	local kb
	kb=$(pss "$TARED")
	echo "tared: $kb kB"
	[ "$kb" -le 5120 ]
}

@test "20 monitors weigh at most 60 KB PSS each" {
	local n pid sum=0
	for n in $(seq 20); do tare run -d --network none --name "m$n" busybox sleep 1000 >/dev/null; done
	for n in $(seq 20); do
		pid=$(awk '/^PPid/ { print $2 }' "/proc/$(tare inspect -f '{{.State.Pid}}' "m$n")/status")
		sum=$((sum + $(pss "$pid")))
	done
	echo "20 monitors: $sum kB"
	[ $((sum / 20)) -le 60 ]
	# shellcheck disable=SC2046
	tare rm -f $(tare ps -q) >/dev/null
}
