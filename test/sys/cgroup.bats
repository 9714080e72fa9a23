#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sys/cgroup.h against the kernel. Every test has a group of its own, /tare-sys-XXXX, in every hierarchy there is; the v2
# tests use the v2 tree alone, which also hybrid machines have (files that need a controller are the unit tests').

setup() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
	export TARE_BUILD=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	PATH=$TARE_BUILD/test/sys:$PATH
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-sys-XXXXXX")
	top=/tare-sys-${dir##*-}
	group=$top/g
	v2=$(awk '$(NF-2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
	[ -n "$v2" ] || { echo "no cgroup v2 tree is mounted"; return 1; }
	has_v1=$(awk '$(NF-2) == "cgroup" && $NF ~ /memory/ { print $5; exit }' /proc/self/mountinfo)
	cgroupctl create "$group"
}

teardown() {
	[ -n "$top" ] || return 0
	cgroupctl kill "$top" 2>/dev/null || true
	cgroupctl remove "$top" 2>/dev/null || true
	rm -rf "$dir"
	[ -z "$(everywhere)" ]
}

# everywhere: the directories of this test's groups in all hierarchies
everywhere() { find $(awk '$(NF-2) ~ /^cgroup2?$/ { print $5 }' /proc/self/mountinfo) -maxdepth 1 -name "${top#/}"; }

# file CONTROLLER NAME: prints a file of the group on v1
file() { cat "$(cgroupctl save "$group" | awk -F'\t' -v c="$1" '{ split($1, w, " ") } w[3] ~ "(^|,)" c "(,|$)" { print $2 }')/$2"; }

needs_v1() { [ -n "$has_v1" ] || skip "cgroup v1 is not mounted here"; }

# in_v2 VERB [ARG…]: the same group as if the v2 tree were all there is
in_v2() {
	local verb=$1
	shift
	printf 'cgroup v2\n2 %d \t%s\n' ${#v2} "$v2$group" | cgroupctl "$verb" - "$@"
}

# in_group COMMAND…: starts it in the group, in the background, as $pid
in_group() {
	cgroupctl run "$group" "$@" 3>&- &
	pid=$!
}

until_ok() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return 0
		read -rt 0.02 <> <(:) || true
	done
	return 1
}

at_least() { [ "$(cgroupctl pids "$group" | wc -l)" -ge "$1" ]; }
v2_is_populated() { [ -n "$(in_v2 pids)" ]; }
in_group_are() { [ "$(cgroupctl pids "$group" | wc -l)" = "$1" ]; }

@test "a group is made in every hierarchy and removed from all" {
	[ "$(everywhere | wc -l)" = "$(awk '$(NF-2) ~ /^cgroup2?$/ { print $5 }' /proc/self/mountinfo | wc -l)" ]
	[ "$(cgroupctl save "$group" | grep -c "$group")" = "$(everywhere | wc -l)" ]
	cgroupctl remove "$top"
	[ -z "$(everywhere)" ]
	cgroupctl remove "$top" || [ $? = 1 ]
}

@test "creation that fails leaves nothing behind" {
	cgroupctl remove "$top"
	run env TARE_FAULT=cgroup.mkdir:5 cgroupctl create "$group"
	[ "$status" = 1 ]
	[[ $output == *"injected fault: cgroup.mkdir"* ]]
	[ -z "$(everywhere)" ]
}

@test "paths that lead out are refused" {
	for path in .. /a/../b / "" ./.; do
		run cgroupctl create "$path"
		[ "$status" = 1 ]
		[[ $output == *"invalid cgroup path"* ]]
	done
}

@test "a relative path counts from the process's own group" {
	cgroupctl run "$group" cgroupctl create inner/most
	[ "$(cgroupctl save "$group/inner/most" | wc -l)" = "$(cgroupctl save "$group" | wc -l)" ]
}

@test "v1: cpusets are handed down to the new group" {
	needs_v1
	[ -n "$(file cpuset cpuset.cpus)" ]
	[ -n "$(file cpuset cpuset.mems)" ]
}

@test "v1: every limit lands in its file" {
	needs_v1
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

@test "v1: memory and swap grow and shrink together" {
	needs_v1
	for m in 64 256 32 512; do
		cgroupctl apply "$group" "{\"memory\":{\"limit\":$((m << 20)),\"swap\":$((m << 21))}}"
		[ "$(file memory memory.limit_in_bytes)" = $((m << 20)) ]
		[ "$(file memory memory.memsw.limit_in_bytes)" = $((m << 21)) ]
	done
	cgroupctl apply "$group" '{"memory":{"limit":-1}}'
	[ "$(file memory memory.memsw.limit_in_bytes)" -gt $((1 << 50)) ]
}

@test "v1: quota and period change together, also when one alone would be refused" {
	needs_v1
	cgroupctl apply "$group" '{"cpu":{"quota":5000,"period":10000}}'
	cgroupctl apply "$group" '{"cpu":{"quota":900000,"period":1000000}}'
	cgroupctl apply "$group" '{"cpu":{"quota":2000,"period":4000}}'
	[ "$(file cpu cpu.cfs_period_us)" = 4000 ]
	run cgroupctl apply "$group" '{"cpu":{"shares":1}}'
	[ "$status" = 1 ]
	[[ $output == *"the minimum allowed cpu-shares is 2"* ]]
}

@test "v1: only allowed devices open, and a change takes nothing away meanwhile" {
	needs_v1
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

@test "v1: the OOM killer is counted" {
	needs_v1
	cgroupctl apply "$group" '{"memory":{"limit":8388608,"swap":8388608}}'
	[ "$(cgroupctl stats "$group" | awk '/^oom/ { print $2 }')" = 0 ]
	run cgroupctl run "$group" sh -c 'head -c 64M /dev/zero | tail >/dev/null'
	[ "$(cgroupctl stats "$group" | awk '/^oom/ { print $2 }')" -ge 1 ]
}

@test "processes are listed, frozen, thawed and killed" {
	in_group sleep 100
	until_ok in_group_are 1
	[ "$(cgroupctl pids "$group")" = $pid ]
	cgroupctl freeze "$group"
	[ "$(cgroupctl state "$group")" = "frozen 1" ]
	cgroupctl thaw "$group"
	[ "$(cgroupctl state "$group")" = "thawed 1" ]
	cgroupctl freeze "$group"
	cgroupctl kill "$group"
	run wait $pid
	until_ok in_group_are 0
}

@test "signals reach groups below, too" {
	cgroupctl create "$group/below"
	cgroupctl run "$group/below" sleep 100 3>&- &
	in_group sleep 100
	until_ok in_group_are 2
	cgroupctl kill "$group" 15
	until_ok in_group_are 0
	cgroupctl remove "$group"
}

@test "what forks without end is killed all the same" {
	cgroupctl apply "$group" '{"pids":{"limit":60}}' || true
	in_group sh -c 'while :; do (while :; do sleep 0.01; done) & sleep 0.01; done' 2>/dev/null
	until_ok at_least 5
	cgroupctl kill "$group"
	until_ok in_group_are 0
}

@test "removal waits for processes that are leaving, and no longer than it may" {
	in_group sleep 0.3
	until_ok in_group_are 1
	run cgroupctl remove "$group" 20
	[ "$status" = 1 ]
	[[ $output == *"Device or resource busy"* ]]
	cgroupctl remove "$group" 5000
}

@test "a saved group is found again without looking for it" {
	cgroupctl save "$group" >"$dir/saved"
	in_group sleep 100
	until_ok in_group_are 1
	[ "$(cgroupctl pids - <"$dir/saved")" = $pid ]
	cgroupctl kill - <"$dir/saved"
	cgroupctl remove - <"$dir/saved"
	run cgroupctl stats "$group"
	[ "$status" = 1 ]
	[[ $output == *"does not exist"* ]]
}

@test "v2: freezing, killing and removing need no controller" {
	cgroupctl remove "$group"
	mkdir -p "$v2$group/below"
	in_v2 run sleep 100 3>&- &
	until_ok v2_is_populated
	[ "$(in_v2 state)" = "thawed 1" ]
	in_v2 freeze
	[ "$(in_v2 state)" = "frozen 1" ]
	[ "$(cat "$v2$group/cgroup.freeze")" = 1 ]
	in_v2 kill
	in_v2 thaw
	in_v2 remove
	[ ! -e "$v2$group" ]
}

@test "v2: exec finds the group its container went on to" {
	cgroupctl create "$group/below"
	in_group sleep 100
	until_ok in_group_are 1
	until_ok cgroupctl beside "$group" $pid # v2 is joined last
	[ "$(cgroupctl beside "$group" $pid)" = "$v2$group" ]
	echo $pid >"$v2$group/below/cgroup.procs"
	[ "$(cgroupctl beside "$group" $pid)" = "$v2$group/below" ]
	run cgroupctl beside "$group/below" $$
	[ "$status" = 1 ]
	[[ $output == *"is not in cgroup"* ]]
}

@test "v2: device rules are a program, replaced without a gap" {
	in_v2 apply '{"devices":[{"allow":false},{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}]}'
	in_v2 run sh -c 'echo x >/dev/null'
	run in_v2 run sh -c 'head -c1 </dev/zero'
	[ "$status" != 0 ]
	run in_v2 run sh -c "mknod $dir/null c 1 3"
	[ "$status" != 0 ]
	in_v2 apply '{"devices":[{"allow":true},{"allow":false,"type":"c","major":1,"minor":3,"access":"w"}]}'
	in_v2 run sh -c 'head -c1 </dev/zero | wc -c' | grep -qx 1
	in_v2 run sh -c 'cat </dev/null'
	run in_v2 run sh -c 'echo x >/dev/null'
	[ "$status" != 0 ]
}
