#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Somebody swaps directories and links below the root while the runtime makes a container of it: another
# container with the same volume, or the same root. Nothing of the host may change, whatever the container becomes.
load helpers

setup_file() { attack_start; }
teardown_file() { attack_end; }

setup() {
	oci_setup
	mkdir -p "$T/victim" "$T/vol"
	echo keep >"$T/victim/kept"
	chmod 600 "$T/victim/kept"
	BEFORE=$(victim)
}

teardown() {
	[ ! -L "$B/rootfs/proc" ] || mv -T "$B/rootfs/proc.link" "$T/proc"
	[ ! -d "$T/proc" ] || { rm "$B/rootfs/proc" && mv -T "$T/proc" "$B/rootfs/proc"; }
	rm -rf "$T/vol" "$B"/rootfs/{race,vol,swap,proc.link} "$B/rootfs/$T"
	[ -z "$(ls -A "$B/rootfs/dev")" ] || rm -rf "$B"/rootfs/dev/*
	oci_teardown
	local after
	after=$(victim)
	rm -rf "$T/victim"
	expect "$after" "$BEFORE"
}

# What the host's directory looks like: names, kinds, modes, owners, contents.
victim() { (cd "$T/victim" && find . -printf '%p %y %m %u %g %s\n' | sort && cat kept); }

# racing A B COMMAND…: repeats the command for 2 seconds while A and B are swapped all the time
racing() {
	local a=$1 b=$2 end=$((SECONDS + 2)) n=0
	shift 2
	nsenter -t "$HOST" -m -- "$B/rootfs/bin/attacker" exchange "$a" "$b" 4 >"$T/race" 2>&1 3>&- &
	local racer=$!
	while [ $SECONDS -le $end ] && [ $n -lt 200 ]; do
		"$@" >>"$T/out" 2>&1 || true
		n=$((n + 1))
	done
	kill $racer
	wait $racer || true
	expect "$(grep -c renameat2 "$T/race")" 0
	rm "$T/race"
	echo "$n containers"
}

# The container's word on its own /proc: whether it is one, and covered as asked. It stays in it meanwhile.
PROC='cd /proc; echo "proc is $(stat -f -c %T .)"; stat -f -c %T . | grep -q proc || exit
	[ -s keys ] && echo "keys are open"; touch sys/kernel/ostype 2>&1 | grep -q "ad-only" || echo "sys is open"'

# made N: so many tmpfs on directories that are to be made in /vol/dir, and what the container sees of them.
made() {
	config '.mounts += [{destination: "/vol", type: "bind", source: "\($t)/vol", options: ["rbind", "rw"]}]
		+ [range($n) | {destination: "/vol/dir/made\(.)", type: "tmpfs", source: "race"}]' --arg t "$T" --argjson n "$1"
	args awk '$(NF-1) == "race" { n++ } END { print "sees " n }' /proc/self/mountinfo
}

# clean COMMAND…: after what was made in the volume's directory, open as 7 whatever its name is, has gone
clean() {
	rm -rf /proc/self/fd/7/*
	"$@" 7<&-
}

# A mount that is not seen lies outside of the root.
all_seen() { # N
	grep -q "^sees $1$" "$T/out"
	refute grep -vE "^sees $1$|level=error" "$T/out"
}

# CVE-2021-30465: a mount's target lies in a volume others write to, and becomes a link to the host's directory at the
# right moment.
@test "CVE-2021-30465: targets that turn into links out of the root" {
	mkdir "$T/vol/dir"
	ln -s "$T/victim" "$T/vol/link"
	made 20
	racing "$T/vol/dir" "$T/vol/link" clean rt run -b "$B" "$C" 7<"$T/vol/dir"
	all_seen 20
}

# The same by "..": links that climb.
@test "CVE-2021-30465: targets that turn into links upwards" {
	mkdir "$T/vol/dir"
	ln -s "../../../../../../../../../../..$T/victim" "$T/vol/link"
	made 20
	racing "$T/vol/dir" "$T/vol/link" clean rt run -b "$B" "$C" 7<"$T/vol/dir"
	all_seen 20
}

# The same towards the container's own /proc, to lay something over what is masked.
@test "CVE-2021-30465, CVE-2023-27561: targets that turn into links to /proc" {
	mkdir "$T/vol/dir"
	ln -s /proc "$T/vol/link"
	config '.mounts += [{destination: "/vol", type: "bind", source: "\($t)/vol", options: ["rbind", "rw"]},
		{destination: "/vol/dir", type: "tmpfs", source: "tmpfs"},
		{destination: "/vol/dir/sys", type: "bind", source: "\($t)/victim", options: ["rbind"]}]' --arg t "$T"
	args sh -c "$PROC"
	racing "$T/vol/dir" "$T/vol/link" rt run -b "$B" "$C"
	grep -q "proc is proc" "$T/out"
	refute grep -E "open$|proc is [^p]" "$T/out"
}

# CVE-2024-45310: the empty file or directory made as a target comes to lie on the host.
@test "CVE-2024-45310: targets that are made while their parents are swapped" {
	mkdir "$T/vol/dir"
	ln -s "$T/victim" "$T/vol/link"
	config '.mounts += [{destination: "/vol", type: "bind", source: "\($t)/vol", options: ["rbind", "rw"]}]
		+ [range(10) | {destination: "/vol/dir/file\(.)", type: "bind", source: "/etc/hostname", options: ["bind"]},
			{destination: "/vol/dir/a\(.)/b/c", type: "bind", source: "/etc/hostname", options: ["bind"]}]' --arg t "$T"
	args true
	racing "$T/vol/dir" "$T/vol/link" clean rt run -b "$B" "$C" 7<"$T/vol/dir"
}

# A device node becomes a link to a file of the host before its mode and owner are set.
@test "device nodes that turn into links do not change the host's modes and owners" {
	mkdir "$B/rootfs/race"
	mknod "$B/rootfs/race/node" c 1 3
	ln -s "$T/victim/kept" "$B/rootfs/race/link"
	config '.linux.devices = [range(100) | {path: "/race/node", type: "c", major: 1, minor: 3, fileMode: (511 - . % 2), uid: 7, gid: 7}]'
	args true
	racing "$B/rootfs/race/node" "$B/rootfs/race/link" rt run -b "$B" "$C"
}

# CVE-2019-19921: /proc itself is swapped with a link into a volume that looks like one.
@test "CVE-2019-19921: /proc that turns into a link" {
	mkdir -p "$B/rootfs/swap/self/attr" "$B/rootfs/swap/sys/kernel"
	touch "$B/rootfs/swap/keys" "$B/rootfs/swap/self/attr/exec"
	ln -s /swap "$B/rootfs/proc.link"
	args sh -c "$PROC"
	racing "$B/rootfs/proc" "$B/rootfs/proc.link" rt run -b "$B" "$C"
	grep -q "proc is proc" "$T/out"
	refute grep -E "open$" "$T/out"
}

# The image's own /dev, so that others can swap what is in it.
own_dev() { config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }

# CVE-2025-52565: /dev/console becomes a link, to where masks will be or out of the root, before the terminal is bound to it.
@test "CVE-2025-52565: /dev/console that turns into a link" {
	local link
	own_dev
	config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
	args awk '$4 ~ "^/[0-9]+$" { print $5 ~ "^/dev/(console|link)$" ? "well" : "lies on " $5 }' /proc/self/mountinfo
	for link in "$T/victim/none" ../proc/keys; do
		rm -f "$B"/rootfs/dev/{console,link}
		touch "$B/rootfs/dev/console"
		ln -s "$link" "$B/rootfs/dev/link"
		racing "$B/rootfs/dev/console" "$B/rootfs/dev/link" rt run -b "$B" "$C" </dev/null
		grep -q well "$T/out"
		refute grep "lies on" "$T/out"
	done
}

# The same with the directory of the multiplexer, which would be the host's.
@test "CVE-2025-52565: /dev/pts that turns into a link" {
	own_dev
	config '.process.terminal = true | .mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
	args sh -c 'mine=$(awk "\$9 == \"devpts\" && \$4 == \"/\" { print \$3 }" /proc/self/mountinfo)
		its=$(awk "\$5 ~ \"^/dev/console\" { print \$3 }" /proc/self/mountinfo); [ "$mine" = "$its" ] && echo well || echo "terminal of $its not $mine"'
	mkdir "$B/rootfs/dev/pts"
	ln -s /dev/pts "$B/rootfs/dev/link"
	racing "$B/rootfs/dev/pts" "$B/rootfs/dev/link" rt run -b "$B" "$C" </dev/null
	grep -q well "$T/out"
	refute grep "^terminal of" "$T/out"
}

# CVE-2025-31133: /dev/null becomes a link to what would then lie, writable, over a masked path.
@test "CVE-2025-31133: /dev/null that turns into a link" {
	own_dev
	config '.linux.maskedPaths = [range(40) | "/proc/keys", "/proc/timer_list"]'
	args awk '$5 ~ "^/proc/(keys|timer_list)$" { print $4 == "/dev/null" || $4 == "/null" || $4 ~ "/rootfs/dev/null$" ? "well" : "is " $4 }' /proc/self/mountinfo
	mknod -m 666 "$B/rootfs/dev/null" c 1 3
	ln -s ../proc/sys/kernel/core_pattern "$B/rootfs/dev/link"
	racing "$B/rootfs/dev/null" "$B/rootfs/dev/link" rt run -b "$B" "$C"
	grep -q well "$T/out"
	refute grep "^is " "$T/out"
}

# CVE-2025-52881: the file of the label is covered by another of procfs while it is looked for. Here that would change the
# process's name.
@test "CVE-2025-52881: a label's file that is covered meanwhile" {
	nsenter -t "$HOST" -m -- "$BUILD/test/attack/labelctl" --try 2 >"$T/label" 3>&- &
	wait_for test -s "$T/label"
	local thread
	thread=$(head -1 "$T/label")
	on_host "$B/rootfs/bin/attacker" cover "$thread/comm" "$thread/attr/exec" 1
	wait
	cat "$T/label"
	expect_match "$(tail -1 "$T/label")" "^opened [1-9][0-9]* refused [1-9][0-9]* labelctl$" # both happened, or it was no race
	rm "$T/label"
}
