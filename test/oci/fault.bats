#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every step fails once: the error says so, and no mount, process, cgroup or file is left.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }

setup() {
	oci_setup
	rm -f "$T/pid"
	# Everything there can be: a terminal, a filter, sysctls, hooks, a user namespace's parts come apart below.
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
			syscalls: [{names: ["unshare"], action: "SCMP_ACT_ERRNO"}]}
		| .linux.sysctl = {"kernel.shmmax": "12345"} | .linux.resources.pids = {limit: 100}'
}

teardown() { oci_teardown; }

# The points of the source, so that a new one is tested without being named here.
points() { # FILE…
	(cd "$TOP/src" && grep -hoE 'fault_point\("[a-z.-]+"' "$@" | cut -d'"' -f2)
	(cd "$TOP/src" && sed -n '/struct step .*\[\] = {/,/^};/s/^\t{ "\([a-z-]*\)",.*/runtime-create.\1/p' "$@")
}

world() {
	on_host cat /proc/self/mountinfo
	find /sys/fs/cgroup -mindepth 2 -path "*$CGROUP/*" -type d
	ls "$RROOT" 2>/dev/null
	find "$T" -maxdepth 1 -name 'pid*'
	pgrep -f "$RROOT" || true
}

fails_cleanly() { # POINT COMMAND…
	local point=$1 before after
	shift
	before=$(world)
	if TARE_FAULT=$point:1 "$@" </dev/null >"$T/out" 2>&1; then
		echo "$point: did not fail"
		return 1
	fi
	grep -q "injected fault: $point" "$T/out" || { echo "$point: the error does not say why"; cat "$T/out"; return 1; }
	after=$(world)
	[ "$before" = "$after" ] || { echo "$point left:"; diff <(echo "$before") <(echo "$after"); return 1; }
}

@test "create: every step" {
	local point n=0
	for point in $(points runtime/creation.c runtime/launch.c runtime/init.c runtime/rootfs.c runtime/entry.c |
		sort -u | grep -v console); do
		echo "$point"
		fails_cleanly "$point" rt create -b "$B" --pid-file "$T/pid" "$C" || return 1
		n=$((n + 1))
	done
	[ $n -ge 14 ]
	for point in replace cgroup.mkdir cgroup.apply mount.attach mount.oci; do
		fails_cleanly "$point" rt create -b "$B" --pid-file "$T/pid" "$C" || return 1
	done
}

@test "create in a user namespace, with a terminal" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .process.terminal = true'
	local point
	for point in runtime.clone runtime.enter runtime-create.maps rootfs.console; do
		fails_cleanly $point rt create -b "$B" --console-socket "$T/none" "$C" || return 1
	done
}

@test "create whose terminal nobody takes" {
	config '.process.terminal = true'
	local before
	before=$(world)
	fails 1 rt create -b "$B" --console-socket "$T/none" "$C"
	expect_match "$(message)" "none: [Nn]o such file or directory"
	[ "$before" = "$(world)" ]
}

@test "run: every step" {
	local point
	for point in $(points runtime/creation.c runtime/launch.c runtime/entry.c | sort -u); do
		fails_cleanly "$point" rt run -b "$B" "$C" || return 1
	done
}

@test "exec: every step leaves the container running and nothing more" {
	args sleep 1000
	create
	rt start "$C"
	local point
	for point in $(points runtime/enter.c runtime/launch.c runtime/entry.c | grep -v console | sort -u); do
		fails_cleanly "$point" rt exec --pid-file "$T/pid" "$C" true || return 1
	done
	expect "$(rt ps -f json "$C" | jq length)" 1
	expect "$(status)" running
}

@test "delete can be repeated after a failure" {
	local point
	for point in destroy.cgroup destroy.state; do
		create
		TARE_FAULT=$point:1 fails 1 rt delete "$C"
		expect_match "$output" "injected fault: $point"
		rt delete "$C"
		[ ! -e "$RROOT/$C" ]
	done
}

@test "a create that is killed takes its container along; delete -f clears the rest" {
	config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "5"]}]'
	"$BIN/tare-runtime" --root "$RROOT" create -b "$B" "$C" </dev/null >/dev/null 2>&1 3>&- &
	wait_for test -s "$RROOT/$C/state.json"
	local init
	init=$(jq .pid "$RROOT/$C/state.json")
	kill -9 $!
	wait_gone "$init"
	expect "$(status)" stopped
	rt delete -f "$C"
}
