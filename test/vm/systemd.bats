#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver against systemd itself, on cgroup v2: only the virtual machine of `make check-vm` has both.
load ../oci/helpers

setup_file() {
	oci_start
	jq 'del(.linux.cgroupsPath)' "$B/config.ok" >"$B/config.sd" && mv "$B/config.sd" "$B/config.ok"
}
teardown_file() { oci_end; }

setup() {
	oci_setup
	UNIT=tare-$C.scope
	config '.linux.cgroupsPath = $p' --arg p "tare-test.slice:tare:$C"
}

teardown() {
	oci_teardown
	[ "$(systemctl show -p LoadState --value "$UNIT")" = not-found ]
	expect "$(find /sys/fs/cgroup -type d -name "$UNIT")" ""
}

sd() { rt --systemd-cgroup "$@"; }

create_sd() { sd create -b "$B" "$@" "$C" </dev/null >"$T/out" 2>"$T/err" || { cat "$T/err"; return 1; }; }

property() { systemctl show -p "$1" --value "$UNIT"; }

# file NAME: what it says in the container's group
file() { cat "/sys/fs/cgroup$(property ControlGroup)/$1"; }

@test "a container is a transient scope below its slice, delegated" {
	args sleep 1000
	create_sd
	expect "$(property ActiveState)" active
	expect "$(property ControlGroup)" "/tare.slice/tare-test.slice/$UNIT"
	expect "$(property Slice)" tare-test.slice
	expect "$(property Delegate)" yes
	expect "$(property DefaultDependencies)" no
	expect "$(property Description)" "libcontainer container $C"
	expect "$(cat "/proc/$(rt state "$C" | jq .pid)/cgroup")" "0::/tare.slice/tare-test.slice/$UNIT"
	expect "$(file cgroup.procs | wc -l)" 1
	rt start "$C"
	expect "$(rt exec "$C" cat /proc/self/cgroup)" "0::/tare.slice/tare-test.slice/$UNIT"
	rt delete -f "$C"
}

@test "without a path: runc-ID.scope in system.slice" {
	config 'del(.linux.cgroupsPath)'
	args sleep 1000
	create_sd
	UNIT=runc-$C.scope
	expect "$(property ControlGroup)" "/system.slice/$UNIT"
	rt delete -f "$C"
}

@test "limits are systemd's and the files'" {
	config '.linux.resources = {memory: {limit: 67108864, swap: 100663296, reservation: 33554432},
		cpu: {shares: 2048, quota: 25000, period: 50000, cpus: "0", mems: "0"}, pids: {limit: 50},
		unified: {"memory.high": "60000000", "memory.min": "4096"}}'
	args sleep 1000
	create_sd
	expect "$(property MemoryMax)" 67108864
	expect "$(property MemorySwapMax)" 33554432
	expect "$(property MemoryLow)" 33554432
	expect "$(property MemoryHigh)" 60000000
	expect "$(property CPUWeight)" 174
	expect "$(property CPUQuotaPerSecUSec)" 500ms
	expect "$(property CPUQuotaPeriodUSec)" 50ms
	expect "$(property AllowedCPUs)" 0
	expect "$(property TasksMax)" 50
	expect "$(file memory.max) $(file memory.swap.max) $(file memory.low)" "67108864 33554432 33554432"
	expect "$(file cpu.weight) $(file cpu.max) $(file cpuset.cpus) $(file pids.max)" "174 25000 50000 0 50"
	systemctl daemon-reload
	expect "$(file cpu.max) $(file pids.max)" "25000 50000 50"
	rt delete -f "$C"
}

@test "update tells systemd, and puts back what was done when a step fails" {
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}, cpu: {quota: 25000, period: 50000}}'
	args sleep 1000
	create_sd
	rt start "$C"
	rt update --memory 33554432 --pids-limit 20 --cpu-quota 10000 "$C"
	expect "$(property MemoryMax) $(property TasksMax)" "33554432 20"
	expect "$(file memory.max) $(file pids.max) $(file cpu.max)" "33554432 20 10000 50000"
	TARE_FAULT=scope.set:1 fails 1 rt update --memory 16777216 --pids-limit 10 "$C"
	expect "$(file memory.max) $(file pids.max)" "33554432 20"
	expect "$(property MemoryMax) $(property TasksMax)" "33554432 20"
	rt update --pids-limit -1 "$C"
	expect "$(property TasksMax) $(file pids.max)" "infinity max"
	rt delete -f "$C"
}

@test "devices are guarded, also after systemd reloads" {
	config '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
	args sleep 1000
	create_sd
	rt start "$C"
	expect "$(property DevicePolicy)" strict
	fails 1 rt exec "$C" sh -c 'mknod /tmp/kmsg c 1 11; cat /tmp/kmsg'
	expect_match "$output" "Operation not permitted"
	systemctl daemon-reload
	fails 1 rt exec "$C" cat /tmp/kmsg
	rt exec "$C" sh -c 'head -c1 /dev/zero >/dev/null'
	rt delete -f "$C"
}

@test "pause, kill while paused, run in the foreground" {
	args sleep 1000
	create_sd
	rt start "$C"
	rt pause "$C"
	expect "$(status)" paused
	rt kill "$C" KILL
	rt resume "$C" || true
	until_stopped
	rt delete "$C"
	args sh -c 'exit 7'
	fails 7 sd run -b "$B" "$C"
}

@test "the cgroup namespace begins at the scope; a user namespace works too" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	args cat /proc/self/cgroup
	expect "$(sd run -b "$B" "$C")" "0::/"
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$B/rootfs"
	expect "$(sd run -b "$B" "$C")" "0::/"
	chown -R 0:0 "$B/rootfs"
}

@test "each step that fails leaves neither unit nor group" {
	local point
	for point in scope.start cgroup.mkdir cgroup.apply cgroup.devices runtime.clone runtime-create.state runtime-create.init; do
		TARE_FAULT=$point:1 fails 1 sd create -b "$B" "$C"
		expect_match "$output" "injected fault: $point"
		expect "$(property LoadState)" not-found
	done
}

@test "a malformed path and a unit that exists are refused" {
	config '.linux.cgroupsPath = "/a/b"'
	fails 1 sd create -b "$B" "$C"
	expect_match "$(message)" 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/a/b" instead'
	config '.linux.cgroupsPath = $p' --arg p "tare-test.slice:tare:$C"
	systemd-run -q --scope -u "$UNIT" sleep 1000 3>&- &
	local other=$!
	wait_for is_active
	fails 1 sd create -b "$B" "$C"
	expect_match "$(message)" "already"
	systemctl stop "$UNIT"
	wait $other || true
}

is_active() { [ "$(property ActiveState)" = active ]; }

@test "a scope that failed before does not stand in the way" {
	args sleep 1000
	create_sd
	rt start "$C"
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
	create_sd
	rt delete -f "$C"
}

@test "whatever the cgroup, the runtime is found under another name and by PATH" {
	args true
	mkdir "$T/bin"
	ln -s "$BIN/tare-runtime" "$T/bin/runc"
	on_host env PATH="$T/bin:$PATH" runc --root "$RROOT" --systemd-cgroup run -b "$B" "$C"
}

@test "a limit of one process does not keep that one out" {
	config '.linux.resources.pids.limit = 1'
	args sh -c 'echo in; true & echo out'
	fails 2 sd run -b "$B" "$C"
	expect_match "$output" "in"
	expect_match "$output" "can't fork"
	args sleep 1000
	create_sd
	expect "$(property TasksMax) $(file pids.max)" "1 1"
	systemctl daemon-reload
	expect "$(file pids.max)" 1
	rt delete -f "$C"
}

@test "a checkpoint goes on in a new scope with its limits, through the real CRIU" {
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 2}}'
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
	expect "$(cat "/proc/$(rt state "$C" | jq .pid)/cgroup")" "0::/tare.slice/tare-test.slice/$UNIT"
	expect "$(property MemoryMax) $(property TasksMax)" "67108864 2"
	expect "$(file memory.max) $(file pids.max)" "67108864 2"
	rt delete -f "$C"
	rm -r "$B/rootfs/tmp/count" "$T/img" "$T/work"
}

@test "a restore that fails leaves no scope" {
	mkdir "$T/img"
	fails 1 sd restore -d -b "$B" --image-path "$T/img" --work-path "$T/work" "$C"
	expect "$(property LoadState)" not-found
	TARE_FAULT=scope.start:1 fails 1 sd restore -d -b "$B" --image-path "$T/img" "$C"
	rm -r "$T/img" "$T/work"
}
