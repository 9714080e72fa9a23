#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver where systemd keeps a hierarchy for each controller: tools/vm/run.sh --legacy BUILD test/vm/systemd1.bats
load ../oci/helpers

setup_file() {
	oci_start
	jq 'del(.linux.cgroupsPath)' "$B/config.ok" >"$B/config.sd" && mv "$B/config.sd" "$B/config.ok"
}
teardown_file() { oci_end; }

setup() {
	oci_setup
	UNIT=tare-$C.scope
	GROUP=/tare.slice/tare-test.slice/$UNIT
	config '.linux.cgroupsPath = $p' --arg p "tare-test.slice:tare:$C"
}

teardown() {
	oci_teardown
	[ "$(systemctl show -p LoadState --value "$UNIT")" = not-found ]
	! find /sys/fs/cgroup -type d -name "$UNIT" | grep .
}

sd() { rt --systemd-cgroup "$@"; }

create_sd() { sd create -b "$B" "$@" "$C" </dev/null >"$T/out" 2>"$T/err" || { cat "$T/err"; return 1; }; }

property() { systemctl show -p "$1" --value "$UNIT"; }

# file CONTROLLER NAME: what it says in the container's group
file() { cat "/sys/fs/cgroup/$1$GROUP/$2"; }

@test "the machine has a hierarchy for each controller" {
	grep -q ' /sys/fs/cgroup/memory .* - cgroup ' /proc/self/mountinfo
	! [ -e /sys/fs/cgroup/cgroup.controllers ]
}

@test "a container is a scope, and in its group of every hierarchy" {
	args sleep 1000
	create_sd
	expect "$(property ActiveState) $(property Slice) $(property Delegate)" "active tare-test.slice yes"
	expect "$(property ControlGroup)" "$GROUP"
	local pid
	pid=$(rt state "$C" | jq .pid)
	grep -vE ":$GROUP\$" "/proc/$pid/cgroup" >"$T/elsewhere" || true
	[ ! -s "$T/elsewhere" ] || { cat "$T/elsewhere"; return 1; }
	rm "$T/elsewhere"
	rt start "$C"
	expect "$(rt exec "$C" cat /proc/self/cgroup | grep -vcE ":$GROUP\$" || true)" 0
	rt delete -f "$C"
}

@test "limits are systemd's and the files', and stay when it reloads" {
	config '.linux.resources = {memory: {limit: 67108864, reservation: 33554432}, pids: {limit: 50},
		cpu: {shares: 2048, quota: 25000, period: 50000, cpus: "0", mems: "0"}}'
	args sleep 1000
	create_sd
	expect "$(property MemoryLimit) $(property CPUShares) $(property TasksMax)" "67108864 2048 50"
	expect "$(property CPUQuotaPerSecUSec)" 500ms
	local files='memory:memory.limit_in_bytes memory:memory.soft_limit_in_bytes cpu:cpu.shares cpu:cpu.cfs_quota_us
		cpu:cpu.cfs_period_us cpuset:cpuset.cpus pids:pids.max' one
	values() { for one in $files; do file "${one%:*}" "${one#*:}"; done | xargs; }
	expect "$(values)" "67108864 33554432 2048 25000 50000 0 50"
	systemctl daemon-reload
	expect "$(values)" "67108864 33554432 2048 25000 50000 0 50"
	rt update --memory 33554432 --pids-limit 20 --cpu-share 512 "$C"
	expect "$(property MemoryLimit) $(property CPUShares) $(property TasksMax)" "33554432 512 20"
	expect "$(values)" "33554432 33554432 512 25000 50000 0 20"
	rt delete -f "$C"
}

@test "devices are guarded, also after systemd reloads" {
	config '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
	args sleep 1000
	create_sd
	rt start "$C"
	fails 1 rt exec "$C" sh -c 'mknod /tmp/kmsg c 1 11; cat /tmp/kmsg'
	expect_match "$output" "Operation not permitted"
	systemctl daemon-reload
	fails 1 rt exec "$C" cat /tmp/kmsg
	rt exec "$C" sh -c 'head -c1 /dev/zero >/dev/null; rm /tmp/kmsg'
	rt delete -f "$C"
}

@test "pause, resume, kill, run in the foreground, a user namespace" {
	args sleep 1000
	create_sd
	rt start "$C"
	rt pause "$C"
	expect "$(status) $(file freezer freezer.state)" "paused FROZEN"
	rt resume "$C"
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
	args sh -c 'exit 7'
	fails 7 sd run -b "$B" "$C"
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	fails 7 sd run -b "$B" "$C"
}

@test "each step that fails leaves neither unit nor group" {
	local point
	for point in scope.start cgroup.mkdir cgroup.apply cgroup.devices runtime.clone runtime-create.state runtime-create.init; do
		TARE_FAULT=$point:1 fails 1 sd create -b "$B" "$C"
		expect_match "$output" "injected fault: $point"
		expect "$(property LoadState)" not-found
		! find /sys/fs/cgroup -type d -name "$UNIT" | grep .
	done
}

@test "a checkpoint goes on in a new scope, through the real CRIU" {
	config '.linux.resources = {pids: {limit: 2}}'
	args sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; sleep 0.1; done'
	sd run -d -b "$B" "$C" </dev/null 2>&1 | cat >"$T/out" 3>&- &
	wait_for grep -q 5 "$B/rootfs/tmp/count"
	rt checkpoint --image-path "$T/img" --work-path "$T/work" "$C"
	expect "$(property LoadState)" not-found
	local before
	before=$(cat "$B/rootfs/tmp/count")
	sd restore -d -b "$B" --image-path "$T/img" --work-path "$T/work" "$C" </dev/null 2>&1 | cat >"$T/out" 3>&- &
	wait_for is_status running
	wait_for sh -c "[ \$(cat '$B/rootfs/tmp/count') -gt $((before + 3)) ]"
	expect "$(property TasksMax) $(file pids pids.max)" "2 2"
	rt delete -f "$C"
	rm -r "$B/rootfs/tmp/count" "$T/img" "$T/work"
}
