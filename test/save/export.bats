#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container's files as one tar: running, stopped, never started; without volumes; nothing of it left mounted.
bats_require_minimum_version 1.5.0
load ../helpers

setup_file() {
	host_start
	tared_start
	"$TOP/tools/mkimage.sh" --layers 4 --name busybox:latest "$T/image.tar"
	docker load -q -i "$T/image.tar"
	docker run --name ran -v /vol busybox sh -c 'echo new >/new; echo hidden >/vol/x; rm -r /etc/shadow; chmod 4711 /bin/busybox; mkdir /d; ln /new /d/hard; ln -s /new /d/soft'
	docker create --name fresh busybox true
}

teardown_file() {
	tared_stop
	host_end
}

setup() { rm -rf "$T/x" && mkdir "$T/x"; }

mounts() { on_host cat /proc/"$(cat "$T/tared.pid")"/mountinfo; }

check_ran() {
	tar tf "$1" | grep -qx new
	tar tf "$1" | grep -qx vol/
	! tar tf "$1" | grep -qE '^vol/.|^etc/shadow|\.wh\.'
	mkdir -p "$T/x/out" && tar xf "$1" -C "$T/x/out" --exclude=dev/*
	expect "$(cat "$T/x/out/new")" new
	expect "$(tar tvf "$1" bin/busybox | cut -c1-10)" -rws--x--x
	expect "$(tar tvf "$1" d/soft | sed 's/.* d\/soft/d\/soft/')" "d/soft -> /new"
	tar tvf "$1" d/hard new | grep -q 'link to'
}

@test "stopped: what it made, without what it removed and without volumes" {
	before=$(mounts)
	docker export ran -o "$T/x/a.tar"
	check_ran "$T/x/a.tar"
	expect "$(mounts)" "$before"
	tare export ran -o "$T/x/b.tar"
	cmp "$T/x/a.tar" "$T/x/b.tar"
}

@test "created and never started" {
	docker export fresh | tar t | grep -qx bin/busybox
}

@test "running: as it is now; the container goes on, and starting and stopping need not wait" {
	docker run -d --name runs --init busybox sleep 1000
	docker exec runs sh -c 'echo now >/now'
	docker export runs >"$T/x/a.tar"
	expect "$(tar xOf "$T/x/a.tar" now)" now
	mkfifo "$T/x/slow"
	curl -s --unix-socket "$T/tare.sock" http://d/containers/runs/export >"$T/x/slow" &
	curl=$!
	exec 8<"$T/x/slow"
	head -c 1000 <&8 >"$T/x/got"
	docker stop -t 1 runs
	docker start runs
	cat <&8 >>"$T/x/got"
	exec 8<&-
	wait $curl
	expect "$(tar xOf "$T/x/got" now)" now
	docker rm -f runs
}

@test "an image of it by import has the same files" {
	docker export ran >"$T/x/a.tar"
	docker import "$T/x/a.tar" flat:1
	expect "$(docker run --rm flat:1 cat /new)" new
	docker rmi flat:1
}

@test "errors, the event, and a container removed meanwhile" {
	expect "$(api_status GET /containers/nosuch/export)" "404 No such container: nosuch"
	since=$(date +%s)
	docker export fresh >/dev/null
	docker events --since "$since" --until "$(date +%s.%N)" --format '{{.Type}} {{.Action}}' | grep -qx 'container export'
	docker create --name going busybox true
	mkfifo "$T/x/slow"
	curl -s --unix-socket "$T/tare.sock" http://d/containers/going/export >"$T/x/slow" &
	curl=$!
	exec 8<"$T/x/slow"
	head -c 1000 <&8 >"$T/x/got"
	docker rm going
	cat <&8 >>"$T/x/got"
	exec 8<&-
	run wait $curl
	[ "$status" != 0 ]
}

@test "a failed mount is told" {
	tared_term
	TARE_FAULT=root.open_tree:1 tared_start
	expect "$(api_status GET /containers/fresh/export)" "500 Error exporting container fresh: injected fault: root.open_tree"
	docker export fresh >/dev/null
}
