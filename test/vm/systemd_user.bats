#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rootless with limits: an ordinary user's container in a scope of his own systemd, called from a group of root's.
load ../oci/helpers

setup_file() {
	local drop=/run/systemd/system/user@1000.service.d
	mkdir -p "$drop" /run/user/1000
	chown 1000:1000 /run/user/1000
	chmod 700 /run/user/1000
	# No login here: what PAM would have set up is above.
	printf '[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR=/run/user/1000\n' >"$drop/test.conf"
	systemctl daemon-reload
	systemctl start user@1000.service
	oci_start # after it: systemd mounts /run/user/1000
	export U=$T/user
	mkdir "$U"
	cp "$BIN/tare-runtime" "$BIN/tare-scope" "$U/"
	cp -r "$B/rootfs" "$U/"
	chown -R 1000:1000 "$U"
	on_host setpriv --reuid 1000 --regid 1000 --clear-groups "$U/tare-runtime" spec -b "$U" --rootless
	jq '.process.terminal = false | .process.args = ["sleep", "1000"] | .linux.cgroupsPath = "user.slice:tare:me"
		| .linux.resources = {pids: {limit: 20}, memory: {limit: 50003968}}' "$U/config.json" >"$U/config.new"
	cat "$U/config.new" >"$U/config.json"
}

teardown_file() {
	systemctl stop user@1000.service
	oci_end
}

user() {
	XDG_RUNTIME_DIR=/run/user/1000 on_host setpriv --reuid 1000 --regid 1000 --clear-groups \
		"$U/tare-runtime" --root "$U/state" "$@"
}

@test "create, exec, update, pause, delete" {
	local group=/user.slice/user-1000.slice/user@1000.service/user.slice/tare-me.scope
	user --systemd-cgroup create -b "$U" c1 </dev/null >"$T/out" 2>&1 || { cat "$T/out"; return 1; }
	expect "$(cat "/proc/$(user state c1 | jq .pid)/cgroup")" "0::$group"
	user start c1
	expect "$(user exec c1 cat /proc/self/cgroup)" "0::$group"
	expect "$(cat "/sys/fs/cgroup$group"/{pids.max,memory.max} | xargs)" "20 50003968"
	user update --pids-limit 10 c1
	expect "$(cat "/sys/fs/cgroup$group/pids.max")" 10
	user pause c1
	expect "$(user state c1 | jq -r .status)" paused
	user resume c1
	user delete -f c1
	[ ! -e "/sys/fs/cgroup$group" ]
	[ -z "$(ls "$U/state")" ]
}
