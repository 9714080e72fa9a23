#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# fsck asked of the daemon and of its program; prune and df by the API.
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

code() { # COMMAND…: prints its exit status behind its output
	local rc=0
	"$@" || rc=$?
	echo "exit $rc"
}

@test "tare system fsck: clean 0, found 4, mended 1, and clean again" {
	tare create --name c1 --network none busybox true >/dev/null
	expect "$(code tare system fsck | tail -1)" "exit 0"
	ln -s ../nosuch/diff "$T/data/overlay2/l/AAAAAAAAAAAAAAAAAAAAAAAAAA"
	expect_match "$(code tare system fsck | tr '\n' ' ')" 'KIND +OBJECT +PROBLEM +REPAIR dangling-link +overlay2/l/A{26} +nosuch is not there +removed exit 4 '
	expect "$(tare system fsck --format json | jq -c '[.Kind,.Repaired]')" '["dangling-link","false"]'
	expect "$(code tare system fsck --repair --format '{{.Repaired}}' | tr '\n' ' ')" "true exit 1 "
	expect "$(code tare system fsck | tail -1)" "exit 0"
	expect "$(api GET /tare/fsck | jq -c '[.Images,.Roots,.Findings]')" '[1,1,[]]'
}

@test "a daemon's fsck knows its containers, those that come and go as well" {
	( for i in 1 2 3 4 5 6 7 8; do tare run --rm --network none busybox true; done ) &
	for _ in 1 2 3 4 5 6; do
		expect "$(tare system fsck --format '{{.Kind}} {{.Object}}')" ""
	done
	wait $!
}

@test "tared --fsck: refused beside a daemon, else the same" {
	expect "$(code "$BIN/tared" --data-root "$T/data" --fsck 2>&1 | tail -1)" "exit 8"
	tared_term
	ln -s ../nosuch/diff "$T/data/overlay2/l/AAAAAAAAAAAAAAAAAAAAAAAAAA"
	mkdir "$T/data/tmp/tare-load-half"
	expect_match "$(code "$BIN/tared" --data-root "$T/data" --fsck | tr '\t\n' '  ')" \
		'^leftover tmp/tare-load-half .* dangling-link overlay2/l/A{26} nosuch is not there removed 1 images, 1 layers, 1 roots of containers: 2 findings exit 4 $'
	expect "$(code "$BIN/tared" --data-root "$T/data" --fsck --repair | tail -1)" "exit 1"
	expect "$(code "$BIN/tared" --data-root "$T/data" --fsck | tail -1)" "exit 0"
	expect "$(code "$BIN/tared" --data-root "$T/nosuch" --fsck 2>/dev/null | tail -1)" "exit 8"
	run "$BIN/tared" --data-root "$T/data" --repair
	expect "$output" "--repair goes with --fsck only"
	tared_start
	expect "$(tare start -a c1; tare ps -aq | wc -l)" 1
}

@test "prune: what no container uses, by age and label; df says what there is" {
	"$TOP/tools/mkimage.sh" --layers 2 --name old:1 --label keep=yes "$T/x.tar"
	tare load -qi "$T/x.tar"
	tare tag old:1 old:2
	expect "$(api GET /system/df | jq '[.Images[] | .Containers] | add')" 1
	expect "$(api GET '/system/df?type=container' | jq -c '[.LayersSize,.Images,(.Containers|length),.Volumes]')" '[0,null,1,null]'
	expect "$(api_status GET '/system/df?type=x')" '400 unknown object type: x'
	expect "$(api POST /images/prune | jq -c .)" '{"ImagesDeleted":null,"SpaceReclaimed":0}'
	prune() { api POST "/images/prune?filters=$(jq -rn --arg v "$1" '$v | @uri')" | jq -c "$2"; }
	expect "$(prune '{"dangling":["false"],"label!":["keep"]}' .ImagesDeleted)" null
	expect "$(prune '{"dangling":["false"],"until":["2020-01-01"]}' .ImagesDeleted)" null
	expect "$(prune '{"dangling":["false"],"label":["keep=yes"]}' '[.ImagesDeleted[].Untagged // empty]')" '["old:1","old:2"]'
	expect "$(tare images -q | wc -l)" 1
	tare load -qi "$T/x.tar"
	tare tag busybox old:1
	expect "$(prune '{}' '.SpaceReclaimed > 0')" true
	expect "$(tare images -aq | sort -u | wc -l)" 1
}

@test "kill -9 of the daemon amid loads and removals: what was there stays, nothing is left over" {
	"$TOP/tools/mkimage.sh" --layers 4 --name big:1 "$T/x.tar"
	for n in 1 2 3 4 5 6 7 8; do
		if [ $((n % 2)) = 1 ]; then
			tare load -qi "$T/x.tar" >"$T/out" 2>&1 &
		else
			tare rmi -f big:1 >"$T/out" 2>&1 &
		fi
		sleep "0.0$((RANDOM % 80 + 10))"
		tared_kill9
		wait $! || true
		tared_start
		expect "$(tare run --rm --network none busybox echo "round $n")" "round $n"
		expect "$(tare system fsck --format '{{.Kind}} {{.Object}}')" ""
	done
	tared_term
	expect "$("$BIN/tared" --data-root "$T/data" --fsck | tail -1 | sed 's/.*: //')" "0 findings"
	tared_start
	tare rmi -f big:1 2>/dev/null || true
}
