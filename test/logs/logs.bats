#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker logs and tare logs against a live daemon: selection, following, rotation under load, attach and logs
# telling the same story.
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
	tare run --name two busybox sh -c 'echo one; echo err >&2; sleep 1.1; echo three; printf unended' >/dev/null 2>&1
}

teardown_file() {
	tared_stop
	host_end
}

each_client() { for client in docker tare; do "$@" || return 1; done; }

streams() {
	[ "$($client logs two 2>/dev/null)" = 'one
three
unended' ]
	[ "$($client logs two 2>&1 >/dev/null)" = err ]
}

@test "streams come apart, an unfinished line comes as it is" {
	each_client streams
}

tails() {
	[ "$($client logs --tail 1 two 2>&1)" = unended ]
	[ "$($client logs -n 2 two 2>&1)" = 'three
unended' ]
	[ -z "$($client logs --tail 0 two 2>&1)" ]
	[ "$($client logs --tail all two 2>&1 | wc -l)" = 3 ]
	[ "$($client logs --tail x two 2>&1 | wc -l)" = 3 ]
}

@test "tail counts entries" {
	each_client tails
}

times() {
	local first mid
	[[ $($client logs -t two 2>&1 | head -1) =~ ^20[0-9-]{8}T[0-9:]{8}\.[0-9]{9}Z\ (one|err)$ ]]
	first=$($client logs -t --tail 2 two | head -1 | cut -d' ' -f1)
	[ "$($client logs --since "$first" two 2>&1)" = 'three
unended' ]
	mid=$($client inspect -f '{{.State.StartedAt}}' two)
	[ "$($client logs --until "$first" two 2>&1 | wc -l)" -ge 3 ]
	[ "$($client logs --since "$mid" two 2>&1 | grep -c .)" = 4 ]
	[ -z "$($client logs --since 2100-01-01T00:00:00Z two 2>&1)" ]
}

@test "timestamps, since and until" {
	each_client times
}

@test "no stream asked for is refused in dockerd's words" {
	run api GET /v1.50/containers/two/logs
	[ "$output" = '{"message":"Bad parameters: you must choose at least one stream"}' ]
}

@test "logs of a container without a log are refused in dockerd's words" {
	tare run --name none --log-driver none busybox echo hi
	run tare logs none
	[ "$status" -ne 0 ]
	[[ $output =~ 'configured logging driver does not support reading' ]]
}

follows() {
	local script='i=0; while [ $i -lt 300 ]; do echo "$i"; i=$((i+1)); [ $((i % 50)) = 0 ] && sleep 0.05; done'
	$client run -d --name "f-$client" busybox sh -c "$script" >/dev/null
	timeout 20 "$client" logs -f "f-$client" >"$T/followed"
	seq 0 299 | cmp - "$T/followed"
	$client rm "f-$client" >/dev/null
}

@test "following ends with the container and loses nothing" {
	each_client follows
}

@test "following goes through rotations, nothing lost, nothing twice" {
	tare run -d --name rot --log-opt max-size=20k --log-opt max-file=200 busybox \
		sh -c 'i=0; while [ $i -lt 200 ]; do seq $((i*100)) $((i*100+99)); i=$((i+1)); done; sleep 0.3; echo end' >/dev/null
	timeout 20 tare logs -f rot >"$T/followed"
	{ seq 0 19999; echo end; } | cmp - "$T/followed"
	tare logs rot | cmp - "$T/followed"
	[ "$(tare logs --tail 5000 rot | head -1)" = 15001 ]
	[ "$(tare logs --tail 5000 rot | wc -l)" = 5000 ]
	tare rm rot
}

@test "attach and log tell the same story" {
	tare run --name same busybox sh -c 'seq 1 30000' >"$T/attached"
	tare logs same | cmp - "$T/attached"
	[ "$(tail -1 "$T/attached")" = 30000 ]
	tare rm same
}

@test "labels and env become details" {
	tare run --name det --label who=me --env A=b --log-opt labels=who --log-opt env=A busybox echo hi
	[ "$(tare logs --details det)" = 'A=b,who=me hi' ]
	tare rm det
}

@test "a follower that goes away is noticed" {
	tare run -d --name away busybox sh -c 'while :; do echo x; sleep 0.05; done' >/dev/null
	timeout 1 tare logs -f away >/dev/null || true
	wait_for no_followers
	tare rm -f away
}

# inotify instances of the daemon are followers
no_followers() { [ "$(find /proc/"$TARED"/fd -lname 'anon_inode:inotify' 2>/dev/null | wc -l)" -le 0 ]; }
