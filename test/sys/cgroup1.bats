#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sys/cgroup.h against the kernel's cgroup v1 controllers.
load cgroup

@test "cpusets are handed down to the new group" {
	[ -n "$(file cpuset cpuset.cpus)" ]
	[ -n "$(file cpuset cpuset.mems)" ]
}

@test "every limit lands in its file" {
	cgroupctl apply "$group" '{"memory":{"limit":67108864,"swap":134217728,"reservation":33554432,"swappiness":10,
		"disableOOMKiller":true},"cpu":{"shares":512,"quota":50000,"period":100000,"burst":1000,"cpus":"0","mems":"0"},
		"pids":{"limit":20}}'
	[ "$(file memory memory.limit_in_bytes)" = 67108864 ]
	[ "$(file memory memory.memsw.limit_in_bytes)" = 134217728 ]
	[ "$(file memory memory.soft_limit_in_bytes)" = 33554432 ]
	[ "$(file memory memory.swappiness)" = 10 ]
	[[ $(file memory memory.oom_control) == "oom_kill_disable 1"* ]]
	[ "$(file cpu cpu.shares)" = 512 ]
	[ "$(file cpu cpu.cfs_quota_us)" = 50000 ]
	[ "$(file cpu cpu.cfs_burst_us)" = 1000 ]
	[ "$(file cpuset cpuset.cpus)" = 0 ]
	[ "$(file pids pids.max)" = 20 ]
}

@test "memory and swap grow and shrink together" {
	for m in 64 256 32 512; do
		cgroupctl apply "$group" "{\"memory\":{\"limit\":$((m << 20)),\"swap\":$((m << 21))}}"
		[ "$(file memory memory.limit_in_bytes)" = $((m << 20)) ]
		[ "$(file memory memory.memsw.limit_in_bytes)" = $((m << 21)) ]
	done
	cgroupctl apply "$group" '{"memory":{"limit":-1}}'
	[ "$(file memory memory.memsw.limit_in_bytes)" -gt $((1 << 50)) ]
}

@test "quota and period change together, also when one alone would be refused" {
	cgroupctl apply "$group" '{"cpu":{"quota":5000,"period":10000}}'
	cgroupctl apply "$group" '{"cpu":{"quota":900000,"period":1000000}}'
	cgroupctl apply "$group" '{"cpu":{"quota":2000,"period":4000}}'
	[ "$(file cpu cpu.cfs_period_us)" = 4000 ]
	run cgroupctl apply "$group" '{"cpu":{"shares":1}}'
	[ "$status" = 1 ]
	[[ $output == *"the minimum allowed cpu-shares is 2"* ]]
}

@test "only allowed devices open, and a change takes nothing away meanwhile" {
	cgroupctl apply "$group" '{"devices":[{"allow":false},{"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}]}'
	[ "$(file devices devices.list)" = "c 1:3 rwm" ]
	cgroupctl run "$group" sh -c 'echo x >/dev/null'
	run cgroupctl run "$group" sh -c 'head -c1 </dev/zero'
	[ "$status" != 0 ]
	cgroupctl apply "$group" '{"devices":[{"allow":false},{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"},
		{"allow":true,"type":"c","major":1,"minor":5}]}'
	[ "$(file devices devices.list | sort)" = $'c 1:3 rw\nc 1:5 rwm' ]
	cgroupctl run "$group" sh -c 'head -c1 </dev/zero >/dev/null'
	cgroupctl apply "$group" '{"devices":[{"allow":true}]}'
	[ "$(file devices devices.list)" = "a *:* rwm" ]
}

@test "the OOM killer is counted" {
	cgroupctl apply "$group" '{"memory":{"limit":8388608,"swap":8388608}}'
	[ "$(cgroupctl stats "$group" | awk '/^oom/ { print $2 }')" = 0 ]
	run cgroupctl run "$group" sh -c 'head -c 64M /dev/zero | tail >/dev/null'
	[ "$(cgroupctl stats "$group" | awk '/^oom/ { print $2 }')" -ge 1 ]
}
