#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make check-vm: tools/vm/check.sh BUILD. The runtime's suites in a machine with a pure cgroup v2 tree, and again in one where systemd
# is pid 1 and AppArmor is on; both at the same time, each on one processor. Which suites go where is said here, so
# that none has to skip. Ends with "N passed, N failed" and fails if one failed or did not finish.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=$(realpath "${1:?usage: check.sh BUILD}")

# What only cgroup v1 can show, and what stands in for systemd.
elsewhere=' test/oci/systemd.bats test/oci/systemd_user.bats test/oci/cgroup1.bats test/sys/cgroup1.bats '
# What only one of the two machines has.
only_v2=' test/vm/v2.bats test/vm/limits.bats '
only_systemd=' test/vm/systemd.bats test/vm/systemd_user.bats test/vm/apparmor.bats test/vm/engine.bats '

suites() { # LIST-OF-OTHERS: all but these
	local file
	for file in test/oci/*.bats test/sys/*.bats test/attack/*.bats test/vm/*.bats; do
		case $elsewhere$1 in *" $file "*) continue ;; esac
		[ ! -e "$file" ] || echo "$file"
	done
}

pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait' EXIT
trap 'exit 1' INT TERM HUP
tools/vm/root.sh >/dev/null || exit 1
mapfile -t files < <(suites "$only_systemd")
tools/vm/run.sh "$build" "${files[@]}" >"$build/vm-v2.out" 2>&1 &
pids+=($!)
mapfile -t files < <(suites "$only_v2")
tools/vm/run.sh --systemd "$build" "${files[@]}" >"$build/vm-systemd.out" 2>&1 &
pids+=($!)

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
