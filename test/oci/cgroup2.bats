#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The same on a machine that has cgroup v2 alone: made of a hybrid one by hiding the v1 hierarchies in the private
# host. Controllers may be missing there; processes, freezing, killing and devices need none.
load helpers

setup_file() {
	oci_start
	on_host umount -l /sys/fs/cgroup
	on_host mount -t cgroup2 cgroup2 /sys/fs/cgroup
	jq 'del(.linux.resources.memory, .linux.resources.cpu, .linux.resources.pids, .linux.resources.blockIO)' \
		"$B/config.ok" >"$B/config.v2" && mv "$B/config.v2" "$B/config.ok"
}

teardown_file() {
	on_host rmdir "/sys/fs/cgroup$CGROUP"
	oci_end
}
setup() { oci_setup; }
teardown() { oci_teardown; }

@test "init is born in its group, exec too" {
	args sleep 1000
	create
	expect "$(cut -d: -f3 <(grep '^0:' "/proc/$(rt state "$C" | jq .pid)/cgroup"))" "$CGROUP/c"
	rt start "$C"
	expect "$(rt exec "$C" grep '^0:' /proc/self/cgroup)" "0::$CGROUP/c"
	expect "$(rt ps -f json "$C" | jq length)" 1
	on_host mkdir "/sys/fs/cgroup$CGROUP/c/sub"
	expect "$(rt exec --cgroup sub "$C" grep '^0:' /proc/self/cgroup)" "0::$CGROUP/c/sub"
	rt delete -f "$C"
	refute on_host test -e "/sys/fs/cgroup$CGROUP/c"
}

@test "pause, kill while paused" {
	args sleep 1000
	create
	rt start "$C"
	rt pause "$C"
	expect "$(status)" paused
	rt resume "$C"
	expect "$(status)" running
	rt pause "$C"
	rt kill "$C" KILL
	until_stopped
}

@test "devices are guarded by a program" {
	config '.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
	run_sh 'head -c1 /dev/zero >/dev/null && echo zero; mknod /tmp/kmsg c 1 11 && echo made; cat /tmp/kmsg 2>&1' >"$T/out" || true
	expect "$(grep -cE '^(zero|made)$|Operation not permitted' "$T/out")" 3
	rm -f "$B/rootfs/tmp/kmsg"
}

@test "the cgroup mount with and without a cgroup namespace" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	expect "$(run_sh 'cat /proc/self/cgroup | grep ^0:; cat /sys/fs/cgroup/cgroup.procs | head -1' | xargs)" "0::/ 1"
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	expect "$(run_sh 'test -e /sys/fs/cgroup/cgroup.controllers && touch /sys/fs/cgroup/x 2>&1 | grep -c Read-only')" 1
}

@test "a failed step leaves no group" {
	local point
	for point in runtime.clone runtime.enter cgroup.join rootfs.mount runtime-create.init; do
		TARE_FAULT=$point:1 fails 1 rt create -b "$B" "$C"
		expect_match "$output" "injected fault: $point"
		refute on_host test -e "/sys/fs/cgroup$CGROUP/c"
	done
}

@test "exec goes where init is when the container's group only holds groups" {
	config '.linux.namespaces += [{type: "cgroup"}] | .process.capabilities |= with_entries(.value += ["CAP_SYS_ADMIN"])
		| .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	args sh -c 'cd /sys/fs/cgroup && mkdir init && echo 1 >init/cgroup.procs && echo +hugetlb >cgroup.subtree_control &&
		echo ready && exec sleep 1000'
	create
	rt start "$C"
	wait_for grep -q ready "$T/out"
	expect "$(rt exec "$C" grep '^0:' /proc/self/cgroup)" "0::/init"
	rt delete -f "$C"
}
