#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits that hold, on a pure cgroup v2 tree whose top has nothing enabled: what a container does when it meets them.
load ../oci/helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

# file NAME: what it says in the container's group
file() { cat "/sys/fs/cgroup$CGROUP/c/$1"; }

count() { file "$1" | awk -v k="$2" '$1 == k { print $2 }'; }

@test "controllers are enabled on the way down, the top first" {
	args sleep 1000
	create
	expect_match "$(cat /sys/fs/cgroup/cgroup.subtree_control)" '(^| )memory( |$)'
	expect_match "$(cat "/sys/fs/cgroup$CGROUP/cgroup.subtree_control")" '(^| )pids( |$)'
	# The container's own has them to give on, and gives none.
	expect_match "$(file cgroup.controllers)" '(^| )cpu( |$)'
	expect "$(file cgroup.subtree_control)" ""
}

@test "memory: filled to the limit it is killed, the group counts it, events tells" {
	config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
	args sh -c 'sleep 1000 & tail /dev/zero; echo "tail: $?"; exec sleep 1000'
	create
	expect "$(file memory.max) $(file memory.swap.max)" "16777216 0"
	rt events --interval 100ms "$C" >"$T/events" 2>&1 3>&- &
	local watcher=$!
	rt start "$C"
	wait_for grep -q 'tail: 137' "$T/out"
	[ "$(count memory.events oom_kill)" -ge 1 ]
	wait_for grep -q '"type":"oom"' "$T/events"
	[ "$(rt events --stats "$C" | jq .data.memory.usage.limit)" -eq 16777216 ]
	expect "$(status)" running
	rt delete -f "$C"
	wait $watcher || true
	rm "$T/events"
}

@test "memory: with the group's own switch all of it goes" {
	config '.linux.resources.memory = {limit: 16777216, swap: 16777216} | .linux.resources.unified = {"memory.oom.group": "1"}'
	args sh -c 'sleep 1000 & tail /dev/zero; echo survived; exec sleep 1000'
	create
	rt start "$C"
	until_stopped
	refute grep -q survived "$T/out"
}

@test "pids: a fork bomb fills its own group only" {
	config '.linux.resources.pids.limit = 20'
	args sh -c 'f() { f | f & }; f; sleep 1000'
	create
	rt start "$C"
	wait_for sh -c "[ \"\$(awk '{ print \$2 }' '/sys/fs/cgroup$CGROUP/c/pids.events')\" -ge 1 ]"
	[ "$(file pids.current)" -le 20 ]
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
}

@test "cpu: a quota throttles" {
	config '.linux.resources.cpu = {quota: 2000, period: 20000, shares: 2}'
	args sh -c 'while :; do :; done'
	create
	expect "$(file cpu.max) $(file cpu.weight)" "2000 20000 1"
	rt start "$C"
	wait_for sh -c "[ \"\$(awk '/^nr_throttled/ { print \$2 }' '/sys/fs/cgroup$CGROUP/c/cpu.stat')\" -ge 3 ]"
	rt update --cpu-quota -1 "$C"
	expect "$(file cpu.max)" "max 20000"
	[ "$(rt events --stats "$C" | jq .data.cpu.throttling.throttledPeriods)" -ge 3 ]
}

@test "io and unified: rates, weights, any file; unknown ones are errors" {
	local disk
	disk=$(cat /sys/block/vda/dev)
	config '.linux.resources += {blockIO: {throttleReadBpsDevice: [{major: $a, minor: $b, rate: 1048576}]},
		unified: {"memory.high": "50000000", "cpu.weight": "321"}}' \
		--argjson a "${disk%:*}" --argjson b "${disk#*:}"
	create
	expect "$(file io.max)" "$disk rbps=1048576 wbps=max riops=max wiops=max"
	expect "$(file memory.high) $(file cpu.weight)" "49999872 321"
	rt delete -f "$C"
	config '.linux.resources.unified = {"nothing.at.all": "1"}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'nothing\.at\.all'
}

@test "freezer: paused stands still, also in groups below" {
	config '.linux.namespaces += [{type: "cgroup"}] | .process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])
		| .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	args sh -c 'mkdir /sys/fs/cgroup/in && echo $$ >/sys/fs/cgroup/in/cgroup.procs; i=0; while :; do i=$((i + 1)); echo $i; done'
	create
	rt start "$C"
	wait_for test -s "$T/out"
	rt pause "$C"
	expect "$(count cgroup.events frozen)" 1
	local before
	before=$(stat -c %s "$T/out")
	sleep 0.3
	expect "$(stat -c %s "$T/out")" "$before"
	rt resume "$C"
	wait_for sh -c "[ \$(stat -c %s '$T/out') -gt $before ]"
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
	[ ! -e "/sys/fs/cgroup$CGROUP/c" ]
}

@test "devices: rules are asked for every node, exec's too, and update leaves them" {
	config '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])
		| .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 237, access: "r"}]'
	args sleep 1000
	create
	rt start "$C"
	# The rules come before the driver, which may not be there: what is told apart is "not permitted" from all else.
	local try='rm -f /tmp/a /tmp/b; mknod /tmp/a c 10 237; mknod /tmp/b c 10 236
		(: </tmp/a) 2>&1 | grep -q permitted || echo read; (: >>/tmp/a) 2>&1 | grep -q permitted && echo kept
		(: </tmp/b) 2>&1 | grep -q permitted && echo barred'
	rt exec "$C" sh -c "$try" >"$T/out" 2>&1 || true
	expect_match "$(xargs <"$T/out")" '^read kept barred$'
	rt update --pids-limit 50 "$C"
	rt exec "$C" sh -c "$try" >"$T/out" 2>&1 || true
	expect_match "$(xargs <"$T/out")" '^read kept barred$'
	rm -f "$B/rootfs/tmp/"{a,b}
}

@test "a container's mount of the tree leaves the host's options" {
	on_host mount -o remount,nsdelegate,memory_recursiveprot /sys/fs/cgroup
	MOUNTS=$(<"/proc/$HOST/mountinfo")
	expect_match "$MOUNTS" 'cgroup2 rw,nsdelegate,memory_recursiveprot'
	expect "$(run_sh 'grep -c nsdelegate /proc/self/mountinfo; touch /sys/fs/cgroup/x 2>&1' | xargs)" \
		"1 touch: /sys/fs/cgroup/x: Read-only file system"
	expect "$(<"/proc/$HOST/mountinfo")" "$MOUNTS"
}

@test "a cgroup namespace is joined by path where it is a delegation boundary" {
	on_host mount -o remount,nsdelegate /sys/fs/cgroup
	nsenter -t "$HOST" -n -m unshare --cgroup sleep 1000 </dev/null >/dev/null 2>&1 3>&- &
	local holder=$!
	wait_for grep -qx sleep "/proc/$holder/comm"
	config '.linux.namespaces += [{type: "cgroup", path: $p}]' --arg p "/proc/$holder/ns/cgroup"
	MOUNTS=$(<"/proc/$HOST/mountinfo")
	expect "$(run_sh 'readlink /proc/self/ns/cgroup')" "$(readlink "/proc/$holder/ns/cgroup")"
	kill $holder
}
