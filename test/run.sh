#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All tests: test/run.sh BUILD [bats files…]. Unit tests and fuzz corpora by meson, black-box suites by
# bats, the lint last. Ends with "N passed, N failed" and fails if one failed.
set -u
cd "$(dirname "$0")/.." || exit 1
build=$(realpath "${1:?usage: run.sh BUILD [FILE.bats…]}")
shift
export TARE_BUILD=$build
# The thread sanitizer wants its memory where it asks for it, which random addresses may refuse it.
case $build in
*-thread) [ -n "${TARE_FIXED:-}" ] || TARE_FIXED=1 exec setarch -R test/run.sh "$build" "$@" ;;
esac
passed=0 failed=0

tally() { # passed failed: adds to the sums
	passed=$((passed + $1))
	failed=$((failed + $2))
}

run_unit() {
	local log=$build/unit.log
	meson test -C "$build" --print-errorlogs --no-rebuild >"$log" 2>&1
	grep -E '(FAIL|TIMEOUT|ERROR)' "$log"
	tally "$(awk '/^Ok:/ { print $2 }' "$log")" \
		"$(awk '/^(Fail|Timeout|Unexpected Pass):/ { n += $NF } END { print n + 0 }' "$log")"
	grep -qE '^Ok: +[1-9]' "$log" || { tail -20 "$log"; tally 0 1; }
}

run_bats() { # file
	local log=$build/bats.log since=$SECONDS
	printf '%s\n' "-- $1"
	bats --tap "$1" 2>&1 | tee "$log" | grep -vE '^(ok|1\.\.)'
	# On a shared machine (TARE_RETRY=1) a failed file has a second, visible chance.
	if [ -n "${TARE_RETRY:-}" ] && grep -q '^not ok' "$log"; then
		echo "FAILED ONCE, run again: $1"
		bats --tap "$1" 2>&1 | tee "$log" | grep -vE '^(ok|1\.\.)'
	fi
	local ok bad planned
	ok=$(grep -c '^ok ' "$log")
	bad=$(grep -c '^not ok ' "$log")
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	# A suite that dies before its last test has failed, whatever it had counted.
	[ "${planned:-0}" -gt 0 ] && [ $((ok + bad)) -ge "${planned:-0}" ] || bad=$((bad + 1))
	grep -q '# skip' "$log" && { echo "a skipped test is a failed one"; bad=$((bad + 1)); }
	printf '   %d passed in %d s\n' "$ok" $((SECONDS - since))
	tally "$ok" "$bad"
}

if [ $# -gt 0 ]; then
	for file in "$@"; do run_bats "$file"; done
else
	run_unit
	if tools/lint.sh; then tally 1 0; else tally 0 1; fi
	for file in test/*/*.bats; do
		# Budgets count pages and calls of the real programs, not of sanitized ones.
		case $build:$file in *build-*:test/budget/*) continue ;; esac
		# These need cgroup v2, systemd or AppArmor: tools/vm/check.sh runs them.
		case $file in test/vm/*) continue ;; esac
		run_bats "$file"
	done
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
