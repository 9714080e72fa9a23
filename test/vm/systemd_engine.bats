#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# native.cgroupdriver=systemd: the daemon's containers are units of the systemd that runs the machine.
load ../helpers

SLICE=tare-engine.slice

driver() { tared_start --exec-opt native.cgroupdriver=systemd --cgroup-parent "$SLICE"; }

setup_file() {
	host_start
	driver
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
	[ -z "$(systemctl list-units --all --no-legend --plain 'docker-*.scope')" ]
	! find /sys/fs/cgroup -type d -name 'docker-*.scope' | grep .
}

# property ID NAME: of its unit
property() { systemctl show -p "$2" --value "docker-$1.scope"; }

# group ID: its cgroup below the tree's top
group() { sed -n 's/^0:://p' "/proc/$(tare inspect -f '{{.State.Pid}}' "$1")/cgroup"; }

@test "info names the driver" {
	expect "$(tare info -f '{{.CgroupDriver}} {{.CgroupVersion}}')" "systemd 2"
}

@test "a container is a scope with its limits, in the daemon's slice or its own" {
	local id
	id=$(tare run -d --memory 64m --cpus 0.5 --pids-limit 33 busybox sleep 1000)
	expect "$(property "$id" ActiveState) $(property "$id" Slice)" "active $SLICE"
	expect "$(group "$id")" "/tare.slice/$SLICE/docker-$id.scope"
	expect "$(property "$id" MemoryMax) $(property "$id" TasksMax) $(property "$id" CPUQuotaPerSecUSec)" "67108864 33 500ms"
	expect "$(tare exec "$id" cat /sys/fs/cgroup/memory.max /proc/self/cgroup | xargs)" "67108864 0::/"
	id=$(tare run -d --cgroup-parent tare-other.slice busybox sleep 1000)
	expect "$(group "$id")" "/tare.slice/tare-other.slice/docker-$id.scope"
}

@test "top, stats, pause, unpause, stop find the group" {
	local id
	id=$(tare run -d busybox sleep 1000)
	expect_match "$(tare top "$id")" 'sleep 1000'
	[ "$(api GET "/containers/$id/stats?stream=false" | jq .pids_stats.current)" -ge 1 ]
	tare pause "$id" >/dev/null
	expect "$(property "$id" ActiveState) $(cat "/sys/fs/cgroup$(group "$id")/cgroup.freeze")" "active 1"
	tare unpause "$id" >/dev/null
	expect "$(tare exec "$id" echo thawed)" thawed
	tare stop -t 1 "$id" >/dev/null
	expect "$(property "$id" LoadState)" not-found
	tare start "$id" >/dev/null
	expect "$(property "$id" ActiveState)" active
}

@test "what ends leaves no unit: by itself, with --rm, out of memory, when it cannot start" {
	local id
	expect "$(tare run --rm busybox echo hi)" hi
	id=$(tare run -d busybox true)
	tare wait "$id" >/dev/null
	expect "$(property "$id" LoadState)" not-found
	id=$(tare run -d --memory 16m --memory-swap 16m busybox tail /dev/zero)
	expect "$(tare wait "$id")" 137
	wait_for unit_is_gone "$id"
	! tare run --name never busybox /no/such/program
	id=$(tare inspect -f '{{.Id}}' never)
	wait_for unit_is_gone "$id"
}

unit_is_gone() { [ "$(property "$1" LoadState)" = not-found ]; }

@test "the daemon may go and come: what runs is found again, what ended is settled" {
	local stays ends
	stays=$(tare run -d busybox sleep 1000)
	ends=$(tare run -d busybox sleep 1000)
	tare pause "$stays" >/dev/null
	tared_kill9
	systemctl kill -s KILL "docker-$ends.scope"
	driver
	expect "$(tare inspect -f '{{.State.Status}}' "$stays" "$ends" | xargs)" "paused exited"
	tare unpause "$stays" >/dev/null
	expect "$(tare exec "$stays" echo here)" here
}

@test "one made under the other driver starts under this one, and the other way round" {
	local id
	id=$(tare create busybox sleep 1000)
	tared_term
	tared_start --exec-opt native.cgroupdriver=cgroupfs
	tare start "$id" >/dev/null
	expect "$(group "$id")" "$CGROUP/$id"
	tare stop -t 0 "$id" >/dev/null
	tared_term
	driver
	tare start "$id" >/dev/null
	expect "$(group "$id")" "/tare.slice/$SLICE/docker-$id.scope"
}

@test "parents that are no slices are refused in dockerd's words" {
	local text='cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"'
	expect_match "$(tare create --cgroup-parent /a/b busybox true 2>&1 || true)" "$text"
	expect_match "$(on_host "$BIN/tared" --data-root "$T/d2" --exec-root "$T/r2" -H "unix://$T/s2" --pidfile "$T/p2" \
		--exec-opt native.cgroupdriver=systemd --cgroup-parent /x 2>&1 || true)" "${text//\"/.*}"
	rm -rf "$T/d2" "$T/r2" "$T/s2" "$T/p2"
}
