#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Interrupted at any point: nothing half-made is seen, and the next start removes what was left.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export ARCHIVE=$BATS_FILE_TMPDIR/x.tar
	"$BATS_TEST_DIRNAME/../../tools/mkimage.sh" --layers 3 --name a:1 "$ARCHIVE"
}

setup() { make_root; }

teardown() { drop_root; }

# Waits for what the background of the opening process does: imagectl waits for it at its end.
reopen() { ctl open; }

@test "each step of a load fails once: nothing is left, and the next try works" {
	for point in image.spawn_layer:1 image.spawn_layer:2 spawn:1 spawn:3 load.journal:1 load.layers:1 \
		image.layer_move:1 image.layer_move:3 image.layer_record:1 image.layer_record:2 load.images:1 \
		image.config:1 load.names:1 image.refs:1 replace:1 replace:2 replace:3 fsync:1 fsync:2; do
		TARE_FAULT=$point run ctl load -q "$ARCHIVE"
		[ "$status" = 1 ] || { echo "$point did not fail"; return 1; }
		has "$output" "injected fault: ${point%:*}"
		reopen
		assert_empty || { echo "after $point"; return 1; }
	done
	ctl load -q "$ARCHIVE"
	ctl resolve a:1
}

@test "each step of making a container's root fails once: nothing is left" {
	ctl load -q "$ARCHIVE" >/dev/null
	before=$(ls "$root/data/overlay2" "$root/data/overlay2/l" "$root/data/image/overlay2/layerdb/mounts")
	for point in root.create.init:1 root.create.rw:1 root.create.mount_record:1; do
		TARE_FAULT=$point run -1 ctl create "$(printf %064d 1)" a:1
		same "$(ls "$root/data/overlay2" "$root/data/overlay2/l" "$root/data/image/overlay2/layerdb/mounts")" "$before"
	done
}

@test "kill -9 while the archive comes in" {
	mkfifo "$root/pipe"
	"$build/test/image/imagectl" "$root/data" load -q "$root/pipe" >/dev/null 2>&1 &
	loader=$!
	exec 9>"$root/pipe"
	head -c 1500000 "$ARCHIVE" >&9
	for _ in $(seq 100); do
		ls "$root"/data/tmp/tare-load-*/m* >/dev/null 2>&1 && break
		sleep 0.05
	done
	worker=$(pgrep -P $loader -x tare-layer)
	kill -9 $loader
	wait $loader || true
	exec 9>&-
	# the worker dies with who asked for it
	for _ in $(seq 100); do [ -e "/proc/$worker" ] || break; sleep 0.05; done
	[ ! -e "/proc/$worker" ]
	ls "$root"/data/tmp/tare-load-*
	reopen
	assert_empty
}

@test "kill -9 between layers and image: the journal takes the layers back" {
	ctl load -q "$ARCHIVE" >/dev/null
	# what a load leaves that died just before it wrote the config
	mkdir "$root/data/tmp/tare-load-dead"
	for layer in "$root"/data/image/overlay2/layerdb/sha256/*; do
		echo "sha256:${layer##*/} $(cat "$layer/cache-id")"
	done >"$root/data/tmp/tare-load-dead/journal"
	rm "$root"/data/image/overlay2/imagedb/content/sha256/*
	reopen
	same "$(ls "$root/data/overlay2")" l
	same "$(ls "$root/data/overlay2/l" "$root/data/image/overlay2/layerdb/sha256" | grep -c '[0-9a-f]\{64\}' || true)" 0
	assert_empty
}

@test "kill -9 after the image: the journal takes nothing back" {
	ctl load -q "$ARCHIVE" >/dev/null
	mkdir "$root/data/tmp/tare-load-dead"
	for layer in "$root"/data/image/overlay2/layerdb/sha256/*; do
		echo "sha256:${layer##*/} $(cat "$layer/cache-id")"
	done >"$root/data/tmp/tare-load-dead/journal"
	reopen
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 3
	same "$(ls "$root/data/tmp")" ""
	ctl inspect a:1 >/dev/null
}

# What a load leaves that was answered and not yet on disk: FOLDER BOOT IMAGE LAYER-RECORD…
leave_journal() {
	mkdir "$root/data/tmp/tare-load-$1"
	{
		echo "boot $2"
		echo "image $3"
		shift 3
		for layer; do echo "sha256:${layer##*/} $(cat "$layer/cache-id")"; done
	} >"$root/data/tmp/tare-load-$1/journal"
}

@test "the machine went down before a load was on disk: all of it goes" {
	ctl load -q "$ARCHIVE" >/dev/null
	id=$(ctl resolve a:1)
	leave_journal dead 0 "$id" "$root"/data/image/overlay2/layerdb/sha256/*
	# as it looks when names were written and contents were not
	: >"$root/data/image/overlay2/imagedb/content/sha256/${id#sha256:}"
	first=$(ls -d "$root"/data/image/overlay2/layerdb/sha256/* | head -1)
	: >"$root/data/overlay2/$(cat "$first/cache-id")/link"
	: >"$first/cache-id"
	reopen
	assert_empty
	same "$(ls "$root/data/overlay2/l")" ""
	same "$(cat "$root/data/image/overlay2/repositories.json")" '{"Repositories":{}}'
	ctl load -q "$ARCHIVE"
}

@test "what was loaded on top of such layers goes too, other images stay" {
	"$mkimage" --name x:1 "$root/x.tar"
	ctl load -q "$root/x.tar" >/dev/null
	layer=$(ls -d "$root"/data/image/overlay2/layerdb/sha256/*)
	id=$(ctl resolve x:1)
	"$mkimage" --name x:3 --layers 3 "$root/x.tar"
	ctl load -q "$root/x.tar" >/dev/null
	mkdir -p "$root/other/1"
	echo stays >"$root/other/1/file"
	"$mkimage" --from "$root/other" --name other:1 "$root/x.tar"
	ctl load -q "$root/x.tar" >/dev/null
	leave_journal dead 0 "$id" "$layer"
	reopen
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 1
	same "$(ctl list -a | wc -l)" 1
	ctl inspect other:1 >/dev/null
	ctl rm other:1
	assert_empty
}

@test "only the daemon ended before a load was on disk: it stays" {
	ctl load -q "$ARCHIVE" >/dev/null
	leave_journal dead "$(cat /proc/sys/kernel/random/boot_id)" "$(ctl resolve a:1)" \
		"$root"/data/image/overlay2/layerdb/sha256/*
	reopen
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 3
	same "$(ls "$root/data/tmp")" ""
	ctl inspect a:1 >/dev/null
}

@test "a load that cannot be brought to disk keeps its journal until it can" {
	TARE_FAULT=image.settle:1 ctl load -q "$ARCHIVE" >/dev/null
	head -1 "$root"/data/tmp/tare-load-*/journal | grep -qx "boot $(cat /proc/sys/kernel/random/boot_id)"
	grep -qx "image $(TARE_FAULT=image.settle:1 ctl resolve a:1)" "$root"/data/tmp/tare-*/journal
	reopen
	same "$(ls "$root/data/tmp")" ""
	ctl inspect a:1 >/dev/null
}

@test "a layer that was being removed is removed at the next start" {
	ctl load -q "$ARCHIVE" >/dev/null
	for layer in "$root"/data/image/overlay2/layerdb/sha256/*; do
		mv "$layer" "$layer-$(cat "$layer/cache-id")-removing"
	done
	rm "$root"/data/image/overlay2/imagedb/content/sha256/*
	echo '{"Repositories":{}}' >"$root/data/image/overlay2/repositories.json"
	mkdir "$root/data/image/overlay2/layerdb/tmp/write-set-1"
	reopen
	assert_empty
}

@test "a client that hangs up leaves nothing" {
	run -1 bash -c "head -c 1000000 '$ARCHIVE' | '$build/test/image/imagectl' '$root/data' load -q -"
	has "$output" "unexpected EOF"
	reopen
	assert_empty
}

@test "removal that fails leaves an image or none, never half of one" {
	ctl load -q "$ARCHIVE" >/dev/null
	TARE_FAULT=image.refs:1 run -1 ctl rm a:1
	ctl inspect a:1 >/dev/null
	TARE_FAULT=image.config_remove:1 run -1 ctl rm a:1
	same "$(ctl list dangling=true | wc -l)" 1
	id=$(ctl list | cut -d' ' -f1)
	ctl rm "${id#sha256:}"
	assert_empty
}
