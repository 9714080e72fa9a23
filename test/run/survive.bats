#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers, their logs and attached clients outlive the daemon, however it ends.
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
}

teardown_file() {
	tared_stop
	host_end
}

teardown() {
	local ids
	ids=$(tare ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || tare rm -f $ids >/dev/null
}

@test "kill -9 of tared: the container, its log and an attached client go on" {
	tare run -d --name s1 busybox sh -c 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line $i; sleep 0.05; done'
	local pid client
	pid=$(tare inspect -f '{{.State.Pid}}' s1)
	docker attach s1 >"$T/attached" &
	client=$!
	wait_for grep -q . "$T/attached"
	tared_kill9
	expect "$(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-5)" "sh -c"
	local seen
	seen=$(wc -l <"$T/attached")
	wait_for test "$(wc -l <"$T/attached")" -ge "$seen"
	tared_start
	expect "$(tare inspect -f '{{.State.Running}} {{.State.Pid}}' s1)" "true $pid"
	expect "$(tare wait s1)" 0
	wait $client || true
	expect "$(tail -1 "$T/attached")" "line 60"
	expect "$(tare logs s1 | wc -l)" 60
	expect "$(tare logs s1 | sort -u | wc -l)" 60
}

@test "a container that ended while no daemon was there has its exit code" {
	tare run -d --name s2 busybox sh -c 'sleep 0.5; exit 7'
	local pid
	pid=$(tare inspect -f '{{.State.Pid}}' s2)
	tared_kill9
	wait_gone "$pid"
	tared_start
	expect "$(tare inspect -f '{{.State.Status}} {{.State.ExitCode}}' s2)" "exited 7"
	tare start s2
	expect "$(tare wait s2)" 7
}

@test "--rm of a container that ended meanwhile is made up for" {
	tare run -d --rm --name s3 busybox sleep 0.5
	local pid
	pid=$(tare inspect -f '{{.State.Pid}}' s3)
	tared_kill9
	wait_gone "$pid"
	tared_start
	wait_for sh -c '[ -z "$(tare ps -aq)" ]'
}

@test "a graceful restart changes nothing: address, exec, stop, network" {
	tare run -d --name s4 busybox sleep 1000
	tared_term
	tared_start
	expect "$(tare inspect -f '{{.NetworkSettings.IPAddress}}' s4)" 172.17.0.2
	expect "$(tare exec s4 ping -c 1 -w 5 172.17.0.1 | grep -c '1 packets received')" 1
	tare run -d --name s5 busybox sleep 1000
	expect "$(tare inspect -f '{{.NetworkSettings.IPAddress}}' s5)" 172.17.0.3
	tare stop -t 0 s4 s5
	expect "$(tare ps -q)" ""
}

@test "restart policies: always comes back after a kill and after a daemon restart" {
	tare run -d --name s6 --restart always busybox sleep 1000
	local pid
	pid=$(tare inspect -f '{{.State.Pid}}' s6)
	kill -9 "$pid"
	wait_for sh -c "[ \"\$(tare inspect -f '{{.State.Status}} {{.RestartCount}}' s6)\" = 'running 1' ]"
	pid=$(tare inspect -f '{{.State.Pid}}' s6)
	[ "$pid" -gt 1 ]
	tared_kill9
	kill -9 "$pid"
	wait_gone "$pid"
	tared_start
	wait_for sh -c "[ \"\$(tare inspect -f '{{.State.Status}}' s6)\" = running ]"
	tare stop -t 0 s6
	tared_term
	tared_start
	wait_for sh -c "[ \"\$(tare inspect -f '{{.State.Status}}' s6)\" = running ]" # always: with the daemon
	tare rm -f s6
}

@test "on-failure:2 restarts twice, then stays down" {
	tare run -d --name s7 --restart on-failure:2 busybox sh -c 'exit 3'
	wait_for sh -c "[ \"\$(tare inspect -f '{{.State.Status}} {{.RestartCount}}' s7)\" = 'exited 2' ]"
	expect "$(tare inspect -f '{{.State.ExitCode}}' s7)" 3
}
