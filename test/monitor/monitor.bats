#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tare-monitor with a runtime of a few lines of shell. Every call of `drive` is a controller of its own.

setup() {
	build=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-monitor-test.XXXXXX")
	mkdir "$dir/root"
	log=$dir/c-json.log
}

teardown() {
	# whatever a failed test left: the container's process ends, and the monitor with it
	drive signal 9 >/dev/null 2>&1 || true
	for pid in $(pgrep -f -- "tare-monitor --id c1 .*--dir $dir"); do kill -9 "$pid"; done
	rm -rf "$dir"
}

drive() {
	verb=$1
	shift
	"$build/test/monitor/monitor-drive" "$verb" "$dir" "$@"
}

# the same as a process of its own, for &: a signal to $! reaches it
drive_bg() { exec "$build/test/monitor/monitor-drive" "$1" "$dir" "${@:2}"; }

spawn() { # spawn SCRIPT [OPTIONS]
	printf '%s\n' "$1" >"$dir/cmd"
	shift
	drive spawn --program "$build/bin/tare-monitor" --runtime "$BATS_TEST_DIRNAME/fake-runtime" \
		--root "$dir/root" --id c1 "$@"
}

spawn_exec() { # spawn_exec SCRIPT [OPTIONS]
	printf '%s\n' "$1" >"$dir/process.json"
	shift
	drive spawn --program "$build/bin/tare-monitor" --runtime "$BATS_TEST_DIRNAME/fake-runtime" \
		--root "$dir/root" --id c1 --exec e1 "$@"
}

wait_for() { # wait_for FILE-OR-CONDITION...: at most 5 s
	for _ in $(seq 250); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.02
	done
	return 1
}

gone() { ! drive state; }

texts() { sed -E 's/,"time":"[^"]*"//' "$1"; }

@test "create, start, exit: code, log and exit file" {
	run spawn 'echo hello; echo oops >&2; exit 7' --log "$log"
	[[ $output =~ ^created\ pid=[1-9] ]]
	run drive state
	[[ $output =~ ^created ]]
	drive wait >"$dir/events" &
	wait_for test -S "$dir/ctl"
	drive start
	wait $!
	[[ $(tail -1 "$dir/events") =~ ^state\ exited\ pid=[0-9]+\ code=7\ signal=0\ started=1\ finished=1 ]]
	run drive exit
	[[ $output =~ ^exited\ pid=[0-9]+\ code=7 ]]
	[ "$(texts "$log" | sort)" = '{"log":"hello\n","stream":"stdout"}
{"log":"oops\n","stream":"stderr"}' ]
	[[ $(head -1 "$log") =~ \"time\":\"20[0-9-]{8}T[0-9:]{8}(\.[0-9]{1,9})?Z\" ]]
	[ "$(stat -c %a "$log")" = 640 ]
	wait_for gone
	[ ! -e "$dir/root/c1/exec.fifo" ]
	[ ! -e "$dir/ctl" ]
}

@test "a killed container ends with 128 + signal" {
	spawn 'exec sleep 100'
	drive start
	drive signal 9
	wait_for test -e "$dir/exit"
	run drive exit
	[[ $output =~ code=137\ signal=9 ]]
}

@test "the runtime's error is told in its own words" {
	echo -n 'unable to start container process: no way' >"$dir/fail"
	run spawn true
	[ "$status" = 1 ]
	[ "$output" = 'error: unable to start container process: no way' ]
	wait_for gone
}

@test "without an error in the log, stderr or the status is told" {
	echo 'something odd' >"$dir/fail-stderr"
	run spawn true
	[ "$output" = 'error: something odd' ]
	: >"$dir/fail-stderr"
	run spawn true
	[ "$output" = 'error: runtime exited with status 3' ]
}

@test "a runtime that does not exist is named" {
	run drive spawn --program "$build/bin/tare-monitor" --runtime /nonexistent/rt --root "$dir/root" --id c1
	[ "$output" = 'error: exec /nonexistent/rt: No such file or directory' ]
}

@test "a foreign runtime is started by its own verb" {
	spawn 'echo hi' --start-by-runtime --log "$log"
	run drive start
	[[ $output =~ ^(running|exited) ]]
	wait_for test -e "$dir/exit"
	[ "$(texts "$log")" = '{"log":"hi\n","stream":"stdout"}' ]
}

@test "starting twice is refused" {
	spawn 'exec sleep 100'
	drive start
	run drive start
	[ "$output" = 'error: process has already been started' ]
}

@test "output reaches an attached client whole, then end of file" {
	spawn 'i=0; while [ $i -lt 20000 ]; do echo "line $i of some length to fill buffers"; i=$((i+1)); done' --log "$log"
	drive attach stdout >"$dir/out" &
	sleep 0.2
	drive start
	wait $!
	[ "$(wc -l <"$dir/out")" = 20000 ]
	[ "$(tail -1 "$dir/out")" = 'line 19999 of some length to fill buffers' ]
	[ "$(wc -l <"$log")" = 20000 ]
}

@test "framed output tells the streams apart" {
	spawn 'printf out; sleep 0.2; printf err >&2'
	drive attach stdout stderr framed >"$dir/out" &
	sleep 0.2
	drive start
	wait $!
	[ "$(od -An -tx1 "$dir/out" | tr -d ' \n')" = 01000000000000036f75740200000000000003657272 ]
}

@test "a client gets only the streams it asked for" {
	spawn 'echo out; echo err >&2'
	drive attach stderr >"$dir/out" &
	sleep 0.2
	drive start
	wait $!
	[ "$(cat "$dir/out")" = err ]
}

@test "stdin comes from clients, early bytes first, and ends with StdinOnce" {
	spawn 'cat' --stdin --stdin-once --log "$log"
	echo world | drive attach stdin stdout early='hello ' >"$dir/out" &
	sleep 0.2
	drive start
	wait $!
	[ "$(cat "$dir/out")" = 'hello world' ]
	run drive exit
	[[ $output =~ code=0 ]]
}

@test "without StdinOnce the end of a client's input detaches it" {
	spawn 'read a; read b; echo "$a$b"' --stdin --log "$log"
	drive start
	printf 'one\n' | drive attach stdin stdout
	run drive state
	[[ $output =~ ^running ]]
	printf 'two\n' | drive attach stdin stdout
	wait_for test -e "$dir/exit"
	[ "$(texts "$log")" = '{"log":"onetwo\n","stream":"stdout"}' ]
}

@test "close-stdin ends the container's input" {
	spawn 'cat; echo done' --stdin --log "$log"
	drive start
	drive close-stdin
	wait_for test -e "$dir/exit"
	[ "$(texts "$log")" = '{"log":"done\n","stream":"stdout"}' ]
}

@test "without an open stdin the container reads /dev/null" {
	spawn 'cat; echo done' --log "$log"
	echo ignored | drive attach stdin stdout >"$dir/out" &
	sleep 0.2
	drive start
	wait $! || true
	wait_for test -e "$dir/exit"
	[ "$(texts "$log")" = '{"log":"done\n","stream":"stdout"}' ]
}

@test "a lone slow client holds the container up and loses nothing" {
	spawn 'seq 1 200000' --log "$log"
	drive_bg attach stdout slow >"$dir/out" &
	client=$!
	sleep 0.2
	drive start
	sleep 1
	run drive state
	[[ $output =~ ^running ]]
	kill -USR1 $client
	wait $client
	[ "$(wc -l <"$dir/out")" = 200000 ]
	[ "$(tail -1 "$dir/out")" = 200000 ]
}

@test "a stuck client among others is dropped, the others lose nothing" {
	spawn 'seq 1 200000' --log "$log"
	drive_bg attach stdout slow >"$dir/slow" &
	slow=$!
	drive attach stdout >"$dir/out" &
	client=$!
	sleep 0.2
	drive wait >"$dir/events" &
	events=$!
	sleep 0.1
	drive start
	wait $client
	wait $events
	[ "$(tail -1 "$dir/out")" = 200000 ]
	grep -q ^dropped "$dir/events"
	kill -USR1 $slow
	wait $slow || true
	[ "$(tail -1 "$log" | sed 's/\\n.*//; s/.*"//')" = 200000 ]
}

@test "an exec: attach first, start, exit code" {
	spawn_exec 'cat; echo err >&2; exit 5' --stdin --stdin-once
	echo in | drive attach stdin stdout stderr >"$dir/out" &
	sleep 0.2
	run drive start
	[[ $output =~ ^running\ pid=[1-9] ]]
	wait
	[ "$(sort "$dir/out" | tr '\n' ' ')" = 'err in ' ]
	wait_for test -e "$dir/exit"
	run drive exit
	[[ $output =~ code=5 ]]
}

@test "an exec that cannot be executed says so at start" {
	spawn_exec 'NOSUCH'
	run drive start
	[ "$output" = 'error: exec: "sh": executable file not found in $PATH' ]
	wait_for gone
}

@test "an exec's background process delays its end by 2 s at most" {
	spawn_exec 'sleep 20 & echo done'
	drive start
	wait_for test -e "$dir/exit"
}

@test "rotation keeps max-file files, each a little above max-size" {
	spawn 'seq 1 3000' --log "$log" --log-max-size 20000 --log-max-file 3
	drive start
	wait_for test -e "$dir/exit"
	[ "$(ls "$dir" | grep -c c-json.log)" = 3 ]
	for f in "$log.1" "$log.2"; do
		size=$(stat -c %s "$f")
		[ "$size" -ge 20000 ]
		[ "$size" -lt 20200 ]
	done
	cat "$log.2" "$log.1" "$log" | sed 's/\\n.*//; s/.*"//' >"$dir/numbers"
	[ "$(tail -1 "$dir/numbers")" = 3000 ]
	first=$(head -1 "$dir/numbers")
	seq "$first" 3000 | cmp - "$dir/numbers"
}

@test "with one file the old one is replaced" {
	spawn 'seq 1 3000' --log "$log" --log-max-size 20000
	drive start
	wait_for test -e "$dir/exit"
	[ "$(ls "$dir" | grep -c c-json.log)" = 1 ]
	[ "$(tail -1 "$log" | sed 's/\\n.*//; s/.*"//')" = 3000 ]
}

@test "a reopened log continues in the new file" {
	spawn 'echo one; read x; echo two' --stdin --log "$log"
	drive start
	wait_for test -s "$log"
	mv "$log" "$log.moved"
	drive reopen-log
	drive close-stdin
	wait_for test -e "$dir/exit"
	[ "$(texts "$log.moved")" = '{"log":"one\n","stream":"stdout"}' ]
	[ "$(texts "$log")" = '{"log":"two\n","stream":"stdout"}' ]
}

@test "attrs and long lines are written as dockerd writes them" {
	spawn 'head -c 16385 /dev/zero | tr "\0" x; echo; printf unfinished' --log "$log" \
		--log-attrs '{"tag":"t"}'
	drive start
	wait_for test -e "$dir/exit"
	[ "$(wc -l <"$log")" = 3 ]
	[ "$(sed -n 1p "$log" | grep -o x | wc -l)" = 16384 ]
	[ "$(texts "$log" | tail -2)" = '{"log":"x\n","stream":"stdout","attrs":{"tag":"t"}}
{"log":"unfinished","stream":"stdout","attrs":{"tag":"t"}}' ]
}

@test "a run directory deeper than a socket address is fine" {
	deep=$dir/$(printf 'a%.0s' $(seq 80))/$(printf 'b%.0s' $(seq 80))
	mkdir -p "$deep"
	mv "$dir/root" "$deep/root"
	old=$dir
	dir=$deep
	spawn 'exit 4'
	drive start
	wait_for test -e "$dir/exit"
	run drive exit
	dir=$old
	[[ $output =~ code=4 ]]
}

@test "SIGTERM does not end a monitor" {
	spawn 'read x; exit 3' --stdin
	drive start
	pid=$(pgrep -f -- "tare-monitor --id c1 --dir $dir ")
	kill -TERM $pid
	kill -INT $pid
	kill -HUP $pid
	run drive state
	[[ $output =~ ^running ]]
	drive close-stdin
	wait_for test -e "$dir/exit"
}

@test "the monitor can be found by name" {
	spawn 'read x' --stdin
	drive start
	pid=$(pgrep -f -- "tare-monitor --id c1 --dir $dir ")
	[ "$(cat /proc/$pid/comm)" = tare-monitor ]
	child=$(drive state | sed 's/.*pid=\([0-9]*\) .*/\1/')
	[ "$(awk '{print $4}' /proc/$child/stat)" = "$pid" ]
}
