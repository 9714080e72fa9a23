#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker diff: what a container has changed in its root.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	host_start
	tared_start
	image_load
	# A layer keeps whole seconds: what changes within the same one, in the same size, looks the same.
	docker run --name base --network none busybox sh -c 'mkdir -p /d/e/f /d/x /k; echo 1 >/d/e/1; echo 2 >/d/e/2; echo 3 >/d/x/3; rm /etc/group; echo k >/k/k; find /d /k -exec touch -d "2020-01-02 03:04:05" {} +'
	docker commit base base:1
	docker rm base
}

teardown_file() {
	tared_stop
	host_end
}

# changes SCRIPT: what docker diff says after it, the entries in order
changes() {
	docker run --name c1 --network none base:1 sh -c "$1"
	docker diff c1
	docker rm c1 >/dev/null
}

@test "nothing changed" {
	docker create --name c1 --network none base:1 true
	expect "$(docker diff c1)" ''
	expect "$(api GET /v1.50/containers/c1/changes)" null
	docker rm c1
}

@test "added, changed and deleted; what is above a change is changed" {
	expect "$(changes 'echo 9 >/d/e/1; rm /d/e/2; mkdir -p /n/m; echo 5 >/n/m/5; rm -r /d/x')" "$(printf '%s\n' \
		'C /d' 'C /d/e' 'C /d/e/1' 'D /d/e/2' 'D /d/x' 'A /n' 'A /n/m' 'A /n/m/5')"
}

@test "what only looks changed is not; owner, mode and time are changes" {
	expect "$(changes 'touch -r /d/e/1 /t; echo 1 >/d/e/1; touch -r /t /d/e/1; rm /t')" ''
	expect "$(changes 'chmod 600 /d/e/1; chown 5 /d/x; touch /d/e/2')" "$(printf '%s\n' \
		'C /d' 'C /d/e' 'C /d/e/1' 'C /d/e/2' 'C /d/x')"
}

@test "a directory made anew hides what was in it" {
	expect "$(changes 'rm -r /d; mkdir /d; echo 1 >/d/new; mkdir /d/x')" "$(printf '%s\n' \
		'C /d' 'A /d/new' 'D /d/x/3' 'D /d/e' | sed 's|^D /d/x/3|C /d/x\nD /d/x/3|')"
	expect "$(changes 'rm -r /d; echo 1 >/d')" 'C /d'
	expect "$(changes 'rm -r /k; mkdir -p /k/k')" "$(printf '%s\n' 'C /k' 'C /k/k')"
}

@test "what deleted files of the image's own layers were is not told again" {
	expect "$(changes 'echo new >/etc/group')" "$(printf '%s\n' 'C /etc' 'A /etc/group')"
}

@test "a running container; the mount points every container has are none of its changes" {
	docker run -d --name c1 --network none base:1 sleep 1000
	docker exec c1 touch /a
	expect "$(docker diff c1)" 'A /a'
	docker rm -f c1
	expect "$(api_status GET /v1.50/containers/c1/changes)" '404 No such container: c1'
}

@test "a tree deeper than any stack" {
	docker run --name c1 --network none base:1 sh -c 'n=0; while [ $n -lt 5000 ]; do mkdir d && cd d || break; n=$((n + 1)); done'
	docker diff c1 >"$T/out" 2>&1 || grep -F 'file name too long' "$T/out"
	docker version >/dev/null
	docker rm c1
}

@test "commit, import and diff by both command lines" {
	use() {
		docker run --name c1 --network none base:1 sh -c 'echo 9 >/d/e/1; rm /d/e/2'
		expect "$($CLI diff c1 | paste -sd, -)" 'C /d,C /d/e,C /d/e/1,D /d/e/2'
		expect "$($CLI commit -a me -m why -c 'ENV X=1' c1 by:1)" "$(docker inspect -f '{{.Id}}' by:1)"
		expect "$(docker inspect -f '{{.Author}} {{.Comment}} {{index .Config.Env 1}}' by:1)" 'me why X=1'
		expect "$(tar -C "$BATS_TEST_DIRNAME" -c members.py | $CLI import -m why - by:2 | tail -1)" "$(docker inspect -f '{{.Id}}' by:2)"
		docker rm c1 >/dev/null
		docker rmi by:1 by:2 >/dev/null
	}
	each_client use
}
