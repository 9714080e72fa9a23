#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which limit is in which file, and update, where all controllers are cgroup v2's. What limits do is v2.bats.
load ../oci/helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

# file NAME…: what they say in the container's group, in one line
file() { (cd "/sys/fs/cgroup$CGROUP/c" && cat "$@" | xargs); }

start_sleeping() {
	args sleep 1000
	create || { cat "$T/err"; return 1; }
	rt start "$C"
}

@test "every limit of the spec is in its file" {
	config '.linux.resources += {
		memory: {limit: 67108864, reservation: 33554432, swap: 134217728},
		cpu: {shares: 2048, quota: 25000, period: 50000, burst: 1000, cpus: "0", mems: "0"},
		pids: {limit: 33}, hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"memory.high": "60002304", "memory.oom.group": "1"}}'
	start_sleeping
	expect "$(file memory.max memory.low memory.swap.max memory.high memory.oom.group)" "67108864 33554432 67108864 60002304 1"
	expect "$(file cpu.weight cpu.max cpu.max.burst cpuset.cpus cpuset.mems pids.max)" "174 25000 50000 1000 0 0 33"
	expect "$(file hugetlb.2MB.max)" 4194304
}

@test "what the kernel lacks fails by name" {
	config '.linux.resources.unified = {"frob.max": "1"}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'unified resource "frob.max" can.t be set: controller "frob" not available'
	config '.linux.resources.unified = {} | .linux.resources.cpu = {realtimeRuntime: 5}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "realtime CPU limits are not supported on cgroup v2"
	config '.linux.resources.cpu = {} | .linux.resources.memory = {swap: 5000000}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "unable to set swap limit without memory limit"
}

@test "update changes a running container, or nothing of it" {
	config '.linux.resources.cpu = {quota: 25000, period: 50000}'
	start_sleeping
	rt update --memory 64M --memory-swap 128M --pids-limit 20 --cpu-quota 10000 "$C"
	expect "$(file memory.max memory.swap.max pids.max cpu.max)" "67108864 67108864 20 10000 50000"
	echo '{"memory":{"limit":33554432},"cpu":{"shares":900},"hugepageLimits":[{"pageSize":"3MB","limit":1}]}' >"$T/r.json"
	fails 1 rt update -r "$T/r.json" "$C"
	expect "$(file memory.max cpu.weight pids.max)" "67108864 100 20"
	echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' >"$T/r.json"
	fails 1 rt update -r "$T/r.json" "$C"
	expect_match "$(message)" "rejecting memory limit 4096 < usage"
	rt update --memory -1 --pids-limit -1 "$C"
	expect "$(file memory.max memory.swap.max pids.max)" "max max max"
}

@test "statistics" {
	start_sleeping
	rt events --stats "$C" >"$T/stats"
	expect "$(jq -r '.data.pids.current, (.data.memory.usage.usage > 0), (.data.memory.raw.anon > 0), .data.memory.usage.limit > 9e18,
		(.data.cpu.usage.total > 0), (.data | has("hugetlb"))' "$T/stats" | xargs)" "1 true true true true true"
}

@test "a container starts with half a megabyte of memory" {
	config '.linux.resources.memory = {limit: 524288}'
	args true
	rt run -b "$B" "$C"
}
