#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every step of create, start and load fails once: the answer is an error and nothing is left.
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
	tared_term
}

teardown_file() { host_end; }

# What exists: everything the daemon could leave, names that change replaced.
world() {
	(
		# caches, and the mark that a layer has had a child, are no leftovers
		cd "$T" && find data run -printf '%y %p\n' | grep -vE '/(seccomp|tmp)(/|$)|/engine-id$|/committed$'
		on_host cat /proc/self/mountinfo | grep -F " $T/" | cut -d' ' -f5
		on_host ip -o link | cut -d: -f2 | cut -d@ -f1
		find /sys/fs/cgroup -path "*$CGROUP/*" -type d
		pgrep -af "$T" | grep -vE 'tared|sleep 7200|pgrep|bats' | cut -d' ' -f2-
	) | sort
}

# The fault points in the sources of some rooms whose names begin so.
points() { # PREFIX ROOM…
	local prefix=$1
	shift
	(cd "$TOP/src" && grep -rhoE "fault_point\(\"$prefix\.[a-z_-]+\"" "$@") | cut -d'"' -f2 | sort -u
}

steps_of() { # FILE ACTION: the names in a struct step table
	awk -v action="$2" '/struct step .*\[\] = \{/ { on = 1; next } /^\t*\};/ { on = 0 }
		on && match($0, /"[a-z_-]+"/) { print action "." substr($0, RSTART + 1, RLENGTH - 2) }' "$1"
}

# fails_cleanly POINT COMMAND…: with the fault armed the command fails and the world is as before.
fails_cleanly() {
	local point=$1 before after rc=0
	shift
	before=$(world)
	TARE_FAULT=$point:1 tared_start
	"$@" >"$T/out" 2>&1 || rc=$?
	wait_for sh -c "[ -z \"\$(tare ps -aq)\" ]" || { tare ps -a; return 1; }
	tared_term
	after=$(world)
	[ $rc -ne 0 ] || { echo "$point: the command did not fail"; cat "$T/out"; return 1; }
	grep -q 'injected fault' "$T/out" || { echo "$point: the error does not say why:"; cat "$T/out"; return 1; }
	[ "$before" = "$after" ] || { echo "$point left:"; diff <(echo "$before") <(echo "$after"); return 1; }
}

# Actions with steps and the files that list them: found, so that a new step is tested without being named.
each_step() { # ACTION COMMAND…
	local action=$1 file point n=0
	shift
	for file in $(grep -lE "steps_run\(\"$action\"" -r "$TOP/src"); do
		for point in $(steps_of "$file" "$action"); do
			echo "fault $point"
			fails_cleanly "$point" "$@" || return 1
			n=$((n + 1))
		done
	done
	[ $n -gt 0 ] || { echo "no steps of $action found"; return 1; }
}

@test "create: each step fails once and leaves nothing" { each_step create tare create busybox true; }
@test "start: each step fails once and leaves nothing" { each_step start tare run --rm busybox true; }

# each_point COMMAND… -- POINT…: the same for points by name
each_point() {
	local command=() point n=0
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	for point in "$@"; do
		echo "fault $point"
		fails_cleanly "$point" "${command[@]}" || return 1
		n=$((n + 1))
	done
	[ $n -gt 0 ]
}

@test "net: each step of a start's network fails once and leaves nothing" { each_step net tare run --rm busybox true; }

@test "a start's mounts, cgroups, processes and files fail once and leave nothing" {
	# shellcheck disable=SC2046
	each_point tare run --rm busybox true -- root.mount bundle.write monitor.spawn monitor.start \
		spawn cgroup.mkdir cgroup.apply cgroup.join cgroup.devices mount.oci mount.pivot \
		runtime.clone runtime.seccomp seccomp.install $(points rootfs runtime | grep -v console)
}

@test "load: each step fails once and leaves nothing" {
	tared_start
	tare rmi busybox >/dev/null
	tared_term
	# shellcheck disable=SC2046
	each_step load tare load -i "$BUILD/busybox.tar" &&
		each_point tare load -i "$BUILD/busybox.tar" -- $(points image image | grep -vE "_(remove|hide|copy)$|settle") # not of a load, not of this one, or behind it
	tared_start
	image_load
	tared_term
}
