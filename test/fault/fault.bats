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
		cd "$T" && find data run -not -path '*/netns' -printf '%y %p\n' | grep -vE '/(seccomp|tmp)/|engine-id'
		on_host cat /proc/self/mountinfo | grep -F " $T/" | cut -d' ' -f5
		on_host ip -o link | cut -d: -f2 | cut -d@ -f1
		find /sys/fs/cgroup -path "*$CGROUP/*" -type d
		pgrep -af "$T" | grep -vE 'tared|sleep 7200|pgrep|bats' | cut -d' ' -f2-
	) | sort
}

# The fault points of an action, from the program itself.
points() { # PREFIX
	grep -ahoE "\"$1\.[a-z_.-]+\"|fault_point\(\"$1[a-z_.-]*\"" -r "$TOP/src" | grep -oE "$1\.[a-z_.-]+" | sort -u
}

steps_of() { # FILE ACTION: the names in a struct step table
	awk -v action="$2" '/struct step .*\[\] = \{/ { on = 1; next } /^\};/ { on = 0 }
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

@test "load: each fault point fails once and leaves nothing" {
	tare_image_rm() { tared_start && tare rmi busybox >/dev/null; tared_term; }
	tare_image_rm
	local point n=0
	for point in $(points load) $(points image.load); do
		echo "fault $point"
		fails_cleanly "$point" tare load -i "$BUILD/busybox.tar" || return 1
		n=$((n + 1))
	done
	[ $n -gt 0 ]
	tared_start
	image_load
	tared_term
}
