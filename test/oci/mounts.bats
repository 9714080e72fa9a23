#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The container's file system: mounts and their options, masks, read-only paths, devices; and that no path
# of the image leads out of it.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }

setup() {
	oci_setup
	mkdir -p "$T/src/sub"
	echo data >"$T/src/file"
}

teardown() {
	rm -rf "$T/src" "$B/rootfs/m"
	oci_teardown
}

# bind DEST OPTIONS…: $T/src there
bind() {
	local dest=$1 IFS=,
	shift
	config '.mounts += [{destination: $d, type: "bind", source: $s, options: ($o | split(","))}]' \
		--arg d "$dest" --arg s "$T/src" --arg o "$*"
}

mount_line() { run_sh "grep ' $1 ' /proc/self/mountinfo"; }

@test "a bind mount is writable, with ro it is not" {
	bind /m/rw rbind
	bind /m/ro rbind ro
	run_sh 'echo x >/m/rw/new; cat /m/ro/new; echo y >/m/ro/new' >"$T/out" 2>&1 || true
	expect "$(head -1 "$T/out")" x
	expect_match "$(cat "$T/out")" "Read-only file system"
}

@test "a file is bound on a file" {
	config '.mounts += [{destination: "/m/name", type: "bind", source: $s, options: ["bind", "ro"]}]' --arg s "$T/src/file"
	expect "$(run_sh 'cat /m/name')" data
	rm "$B/rootfs/m/name"
}

@test "a missing source is an error that names it" {
	config '.mounts += [{destination: "/m", type: "bind", source: "/nowhere/at/all", options: ["rbind"]}]'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'error during container init: error mounting "/nowhere/at/all" to rootfs at "/m": .*[Nn]o such file'
}

@test "options: nosuid nodev noexec, times, propagation" {
	bind /m rbind nosuid nodev noexec noatime rprivate
	expect_match "$(mount_line /m)" "ro,|rw,nosuid,nodev,noexec,noatime"
	cp "$B/rootfs/bin/busybox" "$T/src/busybox"
	expect_match "$(run_sh '/m/busybox true 2>&1 || true')" "Permission denied"
}

@test "every attribute, of one mount and of all below" {
	on_host mount -t tmpfs tmpfs "$T/src"
	on_host mkdir -p "$T/src/sub"
	on_host mount -t tmpfs tmpfs "$T/src/sub"
	local option own below
	flags() { cut -d' ' -f5,6 <<<"$1" | xargs; }
	while read -r option own below; do
		cp "$B/config.ok" "$B/config.json"
		bind /m rbind "${option//+/,}"
		expect "$option: $(flags "$(run_sh "grep ' /m' /proc/self/mountinfo")")" "$option: /m $own /m/sub $below"
	done <<-'E'
		ro ro,relatime rw,relatime
		rro ro,relatime ro,relatime
		rro+rrw rw,relatime rw,relatime
		nosuid rw,nosuid,relatime rw,relatime
		rnosuid rw,nosuid,relatime rw,nosuid,relatime
		nodev rw,nodev,relatime rw,relatime
		rnodev rw,nodev,relatime rw,nodev,relatime
		noexec rw,noexec,relatime rw,relatime
		rnoexec rw,noexec,relatime rw,noexec,relatime
		noatime rw,noatime rw,relatime
		rnoatime rw,noatime rw,noatime
		strictatime rw rw,relatime
		rstrictatime rw rw
		rnoatime+relatime rw,relatime rw,noatime
		nodiratime rw,nodiratime,relatime rw,relatime
		rnodiratime rw,nodiratime,relatime rw,nodiratime,relatime
		nosymfollow rw,relatime,nosymfollow rw,relatime
		rnosymfollow rw,relatime,nosymfollow rw,relatime,nosymfollow
		ro+rnosuid+noexec ro,nosuid,noexec,relatime rw,nosuid,relatime
		rro+rnosuid+rsuid ro,relatime ro,relatime
	E
	on_host umount "$T/src/sub" "$T/src"
}

@test "nosymfollow: links there lead nowhere" {
	ln -s file "$T/src/link"
	bind /m rbind nosymfollow
	expect_match "$(run_sh 'cat /m/file /m/link 2>&1')" "data.*Too many levels of symbolic links|data.*[sS]ymbolic link"
}

@test "every propagation of a mount, as runc has it" {
	on_host mount -t tmpfs tmpfs "$T/src"
	on_host mount --make-shared "$T/src"
	local option ours
	for option in private rprivate slave rslave shared rshared unbindable runbindable rslave,rshared; do
		cp "$B/config.ok" "$B/config.json"
		# without cgroups: on v2 runc's mount of them takes options from the host's
		config '.ociVersion = "1.0.2" | .mounts |= map(select(.type != "cgroup"))'
		bind /m rbind "$option"
		args sh -c 'grep " /m " /proc/self/mountinfo | cut -d" " -f7- | sed "s/:[0-9]*//"'
		ours=$(rt run -b "$B" "$C")
		expect "$option: $ours" "$option: $(peer runc run -b "$B" "$C")"
	done
	on_host umount "$T/src"
}

@test "every propagation of the root" {
	local kind expected
	while read -r kind expected; do
		config '.linux.rootfsPropagation = $k' --argjson k "\"$kind\""
		expect "$kind: $(run_sh 'head -1 /proc/self/mountinfo | cut -d" " -f7 | cut -d: -f1')" "$kind: $expected"
	done <<-'E'
		private -
		rprivate -
		slave -
		rslave -
		shared shared
		rshared shared
		unbindable unbindable
		runbindable unbindable
	E
	config '.linux.rootfsPropagation = "rprivate"'
	fails 1 rt create --no-pivot -b "$B" "$C"
	expect "$(message)" "runc create failed: rootfsPropagation of [r]private is not safe without pivot_root"
}

@test "a read-only tmpfs, a read-only /dev: what belongs there still gets there" {
	config '.mounts += [{destination: "/m", type: "tmpfs", source: "tmpfs", options: ["ro"]},
		{destination: "/m/deep/down", type: "bind", source: $s, options: ["rbind"]}]
		| .mounts |= map(if .destination == "/dev" then .options += ["ro"] else . end)' --arg s "$T/src"
	expect "$(run_sh 'cat /m/deep/down/file; touch /m/deep/down/new && echo new; touch /m/x /dev/x 2>&1 | grep -c "Read-only"; echo x >/dev/null && echo null; touch /dev/shm/y && echo shm' | xargs)" \
		"data new 2 null shm"
}

@test "devices of every type" {
	config '.linux.devices = [{path: "/dev/p", type: "p", major: 0, minor: 0, fileMode: 420, uid: 1, gid: 2},
		{path: "/dev/deep/u", type: "u", major: 1, minor: 3}, {path: "/dev/b", type: "b", major: 7, minor: 0, fileMode: 432, uid: 3, gid: 4},
		{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 384}]'
	expect "$(run_sh 'for f in p deep/u b null; do stat -c "%F %a %u %g %t:%T" /dev/$f; done' | paste -sd,)" \
		"fifo 644 1 2 0:0,character special file 666 0 0 1:3,block special file 660 3 4 7:0,character special file 600 0 0 1:3"
	# In a user namespace the host's nodes are bound; a fifo is made.
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = .linux.uidMappings | .linux.devices = [{path: "/dev/p", type: "p", major: 0, minor: 0, uid: 5},
		{path: "/dev/kmsg", type: "c", major: 1, minor: 11}]'
	expect "$(run_sh 'stat -c "%F %u" /dev/p; stat -c "%t:%T" /dev/kmsg /dev/zero; grep -c " /dev/kmsg " /proc/self/mountinfo' | paste -sd,)" "fifo 5,1:b,1:5,1"
}

@test "rro covers the mounts below, ro does not" {
	on_host mount -t tmpfs tmpfs "$T/src/sub"
	bind /m rbind rro
	expect_match "$(run_sh 'touch /m/sub/x 2>&1 || true')" "Read-only file system"
	cp "$B/config.ok" "$B/config.json"
	bind /m rbind ro
	run_sh 'touch /m/sub/x'
	on_host umount "$T/src/sub"
}

@test "propagation: rslave sees later mounts of the host, rprivate does not" {
	on_host mount -t tmpfs tmpfs "$T/src"
	on_host mount --make-shared "$T/src"
	on_host mkdir "$T/src/late"
	bind /m/slave rbind rslave
	bind /m/private rbind rprivate
	args sleep 1000
	create
	rt start "$C"
	on_host mount -t tmpfs tmpfs "$T/src/late"
	rt exec "$C" grep -q ' /m/slave/late ' /proc/self/mountinfo
	refute rt exec "$C" grep -q ' /m/private/late ' /proc/self/mountinfo
	rt delete -f "$C"
	on_host umount "$T/src/late" "$T/src"
}

@test "rshared gives the container's mounts to the host" {
	on_host mount -t tmpfs tmpfs "$T/src"
	on_host mount --make-shared "$T/src"
	on_host mkdir "$T/src/up"
	bind /m rbind rshared
	config '.linux.rootfsPropagation = "rshared" | .process.capabilities |= with_entries(.value = ["CAP_SYS_ADMIN"])'
	args sh -c 'mount -t tmpfs tmpfs /m/up && echo done && sleep 1000'
	create
	rt start "$C"
	wait_for grep -q done "$T/out"
	on_host grep -q " $T/src/up " /proc/self/mountinfo
	rt delete -f "$C"
	on_host umount "$T/src/up" "$T/src"
}

@test "tmpfs with size and mode; tmpcopyup keeps what was there" {
	config '.mounts += [{destination: "/m/t", type: "tmpfs", source: "tmpfs", options: ["size=1m", "mode=1770"]}]'
	expect "$(run_sh 'stat -c %a /m/t; df -k /m/t | tail -1' | awk 'NR == 1 || /tmpfs/ { print $NF == "/m/t" ? $2 : $1 }' | xargs)" "1770 1024"
	mkdir -p "$B/rootfs/m/c/d"
	echo old >"$B/rootfs/m/c/d/f"
	config '.mounts += [{destination: "/m/c", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]}]'
	expect "$(run_sh 'cat /m/c/d/f; echo new >/m/c/d/f')" old
	expect "$(cat "$B/rootfs/m/c/d/f")" old
}

@test "idmap: owners through a map" {
	chown 1000:1000 "$T/src/file"
	config '.mounts += [{destination: "/m", type: "bind", source: $s, options: ["rbind", "idmap"],
		uidMappings: [{containerID: 1000, hostID: 2000, size: 1}], gidMappings: [{containerID: 1000, hostID: 2000, size: 1}]}]' --arg s "$T/src"
	expect "$(run_sh 'stat -c "%u %g" /m/file')" "2000 2000"
}

@test "masked files are empty, masked directories empty and read-only, missing ones no matter" {
	echo secret >"$B/rootfs/etc/secret"
	mkdir -p "$B/rootfs/m/dir" && touch "$B/rootfs/m/dir/x"
	config '.linux.maskedPaths += ["/etc/secret", "/m/dir", "/not/there"]'
	expect "$(run_sh 'cat /etc/secret /proc/keys /proc/timer_list; ls /m/dir; ls /sys/firmware; touch /m/dir/y 2>/dev/null || echo ro')" ro
	rm "$B/rootfs/etc/secret"
}

@test "read-only paths, read-only root" {
	mkdir -p "$B/rootfs/m/dir"
	config '.linux.readonlyPaths += ["/m/dir", "/not/there"]'
	run_sh 'touch /m/dir/x; echo 1 >/proc/sys/kernel/panic; touch /m/y' >"$T/out" 2>&1
	expect "$(grep -c 'Read-only file system' "$T/out")" 2
	config '.root.readonly = true'
	expect_match "$(run_sh 'touch /m/z 2>&1; touch /dev/shm/ok && echo shm')" "Read-only file system.*shm"
	# It was the mount that became read-only, not the host's file system.
	touch "$B/rootfs/m/host"
}

@test "the devices and links of /dev" {
	run_sh 'cd /dev; for d in null zero full random urandom tty; do stat -c "%n %a %t:%T" $d; done
		for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink $l)"; done; echo x >null' >"$T/out"
	expect "$(xargs <"$T/out")" "null 666 1:3 zero 666 1:5 full 666 1:7 random 666 1:8 urandom 666 1:9 tty 666 5:0 fd /proc/self/fd stdin /proc/self/fd/0 stdout /proc/self/fd/1 stderr /proc/self/fd/2 ptmx pts/ptmx"
}

@test "cgroup mounts show the container's own groups, read-only" {
	local top
	top=$(group_top pids)
	# On v2 the mount shows what the cgroup namespace lets it.
	! cgroup_is_v2 || config '.linux.namespaces += [{type: "cgroup"}]'
	run_sh "cat $top/cgroup.procs | wc -l; touch $top/x 2>&1; ls -d $top/tare-test* 2>/dev/null" >"$T/out" || true
	expect_match "$(xargs <"$T/out")" "^[23] .*Read-only file system\$"
}

@test "the working directory is made" {
	config '.process.cwd = "/m/not/yet"'
	expect "$(run_sh pwd)" /m/not/yet
	# For exec it must be there.
}

@test "--no-pivot moves the root instead" {
	args sh -c 'ls /; cat /proc/self/mountinfo | wc -l'
	rt run --no-pivot -b "$B" "$C" >"$T/out"
	grep -qx bin "$T/out"
	refute grep -q "^$(basename "$T")" "$T/out"
}

@test "nothing of the host is mounted inside" {
	run_sh 'cut -d" " -f5 /proc/self/mountinfo' >"$T/out"
	refute grep -vE '^/$|^/(proc|dev|sys)(/|$)' "$T/out"
}

# ---- escapes ----

@test "a symlink in the root as mount target stays inside" {
	mkdir -p "$T/victim"
	ln -s "$T/victim" "$B/rootfs/link"
	ln -s ../../../../../../../.."$T/victim/up" "$B/rootfs/up"
	bind /up/deep rbind
	bind /link/far rbind
	run_sh 'true'
	[ -z "$(ls -A "$T/victim")" ]
	# They came to lie below the root, by the same path.
	[ -d "$B/rootfs$T/victim/up/deep" ]
	[ -d "$B/rootfs$T/victim/far" ]
	rm -r "$B/rootfs/link" "$B/rootfs/up" "$B/rootfs/tmp/$(basename "$T")" "$T/victim"
}

@test "\"..\" in a destination stays inside" {
	bind "/m/../../../../../../m/dots" rbind
	expect "$(run_sh 'cat /m/dots/file')" data
	[ ! -e /m/dots ]
}

@test "a file target through a symlink does not create files outside" {
	mkdir "$T/victim"
	ln -s "$T/victim/created" "$B/rootfs/flink"
	config '.mounts += [{destination: "/flink", type: "bind", source: $s, options: ["bind"]}]' --arg s "$T/src/file"
	expect "$(run_sh 'cat /flink')" data
	[ ! -e "$T/victim/created" ]
	[ -f "$B/rootfs$T/victim/created" ]
	rm -rf "$B/rootfs/flink" "$B/rootfs/tmp/$(basename "$T")" "$T/victim"
}

@test "/proc as a symlink is refused" {
	mv "$B/rootfs/proc" "$B/rootfs/real"
	ln -s /tmp "$B/rootfs/proc"
	fails 1 rt create -b "$B" "$C"
	rm "$B/rootfs/proc"
	mv "$B/rootfs/real" "$B/rootfs/proc"
	expect_match "$(message)" 'must be mounted on ordinary directory'
}

@test "nothing may be mounted into /proc but the usual files" {
	bind /proc/sys rbind
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'cannot be mounted because it is inside /proc'
	cp "$B/config.ok" "$B/config.json"
	config '.mounts += [{destination: "/proc/uptime", type: "bind", source: $s, options: ["bind"]}]' --arg s "$T/src/file"
	expect "$(run_sh 'cat /proc/uptime')" data
}

@test "devices do not follow symlinks out" {
	mkdir "$T/victim"
	ln -s "$T/victim" "$B/rootfs/devlink"
	config '.linux.devices = [{path: "/devlink/null", type: "c", major: 1, minor: 3}]'
	rt run -b "$B" "$C" 2>/dev/null || true
	[ -z "$(ls -A "$T/victim")" ]
	rm -rf "$B/rootfs/devlink" "$B/rootfs/tmp/$(basename "$T")" "$T/victim"
}

@test "masked paths behind symlinks stay inside" {
	ln -s "$T/src/file" "$B/rootfs/masklink"
	config '.linux.maskedPaths += ["/masklink"]'
	run_sh true
	expect "$(cat "$T/src/file")" data
	rm "$B/rootfs/masklink"
}

@test "a working directory outside the root is refused (leaked descriptor)" {
	local fd
	for fd in 3 4 5 6 7 8 9 10 11 12; do
		config '.process.cwd = "/proc/self/fd/\($fd)"' --argjson fd $fd
		args sh -c 'ls ../../../../etc/hostname 2>/dev/null; pwd'
		rt run -b "$B" "$C" >"$T/out" 2>&1 9</ || true
		expect "$(grep -E "^/|hostname" "$T/out" | grep -v "^/\$" | grep -v "^/proc")" ""
	done
}

@test "the runtime's own file is out of reach (CVE-2019-5736)" {
	local sum
	sum=$(sha256sum <"$BIN/tare-runtime")
	# As the command: it runs, but what it is cannot be written.
	args /proc/self/exe --version
	rt run -b "$B" "$C" >/dev/null 2>&1 || true
	cat >"$B/rootfs/bin/steal" <<-'S'
		#!/proc/self/exe
	S
	chmod 755 "$B/rootfs/bin/steal"
	args /bin/steal
	rt run -b "$B" "$C" >/dev/null 2>&1 || true
	# From beside: a tracer in init's pid namespace holds on to the file of init, which waits for its
	# start, and opens it for writing when init is something else.
	args sleep 1000
	create --pid-file "$T/pid"
	cp "$BATS_TEST_DIRNAME/steal.sh" "$B/rootfs/bin/steal"
	config '.process.capabilities |= with_entries(.value = ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"])
		| .linux.namespaces |= map(if .type == "pid" then .path = "/proc/\($p)/ns/pid" else . end)
		| .linux.cgroupsPath += "2" | .process.args = ["sh", "/bin/steal"]' --argjson p "$(cat "$T/pid")"
	# Nobody may be executing the file in the end: that alone would keep it (ETXTBSY).
	rt run -d -b "$B" thief </dev/null >"$T/thief" 2>&1 3>&-
	wait_for grep -q caught "$T/thief"
	rt start "$C"
	wait_for sh -c "[ \"\$(cat /proc/$(cat "$T/pid")/comm)\" = sleep ]"
	touch "$B/rootfs/tmp/go"
	wait_for grep -qE 'refused|wrote' "$T/thief"
	cat "$T/thief"
	refute grep -q 'wrote' "$T/thief"
	grep -q 'Read-only file system' "$T/thief"
	rt delete -f thief
	expect "$(sha256sum <"$BIN/tare-runtime")" "$sum"
	rm -f "$B/rootfs/bin/steal" "$B/rootfs/tmp/go" "$T/pid"
}
