#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images, networks and volumes by the API alone.
load api

setup_file() {
	api_begin
	api_load
}
teardown_file() { api_end; }

@test "load streams progress and its result as objects ending in CR LF" {
	local out
	out=$(api POST '/images/load?quiet=0' -H 'Content-Type: application/x-tar' -H 'Transfer-Encoding: chunked' \
		--data-binary "@$BUILD/busybox.tar")
	expect "$(tail -1 <<<"$out" | jq -r .stream | head -1)" 'Loaded image: busybox:latest'
	expect "$(tail -c 2 <<<"$out" | od -An -c | tr -d ' ')" '\r\n'
}

@test "a damaged archive is an error inside the stream" {
	head -c 3000 "$BUILD/busybox.tar" >"$T/half.tar"
	local out
	out=$(api POST /images/load -H 'Content-Type: application/x-tar' --data-binary "@$T/half.tar")
	expect "$(jq -r '.errorDetail.message == .error' <<<"$out")" true
	expect "$(api GET /images/json | jq length)" 1
}

@test "an upload that is cut off leaves nothing and harms nobody" {
	python3 - "$T/tare.sock" "$BUILD/busybox.tar" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 100000000\r\n\r\n" + open(sys.argv[2], "rb").read(500000))
s.close()
EOF
	expect "$(api GET /images/json | jq length)" 1
	expect "$(api GET /_ping)" OK
}

@test "list, inspect, history, tag, delete" {
	local id
	id=$(api GET /images/json | jq -r '.[0].Id')
	expect_match "$id" '^sha256:[0-9a-f]{64}$'
	expect "$(api GET /images/json | jq -c '.[0] | [.RepoTags, .Containers, .SharedSize, has("VirtualSize")]')" '[["busybox:latest"],-1,-1,false]'
	expect "$(api GET /v1.43/images/json | jq '.[0] | .VirtualSize == .Size')" true
	expect "$(api GET /images/busybox/json | jq -c '[.Id, .Os, .GraphDriver.Name, .RootFS.Type]')" "[\"$id\",\"linux\",\"overlay2\",\"layers\"]"
	expect "$(api GET /images/busybox/json | jq '.Config | has("Hostname")')" false
	expect "$(api GET /v1.49/images/busybox/json | jq '.Config | has("Hostname")')" true
	expect "$(api GET /images/busybox/history | jq '.[0] | keys | length')" 6
	expect "$(api_status POST '/images/busybox/tag?repo=localhost:5000/a/b&tag=v1' | cut -d' ' -f1)" 201
	expect "$(api GET '/images/localhost:5000/a/b:v1/json' | jq -r .Id)" "$id"
	expect "$(api DELETE '/images/localhost:5000/a/b:v1' | jq -c .)" '[{"Untagged":"localhost:5000/a/b:v1"}]'
	expect "$(api_status GET /images/nosuch/json)" '404 No such image: nosuch:latest'
	expect "$(api_status DELETE /images/nosuch)" '404 No such image: nosuch:latest'
	expect "$(api_status POST '/images/busybox/tag?repo=')" '400 invalid reference format'
	expect_match "$(api_status GET '/images/busybox/json?platform=%7B%22os%22:%22linux%22,%22architecture%22:%22s390x%22%7D')" '^404 '
}

@test "filters of the list" {
	filter() { api GET "/images/json?filters=$(jq -rn --arg v "$1" '$v | @uri')" | jq length; }
	expect "$(filter '{"reference":["busy*"]}')" 1
	expect "$(filter '{"reference":["nosuch*"]}')" 0
	expect "$(filter '{"dangling":["true"]}')" 0
	expect "$(filter '{"dangling":{"false":true}}')" 1
	expect_match "$(api_status GET '/images/json?filters=%7B%22dangling%22:%5B%22x%22%5D%7D')" "^400 invalid filter 'dangling=\[x\]'"
}

@test "a registry that cannot be reached is the answer to a pull" {
	expect_match "$(api_status POST '/images/create?fromImage=docker.io/library/nosuch&tag=v1')" \
		'^500 Get "https://registry-1.docker.io/v2/": '
	expect "$(api_status POST '/images/create?fromImage=scratch&tag=latest')" "403 'scratch' is a reserved name"
	expect "$(api_status POST '/images/create?fromImage=UPPER')" \
		'400 invalid reference format: repository name (library/UPPER) must be lowercase'
}

@test "an image in use is not removed" {
	run_ctr user sleep 100
	expect_match "$(api_status DELETE /images/busybox)" '^409 conflict: unable to '
	api DELETE '/containers/user?force=1'
}

@test "networks: the three predefined ones, their shape, who is plugged in" {
	expect "$(api GET /networks | jq -r '.[].Name' | sort | tr '\n' ' ')" 'bridge host none '
	local id
	id=$(api GET /networks/bridge | jq -r .Id)
	expect "$(api GET "/networks/${id:0:12}" | jq -r .Name)" bridge
	expect "$(api GET /networks/none | jq -c '[.Driver,.Scope,.IPAM,.ConfigFrom,.Containers,.Options]')" \
		'["null","local",{"Driver":"default","Options":null,"Config":null},{"Network":""},{},{}]'
	expect "$(api GET /v1.47/networks/bridge | jq 'has("EnableIPv4")')" false
	local ctr
	ctr=$(run_ctr plugged sleep 100)
	expect "$(api GET /networks/bridge | jq -r ".Containers[\"$ctr\"].Name")" plugged
	expect_match "$(api GET /networks/bridge | jq -r ".Containers[\"$ctr\"].IPv4Address")" '^172\..*/16$'
	expect "$(api GET /networks | jq -c '.[0].Containers')" '{}'
	api DELETE '/containers/plugged?force=1'
	expect "$(api_status DELETE /networks/bridge)" '403 bridge is a pre-defined network and cannot be removed'
	expect "$(api_status GET /networks/nosuch)" '404 network nosuch not found'
}

@test "volumes: an empty list, and every name unknown" {
	expect "$(api GET /volumes | jq -c .)" '{"Volumes":[],"Warnings":null}'
	expect "$(api_status GET /volumes/nosuch)" '404 get nosuch: no such volume'
}
