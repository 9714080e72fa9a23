#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks through /proc: one that is none, one that is covered, files of it that are others.
load helpers

setup_file() { attack_start; }
teardown_file() { attack_end; }

setup() {
	oci_setup
	mkdir -p "$T/fake/self/attr/apparmor" "$T/fake/thread-self/attr/apparmor" "$T/fake/sys/kernel" "$T/fake/1"
	touch "$T/fake/self/attr/exec" "$T/fake/thread-self/attr"/{exec,apparmor/exec} "$T/fake/keys"
}

teardown() {
	[ ! -L "$B/rootfs/proc" ] || rm "$B/rootfs/proc"
	mkdir -p "$B/rootfs/proc"
	rm -rf "$T/fake" "$B/rootfs/fake"
	oci_teardown
}

# volume DEST [jq]: a volume of the image's there, behind the other mounts or (jq) where it says
volume() {
	config "(${2:-.mounts}) as \$m | .mounts = (\$m + [{destination: \$d, type: \"bind\", source: \$s, options: [\"rbind\"]}])" \
		--arg d "$1" --arg s "$T/fake"
}

NOT_PROC='cannot be mounted because it is (not of type proc|inside /proc)'

# CVE-2019-16884: an image declares a volume at /proc, whose files then take the label meant for the process, which runs
# without AppArmor.
@test "CVE-2019-16884: a volume over /proc" {
	volume /proc
	refused "$NOT_PROC"
}

@test "CVE-2019-16884: a volume at /proc and no procfs" {
	volume /proc '[.mounts[] | select(.type != "proc")]'
	refused "$NOT_PROC"
	cp "$B/config.ok" "$B/config.json"
	config '.mounts = [.mounts[] | if .type == "proc" then .type = "tmpfs" | .source = "tmpfs" else . end]'
	refused "$NOT_PROC"
}

@test "CVE-2019-16884: a volume inside /proc, by other names too" {
	local path
	for path in /proc/self/attr /proc/sys /proc//sys /proc/../proc/sys /proc/sys/ /tmp/../proc/self; do
		cp "$B/config.ok" "$B/config.json"
		volume "$path"
		refused "$NOT_PROC"
	done
	ln -s /proc "$B/rootfs/fake"
	cp "$B/config.ok" "$B/config.json"
	volume /fake/sys
	refused "$NOT_PROC"
	cp "$B/config.ok" "$B/config.json"
	volume /fake
	refused "$NOT_PROC"
}

# CVE-2019-19921, CVE-2023-28642: /proc is a link in the image, to a place where a volume or the image's own files lie:
# procfs is mounted there and the masks go elsewhere, or the other way round.
@test "CVE-2019-19921, CVE-2023-28642: /proc as a link" {
	local dest target
	cp -r "$T/fake" "$B/rootfs/fake"
	for target in /fake fake ../../../fake /tmp / /sys /nowhere /proc proc; do
		for dest in /proc /proc/ /proc/. //proc /proc//; do
			rm -rf "$B/rootfs/proc"
			ln -s "$target" "$B/rootfs/proc"
			cp "$B/config.ok" "$B/config.json"
			config '.mounts |= map(if .type == "proc" then .destination = $d else . end)' --arg d "$dest"
			echo "$dest -> $target"
			refused '(must be mounted on ordinary directory|symbolic links|Not a directory)'
		done
	done
	rm "$B/rootfs/proc"
}

# CVE-2023-27561: the same with a volume mounted first, and /proc leading into it.
@test "CVE-2023-27561: /proc as a link into a volume" {
	mkdir "$T/fake/proc"
	rmdir "$B/rootfs/proc"
	ln -s /fake/proc "$B/rootfs/proc"
	config '.mounts = [{destination: "/fake", type: "bind", source: $s, options: ["rbind"]}] + .mounts' --arg s "$T/fake"
	refused 'must be mounted on ordinary directory'
	expect "$(ls -A "$T/fake/proc")" ""
}

@test "/sys as a link" {
	mv "$B/rootfs/sys" "$B/rootfs/fake"
	ln -s /fake "$B/rootfs/sys"
	refused 'must be mounted on ordinary directory'
	rm "$B/rootfs/sys"
	mv "$B/rootfs/fake" "$B/rootfs/sys"
}

# CVE-2025-52881: the file of the label is another of procfs, so that a check for procfs sees nothing wrong and what is
# written does something else: here it would change the process's name. It must not be written at all.
labelled() { # [SOURCE]: with that over the file
	on_host unshare -m "$BUILD/test/attack/labelctl" "$@"
}

@test "CVE-2025-52881: a label is not written to another file of procfs" {
	expect_match "$(labelled)" "^labelctl, .*(write /proc/thread-self/attr/exec: |written)"
	expect_match "$(labelled /proc/self/comm)" "^labelctl, .*(open /proc/thread-self/attr/exec: |/proc is not procfs)"
	echo nothing >"$T/fake/file"
	expect_match "$(labelled "$T/fake/file")" "^labelctl, .*(open /proc/thread-self/attr/exec: |/proc is not procfs)"
	expect "$(cat "$T/fake/file")" nothing
}

@test "CVE-2019-16884: a label is not written to a /proc of files" {
	expect_match "$(on_host unshare -m sh -c 'mount --bind "$1" /proc && exec "$2"' sh "$T/fake" "$BUILD/test/attack/labelctl")" \
		"^labelctl, .*(open /proc/thread-self/attr/exec: |/proc is not procfs)"
	expect "$(cat "$T/fake/thread-self/attr/exec" "$T/fake/thread-self/attr/apparmor/exec")" ""
}

# Sysctls go to the host's procfs from before the container had its say: a file laid over one in an image changes nothing.
@test "CVE-2025-52881: sysctls are not written to files of the image" {
	config '.linux.sysctl = {"kernel.domainname": "evil"} | .mounts |= map(select(.type != "proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	mkdir -p "$B/rootfs/proc/sys/kernel"
	echo image >"$B/rootfs/proc/sys/kernel/domainname"
	run_sh true
	expect "$(cat "$B/rootfs/proc/sys/kernel/domainname")" image
	rm -r "$B/rootfs/proc/sys"
	local key
	for key in kernel./etc/passwd net../../kernel/core_pattern net/../kernel/core_pattern net//../../etc/x kernel.shm../x; do
		cp "$B/config.ok" "$B/config.json"
		config '.linux.sysctl = {($k): "1"}' --arg k "$key"
		refused 'sysctl'
	done
}
