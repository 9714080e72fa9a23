#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container's life by the API alone.
load api

setup_file() {
	api_begin
	api_load
}
teardown_file() { api_end; }
teardown() {
	local id
	for id in $(api GET '/containers/json?all=1' | jq -r '.[].Id'); do
		api DELETE "/containers/$id?force=1"
	done
}

status_of() { # METHOD PATH: the status alone
	curl -s -o /dev/null -w '%{http_code}' --unix-socket "$T/tare.sock" -X "$1" "http://d$2"
}

@test "create, start, stop, remove: the status codes of each" {
	expect "$(post_status '/containers/create?name=life' '{"Image":"busybox","Cmd":["sleep","100"],"StopTimeout":0}')" '201 null'
	expect "$(status_of POST /containers/life/start)" 204
	expect "$(status_of POST /containers/life/start)" 304
	expect "$(api_status POST /containers/life/start -H 'Content-Type: application/json' -d '{"Binds":["/a:/b"]}')" \
		'400 starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24'
	expect "$(status_of POST /containers/life/pause)" 204
	expect "$(status_of POST /containers/life/unpause)" 204
	expect_match "$(api_status DELETE /containers/life)" '^409 cannot remove container "/?life": container is running'
	expect "$(status_of POST /containers/life/stop)" 204
	expect "$(status_of POST /containers/life/stop)" 304
	expect "$(status_of POST /containers/life/restart?t=0)" 204
	expect "$(status_of POST '/containers/life/kill?signal=KILL')" 204
	api POST /containers/life/wait >/dev/null
	expect_match "$(api_status POST /containers/life/kill)" '^409 cannot kill container: life: container [0-9a-f]{64} is not running'
	expect "$(api_status POST /containers/nosuch/kill)" '404 cannot kill container: nosuch: No such container: nosuch'
	expect "$(status_of POST '/containers/life/rename?name=other')" 204
	expect "$(status_of DELETE /containers/other)" 204
	expect "$(api_status DELETE /containers/other)" '404 No such container: other'
}

@test "list and inspect show it; ids, names and prefixes find it" {
	local id
	id=$(run_ctr looks sleep 100)
	expect "$(api GET /containers/json | jq -r '.[0] | "\(.Id) \(.Names[0]) \(.Image) \(.Command) \(.State)"')" \
		"$id /looks busybox sleep 100 running"
	local ref
	for ref in "$id" "${id:0:12}" looks /looks; do
		expect "$(api GET "/containers/${ref/\//%2F}/json" | jq -r '.Name')" /looks
	done
	expect "$(api GET /containers/looks/json | jq 'has("SizeRw")')" false
	expect "$(api GET '/containers/looks/json?size=1' | jq 'has("SizeRw")')" true
	expect "$(api GET /containers/looks/json | jq -r '.NetworkSettings | .IPAddress == .Networks.bridge.IPAddress')" true
	expect "$(api GET '/containers/json?filters=%7B%22name%22:%5B%22nosuch%22%5D%7D')" '[]'
}

@test "wait sends its head at once and the code when it is due" {
	run_ctr waits sh -c 'sleep 0.5; exit 7'
	# The head comes while the container still runs: an immediate deadline for the body alone.
	expect_match "$(headers POST '/containers/waits/wait?condition=next-exit')" '^HTTP/1.1 200 OK'
	expect "$(api POST /containers/waits/wait | jq -c .)" '{"StatusCode":7}'
	expect "$(api_status POST '/containers/waits/wait?condition=never')" '400 invalid condition: "never"'
}

@test "wait for removal answers when it is gone" {
	run_ctr gone sleep 100
	api POST '/containers/gone/wait?condition=removed' -D "$T/removed.head" -o "$T/removed" &
	local waiting=$!
	wait_for test -s "$T/removed.head"
	api DELETE '/containers/gone?force=1'
	wait $waiting
	expect "$(jq .StatusCode "$T/removed")" 137
}

@test "logs: frames, streams, tail, since, timestamps; both streams off is refused" {
	run_ctr talks sh -c 'echo one; echo two >&2; echo three'
	api POST /containers/talks/wait >/dev/null
	expect "$(api GET '/containers/talks/logs?stdout=1' | od -An -tx1 | head -1)" ' 01 00 00 00 00 00 00 04 6f 6e 65 0a 01 00 00 00'
	expect "$(api GET '/containers/talks/logs?stderr=1' | tail -c 4)" two
	expect "$(api GET '/containers/talks/logs?stdout=1&stderr=1&tail=3' | tr -dc 'a-z' | wc -c)" 11
	expect_match "$(api GET '/containers/talks/logs?stdout=1&stderr=1&tail=1' | tr -dc 'a-z')" '^(two|three)$'
	expect "$(api GET '/containers/talks/logs?stdout=1&stderr=1&tail=0' | wc -c)" 0
	expect "$(api GET '/containers/talks/logs?stdout=1&since=4000000000' | wc -c)" 0
	expect "$(api GET '/containers/talks/logs?stdout=1&until=1' | wc -c)" 0
	expect_match "$(api GET '/containers/talks/logs?stdout=1&tail=all&timestamps=1' | tail -1 | cut -c9-)" \
		'^20[0-9]{2}-[0-9-]+T[0-9:]+\.[0-9]{9}Z three$'
	expect "$(api_status GET '/containers/talks/logs?follow=1')" '400 Bad parameters: you must choose at least one stream'
	local type
	type=$(headers GET '/containers/talks/logs?stdout=1' | grep '^Content-Type')
	expect "$type" 'Content-Type: application/vnd.docker.multiplexed-stream'
	type=$(headers GET '/v1.41/containers/talks/logs?stdout=1' | grep '^Content-Type')
	expect "$type" 'Content-Type: application/vnd.docker.raw-stream'
}

@test "logs -f ends when the container ends, and has everything" {
	run_ctr follows sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done'
	expect "$(api GET '/containers/follows/logs?stdout=1&follow=1' --max-time 10 | tr -dc '123')" 123
}

@test "logs of a container without a log are refused" {
	post '/containers/create?name=mute' '{"Image":"busybox","Cmd":["true"],"HostConfig":{"LogConfig":{"Type":"none"}}}' >/dev/null
	expect "$(api_status GET '/containers/mute/logs?stdout=1')" '501 configured logging driver does not support reading'
}

@test "exec: create, start on the raw connection, inspect" {
	run_ctr hosts sleep 100
	local id
	id=$(post /containers/hosts/exec '{"Cmd":["sh","-c","echo out; echo err >&2; exit 5"],"AttachStdout":true,"AttachStderr":true}' | jq -r .Id)
	expect_match "$id" '^[0-9a-f]{64}$'
	expect "$(post "/exec/$id/start" '{}' | tr -dc 'a-z')" outerr
	expect "$(api GET "/exec/$id/json" | jq -c '[.ExitCode,.Running,.ProcessConfig.entrypoint]')" '[5,false,"sh"]'
	expect "$(post_status /containers/hosts/exec '{"Cmd":[]}')" '400 No exec command specified'
	expect "$(post_status /exec/nosuch/start '{}')" '404 No such exec instance: nosuch'
	# A stream that was not asked for does not come.
	id=$(post /containers/hosts/exec '{"Cmd":["sh","-c","echo out; echo err >&2"],"AttachStderr":true}' | jq -r .Id)
	expect "$(post "/exec/$id/start" '{}' | tr -dc 'a-z')" err
	# What cannot be executed is told on the connection.
	id=$(post /containers/hosts/exec '{"Cmd":["nosuch"],"AttachStdout":true}' | jq -r .Id)
	expect_match "$(post "/exec/$id/start" '{}')" 'exec: "nosuch": executable file not found in \$PATH'
	expect "$(api GET "/exec/$id/json" | jq .ExitCode)" 127
}

@test "attach upgrades the connection, carries stdin, and its end" {
	post '/containers/create?name=echoes' '{"Image":"busybox","Cmd":["cat"],"OpenStdin":true,"StdinOnce":true}' >/dev/null
	python3 - "$T/tare.sock" <<'EOF'
import socket, sys
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(10)
    s.connect(sys.argv[1])
    return s
s = connect()
s.sendall(b"POST /v1.50/containers/echoes/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n"
          b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly ")
head = b""
while b"\r\n\r\n" not in head:
    head += s.recv(1)
assert head.startswith(b"HTTP/1.1 101 UPGRADED\r\n"), head
assert b"Content-Type: application/vnd.docker.multiplexed-stream\r\n" in head, head
t = connect()
t.sendall(b"POST /containers/echoes/start HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
assert b" 204 " in t.recv(4096)
s.sendall(b"late\n")
s.shutdown(socket.SHUT_WR)
data = b""
while piece := s.recv(4096):
    data += piece
text = b""
while data:
    assert data[0] == 1, data
    n = int.from_bytes(data[4:8], "big")
    text += data[8:8 + n]
    data = data[8 + n:]
assert text == b"early late\n", text
EOF
	expect "$(api POST /containers/echoes/wait | jq .StatusCode)" 0
	# What was logged can be had again, without waiting for more.
	api POST '/containers/echoes/attach?logs=1&stdout=1' --max-time 5 --output "$T/replayed"
	expect "$(tail -c +9 "$T/replayed")" 'early late'
	expect "$(api_status POST '/containers/nosuch/attach?stream=1')" '404 No such container: nosuch'
	expect "$(api_status POST '/containers/echoes/attach?stream=1&detachKeys=nonsense')" '400 Invalid detach keys (nonsense) provided'
}

@test "top lists the container's processes with the columns asked for" {
	run_ctr busy sh -c 'sleep 1000 & wait'
	wait_for sh -c "[ \$(curl -s --unix-socket $T/tare.sock http://d/containers/busy/top | jq '.Processes | length') = 2 ]"
	expect "$(api GET /containers/busy/top | jq -c .Titles)" '["UID","PID","PPID","C","STIME","TTY","TIME","CMD"]'
	expect "$(api GET '/containers/busy/top?ps_args=-o%20pid,args' | jq -r '.Processes[][1]' | sort | tail -1)" 'sleep 1000'
	expect_match "$(api_status GET '/containers/busy/top?ps_args=-o%20x=PID')" 'is not allowed'
	api POST '/containers/busy/kill'
	api POST /containers/busy/wait >/dev/null
	expect_match "$(api_status GET /containers/busy/top)" '^409 container [0-9a-f]{64} is not running'
}

@test "old clients' requests mean what they meant" {
	post '/v1.24/containers/create?name=old' '{"Image":"busybox","Cmd":["true"],"HostConfig":{"AutoRemove":true}}' >/dev/null
	expect "$(api GET /containers/old/json | jq .HostConfig.AutoRemove)" false
	expect "$(api GET /containers/old/json | jq -r .HostConfig.IpcMode)" shareable
	expect "$(post_status '/v1.43/containers/create' '{"Image":"busybox","NetworkingConfig":{"EndpointsConfig":{"bridge":{},"host":{}}}}')" \
		'400 Container cannot be created with multiple network endpoints: bridge, host'
	expect "$(post_status /containers/create '{"Image":"busybox","HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":"/x","VolumeOptions":{}}]}}')" \
		'400 VolumeOptions must not be specified on mount type "bind"'
}

@test "resize wants two numbers" {
	run_ctr sized sleep 100
	expect "$(api_status POST '/containers/sized/resize?h=x&w=1')" '400 invalid resize height "x": invalid syntax'
	expect "$(api_status POST '/containers/sized/resize?h=1&w=-1')" '400 invalid resize width "-1": value out of range'
}

@test "events: replay between two times, filtered, in docker's shape" {
	local since id
	since=$(date +%s.%N)
	id=$(run_ctr seen true)
	api POST /containers/seen/wait >/dev/null
	wait_for sh -c "curl -s --unix-socket $T/tare.sock 'http://d/events?since=$since&until='\$(date +%s.%N)'&filters=%7B%22event%22:%5B%22die%22%5D%7D' | grep -q seen"
	api GET "/events?since=$since&until=$(date +%s.%N)&filters=%7B%22type%22:%5B%22container%22%5D%7D" >"$T/events"
	expect "$(jq -r .Action "$T/events" | grep -E '^(create|start|die)$' | tr '\n' ' ')" 'create start die '
	expect "$(jq -c 'select(.Action == "die") | [.Type,.id,.status,.from,.scope,.Actor.Attributes.exitCode]' "$T/events")" \
		"[\"container\",\"$id\",\"die\",\"busybox\",\"local\",\"0\"]"
}
