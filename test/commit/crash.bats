#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commits and imports that fail, or whose daemon is killed, at any point: nothing is left, the container goes on.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	host_start
	tared_start
	image_load
	docker run -d --name c1 --network none busybox sh -c 'echo 1 >/a; exec sleep 1000'
	wait_for docker exec c1 ls /a
	dd if=/dev/zero of="$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' c1)/big" bs=1M count=300 status=none
	mkdir "$T/tree"
	echo x >"$T/tree/x"
	tar -C "$T/tree" -cf "$T/in.tar" .
	tared_term
}

teardown_file() {
	tared_start
	tared_stop
	host_end
}

# The container runs, and its processes do.
goes_on() {
	expect "$(docker inspect -f '{{.State.Status}}' c1)" running
	timeout 5 docker exec c1 true
	[ -z "$(find "$T/run" -name 'frozen-*')" ]
}

@test "each step of a commit fails once" {
	for point in commit.freeze:1 image.spawn_layer:1 image.spawn_layer:2 spawn:1 spawn:2 commit.journal:1 commit.layers:1 \
		image.layer_move:1 image.layer_record:1 commit.images:1 image.config:1 commit.names:1 image.refs:1; do
		TARE_FAULT=$point tared_start
		before=$(store_world | sort)
		run -1 docker commit c1 new:1
		[[ $output == *"injected fault: ${point%:*}"* ]] || { echo "$point: $output"; return 1; }
		wait_for world_is "$before" || { echo "after $point"; diff <(echo "$before") <(store_world | sort); return 1; }
		goes_on
		tared_term
	done
}

@test "each step of an import fails once" {
	for point in image.spawn_layer:1 spawn:1 import.journal:1 import.layers:1 import.images:1 import.names:1; do
		TARE_FAULT=$point tared_start
		before=$(store_world | sort)
		run -1 docker import "$T/in.tar" imp:1
		[[ $output == *"injected fault: ${point%:*}"* ]] || { echo "$point: $output"; return 1; }
		wait_for world_is "$before" || { echo "after $point"; return 1; }
		tared_term
	done
}

@test "kill -9 of the daemon in the middle of a commit" {
	tared_start
	before=$(store_world | sort)
	for delay in 0.02 0.1 0.2 0.3; do
		docker commit c1 new:1 >/dev/null 2>&1 &
		client=$!
		sleep $delay
		tared_kill9
		wait $client || true
		pgrep -f "$T/.*tare-layer" && return 1
		tared_start
		wait_for world_is "$before" || docker inspect new:1 >/dev/null # it was faster
		goes_on
		docker rmi new:1 >/dev/null 2>&1 || true
		wait_for world_is "$before"
	done
	tared_term
}

@test "kill -9 of either worker fails the commit alone" {
	tared_start
	before=$(store_world | sort)
	for verb in pack unpack; do
		docker commit c1 new:1 >"$T/out" 2>&1 &
		client=$!
		worker=
		for _ in $(seq 200); do
			worker=$(pgrep -P "$(cat "$T/tared.pid")" -f "^tare-layer $verb" | head -1)
			[ -z "$worker" ] || break
			sleep 0.005
		done
		kill -9 "$worker"
		rc=0
		wait $client || rc=$?
		[ $rc -ne 0 ]
		grep -F 'tare-layer was killed by signal 9' "$T/out" || { cat "$T/out"; return 1; }
		wait_for world_is "$before"
		goes_on
	done
	tared_term
}

@test "a client that goes away does not stop a commit; the container goes on" {
	tared_start
	timeout 0.1 docker commit c1 new:1 || true
	wait_for goes_on
	wait_for docker inspect new:1
	docker rmi new:1
	tared_term
}
