#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Several pulls of the same, clients that leave, daemons that are killed.

bats_require_minimum_version 1.5.0
load lib

setup() { pull_setup; }

teardown() { pull_teardown; }

fetched() { grep -c "GET /v2/$1/x/blobs/$(layer)" "$T/registries/5100/log"; }
layer() { echo "sha256:$(sha256sum <"$T/registries/5100/layer" | cut -c1-64)"; }
partial() { [ "$(stat -c %s "$T"/data/tmp/tare-blobs/* 2>/dev/null || echo 0)" -ge 1000000 ]; }

@test "four pulls of one image fetch its layer once" {
	local i pids=''
	for i in 1 2 3 4; do
		docker pull "$F/slow/x:1" >"$T/out.$i" 3>&- &
		pids="$pids $!"
	done
	for i in $pids; do wait "$i"; done
	expect "$(fetched slow)" 1
	expect "$(grep -l 'Pull complete\|Already exists\|up to date' "$T"/out.? | wc -l)" 4
	expect "$(docker images -q | wc -l)" 1
	nothing_left
	expect "$(blobs)" ''
}

@test "who leaves does not end the pull of another" {
	docker pull "$F/slow/x:1" >"$T/out.1" 2>&1 3>&- &
	local first=$!
	wait_for partial_any
	docker pull "$F/slow/x:1" >"$T/out.2" 3>&- &
	local second=$!
	wait_for grep -q 'Pulling fs layer' "$T/out.2"
	kill "$first"
	wait "$second"
	expect "$(fetched slow)" 1
	expect "$(docker images -q | wc -l)" 1
	wait "$first" || true
}
partial_any() { [ -n "$(blobs)" ]; }

@test "the last client's leaving ends the pull; the next one goes on where it stopped" {
	docker pull "$F/stall/x:1" >"$T/out" 2>&1 3>&- &
	local client=$!
	wait_for partial
	kill "$client"
	wait "$client" || true
	wait_for no_workers
	store_empty
	local at
	at=$(stat -c %s "$T/data/tmp/tare-blobs/$(layer | cut -c8-)")
	docker pull -q "$F/good/x:1"
	grep -q "GET /v2/good/x/blobs/$(layer) range=bytes=$at-" "$T/registries/5100/log"
	expect "$(blobs)" ''
	nothing_left
}

@test "kill -9 of the daemon in the middle: nothing left but the bytes, which are used" {
	docker pull "$F/stall/x:1" >"$T/out" 2>&1 3>&- &
	local client=$!
	wait_for partial
	tared_kill9
	wait "$client" || true
	tared_start
	store_empty
	local at
	at=$(stat -c %s "$T/data/tmp/tare-blobs/$(layer | cut -c8-)")
	[ "$at" -ge 1000000 ]
	docker pull -q "$F/good/x:1"
	grep -q "GET /v2/good/x/blobs/$(layer) range=bytes=$at-" "$T/registries/5100/log"
	docker rmi "$F/good/x:1" >/dev/null
	store_empty
}

@test "a daemon that is told to stop does not wait for a pull" {
	docker pull "$F/stall/x:1" >"$T/out" 2>&1 3>&- &
	local client=$! begin=$SECONDS
	wait_for partial
	tared_term
	[ $((SECONDS - begin)) -lt 9 ]
	wait "$client" || true
	tared_start
	store_empty
	[ -n "$(blobs)" ]
}

@test "bytes that were wrong are fetched anew, once" {
	mkdir -p "$T/data/tmp/tare-blobs"
	head -c 1500000 /dev/urandom >"$T/data/tmp/tare-blobs/$(layer | cut -c8-)"
	docker pull -q "$F/good/x:1"
	expect "$(fetched good)" 2
	expect "$(blobs)" ''
}

@test "kill -9 of the workers: an error, nothing left, the next try works" {
	local name
	for name in tare-xfer tare-layer; do
		docker pull "$F/stall/$name:1" >"$T/out" 2>&1 3>&- &
		local client=$!
		wait_for pgrep -P "$TARED" -x "$name"
		wait_for partial_any
		kill -9 "$(pgrep -P "$TARED" -x "$name")"
		# what broke down is seen when bytes come again, at the latest
		[ "$name" = tare-xfer ] || kill -9 "$(pgrep -P "$TARED" -x tare-xfer)"
		! wait "$client"
		expect_match "$(tail -1 "$T/out")" 'was killed by signal 9'
		wait_for no_workers
		store_empty
		rm -f "$T"/data/tmp/tare-blobs/*
		docker pull -q "$F/good/x:1"
		docker rmi "$F/good/x:1" >/dev/null
	done
}

@test "bytes nobody came back for go after a day" {
	mkdir -p "$T/data/tmp/tare-blobs"
	touch -d '2 days ago' "$T/data/tmp/tare-blobs/$(printf %064d 1)"
	touch "$T/data/tmp/tare-blobs/$(printf %064d 2)"
	docker pull -q "$F/good/x:1"
	expect "$(blobs)" "$(printf %064d 2)"
}

@test "each step of a pull fails once: nothing is left, and the next try works" {
	"$TOP/tools/mkimage.sh" --layers 2 --form oci --pack gzip --name a:1 "$T/x.tar"
	registry_push 5000 "$T/x.tar" test/x 1
	local point
	tared_term
	for point in image.spawn_xfer:1 image.spawn_layer:1 image.spawn_layer:2 spawn:1 spawn:2 pull.worker:1 pull.loaded:2 \
		pull.unpacked:1 pull.unpacked:2 pull.verified:1 pull.journal:1 pull.layers:1 image.layer_move:2 image.layer_record:1 \
		image.layer_record:2 pull.images:1 image.config:1 pull.names:1 image.refs:1; do
		TARE_FAULT=$point tared_start
		run -1 docker pull "$R/test/x:1"
		expect_match "$output" "injected fault: ${point%:*}"
		store_empty || { echo "after $point"; return 1; }
		docker pull -q "$R/test/x:1"
		docker rmi "$R/test/x:1" >/dev/null
		tared_term
	done
	tared_start
}
