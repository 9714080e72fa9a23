#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits as a container has them where the controllers are cgroup v1's: every field of linux.resources, and what update does
# to a running container.
load helpers

setup_file() {
	[ -d /sys/fs/cgroup/memory ] || { echo "cgroup v1 is not mounted"; return 1; }
	oci_start
}
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

# file CONTROLLER NAME: what it says in the container's group
file() { cat "/sys/fs/cgroup/$1$CGROUP/c/$2"; }

start_sleeping() {
	args sleep 1000
	create
	rt start "$C"
}

@test "every limit of the spec is in its file" {
	config '.linux.resources += {
		memory: {limit: 67108864, reservation: 33554432, swap: 134217728, swappiness: 20, disableOOMKiller: true, kernelTCP: 1048576},
		cpu: {shares: 512, quota: 25000, period: 50000, burst: 1000, cpus: "0", mems: "0"},
		pids: {limit: 33}, hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	start_sleeping
	expect "$(file memory memory.limit_in_bytes) $(file memory memory.soft_limit_in_bytes) $(file memory memory.memsw.limit_in_bytes)" \
		"67108864 33554432 134217728"
	expect "$(file memory memory.swappiness) $(file memory memory.kmem.tcp.limit_in_bytes) $(file memory memory.oom_control | head -1)" \
		"20 1048576 oom_kill_disable 1"
	expect "$(file cpu cpu.shares) $(file cpu cpu.cfs_quota_us) $(file cpu cpu.cfs_period_us) $(file cpu cpu.cfs_burst_us)" \
		"512 25000 50000 1000"
	expect "$(file cpuset cpuset.cpus) $(file cpuset cpuset.mems) $(file pids pids.max)" "0 0 33"
	expect "$(cat /sys/fs/cgroup/*"$CGROUP"/c/hugetlb.2MB.{limit_in_bytes,max} 2>/dev/null)" 4194304 # v2 on hybrid machines
	expect "$(rt exec "$C" sh -c 'grep -c . /proc/self/cgroup; grep -v /c$ /proc/self/cgroup' | xargs)" \
		"$(grep -c . /proc/self/cgroup)"
}

@test "what the kernel lacks fails by name" {
	config '.linux.resources.hugepageLimits = [{pageSize: "3MB", limit: 1}]'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "hugetlb.3MB.(limit_in_bytes|max): .*[Nn]o such file"
	config '.linux.resources.hugepageLimits = [] | .linux.resources.unified = {"memory.high": "1"}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "invalid configuration: cannot use unified on cgroup v1"
}

@test "update changes a running container, or nothing of it" {
	start_sleeping
	rt update --memory 64M --memory-swap 128M --pids-limit 20 --cpu-share 700 "$C"
	expect "$(file memory memory.limit_in_bytes) $(file pids pids.max) $(file cpu cpu.shares)" "67108864 20 700"
	echo '{"memory":{"limit":33554432,"swap":33554432},"cpu":{"shares":900},"hugepageLimits":[{"pageSize":"3MB","limit":1}]}' >"$T/r.json"
	fails 1 rt update -r "$T/r.json" "$C"
	expect_match "$(message)" "hugetlb.3MB"
	expect "$(file memory memory.limit_in_bytes) $(file memory memory.memsw.limit_in_bytes) $(file cpu cpu.shares)" \
		"67108864 134217728 700"
	TARE_FAULT=cgroup.update:1 fails 1 rt update --pids-limit 5 "$C"
	expect "$(file pids pids.max)" 20
}

@test "a container starts with half a megabyte of memory" {
	local limit=524288
	# a sanitizer's own memory counts too
	! grep -qE '__(asan|tsan)_init' "$BIN/tare-runtime" || limit=67108864
	config '.linux.resources.memory = {limit: $n}' --argjson n $limit
	args true
	rt run -b "$B" "$C"
	start_sleeping
	expect "$(file memory memory.limit_in_bytes)" $limit
	expect "$(rt exec "$C" echo here)" here
}

@test "a group in use is not taken" {
	start_sleeping
	fails 1 rt create -b "$B" "$C-2"
	expect_match "$(message)" "container's cgroup is not empty: 1 process\(es\) found"
	expect "$(status)" running
	expect "$(file pids pids.current)" 1
}
