#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Id-mapped mounts, with and without a user namespace of the container's own, and bind sources that only the host's
# root gets to.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }

setup() {
	oci_setup
	# Root of a user namespace makes nothing in a root file system of the host's root.
	mkdir -p "$T/src/sub" "$B/rootfs/m"
	echo data >"$T/src/file"
	chown 1000:1001 "$T/src/file"
}

teardown() {
	rm -rf "$T/src" "$B/rootfs/m"
	oci_teardown
}

userns() { # own maps: 0 → 100000, 0 → 200000
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
}

# bind OPTIONS [UID-MAP GID-MAP]: $T/src on /m; a map is [from, to, size]
bind() {
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ($o | split(","))}
		+ if $u == null then {} else {uidMappings: [{containerID: $u[0], hostID: $u[1], size: $u[2]}],
			gidMappings: [{containerID: $g[0], hostID: $g[1], size: $g[2]}]} end]' \
		--arg s "$T/src" --arg o "$1" --argjson u "${2:-null}" --argjson g "${3:-null}"
}

@test "maps of the mount, no user namespace" {
	bind rbind,idmap '[1000, 2000, 2]' '[1000, 3000, 2]'
	expect "$(run_sh 'stat -c "%u %g" /m/file')" "2000 3001"
	# What is made there has the owner the map leads back to.
	config '.process.user = {uid: 2001, gid: 3000}'
	chown 1000:1000 "$T/src" && chmod 777 "$T/src"
	run_sh 'touch /m/made'
	expect "$(stat -c '%u %g' "$T/src/made")" "1001 1000"
}

@test "maps alone are enough, the option is not needed" {
	bind rbind '[1000, 2000, 2]' '[1000, 3000, 2]'
	expect "$(run_sh 'stat -c "%u %g" /m/file')" "2000 3001"
}

@test "an unmapped owner is nobody" {
	bind bind,idmap '[1, 2000, 2]' '[1, 3000, 2]'
	expect "$(run_sh 'stat -c "%u %g" /m/file')" "65534 65534"
}

@test "in a user namespace: the container's own map" {
	userns
	bind rbind,idmap
	expect "$(run_sh 'stat -c "%u %g" /m/file; touch /m/made' | xargs)" "1000 1001"
	# chmod 755, root inside owns nothing outside, but through the map it is the host's root.
	expect "$(stat -c '%u %g' "$T/src/made")" "0 0"
}

@test "in a user namespace: maps of the mount" {
	userns
	bind rbind,idmap '[1000, 100005, 2]' '[1000, 200006, 2]'
	expect "$(run_sh 'stat -c "%u %g" /m/file' | xargs)" "5 7"
}

@test "with a user namespace by path" {
	userns
	args sleep 1000
	create --pid-file "$T/pid"
	config '.linux.namespaces |= map(if .type == "user" then .path = "/proc/\($p)/ns/user" else . end)
		| del(.linux.uidMappings) | del(.linux.gidMappings) | .linux.cgroupsPath += "2"
		| .process.args = ["stat", "-c", "%u %g", "/m/file"]' --argjson p "$(cat "$T/pid")"
	bind rbind,idmap
	expect "$(rt run -b "$B" second)" "1000 1001"
	rm "$T/pid"
}

@test "idmap is for the mount alone, ridmap for those below" {
	# Not a tmpfs: those can be mapped since kernel 6.3 only.
	mkdir "$T/other" && chown 1000:1001 "$T/other"
	on_host mount --bind "$T/other" "$T/src/sub"
	bind rbind,idmap '[1000, 2000, 2]' '[1000, 3000, 2]'
	expect "$(run_sh 'stat -c "%u %g" /m/file /m/sub' | xargs)" "2000 3001 1000 1001"
	cp "$B/config.ok" "$B/config.json"
	bind rbind,ridmap '[1000, 2000, 2]' '[1000, 3000, 2]'
	expect "$(run_sh 'stat -c "%u %g" /m/file /m/sub' | xargs)" "2000 3001 2000 3001"
	on_host umount "$T/src/sub"
	rmdir "$T/other"
}

@test "with other options: read-only, recursive attributes" {
	userns
	bind rbind,idmap,ro,rnosuid,noexec
	expect_match "$(run_sh 'grep " /m " /proc/self/mountinfo; touch /m/x 2>&1')" "ro,nosuid,noexec.*Read-only file system"
}

@test "a file" {
	userns
	rmdir "$B/rootfs/m" && touch "$B/rootfs/m"
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["bind", "idmap"]}]' --arg s "$T/src/file"
	expect "$(run_sh 'stat -c "%u %g" /m')" "1000 1001"
}

@test "what cannot be mapped is refused" {
	bind rbind,idmap
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'id-mapped mounts must have both uid and gid mappings specified'
	cp "$B/config.ok" "$B/config.json"
	config '.mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs", options: ["idmap"]}]'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'id-mapped mounts are only supported for bind-mounts'
	cp "$B/config.ok" "$B/config.json"
	# A file system without the feature.
	config '.mounts += [{destination: "/m", type: "bind", source: "/proc/sys", options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 1, size: 1}], gidMappings: [{containerID: 0, hostID: 1, size: 1}]}]'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'error during container init: error mounting "/proc/sys" to rootfs at "/m": map owners of mount: Invalid argument'
}

@test "a source only the host's root gets to, in a user namespace" {
	userns
	chmod 700 "$T/src"
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["rbind"]}]' --arg s "$T/src/sub"
	run_sh 'cd /m && ls -ld . | cut -c1'
	# runc alike
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["rbind"]}]' --arg s "$T/src/nothing"
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "error mounting \"$T/src/nothing\" to rootfs at \"/m\": .*No such file"
}

@test "what the host forbids on a mount stays forbidden" {
	on_host mount -t tmpfs -o ro,nosuid tmpfs "$T/src/sub"
	userns
	chmod 700 "$T/src"
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["rbind"]}]
		| .process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN"])' --arg s "$T/src/sub"
	expect_match "$(run_sh 'mount -o remount,bind,rw /m 2>&1; grep " /m " /proc/self/mountinfo' | xargs)" \
		"(permission denied|Operation not permitted).* ro,nosuid"
	on_host umount "$T/src/sub"
}

@test "mounts of such sources do not reach the host" {
	on_host mount --bind "$T/src" "$T/src"
	on_host mount --make-shared "$T/src"
	on_host chmod 700 "$T/src"
	userns
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["rbind", "idmap"]}]
		| .process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN"])' --arg s "$T/src"
	run_sh 'mount -t tmpfs tmpfs /m/sub && grep -q " /m/sub " /proc/self/mountinfo'
	refute on_host grep -q " $T/src/sub " /proc/self/mountinfo
	on_host umount "$T/src"
}

@test "the source of a bind is relative to the bundle" {
	mkdir "$B/beside"
	echo near >"$B/beside/file"
	config '.mounts += [{destination: "/m", type: "bind", source: "beside", options: ["rbind"]}]'
	expect "$(run_sh 'cat /m/file')" near
	rm -r "$B/beside"
}

@test "a failure in the middle leaves nothing" {
	userns
	bind rbind,idmap
	TARE_FAULT=runtime.source:1 fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "injected fault: runtime.source"
	[ ! -e "$RROOT/$C" ]
}
