#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the virtual machines run instead of bats (tools/vm/guest/bin/bats) finds what bats finds.

TOP=$BATS_TEST_DIRNAME/../..

# results COMMAND…: numbers, names and verdicts; what bats says besides them goes
results() { "$@" 2>/dev/null | grep -a -E '^(ok|not ok|1\.\.)'; }

same() { # FILE
	local file=$BATS_TEST_DIRNAME/cases/$1 theirs ours
	theirs=$(results env -u BATS_RUN_TMPDIR bats --tap "$file" || true)
	ours=$(results "$TOP/tools/vm/guest/bin/bats" --tap "$file" || true)
	[ -n "$theirs" ]
	diff <(echo "$theirs") <(echo "$ours")
}

@test "tests that pass, fail, end early, are left out" { same tests.bats; }

@test "what is around all tests fails" {
	same setup_file.bats
	same teardown_file.bats
}

@test "the command that failed is shown with its line" {
	run "$TOP/tools/vm/guest/bin/bats" --tap "$BATS_TEST_DIRNAME/cases/tests.bats"
	[ "$status" -eq 1 ]
	grep -A2 '^not ok 2' <<<"$output" | grep -q ':12)'
	grep -A2 '^not ok 3' <<<"$output" | grep -q 'not equal: 1 2'
}
