#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 at every point a store's change passes, one after the other, and at any moment: finished images stay, the next start
# leaves nothing of the rest, and the change can be made again.

bats_require_minimum_version 1.5.0
load ../image/lib

setup_file() {
	export ARCHIVE=$BATS_FILE_TMPDIR/x.tar OTHER=$BATS_FILE_TMPDIR/y.tar BASE=$BATS_FILE_TMPDIR/z.tar
	mkimage=$BATS_TEST_DIRNAME/../../tools/mkimage.sh
	"$mkimage" --layers 3 --name a:1 --name b:2 "$ARCHIVE"
	"$mkimage" --name base:1 "$BASE"
	mkdir -p "$BATS_FILE_TMPDIR/other/1"
	echo stays >"$BATS_FILE_TMPDIR/other/1/file"
	"$mkimage" --from "$BATS_FILE_TMPDIR/other" --name other:1 "$OTHER"
}

setup() {
	make_root
	ctl load -q "$OTHER" >/dev/null
}

teardown() { drop_root; }

# The next start, then: nothing to mend, nothing cut short, and other:1 whole.
settled() {
	ctl open
	same "$(ctl fsck)" ""
	same "$(ctl inspect other:1 | grep -c '^Layers: sha256')" 1
	# a name always has its image, and an image all of its layers
	ctl list -a >/dev/null
	for name in $(ctl list -a | cut -d' ' -f5-); do ctl inspect "$name" >/dev/null; done
}

# at_each_point COMMAND…: from the root as it is, killed at the first, the second, … point, until it is not
at_each_point() {
	local n rc
	mv "$root/data" "$root/before"
	for n in $(seq 200); do
		rm -rf "$root/data"
		cp -a "$root/before" "$root/data"
		rc=0
		TARE_FAULT="!*:$n" ctl "$@" >/dev/null 2>&1 || rc=$?
		[ $rc = 137 ] || break
		echo "after point $n of $*" # shown when it fails; no "||", it would switch errexit off in the function
		settled
		# the start after that one may be killed, too
		rm -rf "$root/data"
		cp -a "$root/before" "$root/data"
		TARE_FAULT="!*:$n" ctl "$@" >/dev/null 2>&1 || true
		TARE_FAULT="!*:$((n % 3 + 1))" ctl open >/dev/null 2>&1 || true
		echo "and a second kill"
		settled
		ctl "$@" >/dev/null 2>&1 || has "$*" rm || has "$*" prune
		echo "and once more"
		settled
	done
	[ $rc = 0 ]
	[ "$n" -gt "${LEAST:-3}" ] || { echo "only $n points"; return 1; }
	settled
	rm -rf "$root/before"
}

@test "load" {
	LEAST=10 at_each_point load -q "$ARCHIVE"
	ctl inspect a:1 >/dev/null
}

@test "load on top of layers that are there" {
	ctl load -q "$BASE" >/dev/null
	LEAST=10 at_each_point load -q "$ARCHIVE"
	ctl inspect base:1 >/dev/null
}

@test "rmi" {
	ctl load -q "$ARCHIVE" >/dev/null
	LEAST=6 at_each_point rm -f "$(ctl resolve a:1 | cut -d: -f2)"
	same "$(ctl list -a | wc -l)" 1
	ctl rm other:1 >/dev/null
	assert_empty
}

@test "prune" {
	ctl load -q "$ARCHIVE" >/dev/null
	ctl load -q "$BASE" >/dev/null
	mv "$root/data" "$root/all"
	for n in $(seq 100); do
		rm -rf "$root/data"
		cp -a "$root/all" "$root/data"
		rc=0
		TARE_FAULT="!*:$n" ctl prune -a >/dev/null 2>&1 || rc=$?
		ctl open
		same "$(ctl fsck)" ""
		for name in $(ctl list -a | cut -d' ' -f5-); do ctl inspect "$name" >/dev/null; done
		[ $rc = 137 ] || break
		ctl prune -a >/dev/null
		assert_empty
	done
	[ $rc = 0 ] && [ "$n" -gt 8 ]
	assert_empty
}

@test "removing a container whose image was forced away" {
	ctl load -q "$ARCHIVE" >/dev/null
	ctr=$(printf %064x 7)
	ctl create "$ctr" a:1
	ctl rm -f "$(ctl resolve a:1 | cut -d: -f2)" "$ctr=a:1" >/dev/null
	# as the daemon does it: a root of no container is removed when it starts
	settled() {
		ctl open
		ctl remove "$ctr"
		same "$(ctl fsck)" ""
		ctl inspect other:1 >/dev/null
	}
	at_each_point remove "$ctr"
	ctl rm other:1 >/dev/null
	assert_empty
}

@test "tag" {
	at_each_point tag other:1 c:3
	ctl resolve c:3
}

@test "kill -9 of the loader or of a worker at any moment" {
	for n in $(seq 30); do
		"$build/test/image/imagectl" "$root/data" load -q "$ARCHIVE" >/dev/null 2>&1 &
		loader=$!
		sleep "0.0$((RANDOM % 60 + 10))"
		victim=$loader
		[ $((n % 2)) = 0 ] || victim=$(pgrep -P $loader -x tare-layer | shuf -n 1 || true)
		kill -9 "${victim:-$loader}" 2>/dev/null || true
		wait $loader || true
		echo "round $n"
		settled
		! ctl resolve a:1 >/dev/null 2>&1 || ctl rm -f "$(ctl resolve a:1 | cut -d: -f2)" >/dev/null
	done
	ctl load -q "$ARCHIVE" >/dev/null
	ctl rm -f "$(ctl resolve a:1 | cut -d: -f2)" >/dev/null
	ctl rm other:1 >/dev/null
	assert_empty
}
