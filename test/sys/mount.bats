#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# sys/mounts.h against the kernel: a busybox root in a mount namespace of its own.

setup() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
	export TARE_BUILD=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-sys-XXXXXX")
	group=/tare-sys-${dir##*-}
	root=$dir/root
	mkdir -p "$root/bin" "$root/etc" "$root/data" "$dir/src/sub"
	cp "$(command -v busybox)" "$root/bin/"
	for tool in sh ls cat mount stat touch find id; do ln -s busybox "$root/bin/$tool"; done
	echo outside >"$dir/src/file"
	"$TARE_BUILD/test/sys/cgroupctl" create "$group"
}

teardown() {
	[ -n "$group" ] || return 0
	"$TARE_BUILD/test/sys/cgroupctl" remove "$group"
	rm -rf --one-file-system "$dir"
	[ -z "$(grep "$dir" /proc/self/mountinfo)" ]
}

# inside MOUNTS LINUX SCRIPT: runs the script in the root with these mounts (JSON lists without brackets)
inside() {
	printf '{"ociVersion":"1.2.0","root":{"path":"x"%s},"mounts":[%s],"linux":{%s}}' "${ro:+,\"readonly\":true}" "$1" "$2" |
		${own:+"$TARE_BUILD/test/sys/cgroupctl" run "$group"} unshare ${own:+-C} -n -m -p -f --propagation private \
			"$TARE_BUILD/test/sys/mountctl" "$root" "$group" "${own:-host}" /bin/sh -c "$3"
}

proc='{"destination":"/proc","type":"proc","source":"proc","options":["nosuid","noexec","nodev"]}'
sys='{"destination":"/sys","type":"sysfs","source":"sysfs","options":["nosuid","noexec","nodev","ro"]}'
dev='{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]}'

@test "docker's mounts come out as listed" {
	run inside "$proc,$dev,$sys,
		{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"]},
		{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\",\"options\":[\"nosuid\",\"noexec\",\"nodev\"]},
		{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=67108864\"]}" \
		"" "cat /proc/self/mountinfo"
	[ "$status" = 0 ]
	[[ $output == *" /proc rw,nosuid,nodev,noexec,relatime - proc proc rw"* ]]
	[[ $output == *" /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755"* ]]
	[[ $output == *" /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666"* ]]
	[[ $output == *" /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw"* ]]
	[[ $output == *" /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k"* ]]
	[[ $output == *" /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs rw"* ]]
	[[ $output != *"$dir/root/"* ]]
}

@test "every hierarchy is under /sys/fs/cgroup, from the container's group down, read-only" {
	run inside "$proc,$dev,$sys,{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":[\"ro\",\"nosuid\",\"noexec\",\"nodev\"]}" \
		"" 'cat /proc/self/mountinfo; touch /sys/fs/cgroup/x || true'
	[[ $output == *"/sys/fs/cgroup/"*" ro,"* || $output == *" - cgroup2 "* ]]
	[[ $output == *"touch: /sys/fs/cgroup/x: Read-only file system"* || $output == *"Permission denied"* ]]
	[[ $output == *"$group /sys/fs/cgroup/"* || $output == *" - cgroup2 "* ]]
}

@test "in a cgroup namespace of its own the container's group is the top" {
	own=own run inside "$proc,$dev,$sys,{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\"options\":[\"rw\",\"nosuid\"]}" \
		"" 'cat /proc/self/mountinfo /proc/self/cgroup; cat /sys/fs/cgroup/*/cgroup.procs | wc -l'
	[ "$status" = 0 ]
	[[ $output == *" / /sys/fs/cgroup/"*" rw,nosuid,relatime - cgroup "* || $output == *" - cgroup2 "* ]]
	[[ $output != *" $group "* && $output != *":$group"* ]]
}

@test "binds are files or directories, read-only when asked, and nothing below when not" {
	mount -t tmpfs tmpfs "$dir/src/sub"
	echo deep >"$dir/src/sub/deep"
	run inside "$dev,{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"$dir/src\",\"options\":[\"bind\",\"ro\"]},
		{\"destination\":\"/b\",\"type\":\"bind\",\"source\":\"$dir/src\",\"options\":[\"rbind\",\"ro\"]},
		{\"destination\":\"/c\",\"type\":\"bind\",\"source\":\"$dir/src\",\"options\":[\"rbind\",\"rro\"]},
		{\"destination\":\"/etc/new/file\",\"type\":\"bind\",\"source\":\"$dir/src/file\",\"options\":[\"rbind\",\"rprivate\"]}" "" '
		cat /etc/new/file; ls /a/sub; cat /b/sub/deep
		touch /a/x; touch /b/sub/x && echo /b/sub is writable; touch /c/sub/x'
	umount "$dir/src/sub"
	[[ $output == *outside*deep*"touch: /a/x: Read-only file system"*"/b/sub is writable"*"touch: /c/sub/x: Read-only"* ]]
}

@test "a missing source says so" {
	run inside "$dev,{\"destination\":\"/a\",\"type\":\"bind\",\"source\":\"/no/such/thing\",\"options\":[\"bind\"]}" "" true
	[ "$status" = 1 ]
	[ "$output" = 'mountctl: error mounting "/no/such/thing" to rootfs at "/a": bind /no/such/thing: No such file or directory' ]
}

@test "links in the root do not lead out of it" {
	ln -s / "$root/up"
	ln -s ../../../../../../tmp "$root/climb"
	ln -s "$dir/src" "$root/absolute"
	mkdir -p "$root/tmp"
	run inside "$proc,$dev,{\"destination\":\"/up/../../climb/in\",\"type\":\"tmpfs\",\"source\":\"t\"},
		{\"destination\":\"/absolute/in\",\"type\":\"tmpfs\",\"source\":\"t\"}" "" 'cat /proc/self/mountinfo'
	[ "$status" = 1 ] || [[ $output == *" /tmp/in rw"* ]]
	[ ! -e "$dir/src/in" ]
	[ ! -e /tmp/in ]
	rm "$root/absolute"
	run inside "$proc,$dev,{\"destination\":\"/up/../../climb/in\",\"type\":\"tmpfs\",\"source\":\"t\"}" "" 'cat /proc/self/mountinfo'
	[[ $output == *" /tmp/in rw"* ]]
	[ ! -e /tmp/in ]
}

@test "proc goes on a plain directory only, and nothing of the user's inside it" {
	ln -s data "$root/proc"
	run inside "$proc,$dev" "" true
	[ "$status" = 1 ]
	[[ $output == *'filesystem "proc" must be mounted on ordinary directory'* ]]
	rm "$root/proc"
	run inside "$proc,$dev,{\"destination\":\"/proc/sys/kernel\",\"type\":\"bind\",\"source\":\"$dir/src\",\"options\":[\"bind\"]}" "" true
	[[ $output == *'"/proc/sys/kernel" cannot be mounted because it is inside /proc'* ]]
	run inside "$proc,$dev,{\"destination\":\"/proc/uptime\",\"type\":\"bind\",\"source\":\"$dir/src/file\",\"options\":[\"bind\"]}" "" 'cat /proc/uptime'
	[ "$output" = outside ]
}

@test "tmpcopyup brings what was there, also when read-only" {
	echo one >"$root/data/f"
	chmod 640 "$root/data/f"
	chown 7:8 "$root/data/f"
	ln -s f "$root/data/l"
	mkdir "$root/data/d"
	mkfifo "$root/data/d/p"
	chmod 710 "$root/data"
	run inside "$dev,{\"destination\":\"/data\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"tmpcopyup\",\"ro\"]}" "" '
		cat /data/l; stat -c "%a %u:%g" /data/f /data; stat -c %F /data/d/p; touch /data/x'
	[ "$output" = $'one\n640 7:8\n710 0:0\nfifo\ntouch: /data/x: Read-only file system' ]
}

@test "an id-mapped bind shows other owners" {
	chown 5:6 "$dir/src/file"
	unshare -U sleep 100 3>&- &
	local holder=$!
	until [ "$(cat /proc/$holder/comm)" = sleep ]; do :; done
	echo "0 1000 100" >/proc/$holder/uid_map
	echo "0 2000 100" >/proc/$holder/gid_map
	export IDMAP_PID=$holder
	run inside "$dev,{\"destination\":\"/m\",\"type\":\"bind\",\"source\":\"$dir/src\",\"options\":[\"bind\",\"idmap\"]},
		{\"destination\":\"/p\",\"type\":\"bind\",\"source\":\"$dir/src\",\"options\":[\"bind\"]}" "" \
		'stat -c "%u:%g" /m/file /p/file'
	kill $holder
	[ "$output" = $'1005:2006\n5:6' ]
}

@test "masked paths are empty, read-only ones are read-only, missing ones do not matter" {
	echo secret >"$root/data/f"
	mkdir "$root/data/d"
	echo secret >"$root/data/d/f"
	run inside "$proc,$dev" '"maskedPaths":["/data/f","/data/d","/nothing","/data/f/x"],"readonlyPaths":["/etc","/proc/sys","/none"]' '
		cat /data/f; ls -A /data/d; touch /data/d/x; touch /etc/x; echo 1 >/proc/sys/kernel/domainname'
	[[ $output != *secret* ]]
	[[ $output == *"touch: /data/d/x: Read-only file system"*"touch: /etc/x: Read-only file system"* ]]
	[[ $output == *"/proc/sys/kernel/domainname: Read-only file system"* ]]
}

@test "a root can be read-only, what is mounted in it need not" {
	mkdir -p "$root/dev" "$root/proc"
	ro=1 run inside "$proc,$dev" "" 'touch /x; touch /dev/x && echo fine'
	[[ $output == *"touch: /x: Read-only file system"*fine ]]
	ro=
}

@test "an option the filesystem does not know is an error that names it" {
	run inside "$dev,{\"destination\":\"/data\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"bogus=1\"]}" "" true
	[ "$status" = 1 ]
	[[ $output == *"mount tmpfs: option bogus"* ]]
	[[ $output == *"Unknown parameter 'bogus'"* ]]
}

@test "a mount that fails half way leaves none on the host" {
	run env TARE_FAULT=mount.attach:3 bash -c "$(declare -f inside); root='$root' group='$group'; inside '$proc,$dev,$sys' '' true"
	[ "$status" = 1 ]
	[[ $output == *"injected fault: mount.attach"* ]]
	[ -z "$(grep "$dir" /proc/self/mountinfo)" ]
}
