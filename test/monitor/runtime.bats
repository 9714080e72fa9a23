#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tare-monitor with a real runtime: tare-runtime of the build, or the one TARE_RUNTIME names (runc). What
# the fake one cannot do: terminals, pid namespaces, execs in a container.

setup() {
	build=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	runtime=${TARE_RUNTIME:-$build/bin/tare-runtime}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-monitor-test.XXXXXX")
	name=mon-${dir##*.}
	log=$dir/c-json.log
	mkdir -p "$dir/root" "$dir/rootfs/bin" "$dir/rootfs/proc" "$dir/rootfs/dev" "$dir/rootfs/sys" "$dir/e"
	cp "$(command -v busybox)" "$dir/rootfs/bin/"
	"$dir/rootfs/bin/busybox" --install -s "$dir/rootfs/bin"
	for link in "$dir"/rootfs/bin/*; do [ -L "$link" ] && ln -sf busybox "$link"; done
}

teardown() {
	"$runtime" --root "$dir/root" delete --force "$name" >/dev/null 2>&1 || true
	# the monitor ends once its container's process is gone
	wait_for gone || true
	wait_for no_cgroups || true
	find /sys/fs/cgroup -depth -type d -name "$name" -path '*/tare-monitor/*' -exec rmdir {} + 2>/dev/null || true
	find /sys/fs/cgroup -depth -maxdepth 2 -type d -name tare-monitor -exec rmdir {} + 2>/dev/null || true
	rm -rf "$dir"
}

no_cgroups() { [ -z "$(find /sys/fs/cgroup -type d -name "$name" -exec cat {}/cgroup.procs \; 2>/dev/null)" ]; }

drive() {
	verb=$1
	shift
	"$build/test/monitor/monitor-drive" "$verb" "$dir" "$@"
}

drive_exec() {
	verb=$1
	shift
	"$build/test/monitor/monitor-drive" "$verb" "$dir/e" "$@"
}

bundle() { # bundle TERMINAL SCRIPT
	(cd "$dir" && rm -f config.json && "$runtime" spec)
	jq --argjson tty "$1" --arg script "$2" --arg cg "/tare-monitor/$name" '
		.process.terminal = $tty | .process.args = ["sh", "-c", $script]
		| .linux.cgroupsPath = $cg | .root.readonly = false' "$dir/config.json" >"$dir/config.new"
	mv "$dir/config.new" "$dir/config.json"
}

# A foreign runtime's fifo works like ours, so both are started by the monitor.
spawn() { # spawn TERMINAL SCRIPT [OPTIONS]
	bundle "$1" "$2"
	tty=
	[ "$1" = true ] && tty=--tty
	shift 2
	drive spawn --program "$build/bin/tare-monitor" --runtime "$runtime" --root "$dir/root" \
		--id "$name" $tty "$@"
}

process() { # process TERMINAL SCRIPT: the exec's process.json
	jq --argjson tty "$1" --arg script "$2" '.process | .terminal = $tty | .args = ["sh", "-c", $script]' \
		"$dir/config.json" >"$dir/e/process.json"
}

spawn_exec() { # spawn_exec TERMINAL SCRIPT [OPTIONS]
	process "$1" "$2"
	tty=
	[ "$1" = true ] && tty=--tty
	shift 2
	drive_exec spawn --program "$build/bin/tare-monitor" --runtime "$runtime" --root "$dir/root" \
		--id "$name" --exec e1 $tty "$@"
}

wait_for() {
	for _ in $(seq 250); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.02
	done
	return 1
}

gone() { ! drive state; }
texts() { sed -E 's/,"time":"[^"]*"//' "$1"; }

@test "a container's output, exit code and pid" {
	spawn false 'echo hello; echo oops >&2; exit 7' --log "$log"
	drive start
	wait_for test -e "$dir/exit"
	run drive exit
	[[ $output =~ code=7\ signal=0 ]]
	[ "$(texts "$log" | sort)" = '{"log":"hello\n","stream":"stdout"}
{"log":"oops\n","stream":"stderr"}' ]
	[ ! -e "$dir/root/$name/exec.fifo" ]
}

@test "the runtime's own words for a command that does not exist" {
	bundle false true
	jq '.process.args = ["/no/such"]' "$dir/config.json" >"$dir/config.new"
	mv "$dir/config.new" "$dir/config.json"
	run drive spawn --program "$build/bin/tare-monitor" --runtime "$runtime" --root "$dir/root" --id "$name"
	[ "$status" = 1 ]
	[[ $output =~ 'exec: "/no/such": stat /no/such: no such file or directory' ]]
}

@test "kill -9 from the host ends it with 137, as does an init that kills itself" {
	spawn false 'exec sleep 100' --log "$log"
	drive start
	pid=$(drive state | sed 's/.*pid=\([0-9]*\) .*/\1/')
	kill -9 "$pid"
	wait_for test -e "$dir/exit"
	run drive exit
	[[ $output =~ code=137\ signal=9 ]]
}

@test "processes of the container die with its first; no output is lost" {
	spawn false 'sleep 100 & seq 1 5000; exit 0' --log "$log"
	drive start
	wait_for test -e "$dir/exit"
	[ "$(wc -l <"$log")" = 5000 ]
}

@test "a terminal: size, echo, log in one stream" {
	drive resize 1 1 2>/dev/null || true
	spawn true 'test -t 0 && test -t 2 && stty size; read x; echo "got $x"' --log "$log"
	drive resize 33 99
	{
		sleep 0.5
		echo hi
	} | drive attach stdin stdout hold >"$dir/out" &
	sleep 0.2
	drive start
	wait $!
	grep -q '33 99' "$dir/out"
	grep -q 'got hi' "$dir/out"
	[ "$(texts "$log" | tail -1)" = '{"log":"got hi\r\n","stream":"stdout"}' ]
	run drive exit
	[[ $output =~ code=0 ]]
}

@test "the detach keys detach, the container goes on" {
	spawn true 'while :; do sleep 1; done'
	drive start
	drive wait >"$dir/events" &
	sleep 0.1
	printf 'abc\x10\x11more' | drive attach stdin stdout hold >"$dir/out"
	run drive state
	[[ $output =~ ^running ]]
	wait_for grep -q ^detached "$dir/events"
	printf 'xyz' | drive attach stdin stdout hold keys=x,y >"$dir/out"
	run drive state
	[[ $output =~ ^running ]]
	drive signal 9
	wait
}

@test "a terminal container that closes and reopens its terminal is not taken for ended" {
	spawn true 'exec <&- >&- 2>&-; sleep 0.3; exec >/dev/console; echo back' --log "$log"
	drive start
	wait_for test -e "$dir/exit"
	grep -q back "$log"
}

@test "a large burst through a terminal arrives whole" {
	spawn true 'stty -onlcr; seq 1 20000' --log "$log"
	drive attach stdout >"$dir/out" &
	sleep 0.2
	drive start
	wait $!
	[ "$(tail -1 "$dir/out")" = 20000 ]
	[ "$(wc -l <"$log")" = 20000 ]
}

@test "an exec in a container: stdio and exit code" {
	spawn false 'sleep 100'
	drive start
	spawn_exec false 'cat; echo err >&2; exit 9' --stdin --stdin-once
	echo in | drive_exec attach stdin stdout stderr >"$dir/out" &
	sleep 0.2
	run drive_exec start
	[[ $output =~ ^running\ pid=[1-9] ]]
	wait $!
	[ "$(sort "$dir/out" | tr '\n' ' ')" = 'err in ' ]
	wait_for test -e "$dir/e/exit"
	run drive_exec exit
	[[ $output =~ code=9 ]]
	drive signal 9
}

@test "an exec with a terminal, in a run directory too deep for a socket address" {
	spawn false 'sleep 100'
	drive start
	deep=$dir/$(printf 'a%.0s' $(seq 100))
	mkdir "$deep"
	process true 'stty size; tty; exit 3'
	mv "$dir/e/process.json" "$deep/"
	"$build/test/monitor/monitor-drive" spawn "$deep" --program "$build/bin/tare-monitor" --runtime "$runtime" \
		--root "$dir/root" --id "$name" --exec e1 --tty
	"$build/test/monitor/monitor-drive" resize "$deep" 20 70
	"$build/test/monitor/monitor-drive" attach "$deep" stdout >"$dir/out" &
	sleep 0.2
	"$build/test/monitor/monitor-drive" start "$deep"
	wait $!
	grep -q '/dev/pts/' "$dir/out"
	wait_for test -e "$deep/exit"
	run "$build/test/monitor/monitor-drive" exit "$deep"
	[[ $output =~ code=3 ]]
	drive signal 9
}

@test "an exec that cannot be executed says so, the container goes on" {
	spawn false 'sleep 100'
	drive start
	process false x
	jq '.args = ["nosuch"]' "$dir/e/process.json" >"$dir/e/p" && mv "$dir/e/p" "$dir/e/process.json"
	drive_exec spawn --program "$build/bin/tare-monitor" --runtime "$runtime" --root "$dir/root" --id "$name" --exec e1
	run drive_exec start
	[[ $output =~ 'exec: "nosuch": executable file not found in $PATH' ]]
	run drive state
	[[ $output =~ ^running ]]
	drive signal 9
}

# Processor time of process $1 in clock ticks.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

@test "waiting for a slow client after the end costs no processor time" {
	spawn true 'seq 1 5000'
	"$build/test/monitor/monitor-drive" attach "$dir" stdin stdout slow tiny hold >"$dir/out" </dev/null &
	client=$!
	sleep 0.2
	monitor=$(pgrep -f -- "tare-monitor --id $name --dir $dir ")
	drive start
	wait_for test -e "$dir/exit"
	before=$(ticks "$monitor")
	sleep 0.5
	after=$(ticks "$monitor")
	kill -USR1 $client
	wait $client
	[ "$(tr -d "\r" <"$dir/out" | tail -1)" = 5000 ]
	[ $((after - before)) -le 5 ]
}
