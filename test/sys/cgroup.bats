#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sys/cgroup.h against the kernel, on whatever hierarchies it has. The v2 tests use the v2 tree alone, which also hybrid
# machines have (files that need a controller are the unit tests'). cgroup1.bats has what only v1 shows.
load cgroup

@test "a group is made in every hierarchy and removed from all" {
	[ "$(everywhere | wc -l)" = "$(awk '$(NF-2) ~ /^cgroup2?$/ { print $5 }' /proc/self/mountinfo | wc -l)" ]
	[ "$(cgroupctl save "$group" | grep -c "$group")" = "$(everywhere | wc -l)" ]
	cgroupctl remove "$top"
	[ -z "$(everywhere)" ]
	cgroupctl remove "$top" || [ $? = 1 ]
}

@test "creation that fails leaves nothing behind" {
	local last=5
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || last=1 # the only hierarchy
	cgroupctl remove "$top"
	run env TARE_FAULT=cgroup.mkdir:$last cgroupctl create "$group"
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

@test "a relative path counts from the process's own group, on v2 alone from the one above" {
	local base=$group
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || base=$top
	cgroupctl run "$group" cgroupctl create inner/most
	[ "$(cgroupctl save "$base/inner/most" | wc -l)" = "$(cgroupctl save "$group" | wc -l)" ]
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

@test "signals reach groups below" {
	# In two, and none in their parent: on v2 it could have no processes.
	local below
	for below in below beside; do
		cgroupctl create "$group/$below"
		cgroupctl run "$group/$below" sleep 100 3>&- &
	done
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
	in_group sleep 1.5
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
	mkdir "$v2$group/below"
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
