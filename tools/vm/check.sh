#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make check-vm: tools/vm/check.sh BUILD. The runtime's suites on cgroup v2 alone, in two machines at the same time, one processor
# each: one with a bare tree (v2), one where systemd is pid 1 and AppArmor is on (systemd). Emulation is slow, so each suite runs in
# one of them. TARE_VM_ALL=1 runs all in both, the daemon's most telling ones too, and then those for a third machine, where systemd
# keeps a hierarchy for each controller (legacy). Which goes where is said here, so that none has to skip. Ends with "N passed, N
# failed" and fails if one failed or did not finish.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=$(realpath "${1:?usage: check.sh BUILD}")
export TARE_VM_TIMEOUT=${TARE_VM_TIMEOUT:-$([ -n "${TARE_VM_ALL:-}" ] && echo 3600 || echo 900)}

# Not here: systemd's stand-in, where systemd itself is at hand, and sizes that have to be dealt with in a bounded time.
elsewhere=' test/oci/systemd.bats test/oci/systemd_user.bats test/attack/config.bats '
# What only one machine can run.
declare -A only=(
	[v2]=' test/vm/v2.bats test/vm/limits.bats test/vm/criu.bats '
	[systemd]=' test/vm/systemd.bats test/vm/systemd_user.bats test/vm/systemd_engine.bats test/vm/apparmor.bats test/vm/engine.bats '
	[legacy]=' test/oci/cgroup1.bats test/sys/cgroup1.bats test/vm/systemd1.bats '
)
# Of the others, which run with systemd when each runs once: about the same time for both machines.
in_systemd=' test/oci/mounts.bats test/oci/namespaces.bats test/oci/rootless.bats test/attack/escape.bats test/attack/program.bats '
# Only with TARE_VM_ALL: they need no cgroups, or the whole of tared.
with_all=' test/init/init.bats test/run/run.bats test/run/survive.bats test/seeds/seeds.bats '

is_in() { case $1 in *[[:space:]]"$2"[[:space:]]*) return 0 ;; esac; return 1; } # LIST FILE

belongs() { # KIND FILE
	local kind
	! is_in "$elsewhere" "$2" || return 1
	for kind in v2 systemd legacy; do
		! is_in "${only[$kind]}" "$2" || { [ "$1" = $kind ]; return; }
	done
	[ "$1" != legacy ] || return 1
	[ -z "${TARE_VM_ALL:-}" ] || return 0
	if is_in "$in_systemd" "$2"; then [ "$1" = systemd ]; else [ "$1" = v2 ]; fi
}

start() { # KIND [OPTION]: the machine with its suites, in the background
	local file files=()
	for file in test/oci/*.bats test/sys/*.bats test/attack/*.bats test/vm/*.bats ${TARE_VM_ALL:+$with_all}; do
		! belongs "$1" "$file" || files+=("$file")
	done
	tools/vm/run.sh "${@:2}" "$build" "${files[@]}" >"$build/vm-$1.out" 2>&1 &
	pids+=($!)
}

finish() { # KIND: that of the machine started first
	wait "${pids[0]}"
	pids=("${pids[@]:1}")
	echo "== $1"
	cat "$build/vm-$1.out"
	if counts=$(grep -xE '[0-9]+ passed, [0-9]+ failed' "$build/vm-$1.out"); then
		passed=$((passed + ${counts%% *})) counts=${counts#*, }
		failed=$((failed + ${counts%% *}))
	else
		failed=$((failed + 1)) # it did not finish
	fi
}

pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait' EXIT
trap 'exit 1' INT TERM HUP
tools/vm/root.sh >/dev/null || exit 1
passed=0 failed=0
start v2
start systemd --systemd
finish v2
finish systemd
if [ -n "${TARE_VM_ALL:-}" ]; then
	start legacy --legacy
	finish legacy
fi
trap - EXIT
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
