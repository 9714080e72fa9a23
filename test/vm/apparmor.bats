#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# AppArmor profiles of init and exec, where the kernel has AppArmor on: tools/vm/run.sh --systemd BUILD test/vm/apparmor.bats
load ../oci/helpers

setup_file() {
	oci_start
	# systemd mounts it at first sight, and that would be in the middle of a test.
	on_host ls /proc/sys/fs/binfmt_misc >/dev/null
	# Nothing may be written below /tmp/deny; all else is free.
	cat >"$T/profile" <<-'P'
		#include <tunables/global>
		profile tare-test flags=(attach_disconnected,mediate_deleted) {
			file,
			capability,
			signal,
			mount,
			umount,
			ptrace,
			network,
			unix,
			deny /tmp/deny/** w,
		}
	P
	sed -i '/^\t*#include/d' "$T/profile"
	on_host apparmor_parser -r "$T/profile"
	mkdir -p "$B/rootfs/tmp/deny"
}

teardown_file() {
	on_host apparmor_parser -R "$T/profile"
	oci_end
}

setup() { oci_setup; }
teardown() { oci_teardown; }

label='cat /proc/self/attr/current'

@test "init is in its profile, and held by it" {
	config '.process.apparmorProfile = "tare-test"'
	run_sh "$label; touch /tmp/free /tmp/deny/x 2>&1; rm /tmp/free" >"$T/out" || true
	expect "$(head -1 "$T/out")" "tare-test (enforce)"
	expect_match "$(cat "$T/out")" "/tmp/deny/x: Permission denied"
}

@test "with no_new_privs, a filter, a plain user, a user namespace" {
	config '.process.apparmorProfile = "tare-test" | .process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["unshare"], action: "SCMP_ACT_ERRNO"}]}'
	expect "$(run_sh "$label")" "tare-test (enforce)"
	cp "$B/config.ok" "$B/config.json"
	config '.process.apparmorProfile = "tare-test" | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	expect "$(run_sh "$label")" "tare-test (enforce)"
}

@test "without a profile, and with unconfined, it is free" {
	expect "$(run_sh "$label")" unconfined
	config '.process.apparmorProfile = "unconfined"'
	expect "$(run_sh "$label")" unconfined
}

@test "exec: the container's, another by flag, one by process.json" {
	config '.process.apparmorProfile = "tare-test"'
	args sleep 1000
	create
	rt start "$C"
	expect "$(rt exec "$C" sh -c "$label")" "tare-test (enforce)"
	expect "$(rt exec --apparmor unconfined "$C" sh -c "$label")" unconfined
	jq -n --arg l "$label" '{user: {uid: 0, gid: 0}, args: ["sh", "-c", $l], cwd: "/", env: ["PATH=/bin"], apparmorProfile: "tare-test"}' >"$T/process.json"
	expect "$(rt exec --process "$T/process.json" "$C")" "tare-test (enforce)"
}

@test "a profile nobody loaded is an error" {
	config '.process.apparmorProfile = "tare-nowhere"'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "error during container init: unable to apply apparmor profile: apparmor failed to apply profile: write /proc/thread-self/attr/apparmor/exec: No such file"
}

@test "a volume over /proc does not fake the profile (CVE-2019-16884)" {
	mkdir -p "$T/fake/self/attr" "$T/fake/thread-self/attr/apparmor"
	touch "$T/fake/thread-self/attr/apparmor/exec" "$T/fake/self/attr/exec"
	config '.process.apparmorProfile = "tare-test" | .mounts |= map(select(.destination != "/proc"))
		+ [{destination: "/proc", type: "bind", source: $s, options: ["rbind"]}] | .linux.maskedPaths = [] | .linux.readonlyPaths = []' --arg s "$T/fake"
	fails 1 rt create -b "$B" "$C"
	[ ! -s "$T/fake/thread-self/attr/apparmor/exec" ]
	rm -r "$T/fake"
}

@test "features and what runc and crun say" {
	config '.process.apparmorProfile = "tare-test"'
	args sh -c "$label"
	local ours
	ours=$(rt run -b "$B" "$C")
	for other in runc crun; do
		command -v "$other" >/dev/null || continue
		jq '.ociVersion = "1.0.2"' "$B/config.json" >"$B/config.new" && mv "$B/config.new" "$B/config.json"
		expect "$(peer "$other" run -b "$B" "$C")" "$ours"
	done
	rt features | jq -e .linux.apparmor.enabled
}
