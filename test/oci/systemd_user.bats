#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd driver for an ordinary user, whose processes come from a group of root's and can only be moved by systemd: on
# cgroup v2 alone, made as in cgroup2.bats, with fake_systemd on a bus of the test's own.
load helpers

setup_file() {
	oci_start
	on_host umount -l /sys/fs/cgroup
	on_host mount -t cgroup2 cgroup2 /sys/fs/cgroup
	on_host mkdir "/sys/fs/cgroup$CGROUP"
	on_host mount -t tmpfs tmpfs /run
	on_host mkdir -p /run/systemd/system
	cat >"$T/bus.conf" <<-EOF
		<busconfig><type>session</type><listen>unix:path=$T/bus</listen><auth>EXTERNAL</auth><policy context="default">
		<allow user="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
	EOF
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/bus DBUS_SESSION_BUS_ADDRESS=unix:path=$T/bus
	dbus-daemon --config-file="$T/bus.conf" --nofork 3>&- &
	export DBUS=$!
	wait_for test -S "$T/bus"
	nsenter -t "$HOST" -n -m -- "$BUILD/test/oci/fake_systemd" /sys/fs/cgroup "$CGROUP" "$T/asked" 3>&- &
	export FAKE=$! # nsenter becomes it
	wait_for answers
	export U=$T/user
	mkdir "$U"
	cp "$BIN/tare-runtime" "$BIN/tare-scope" "$U/"
	cp -r "$B/rootfs" "$U/"
	chown -R 1000:1000 "$U"
	chmod 1777 "$T"
	as_user "$U/tare-runtime" spec -b "$U" --rootless
	jq '.process.terminal = false | .linux.cgroupsPath = "user.slice:tare:me"' "$U/config.json" >"$U/config.ok"
}

answers() { timeout 5 "$BIN/tare-scope" set probe.scope </dev/null; }

teardown_file() {
	kill "$FAKE" "$DBUS"
	wait_gone "$FAKE"
	wait_gone "$DBUS"
	on_host umount /run
	on_host rmdir "/sys/fs/cgroup$CGROUP"
	chmod 711 "$T"
	oci_end
}

as_user() { on_host setpriv --reuid 1000 --regid 1000 --clear-groups --bounding-set -all "$@"; }

user() { as_user "$U/tare-runtime" --root "$U/state" --systemd-cgroup "$@"; }

user_args() {
	local IFS=$'\x1f'
	jq '.process.args = ($a | split("\u001f"))' --arg a "$*" <"$U/config.ok" >"$U/config.json"
}

own_group() { grep ^0: "/proc/$1/cgroup"; }

@test "create, exec, pause, delete in a scope of the user's" {
	user_args sleep 1000
	user create -b "$U" c1 </dev/null >"$T/out" 2>"$T/err" || { cat "$T/err"; return 1; }
	expect "$(own_group "$(user state c1 | jq .pid)")" "0::$CGROUP/tare-me.scope"
	user start c1
	user exec -d --pid-file "$U/pid" c1 sleep 1000 </dev/null >/dev/null 2>"$T/err" || { cat "$T/err"; return 1; }
	expect "$(own_group "$(cat "$U/pid")")" "0::$CGROUP/tare-me.scope"
	grep -q '^attach tare-me.scope' "$T/asked"
	user pause c1
	expect "$(user state c1 | jq -r .status)" paused
	user resume c1
	user delete -f c1
	refute on_host test -e "/sys/fs/cgroup$CGROUP/tare-me.scope"
	[ -z "$(ls "$U/state")" ]
}

@test "a writable cgroup mount comes with a group that is the container's" {
	user_args sh -c 'mkdir /sys/fs/cgroup/mine && echo 1 >/sys/fs/cgroup/mine/cgroup.procs && grep ^0 /proc/self/cgroup'
	jq '.linux.namespaces += [{type: "cgroup"}] | .mounts |= map(select(.destination != "/sys/fs/cgroup"))
		| .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw", "nosuid", "noexec", "nodev"]}]' \
		"$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	expect "$(user run -b "$U" c2)" "0::/mine"
	refute on_host test -e "/sys/fs/cgroup$CGROUP/tare-me.scope"
}

@test "exec does not go on outside of the group when systemd will not help" {
	user_args sleep 1000
	user create -b "$U" c3 </dev/null >/dev/null 2>&1
	user start c3
	TARE_FAULT=scope.attach:1 fails 255 user exec c3 true
	expect_match "$(message)" "injected fault: scope.attach"
	user delete -f c3
}
