#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# For ../light.bats: not a suite.
bats_require_minimum_version 1.5.0
load helper
setup_file() { export F=file; sleep 100 3>&- & SLEEPER=$!; }
teardown_file() { kill $SLEEPER; }
setup() { S=set; }
teardown() { false; [ -z "${BAD:-}" ]; }
@test "passes" { [ $F$S = fileset ]; }
@test "fails in the middle" {
	false
	true
}
@test "a failed comparison in a function of the helper" {
	equal 1 2
	true
}
@test "a refused condition goes on" {
	if false; then false; fi
	false || true
	! false
}
@test "a teardown that fails fails the test" { BAD=1; }
@test "run catches" {
	run sh -c 'echo a; echo b; exit 3'
	[ $status = 3 ]
	[ "${lines[1]}" = b ]
}
@test "run knows the code it should be" {
	run -3 sh -c 'exit 3'
	run -0 sh -c 'exit 3'
}
@test "a substitution that fails in an assignment" {
	x=$(false)
	true
}
@test "what one test sets no other sees" { [ -z "${x:-}" ]; }
@test "an exit in the middle fails" { exit 4; }
@test "a 'quote' and \"another\", \$dollar" { [ "$BATS_TEST_NUMBER" = 11 ]; }
@test "a background child does not hold up" { sleep 30 3>&- & }
@test "left out" { skip; }
@test "undefined command" { frobnicate; }
@test "local in a failing substitution passes" { local x=$(false); }
