#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# stats beside dockerd's: its members, its rules, and figures that are the kernel's.
load helpers

setup_file() { parity_start; }
teardown_file() { parity_stop; }

one_shot() { # CONTAINER [QUERY]
	curl -s --max-time 30 --unix-socket "$SOCKET" "http://d/v1.41/containers/$1/stats?${2:-stream=0&one-shot=1}"
}

running() {
	docker run -d --name s1 --net none --memory 64m --memory-swap 64m --pids-limit 20 --cpus 0.5 busybox sleep 1000 >/dev/null
	one_shot s1 | shape 'del(.blkio_stats[][]?)'
	one_shot s1 stream=0 | shape 'del(.blkio_stats)'
	one_shot s1 | jq -c '[.pids_stats, .memory_stats.limit, .num_procs, .name]'
	docker rm -f s1 >/dev/null
}

@test "a running container: dockerd's members and limits" {
	both running
}

not_running() {
	docker create --name s2 --net none busybox true >/dev/null
	call GET '/containers/s2/stats?stream=0'
	call GET '/containers/s2/stats?stream=0&one-shot=1'
	call GET '/containers/none/stats?stream=0'
	docker rm s2 >/dev/null
}

@test "one that does not run, and one that does not exist" {
	both not_running
}

@test "figures are the kernel's" {
	local SOCKET=$T/tare.sock pid
	tare run -d --name s3 --network none --memory 64m busybox sh -c 'head -c 8000000 /dev/urandom >/dev/shm/x; while :; do :; done'
	pid=$(docker inspect -f '{{.State.Pid}}' s3)
	sleep 0.5
	one_shot s3 stream=0 >"$T/stats.json"
	tare kill s3
	jq -e '.cpu_stats.cpu_usage.total_usage - .precpu_stats.cpu_usage.total_usage > 100000000' "$T/stats.json"
	jq -e '.cpu_stats.system_cpu_usage > .precpu_stats.system_cpu_usage' "$T/stats.json"
	jq -e '.memory_stats.usage > 8000000 and .memory_stats.usage < 67108864' "$T/stats.json"
	jq -e '.pids_stats.current == 1 and (.networks | not)' "$T/stats.json"
	tare rm s3
}

@test "a stream has an object a second, and ends with the container's removal" {
	local SOCKET=$T/tare.sock
	tare run -d --name s4 --network none busybox sleep 1000
	one_shot s4 stream=1 >"$T/stream.json" &
	local reader=$!
	sleep 2.5
	tare rm -f s4
	wait $reader
	local n
	n=$(jq -s length "$T/stream.json")
	[ "$n" -ge 2 ] && [ "$n" -le 6 ]
	expect "$(jq -s '.[0].preread' "$T/stream.json")" '"0001-01-01T00:00:00Z"'
	jq -es '.[1].preread == .[0].read' "$T/stream.json"
}

@test "the docker client draws its table" {
	tare run -d --name s5 --network none --memory 64m busybox sleep 1000
	expect_match "$(docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' s5)" \
		'^s5 [0-9.]+% [0-9.]+[kMK]iB / 64MiB 1$'
	tare rm -f s5
}

@test "stream and one-shot together are refused" {
	local SOCKET=$T/tare.sock
	expect "$(call GET '/containers/x/stats?stream=1&one-shot=1')" '400
{"message":"cannot have stream=true and one-shot=true"}'
}
