#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# update, events, and the tables of list and ps, held beside Debian's runc.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() {
	runc_rm
	oci_teardown
}

# The same bundle under runc.
ru() { peer runc "$@"; }

runc_rm() {
	[ ! -e "$T/runc/$C" ] || ru delete -f "$C"
	rm -rf "$T/runc"
}

# both_run ARGV…: one container of each, in groups of their own
both_run() {
	args "$@"
	rt run -d -b "$B" "$C" </dev/null >"$T/out" 2>&1
	config '.linux.cgroupsPath = $cg' --arg cg "$CGROUP/runc"
	ru run -d -b "$B" "$C" </dev/null >"$T/out" 2>&1
}

limit() { # CONTROLLER FILE: its text in the container's group
	cat "/sys/fs/cgroup/$1$CGROUP/c/$2"
}

has_v1() { [ -d "/sys/fs/cgroup/$1" ] && [ ! -e /sys/fs/cgroup/cgroup.controllers ]; }

# memory_is BYTES, cpu_is QUOTA PERIOD, pids_are N: on v1 and v2
memory_is() {
	if has_v1 memory; then expect "$(limit memory memory.limit_in_bytes)" "$1"; else expect "$(limit . memory.max)" "$1"; fi
}

cpu_is() {
	if has_v1 cpu; then
		expect "$(limit cpu cpu.cfs_quota_us) $(limit cpu cpu.cfs_period_us)" "$1 $2"
	else
		expect "$(limit . cpu.max)" "${1/-1/max} $2"
	fi
}

pids_are() {
	if has_v1 pids; then expect "$(limit pids pids.max)" "$1"; else expect "$(limit . pids.max)" "$1"; fi
}

@test "update sets what its flags name and leaves the rest" {
	args sleep 1000
	create
	rt update --memory 64m --cpu-quota 25000 --cpu-period 50000 --pids-limit 100 "$C"
	memory_is 67108864
	cpu_is 25000 50000
	pids_are 100
	rt update "$C" --cpu-quota 20000
	cpu_is 20000 50000
	rt update -cpu-period=100000 "$C"
	cpu_is 20000 100000
	rt update --cpu-quota -1 --pids-limit -1 "$C"
	cpu_is -1 100000
	pids_are max
	memory_is 67108864
	rt update --memory -1 "$C"
	rt update --cpuset-cpus 0 --cpuset-mems 0 "$C"
	rt update "$C"
}

@test "update reads a document, from a file or standard input" {
	args sleep 1000
	create
	echo '{"memory":{"limit":33554432},"pids":{"limit":50}}' | rt update -r - "$C"
	memory_is 33554432
	pids_are 50
	# Other flags count for nothing then; rules for devices neither.
	echo '{"pids":{"limit":60},"devices":[{"allow":false,"access":"rwm"}]}' >"$T/resources"
	rt update --resources "$T/resources" --memory 1g "$C"
	memory_is 33554432
	pids_are 60
	rt start "$C"
	rt exec "$C" sh -c 'echo x >/dev/null'
	rm "$T/resources"
}

@test "an update that fails changes nothing" {
	args sleep 1000
	create
	rt update --memory 64m --cpu-quota 25000 --cpu-period 50000 --pids-limit 100 "$C"
	# v2 takes any memory limit, and makes room by the OOM killer.
	! has_v1 memory || fails 1 rt update --cpu-quota 5000 --memory 4k --pids-limit 7 "$C"
	! has_v1 memory || expect_match "$(message)" '^unable to set memory limit to 4096 \(current usage: [0-9]+, peak usage: [0-9]+\)$'
	memory_is 67108864
	cpu_is 25000 50000
	pids_are 100
	fails 1 rt update --pids-limit 7 --cpuset-cpus 999 "$C"
	expect_match "$(message)" "^failed to write \"999\": write /sys/fs/cgroup.*$CGROUP/c/cpuset.cpus: (numerical result out of range|invalid argument)\$"
	pids_are 100
	# A failure after everything was written: put back all the same.
	fails 1 env TARE_FAULT=cgroup.update:1 nsenter -t "$HOST" -n -m "$BIN/tare-runtime" --root "$RROOT" update --pids-limit 7 "$C"
	pids_are 100
}

@test "update says in runc's words what is wrong" {
	both_run sleep 1000
	local arguments mine
	while read -r arguments; do
		# shellcheck disable=SC2086
		fails 1 rt update $arguments "$C" </dev/null
		mine=$(message)
		# shellcheck disable=SC2086
		fails 1 ru update $arguments "$C" </dev/null
		expect "$mine" "$(message)"
	done <<-'END'
		--memory foo
		--memory-swap 5x
		--memory-reservation -2
		--cpu-share foo
		--cpu-share -1
		--cpu-share 99999999999999999999
		--cpu-quota foo
		--cpu-quota 99999999999999999999
		--cpu-period 1.5
		--cpu-rt-period x
		--cpu-rt-runtime x
		--pids-limit foo
		--l3-cache-schema L3:0=1
		--mem-bw-schema MB:0=1
		-r /nowhere
		-r -
		--nope
	END
	rt update --kernel-memory 4m "$C" 2>&1 | grep -q 'level=warning msg="Kernel memory settings are ignored and will be removed"'
	rt kill "$C" KILL
	until_stopped
	fails 1 rt update --memory 1g "$C"
	expect "$(message)" "container not running"
	fails 1 rt update --memory 1g nobody
	expect "$(message)" "container does not exist"
	fails 1 rt update -b 5 "$C"
}

# The document with every number made 0, so that its form can be compared; of I/O, which is never the same twice, the
# names of lists and operations.
form() {
	jq -c 'walk(if type == "number" then 0 else . end) | del(.data.memory.cache)
		| .data.blkio |= map_values(map(.op))'
}

sleeps() { "$1" ps "$C" | grep -q sleep; } # the program has come that far

@test "events --stats prints runc's document" {
	both_run sh -c 'dd if=/dev/zero of=/tmp/x bs=1M count=2 conv=fsync; exec sleep 1000'
	wait_for sleeps rt
	wait_for sleeps ru
	rt events --stats "$C" >"$T/mine"
	ru events --stats "$C" >"$T/runc.json"
	expect "$(wc -l <"$T/mine")" 1
	if has_v1 memory; then
		expect "$(form <"$T/mine")" "$(form <"$T/runc.json")"
	fi
	expect "$(jq -r '[.type, .id] | join(" ")' "$T/mine")" "stats $C"
	jq -e '.data.pids.current >= 1 and .data.memory.usage.usage > 0 and .data.cpu.usage.total > 0' "$T/mine"
	rm "$T/mine" "$T/runc.json" "$B/rootfs/tmp/x"
}

@test "events goes on until the container ends, and tells of out of memory" {
	args sh -c 'sleep 0.5; tail /dev/zero; sleep 0.5'
	config '.linux.resources.memory = {"limit": 16777216, "swap": 16777216}'
	create
	rt events --interval 100ms "$C" >"$T/events" 3>&- &
	local watcher=$!
	rt start "$C"
	wait_for grep -q '"type":"oom"' "$T/events"
	expect "$(grep -m1 oom "$T/events")" "{\"type\":\"oom\",\"id\":\"$C\"}"
	wait $watcher
	[ "$(grep -c '"type":"stats"' "$T/events")" -ge 3 ]
	rm "$T/events"
	fails 1 rt events --stats "$C"
	expect "$(message)" "container with id $C is not running"
}

@test "events refuses intervals that are none" {
	args sleep 1000
	create
	fails 1 rt events --interval 0 "$C"
	expect "$(message)" "duration interval must be greater than 0"
	fails 1 rt events --interval 5 "$C"
	expect "$(message)" 'invalid value "5" for flag -interval: parse error'
	fails 1 rt events nobody
	expect "$(message)" "container does not exist"
}

# Pids are as long as each other or not: one blank stands for any number of them in lines with one.
same_table() { sed -E 's/^(root +)?[0-9]+ /\1PID /; s/ +[0-9]+  / PID  /; s/20[0-9-]+T[0-9:.]+Z/TIME/' | tr -s ' '; }

@test "list, ps and state print what runc prints" {
	both_run sleep 1000
	# Byte by byte where no pid or time stands.
	expect "$(rt list | head -1 | tr -s ' ')" "$(ru list | head -1 | tr -s ' ')"
	expect "$(rt list | same_table)" "$(ru list | same_table)"
	local sizes
	sizes=$(printf '%s\n%s' "$(rt list | wc -c)" "$(ru list | wc -c)" | sort -u | wc -l)
	[ "$sizes" -eq 1 ] || [ "$(rt list | tail -1 | wc -c)" -ge 60 ]
	expect "$(rt list -q)" "$(ru list -q)"
	expect "$(rt ps "$C" | head -1)" "$(ru ps "$C" | head -1)"
	expect "$(rt ps "$C" -o comm,user,pid | cut -c1-15)" "$(ru ps "$C" -o comm,user,pid | cut -c1-15)"
	expect_match "$(rt ps --format json "$C")" '^\[[0-9]+\]$'
	expect "$(rt state "$C" | sed -E 's/: [0-9]+,/: N,/; s/20.*Z/TIME/; /ociVersion/d')" \
		"$(ru state "$C" | sed -E 's/: [0-9]+,/: N,/; s/20.*Z/TIME/; /ociVersion/d')"
	expect "$(rt list -f json | grep -oE '"[A-Za-z]+":')" "$(ru list -f json | grep -oE '"[A-Za-z]+":')"
	fails 1 rt ps "$C" -o comm
	local mine
	mine=$(message)
	fails 1 ru ps "$C" -o comm
	expect "$mine" "$(message)"
}

# both_say CODE ARGV…: the same code and words from both
both_say() {
	local mine
	fails "$1" rt "${@:2}"
	mine=$(message)
	fails "$1" ru "${@:2}"
	expect "$mine" "$(message | sed 's/^runc: /tare-runtime: /; s/\\n$//')"
}

@test "wrong states and wrong arguments end in runc's words" {
	both_run sleep 1000
	both_say 1 start "$C"
	both_say 1 resume "$C"
	both_say 1 delete "$C"
	both_say 1 kill "$C" FOO
	both_say 1 kill "$C" 99
	both_say 1 create -b "$B" "$C"
	both_say 255 exec "$C" nope
	both_say 255 exec "$C"
	both_say 255 exec -u x "$C" true
	both_say 255 exec --cwd /nope "$C" true
	both_say 255 exec -p /nope "$C"
	rt pause "$C"
	ru pause "$C"
	both_say 1 pause "$C"
	both_say 255 exec "$C" true
	rt resume "$C"
	ru resume "$C"
	rt kill "$C" KILL
	ru kill "$C" KILL
	until_stopped
	both_say 1 kill "$C"
	both_say 1 pause "$C"
	both_say 1 resume "$C"
	both_say 1 start "$C"
	both_say 1 events --stats "$C"
	both_say 255 exec "$C" true
	rt kill -a "$C"
	ru kill -a "$C"
	local command
	for command in state start kill pause resume delete ps events update; do
		both_say 1 "$command" nobody
		both_say 1 "$command"
		both_say 1 "$command" a/b
		both_say 1 "$command" --nope "$C"
	done
	rt delete -f nobody
	both_say 1 create -b /nowhere other
	both_say 1 create -b "$T" other
	both_say 1 create -b "$B" 'a b'
	both_say 1 list -f xml
	both_say 1 ps -f xml "$C"
	both_say 1 --log-format xml list
	both_say 3 frobnicate
}

@test "kill --all reaches every process, by name or number, also behind the id" {
	args sh -c 'trap "" TERM; sleep 1000 & sleep 1000 & sleep 1000; sleep 1000'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	rt run -d -b "$B" "$C" </dev/null >"$T/out" 2>&1
	wait_for test "$(rt ps -f json "$C" | jq length)" -eq 4
	rt kill "$C" SIGUSR1 --all
	until_stopped
	rt kill -a "$C" 9
}
