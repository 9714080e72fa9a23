#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The way of every byte: stdin, output, exit codes and terminals, through both clients, one and many at once.
bats_require_minimum_version 1.5.0
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
	tare run -d --name target busybox sleep 1000 >/dev/null
}

teardown_file() {
	tared_stop
	host_end
}

each_client() { for client in docker tare; do "$@" || return 1; done; }

terminal() { python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"; }

# many N COMMAND…: the command N times at once, with i set
many() {
	local n=$1 i pids=()
	shift
	for i in $(seq "$n"); do
		"$@" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || return 1; done
}

# A short exec: the exit code is asked for the moment the output ends.
exec_once() {
	local out rc=0
	out=$($client exec target sh -c "seq 1 2000; exit $((i % 5))") || rc=$?
	[ "$(wc -l <<<"$out")" = 2000 ] && [ $rc = $((i % 5)) ] || { echo "$client exec: code $rc, not $((i % 5))"; return 1; }
}

@test "short execs at once: whole output, right exit code" {
	each_client many 12 exec_once
}

run_once() {
	local out rc=0
	out=$($client run --rm busybox sh -c "seq 1 2000; exit $((i % 5))") || rc=$?
	[ "$(wc -l <<<"$out")" = 2000 ] && [ $rc = $((i % 5)) ] || { echo "$client run: code $rc, not $((i % 5))"; return 1; }
}

@test "runs at once: whole output, right exit code" {
	each_client many 10 run_once
}

input() {
	local want
	want=$(seq 1 100000 | md5sum)
	[ "$(seq 1 100000 | $client run --rm -i busybox md5sum)" = "$want" ]
	[ "$(seq 1 100000 | $client exec -i target md5sum)" = "$want" ]
	[ "$($client run --rm -i busybox sh -c 'cat; echo end' </dev/null)" = end ]
}

@test "stdin arrives whole and ends" {
	each_client input
}

closed_early() {
	# head ends after a line: the writer must not hang
	[ "$(seq 1 200000 | timeout 10 "$client" run --rm -i busybox head -n 1)" = 1 ]
}

@test "a container that stops reading does not hang the client" {
	each_client closed_early
}

attach_shared() {
	tare create -i --name shared busybox sh -c 'read a; echo "got $a"' >/dev/null
	tare start shared >/dev/null
	timeout 10 tare attach --no-stdin shared >"$T/one" &
	local one=$!
	sleep 0.3
	echo word | timeout 10 "$client" attach shared >"$T/two"
	wait $one
	wait_for test -s "$T/one"
	grep -q 'got word' "$T/one"
	tare rm -f shared >/dev/null
}

@test "two clients share a container" {
	each_client attach_shared
}

run_terminal() {
	local rc=0
	terminal "$client" run -it --rm busybox sh -c 'stty size; read x; echo "got=$x"; exit 6' -- \
		'33 99' 'word\n' >"$T/shown" || rc=$?
	cat "$T/shown"
	[ $rc = 6 ]
	grep -q 'got=word' "$T/shown"
}

@test "run -it: size, input, exit code" {
	each_client run_terminal
}

exec_terminal() {
	local rc=0
	terminal "$client" exec -it target sh -- '# ' 'stty size; tty\n' 'pts' 'exit 5\n' >"$T/shown" || rc=$?
	cat "$T/shown"
	[ $rc = 5 ]
	grep -q '33 99' "$T/shown"
	grep -q '/dev/pts/' "$T/shown"
}

@test "exec -it: size, input, exit code" {
	each_client exec_terminal
}

detaches() {
	tare run -dit --name shell busybox sh >/dev/null
	terminal "$client" attach shell -- '' 'echo $((40+2))\n' '42' '\x10\x11' >"$T/shown" || true
	grep -q 42 "$T/shown"
	grep -q 'read escape sequence' "$T/shown"
	[ "$(tare inspect -f '{{.State.Status}}' shell)" = running ]
	terminal "$client" attach --detach-keys=x,y shell -- '' 'echo $((50+3))\n' '53' 'xxy' >"$T/shown" || true
	grep -q 'read escape sequence' "$T/shown"
	[ "$(tare inspect -f '{{.State.Status}}' shell)" = running ]
	tare rm -f shell >/dev/null
}

@test "detach keys: the default and one's own" {
	each_client detaches
}

@test "an exec that cannot be executed: words and code" {
	run -127 tare exec target nosuch
	[ "${output%$'\r'}" = 'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown' ]
	run -127 docker exec target nosuch
	[ "${output%$'\r'}" = 'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown' ]
}

@test "--init reaps, forwards and passes the exit code on" {
	run tare run --rm --init busybox sh -c 'exit 9'
	[ "$status" = 9 ]
	tare run -d --init --name inited busybox sh -c 'trap "exit 4" TERM; while :; do sleep 0.05; done' >/dev/null
	[ "$(tare exec inited cat /proc/1/comm)" = docker-init ]
	tare stop -t 5 inited >/dev/null
	[ "$(tare inspect -f '{{.State.ExitCode}}' inited)" = 4 ]
	tare rm inited >/dev/null
}

@test "no monitor outlives its container" {
	tare rm -f target >/dev/null
	wait_for no_monitors
}

no_monitors() { ! pgrep -f -- "tare-monitor .*$T/"; }
