#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver on machines without systemd: a bus of the test's own, and fake_systemd on it, which makes the
# groups and writes down what it was asked. test/vm/systemd.bats is the same against systemd itself.
load helpers

setup_file() {
	oci_start
	jq '.linux.cgroupsPath = "a-b.slice:tare:x"' "$B/config.ok" >"$B/config.sd" && mv "$B/config.sd" "$B/config.ok"
	export V2 DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/bus
	V2=$(awk '$(NF-2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
	mkdir "$V2$CGROUP"
	on_host mount -t tmpfs tmpfs /run
	on_host mkdir -p /run/systemd/system
	cat >"$T/bus.conf" <<-EOF
		<busconfig><type>session</type><listen>unix:path=$T/bus</listen><auth>EXTERNAL</auth><policy context="default">
		<allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
	EOF
	dbus-daemon --config-file="$T/bus.conf" --nofork 3>&- &
	export DBUS=$!
	wait_for test -S "$T/bus"
	"$BUILD/test/oci/fake_systemd" "$V2" "$CGROUP" "$T/asked" 3>&- &
	export FAKE=$!
	wait_for answers
}

answers() { timeout 5 "$BIN/tare-scope" set probe.scope </dev/null; }

teardown_file() {
	kill "$FAKE" "$DBUS"
	wait_gone "$FAKE"
	wait_gone "$DBUS"
	on_host umount /run
	oci_end
}

setup() {
	oci_setup
	: >"$T/asked.old"
	UNIT=tare-$C.scope
	config '.linux.cgroupsPath = $p' --arg p "a-b.slice:tare:$C"
	before=$(wc -l <"$T/asked")
}

teardown() { oci_teardown; }

asked() { tail -n "+$((before + 1))" "$T/asked"; }

sd() { rt --systemd-cgroup "$@"; }

create_sd() { sd create -b "$B" "$C" </dev/null >"$T/out" 2>"$T/err" || { cat "$T/err"; return 1; }; }

@test "a container is born in the unit systemd made around its first stage" {
	args sleep 1000
	config '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 30}, devices: [{allow: false, access: "rwm"}]}
		| .annotations = {"org.systemd.property.TimeoutStopSec": "5", "org.systemd.property.KillMode": "\u0027mixed\u0027"}'
	create_sd
	expect "$(asked | head -1)" "start $UNIT replace"
	asked | grep -qx '  Slice s a-b.slice'
	asked | grep -qx '  Delegate b 1'
	asked | grep -qx '  DefaultDependencies b 0'
	asked | grep -qx '  TasksMax t 30'
	asked | grep -qx '  TimeoutStopUSec t 5000000'
	asked | grep -qx '  KillMode s mixed'
	asked | grep -qx '  DevicePolicy s strict'
	asked | grep -q '  DeviceAllow a(ss) .*/dev/char/1:3 rwm'
	expect "$(cut -d: -f3 "/proc/$(rt state "$C" | jq .pid)/cgroup" | sort -u)" "$CGROUP/$UNIT"
	rt start "$C"
	expect "$(rt exec "$C" cut -d: -f3 /proc/self/cgroup | sort -u)" "$CGROUP/$UNIT"
	expect "$(rt exec "$C" sh -c 'cat /sys/fs/cgroup/pids/pids.max')" 30
	rt delete -f "$C"
	asked | grep -qx "stop $UNIT replace"
}

@test "update tells systemd last, and takes all back when it refuses" {
	args sleep 1000
	config '.linux.resources = {pids: {limit: 30}}'
	create_sd
	rt start "$C"
	rt update --pids-limit 20 --cpu-quota 10000 --cpu-period 50000 "$C"
	asked | grep -qx "set $UNIT 1"
	asked | grep -qx '  TasksMax t 20'
	asked | grep -qx '  CPUQuotaPerSecUSec t 200000'
	rt update --cpu-quota 5000 "$C"
	asked | grep -qx '  CPUQuotaPerSecUSec t 100000'
	TARE_FAULT=scope.set:1 fails 1 rt update --pids-limit 10 "$C"
	expect "$(cat /sys/fs/cgroup/*"$CGROUP/$UNIT/pids.max" "$V2$CGROUP/$UNIT/pids.max" 2>/dev/null | head -1)" 20
	rt delete -f "$C"
}

@test "each step that fails leaves neither unit nor group" {
	local point
	for point in scope.start cgroup.mkdir cgroup.apply cgroup.devices runtime.clone runtime-create.state runtime-create.init; do
		TARE_FAULT=$point:1 fails 1 sd create -b "$B" "$C"
		expect_match "$output" "injected fault: $point"
		[ ! -e "$V2$CGROUP/$UNIT" ]
	done
}

@test "a unit that failed before is reset; a job that fails is told" {
	args true
	config '.linux.cgroupsPath = "a.slice:taken:x"'
	sd run -b "$B" "$C"
	expect "$(asked | grep -E '^(start|reset)' | head -3 | xargs)" "start taken-x.scope replace reset taken-x.scope start taken-x.scope replace"
	config '.linux.cgroupsPath = "a.slice:failing:x"'
	fails 1 sd run -b "$B" "$C"
	expect_match "$(message)" 'error creating systemd unit `failing-x.scope`: got `failed`'
	rmdir "$V2$CGROUP/failing-x.scope"
}

@test "without systemd, and with a path of the other driver" {
	args true
	config '.linux.cgroupsPath = "/a/b"'
	fails 1 sd run -b "$B" "$C"
	expect_match "$(message)" 'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/a/b" instead'
	on_host mv /run/systemd /run/gone
	fails 1 sd run -b "$B" "$C"
	on_host mv /run/gone /run/systemd
	expect_match "$(message)" "systemd cgroup flag passed, but systemd support for managing cgroups is not available"
}

@test "the runtime called by another name finds tare-scope" {
	args true
	mkdir "$T/bin"
	ln -s "$BIN/tare-runtime" "$T/bin/runc"
	on_host env PATH="$T/bin:$PATH" runc --root "$RROOT" --systemd-cgroup run -b "$B" "$C"
	on_host "$T/bin/runc" --root "$RROOT" --systemd-cgroup run -b "$B" "$C"
}

@test "a user namespace, run in the foreground" {
	args sh -c 'exit 7'
	config '.linux.namespaces += [{type: "user"}, {type: "cgroup"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$B/rootfs"
	fails 7 sd run -b "$B" "$C"
	chown -R 0:0 "$B/rootfs"
}
