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
	jq '.process.terminal = false | .root.readonly = false' "$U/config.json" >"$U/config.ok"
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

@test "exec at every state" {
	user_args sleep 1000
	user create -b "$U" c6 </dev/null >/dev/null 2>&1
	expect "$(user state c6 | jq -r .status)" created
	expect "$(user exec c6 sh -c 'id -u; for p in self 1; do readlink /proc/$p/ns/user; done | uniq | wc -l' | xargs)" "0 1"
	expect "$(user exec -d --pid-file "$U/pid" c6 sleep 1000 </dev/null >/dev/null 2>&1; cat "/proc/$(cat "$U/pid")/comm")" sleep
	user start c6
	expect "$(user exec c6 id -u)" 0
	user kill c6 KILL
	wait_for sh -c "[ \"\$(nsenter -t $HOST -n -m '$U/tare-runtime' --root '$U/state' state c6 | jq -r .status)\" = stopped ]"
	fails 255 user exec c6 id
	expect_match "$(message)" "cannot exec in a stopped container"
	user delete c6
}

@test "nothing of the host is in the hands of an init that waits" {
	user_args sleep 1000
	user create -b "$U" c7 </dev/null >/dev/null 2>&1
	user exec c7 sh -c 'for f in /proc/1/fd/*; do readlink $f; done' >"$T/out"
	expect "$(sed "s|^/dev/null$|null|" "$T/out" | sort -u | xargs)" "$U/state/c7/exec.fifo null"
	expect "$(user exec c7 sh -c 'echo x 2>/dev/null >/proc/1/exe; echo $?')" 1
	user delete -f c7
}

# Debian's uidmap: ranges the administrator gave to the user. With capabilities in the bounding set, for setuid programs.
with_ranges() {
	on_host sh -c 'cat >"$1"' sh "$T/passwd" <<<"$(cat /etc/passwd; echo tester:x:1000:1000::/:/bin/sh)"
	echo tester:300000:1000 >"$T/subid"
	for file in passwd subuid subgid; do
		on_host sh -c '[ -e "$1" ] || : >"$1"' sh "/etc/$file"
		on_host mount --bind "$T/$([ $file = passwd ] && echo passwd || echo subid)" "/etc/$file"
	done
}

without_ranges() { for file in passwd subuid subgid; do on_host umount "/etc/$file"; done; }

ranged() { on_host setpriv --reuid 1000 --regid 1000 --clear-groups "$U/tare-runtime" --root "$U/state" "$@"; }

many_ids='.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}, {containerID: 1, hostID: 300000, size: 1000}]
	| .linux.gidMappings = .linux.uidMappings'

@test "several ids, by newuidmap and newgidmap" {
	with_ranges
	user_args sh -c 'id -u; id -g; id -G; grep -c . /proc/self/uid_map; cat /proc/self/setgroups; touch /tmp/mine; chown 7:8 /tmp/mine'
	jq "$many_ids"' | .process.user = {uid: 0, gid: 0, additionalGids: [5, 6]}
		| .process.capabilities |= with_entries(.value += ["CAP_CHOWN"])' "$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	ranged run -b "$U" c8 >"$T/out" 2>"$T/err" || { cat "$T/err"; without_ranges; return 1; }
	without_ranges
	expect "$(xargs <"$T/out")" "0 0 0 5 6 2 allow"
	expect "$(stat -c '%u %g' "$U/rootfs/tmp/mine")" "300006 300007"
	rm "$U/rootfs/tmp/mine"
}

@test "a user of the range: create, exec before and after start" {
	with_ranges
	user_args sleep 1000
	jq "$many_ids"' | .process.user = {uid: 7, gid: 8}' "$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	ranged create -b "$U" c9 </dev/null >/dev/null 2>&1
	ranged exec c9 id -u >"$T/out"
	ranged start c9
	ranged exec -u 9 c9 id -u >>"$T/out"
	awk '/^Uid/ { print $2 }' "/proc/$(ranged state c9 | jq .pid)/status" >>"$T/out"
	ranged delete -f c9
	without_ranges
	expect "$(xargs <"$T/out")" "7 9 300006"
}

@test "ids nobody gave, or without the tools" {
	user_args true
	jq "$many_ids" "$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	fails 1 ranged run -b "$U" c10
	expect_match "$(message)" "failed to use newuidmap on [0-9]+: newuidmap: .*not allowed"
	fails 1 on_host setpriv --reuid 1000 --regid 1000 --clear-groups env PATH=/nowhere "$U/tare-runtime" --root "$U/state" run -b "$U" c10
	expect_match "$(message)" "rootless containers with such id mappings need newuidmap"
	[ -z "$(ls "$U/state")" ]
}

# refused TEXT JQ-EXPRESSION
refused() {
	user_args true
	jq "$2" "$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	fails 1 user run -b "$U" c11
	expect_match "$(message)" "$1"
	[ -z "$(ls "$U/state")" ]
}

@test "what a user cannot have is refused in runc's words" {
	refused 'runc run failed: rootless container requires user namespaces' \
		'.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	refused 'cannot specify gid=5 mount option for rootless container' '.mounts[2].options += ["gid=5"]'
	refused 'id-mapped mounts are not supported for rootless containers' \
		'.mounts += [{destination: "/m", type: "bind", source: "/tmp", options: ["rbind", "idmap"]}]'
	refused 'network devices are not supported for rootless containers' \
		'.linux.namespaces += [{type: "network"}] | .linux.netDevices = {eth0: {}}'
	refused 'unable to setup user: cannot set uid to unmapped user in user namespace' '.process.user = {uid: 5, gid: 0}'
	refused 'unable to setup user: cannot set gid to unmapped user in user namespace' '.process.user = {uid: 0, gid: 5}'
	refused 'unable to setup user: cannot set any additional groups in a rootless container' '.process.user.additionalGids = [5]'
}

@test "without rights over cgroups: limits and paths are errors, neither is none" {
	refused 'cannot set memory limit: container could not join or create cgroup|rootless needs no limits' '.linux.resources = {memory: {limit: 100000000}}'
	refused 'cannot set pids limit: container could not join or create cgroup|rootless needs no limits' '.linux.resources = {pids: {limit: 100}}'
	refused 'unable to apply cgroup configuration: .*[Pp]ermission denied' '.linux.cgroupsPath = "/tare-test-user"'
	# Device rules are in every Docker configuration.
	user_args true
	jq '.linux.resources = {devices: [{allow: false, access: "rwm"}]}' "$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	user run -b "$U" c12
}

@test "a network of its own, tmpfs, devices, a fifo, hooks" {
	user_args sh -c 'ip -o link | wc -l; stat -c %t:%T /dev/null; test -p /dev/pipe && echo fifo; touch /run/x && echo tmpfs; cat /tmp/hooked'
	jq '.linux.namespaces += [{type: "network"}] | .mounts += [{destination: "/run", type: "tmpfs", source: "tmpfs", options: ["size=1m"]}]
		| .linux.devices = [{path: "/dev/pipe", type: "p", major: 0, minor: 0, fileMode: 384}]
		| .hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "id -u >\($r)/tmp/hooked"]}]' --arg r "$U/rootfs" "$U/config.json" >"$U/config.new" &&
		mv "$U/config.new" "$U/config.json"
	mkdir -p "$U/rootfs/run" && chown 1000:1000 "$U/rootfs/run"
	expect "$(user run -b "$U" c13 | xargs)" "1 1:3 fifo tmpfs 0"
	rm "$U/rootfs/tmp/hooked"
}

@test "a terminal" {
	jq '.process.terminal = true | .process.args = ["sh", "-c", "tty; stty size"] | .process.consoleSize = {height: 20, width: 70}' \
		"$U/config.ok" >"$U/config.json"
	expect "$(user run -b "$U" c14 </dev/null | tr -d '\r' | xargs)" "/dev/pts/0 20 70"
}

@test "another's user namespace by path" {
	user_args sleep 1000
	user create -b "$U" c15 </dev/null >/dev/null 2>&1
	local pid
	pid=$(user state c15 | jq .pid)
	user_args sh -c 'id -u; readlink /proc/self/ns/user'
	jq '.linux.namespaces |= map(if .type == "user" then .path = "/proc/\($p)/ns/user" else . end) | del(.linux.uidMappings, .linux.gidMappings)' \
		--argjson p "$pid" "$U/config.json" >"$U/config.new" && mv "$U/config.new" "$U/config.json"
	expect "$(user run -b "$U" c16 | xargs)" "0 $(readlink "/proc/$pid/ns/user")"
	user delete -f c15
}
