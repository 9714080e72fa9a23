#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make check-vm: tools/vm/check.sh BUILD. The runtime's suites on cgroup v2 alone, in two machines at the same time, one processor
# each: one with a bare tree, one where systemd is pid 1 and AppArmor is on. Emulation is slow, so each suite runs in one
# of them; TARE_VM_ALL=1 runs all in both. Which goes where is said here, so that none has to skip. Ends with "N passed, N
# failed" and fails if one failed or did not finish.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=$(realpath "${1:?usage: check.sh BUILD}")
export TARE_VM_TIMEOUT=${TARE_VM_TIMEOUT:-900}

# Not here: what only cgroup v1 can show, and systemd's stand-in, where systemd itself is at hand.
elsewhere=' test/oci/cgroup1.bats test/sys/cgroup1.bats test/oci/systemd.bats test/oci/systemd_user.bats '
# What only one of the two machines can run, and which of the others it runs: about the same time for each.
only_v2=' test/vm/v2.bats test/vm/limits.bats test/vm/criu.bats '
only_systemd=' test/vm/systemd.bats test/vm/systemd_user.bats test/vm/apparmor.bats test/vm/engine.bats '
in_v2=' test/oci/cgroup2.bats test/oci/commands.bats test/oci/exec.bats test/oci/fault.bats test/oci/hooks.bats
	test/oci/isolation.bats test/oci/lifecycle.bats test/oci/checkpoint.bats test/sys/cgroup.bats '

is_in() { case $1 in *[[:space:]]"$2"[[:space:]]*) return 0 ;; esac; return 1; } # LIST FILE

belongs() { # KIND FILE
	is_in "$elsewhere" "$2" && return 1
	case $1 in
	v2) is_in "$only_systemd" "$2" && return 1 ;;
	systemd) is_in "$only_v2" "$2" && return 1 ;;
	esac
	[ -z "${TARE_VM_ALL:-}" ] || return 0
	if is_in "$in_v2$only_v2" "$2"; then [ "$1" = v2 ]; else [ "$1" = systemd ]; fi
}

start() { # KIND [--systemd]: the machine with its suites, in the background
	local file files=()
	for file in test/oci/*.bats test/sys/*.bats test/attack/*.bats test/vm/*.bats; do
		! belongs "$1" "$file" || files+=("$file")
	done
	tools/vm/run.sh "${@:2}" "$build" "${files[@]}" >"$build/vm-$1.out" 2>&1 &
	pids+=($!)
}

pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait' EXIT
trap 'exit 1' INT TERM HUP
tools/vm/root.sh >/dev/null || exit 1
start v2
start systemd --systemd

passed=0 failed=0
for kind in v2 systemd; do
	wait "${pids[0]}"
	pids=("${pids[@]:1}")
	echo "== $kind"
	cat "$build/vm-$kind.out"
	if counts=$(grep -xE '[0-9]+ passed, [0-9]+ failed' "$build/vm-$kind.out"); then
		passed=$((passed + ${counts%% *})) counts=${counts#*, }
		failed=$((failed + ${counts%% *}))
	else
		failed=$((failed + 1)) # it did not finish
	fi
done
trap - EXIT
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
