#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The whole product where users run it: cgroup v2 alone, systemd, AppArmor. tared, tare, an image, limits.
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
}

teardown_file() {
	tared_stop
	host_end
}

teardown() {
	local ids
	ids=$(tare ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || tare rm -f $ids >/dev/null
}

# group ID: the container's cgroup on the host
group() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(tare inspect -f '{{.State.Pid}}' "$1")/cgroup")"; }

@test "run, with output, exit code and network" {
	expect "$(tare run --rm busybox echo hi)" hi
	local rc=0
	tare run --rm busybox sh -c 'exit 42' || rc=$?
	expect "$rc" 42
	expect_match "$(tare run --rm busybox ip addr show eth0)" 'inet 172\.17\.'
	expect "$(tare ps -aq)" ""
}

@test "info says cgroup v2" {
	expect "$(tare info -f '{{.CgroupVersion}}')" 2
}

@test "limits: --memory, --cpus, --pids-limit, seen from inside and outside" {
	local id
	id=$(tare run -d --memory 64m --cpus 0.5 --pids-limit 33 --cpu-shares 512 busybox sleep 1000)
	expect "$(tare exec "$id" sh -c 'cd /sys/fs/cgroup && cat memory.max memory.swap.max cpu.max pids.max' | xargs)" \
		"67108864 67108864 50000 100000 33"
	expect "$(cat "$(group "$id")/memory.max")" 67108864
	expect "$(tare exec "$id" cat /proc/self/cgroup)" 0::/
	tare rm -f "$id" >/dev/null
}

@test "out of memory: killed and told so" {
	local id
	id=$(tare run -d --memory 16m --memory-swap 16m busybox tail /dev/zero)
	expect "$(tare wait "$id")" 137
	expect "$(tare inspect -f '{{.State.OOMKilled}}' "$id")" true
}

@test "pause and unpause, stop" {
	local id
	id=$(tare run -d busybox sleep 1000)
	tare pause "$id" >/dev/null
	expect "$(tare inspect -f '{{.State.Status}}' "$id")" paused
	expect "$(awk '$1 == "frozen" { print $2 }' "$(group "$id")/cgroup.events")" 1
	tare unpause "$id" >/dev/null
	expect "$(tare exec "$id" echo thawed)" thawed
	tare stop -t 1 "$id" >/dev/null
	expect "$(tare inspect -f '{{.State.Status}}' "$id")" exited
}

@test "devices: only what was given" {
	expect_match "$(tare run --rm busybox sh -c 'mknod /k c 1 11 && cat /k' 2>&1 || true)" "Operation not permitted"
	expect "$(tare run --rm --device /dev/vda:/dev/k:r busybox sh -c 'head -c 1 /dev/k >/dev/null && echo read; (echo >/dev/k) 2>/dev/null || echo kept' | xargs)" \
		"read kept"
}
