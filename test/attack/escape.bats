#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ways out by what the image, the working directory or a capability brings along.
load helpers

setup_file() {
	attack_start
	cp -a "$B/rootfs" "$T/clean"
}

teardown_file() {
	rm -rf "$T/clean"
	attack_end
}

setup() {
	oci_setup
	mkdir -p "$T/victim/dir"
	echo keep >"$T/victim/kept"
	chmod 600 "$T/victim/kept"
	BEFORE=$(victim)
}

teardown() {
	[ -z "$(on_host grep -F "$B/rootfs" /proc/self/mountinfo)" ] && fresh_root
	oci_teardown
	local after
	after=$(victim)
	rm -rf "$T/victim"
	expect "$after" "$BEFORE"
}

victim() { (cd "$T/victim" && find . -printf '%p %y %m %u %g %s\n' | sort && cat kept); }

fresh_root() {
	rm -rf "$B/rootfs"
	cp -a "$T/clean" "$B/rootfs"
}

# ---- the image ----

# No tmpfs on /dev and no sysfs: all targets lie in the image's own directories.
bare() {
	config '.mounts |= map(select(.destination != "/dev" and .destination != "/sys"))
		| .mounts += [{destination: "/etc/hosts", type: "bind", source: "/etc/hostname", options: ["bind", "ro"]}]
		| .process.cwd = "/work/dir" | .linux.maskedPaths += ["/masked/kept"] | .linux.readonlyPaths += ["/readonly/dir"]
		| .linux.devices = [{path: "/dev/own/null", type: "c", major: 1, minor: 3, fileMode: 511}]'
}

# Every place something is mounted, made or hidden at is a link, to the host or to where masks are. The container
# may fail or run; nothing comes to lie, or changes, outside.
@test "links in every mount target" {
	local place target
	bare
	args true
	for place in dev dev/pts dev/shm dev/null dev/own dev/ptmx sys/fs sys/fs/cgroup etc/hosts work masked readonly; do
		for target in "$T/victim" "../../../../../../../../..$T/victim/no/such" "$T/victim/kept" /proc/self/root"$T/victim" /proc/sys "/$place"; do
			rm -rf "$B/rootfs/${place:?}"
			mkdir -p "$(dirname "$B/rootfs/$place")"
			ln -s "$target" "$B/rootfs/$place"
			rt run -b "$B" "$C" </dev/null >"$T/out" 2>&1 || true
			[ "$(victim)" = "$BEFORE" ] || { echo "$place -> $target"; return 1; }
			rm "$B/rootfs/$place"
		done
		fresh_root
	done
}

@test "links out of the root as /dev/console and its multiplexer" {
	local target
	bare
	config '.process.terminal = true'
	args sh -c 'grep -E " /dev/console " /proc/self/mountinfo; tty'
	for target in "$T/victim/kept" "$T/victim/none" /proc/sys/kernel/core_pattern ../../../../../../../..$T/victim/none; do
		ln -sf "$target" "$B/rootfs/dev/console"
		rt run -b "$B" "$C" </dev/null >"$T/out" 2>&1 && return 1
		grep -q "/dev/console is no file" "$T/out"
	done
	fresh_root
	# The host's terminals: without a devpts of its own the container gets none of them.
	config '.mounts |= map(select(.destination != "/dev/pts"))'
	ln -s /dev/pts "$B/rootfs/dev/pts"
	ln -s /dev/ptmx "$B/rootfs/dev/ptmx"
	rt run -b "$B" "$C" </dev/null >"$T/out" 2>&1 && return 1
	grep -q "ptmx" "$T/out"
}

# CVE-2025-31133: what is laid over masked paths is the container's /dev/null. As a link to another file it would be
# that one, writable, that comes to lie there.
@test "CVE-2025-31133: /dev/null that is something else" {
	local target
	bare
	config '.linux.devices = [{path: "/dev/zero", type: "c", major: 1, minor: 5}]'
	args grep core_pattern /proc/self/mountinfo
	for target in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /etc/passwd "$T/victim/kept"; do
		ln -sf "$target" "$B/rootfs/dev/null"
		refused 'make device /dev/null: something else is there'
	done
	# With a directory of devices from elsewhere nothing is made in it.
	cp "$B/config.ok" "$B/config.json"
	mkdir "$T/dev"
	ln -s /proc/sys/kernel/core_pattern "$T/dev/null"
	config '.mounts |= map(if .destination == "/dev" then .type = "bind" | .source = $d | .options = ["rbind"] else . end
		| select(.destination | startswith("/dev/") | not))' --arg d "$T/dev"
	refused 'not the null device'
	mknod "$T/dev/zero" c 1 5
	ln -sf zero "$T/dev/null"
	refused 'not the null device'
	rm -r "$T/dev"
}

# ---- the working directory and descriptors ----

# CVE-2024-21626: a descriptor of a directory of the host is open while the working directory is entered or a program
# looked up: /proc/self/fd/N leads to it.
leaks() { # COMMAND…: whether the secret, or a directory of the host, came out
	"$@" >"$T/out" 2>&1 9</ 8<"$T" || true
	refute grep -E "the host's|^OUT" "$T/out"
}

@test "CVE-2024-21626: a working directory that is a leaked descriptor" {
	local fd cwd
	# With a sysctl there is one more descriptor open than usual.
	config '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0"}'
	args sh -c "for up in . .. ../.. ../../.. ../../../.. ../../../../..; do cat \$up$SECRET \$up/secret; done; [ -d net/ipv4 ] && echo OUT; true"
	for fd in 3 4 5 6 7 8 9 10 11 12 13 14; do
		for cwd in /proc/self/fd/$fd /proc/self/fd/$fd/.. /proc/1/fd/$fd /proc/thread-self/fd/$fd; do
			config '.process.cwd = $c' --arg c $cwd
			leaks rt run -b "$B" "$C"
		done
	done
}

@test "CVE-2024-21626: a working directory that links to a leaked descriptor, also for exec" {
	local fd
	for fd in 3 4 5 6 7 8 9 10 11 12; do ln -s /proc/self/fd/$fd "$B/rootfs/fd$fd"; done
	running
	for fd in 3 4 5 6 7 8 9 10 11 12; do
		leaks rt exec --cwd /fd$fd "$C" sh -c "for up in . .. ../.. ../../..; do cat \$up$SECRET \$up/secret; done"
		leaks rt exec --cwd /proc/self/fd/$fd "$C" sh -c "for up in . .. ../.. ../../..; do cat \$up$SECRET \$up/secret; done"
	done
}

@test "CVE-2024-21626: a program behind a leaked descriptor" {
	local fd
	printf '#!/bin/sh\necho OUT\n' >"$T/victim/program"
	chmod 755 "$T/victim/program"
	for fd in 3 4 5 6 7 8 9 10 11 12; do
		args "/proc/self/fd/$fd$T/victim/program"
		leaks rt run -b "$B" "$C"
		args "/proc/self/fd/$fd/victim/program"
		leaks rt run -b "$B" "$C"
	done
	running
	for fd in 3 4 5 6 7 8 9 10; do leaks rt exec "$C" "/proc/self/fd/$fd/victim/program"; done
	rm "$T/victim/program"
}

@test "CVE-2024-21626: what the caller left open does not get in, and cannot be found by a hook either" {
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "ls -l /proc/self/fd >/tmp/hook.fds"]}]'
	args sh -c 'ls -l /proc/self/fd'
	rt run -b "$B" "$C" 9</ 8<"$T" 20</etc/passwd </dev/null >"$T/out"
	cat "$B/rootfs/tmp/hook.fds" >>"$T/out"
	expect "$(grep -v "> $T/out$" "$T/out" | grep -E "> (/|$T.*|/etc/passwd|.*bundle.*|.*runtime.*)$")" ""
}

# ---- capabilities ----

# CVE-2022-29162: inheritable capabilities of an exec'd process let an ordinary user have those of files that carry
# the same inheritable ones.
@test "CVE-2022-29162: exec gives no inheritable capabilities" {
	cp "$B/rootfs/bin/busybox" "$B/rootfs/bin/busybox2"
	setcap cap_net_raw,cap_chown+ei "$B/rootfs/bin/busybox2"
	caps CAP_NET_RAW CAP_CHOWN CAP_SETUID
	config '.process.user = {uid: 1000, gid: 1000}'
	running
	local flags
	for flags in "" "--cap CAP_NET_RAW" "--cap CAP_NET_RAW --cap CAP_CHOWN -u 1000:1000"; do
		# shellcheck disable=SC2086
		rt exec $flags "$C" busybox2 grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status >"$T/out"
		expect "$(cut -f2 "$T/out" | sort -u)" 0000000000000000
		# shellcheck disable=SC2086
		expect "$(rt exec $flags -u 0 "$C" grep CapInh /proc/self/status | cut -f2)" 0000000000000000
	done
}
