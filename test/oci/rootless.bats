#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# An ordinary user, without rights over anything: `spec --rootless` in a user namespace, no cgroup.
load helpers

setup_file() {
	oci_start
	export U=$T/user
	mkdir "$U"
	cp "$BIN/tare-runtime" "$U/"
	cp -r "$B/rootfs" "$U/"
	chown -R 1000:1000 "$U"
	# Programs linked at run time (sanitized ones) log there too.
	chmod 1777 "$T"
	as_user "$U/tare-runtime" spec -b "$U" --rootless
	jq '.process.terminal = false' "$U/config.json" >"$U/config.ok"
}

teardown_file() {
	chmod 711 "$T"
	oci_end
}

as_user() { on_host setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all "$@"; }

user() { as_user "$U/tare-runtime" --root "$U/state" "$@"; }

user_args() {
	local IFS=$'\x1f'
	jq '.process.args = ($a | split("\u001f"))' --arg a "$*" <"$U/config.ok" >"$U/config.json"
}

@test "run: root inside, the user outside" {
	user_args sh -c 'id -u; cat /proc/self/uid_map; echo x >/dev/null && echo dev'
	expect "$(user run -b "$U" c1 | xargs)" "0 0 1000 1 dev"
	[ -z "$(ls "$U/state")" ]
}

@test "create, start, exec, delete" {
	user_args sleep 1000
	user create -b "$U" c2 </dev/null >/dev/null 2>&1
	user start c2
	expect "$(user exec c2 id -u)" 0
	fails 255 user exec c2 foo
	expect "$(message)" 'exec failed: unable to start container process: exec: "foo": executable file not found in $PATH'
	user delete -f c2
	fails 1 user state c2
}

@test "it runs from a sealed copy of its program" {
	user_args sleep 1000
	user create -b "$U" c3 </dev/null >/dev/null 2>&1
	expect_match "$(readlink "/proc/$(user state c3 | jq .pid)/exe")" '^/memfd:tare-runtime \(deleted\)$'
	user delete -f c3
	TARE_FAULT=runtime.seal:1 fails 1 user run -b "$U" c4
	expect_match "$output" "injected fault: runtime.seal"
	[ -z "$(ls "$U/state")" ]
}

@test "--rootless false insists on the cgroup" {
	user_args true
	fails 1 user --rootless false run -b "$U" c5
	expect_match "$(message)" "unable to apply cgroup configuration"
	[ -z "$(ls "$U/state")" ]
}
