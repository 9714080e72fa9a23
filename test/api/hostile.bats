#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Two thousand wrong requests: each is answered, none ends the daemon, nothing stays behind.
load api

setup_file() {
	api_begin
	api_load
}
teardown_file() { api_end; }

@test "wrong parameters and bodies to every route are answered and do no harm" {
	tare run -d --name hostile busybox sleep 1000 >/dev/null
	"$TOP/test/api/hostile.py" "$T/tare.sock" "$TOP/src/api/routes.c" 1 2000 || return 1
	expect "$(cat "$T/tared.pid")" "$TARED"
	kill -0 "$TARED"
	tare run --rm busybox true
}
