#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Versions, headers, errors, and requests that are refused.
load api

setup_file() { api_begin; }
teardown_file() { api_end; }

@test "_ping answers OK with the headers clients look at" {
	local head
	head=$(headers GET /_ping)
	expect_match "$head" '^HTTP/1.1 200 OK'
	local line
	for line in 'Api-Version: 1.50' 'Docker-Experimental: false' 'Ostype: linux' 'Server: Docker/28.2.2 (linux)' \
		'Builder-Version: 1' 'Swarm: inactive' 'Cache-Control: no-cache, no-store, must-revalidate' 'Pragma: no-cache' \
		'Content-Type: text/plain; charset=utf-8' 'Content-Length: 2'; do
		grep -qxF "$line" <<<"$head" || { echo "missing: $line"; return 1; }
	done
	expect "$(api GET /_ping)" OK
}

@test "HEAD _ping has no body and says so" {
	local head
	head=$(curl -sI --unix-socket "$T/tare.sock" http://d/_ping | tr -d '\r')
	grep -qx 'Content-Length: 0' <<<"$head"
	grep -qx 'Api-Version: 1.50' <<<"$head"
}

@test "every version from 1.24 to 1.50 is spoken, others are told" {
	local v
	for v in 1.24 1.30 1.41 1.50; do
		expect "$(api GET "/v$v/_ping")" OK
	done
	expect "$(api_status GET /v1.51/info)" '400 client version 1.51 is too new. Maximum supported API version is 1.50'
	expect "$(api_status GET /v1.99/info)" '400 client version 1.99 is too new. Maximum supported API version is 1.50'
	# Such old clients print what comes as it is, so dockerd sends them plain text.
	expect "$(api GET /v1.12/info)" 'client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version'
	expect "$(api_status GET /v1.50/nosuch)" '404 page not found'
	expect "$(api_status GET /v9.9/nosuch)" '404 page not found'
}

@test "errors are one JSON object and a line feed, with the headers of every answer" {
	expect "$(api GET /nosuch | od -An -c | tail -1 | awk '{ print $NF }')" '\n'
	local head
	head=$(headers GET /containers/nosuch/json)
	grep -qx 'HTTP/1.1 404 Not Found' <<<"$head"
	grep -qx 'Content-Type: application/json' <<<"$head"
	grep -qx 'Server: Docker/28.2.2 (linux)' <<<"$head"
	expect "$(api_status DELETE /info)" '404 page not found'
	expect "$(api_status GET /containers/nosuch/json)" '404 No such container: nosuch'
}

@test "bodies: content type, JSON and its types are checked in docker's words" {
	expect "$(api_status POST /containers/create -d '{}')" \
		"400 unsupported Content-Type header (application/x-www-form-urlencoded): must be 'application/json'"
	expect_match "$(post_status /containers/create '{')" '^400 invalid JSON'
	expect "$(post_status /containers/create ' ')" '400 invalid JSON: got EOF while reading request body'
	expect "$(post_status /containers/create null)" '400 config cannot be empty in order to create a container'
	expect "$(post_status /containers/create '{"Env":"A=b"}')" \
		'400 invalid JSON: json: cannot unmarshal string into Go struct field Env of type []string'
	expect "$(post_status /containers/create '{"Image":"nosuch","Cmd":["x"]}')" '404 No such image: nosuch:latest'
}

@test "query values are checked" {
	expect "$(api_status GET '/containers/json?limit=x')" '400 strconv.Atoi: parsing "x": invalid syntax'
	expect "$(api_status GET '/containers/json?filters=%7B%22nosuch%22:%5B%221%22%5D%7D')" "400 invalid filter 'nosuch'"
	expect "$(api_status GET '/networks?filters=%7B%22nosuch%22:%5B%221%22%5D%7D')" "400 invalid filter 'nosuch'"
	expect_match "$(api_status GET '/images/json?filters=%7B')" '^400 invalid filter'
	expect "$(api_status GET '/events?since=2&until=1')" '400 `since` time (2) cannot be after `until` time (1)'
	expect "$(api_status GET '/events?since=yesterday')" \
		'400 invalid value for "since": failed to parse value as time or duration: "yesterday"'
	# the old form of filters
	expect "$(api GET '/networks?filters=%7B%22name%22:%7B%22host%22:true%7D%7D' | jq -r '.[].Name')" host
}

@test "requests that two readers could understand differently are refused and end the connection" {
	local bad
	for bad in 'Content-Length: 3\r\nTransfer-Encoding: chunked' 'Content-Length: 3\r\nContent-Length: 3' \
		'Transfer-Encoding: chunked, identity' 'X: a\r\n b' 'Content-Length : 3' 'Content-Length: +3'; do
		expect_match "$(raw "POST /containers/create HTTP/1.1\r\nHost: d\r\n$bad\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")" \
			'^HTTP/1.1 (400|501) .*Connection: close.*"message"'
		expect "$(raw "POST / HTTP/1.1\r\nHost: d\r\n$bad\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n" | grep -c '^HTTP/1.1')" 1
	done
	expect_match "$(raw 'GET / HTTP/1.1\r\n\r\n')" '^HTTP/1.1 400 .*missing required Host header'
	expect_match "$(raw '\x16\x03\x01\x02')" '^HTTP/1.1 400 '
	expect "$(raw 'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\nGET /_ping HTTP/1.1\r\nHost: d\r\n\r\n' | grep -o 'HTTP/1.1 200' | wc -l)" 2
}

@test "without swarm and plugins it answers as dockerd does" {
	local m='This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'
	local p
	for p in /swarm /nodes /services /tasks /secrets /configs /nodes/x /services/x /swarm/unlockkey; do
		expect "$(api_status GET $p)" "503 $m"
	done
	expect "$(api_status POST /swarm/leave)" '503 This node is not part of a swarm'
	expect "$(api_status POST /swarm/init)" '501 swarm mode is not supported by tare'
	expect "$(api GET /plugins)" '[]'
	expect "$(api GET /info | jq -c .Swarm)" \
		'{"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","ControlAvailable":false,"Error":"","RemoteManagers":null}'
}

@test "what is not there yet is refused with a sentence, not with silence" {
	local method path n=0
	while read -r method path; do
		expect_match "$(api_status "$method" "$path")" '^501 .+ is not available in this version of tare'
		n=$((n + 1))
	done < <(sed -nE 's|.*\{ ([A-Z]+), "([^"]+)", absent_feature,.*|\1 \2|p' "$TOP/src/api/routes.c" | sed 's/{[a-z]*}/x/' | grep -v ^HEAD)
	[ $n -gt 0 ]
}

@test "info and version have every member clients read" {
	local missing
	missing=$(api GET /info | jq -r --argjson want '["ID","Containers","ContainersRunning","ContainersPaused",
		"ContainersStopped","Images","Driver","DriverStatus","Plugins","MemoryLimit","SwapLimit","CpuCfsPeriod","CpuCfsQuota",
		"CPUShares","CPUSet","PidsLimit","IPv4Forwarding","Debug","NFd","OomKillDisable","NGoroutines","SystemTime",
		"LoggingDriver","CgroupDriver","CgroupVersion","NEventsListener","KernelVersion","OperatingSystem","OSVersion",
		"OSType","Architecture","IndexServerAddress","RegistryConfig","NCPU","MemTotal","GenericResources","DockerRootDir",
		"HttpProxy","HttpsProxy","NoProxy","Name","Labels","ExperimentalBuild","ServerVersion","Runtimes","DefaultRuntime",
		"Swarm","LiveRestoreEnabled","Isolation","InitBinary","ContainerdCommit","RuncCommit","InitCommit","SecurityOptions",
		"CDISpecDirs","Warnings"]' '$want - keys | .[]')
	expect "$missing" ""
	expect "$(api GET /info | jq -r '"\(.Driver) \(.OSType) \(.LiveRestoreEnabled) \(.CgroupDriver)"')" 'overlay2 linux true cgroupfs'
	expect "$(api GET /v1.49/info | jq 'has("BridgeNfIptables")')" true
	expect "$(api GET /info | jq 'has("BridgeNfIptables")')" false
	expect "$(api GET /v1.48/info | jq 'has("FirewallBackend")')" false
	expect "$(api GET /v1.48/info | jq '.RuncCommit | has("Expected")')" true
	expect "$(api GET /version | jq -r '"\(.ApiVersion) \(.MinAPIVersion) \(.Os) \(.Components[0].Name)"')" '1.50 1.24 linux Engine'
}

@test "a thousand open connections, five hundred of them waiting, cost little" {
	python3 - "$T/tare.sock" "$TARED" <<'EOF'
import socket, sys, os
def ask(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(sys.argv[1])
    s.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: d\r\n\r\n")
    return s
resting = [ask(b"/_ping") for _ in range(500)]
waiting = [ask(b"/events") for _ in range(500)]
assert all(b"200 OK" in s.recv(4096) for s in resting + waiting)
maps = open(f"/proc/{sys.argv[2]}/maps").read()
sanitized = "libasan" in maps or "libtsan" in maps
pss = [int(l.split()[1]) for l in open(f"/proc/{sys.argv[2]}/smaps_rollup") if l.startswith("Pss:")][0]
assert pss < 40000 or sanitized, pss
resting[0].sendall(b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n")
assert b"200 OK" in resting[0].recv(4096)
EOF
	# Nobody is left listening once they are gone.
	wait_for expect_listeners 0
}

expect_listeners() { [ "$(api GET /info | jq .NEventsListener)" = "$1" ]; }
