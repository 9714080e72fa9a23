#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives of every shape go in and give the same image; the same image as dockerd would make is what the
# digests say.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export ARCHIVES=$BATS_FILE_TMPDIR
}

setup() { make_root; }

teardown() { drop_root; }

make() { "$mkimage" --layers 4 --name a:1 --name b:2 "$@" "$ARCHIVES/x.tar"; }

# What the four layers come to: contents, whiteouts, opaque directories, links, modes, owners, times.
assert_tree() {
	local layer top names=()
	for layer in $(ctl inspect a:1 | sed -n 's/^\(LowerDir\|UpperDir\): //p' | tr ':' ' '); do names+=("$layer"); done
	same "${#names[@]}" 4
	top=$(ctl inspect a:1 | sed -n 's/^UpperDir: //p')
	same "$(cat "$top/etc/layer")" 4
	same "$(stat -c %t,%T,%F "$top/layer3")" "0,0,character special file"
	same "$(stat -c %h "$top/layer4/file")" 2
	same "$(readlink "$top/layer4/soft")" file
	same "$(stat -c %Y "$top/layer4")" 1704164645
	same "$(stat -c %a,%u,%g,%Y "$top/layer4/file")" 644,0,0,1704164645
	python3 - "$top/home" <<-'PY'
		import os, sys
		assert os.getxattr(sys.argv[1], "trusted.overlay.opaque") == b"y"
	PY
	local base
	base=$(ctl inspect a:1 | sed -n 's/^LowerDir: .*://p')
	same "$(stat -c %a "$base/tmp" "$base/root" "$base/etc/shadow" | tr '\n' ' ')" "1777 700 640 "
}

@test "docker-archive as docker 25 and later writes it" {
	make
	run -0 ctl load -q "$ARCHIVES/x.tar"
	same "$(words <<<"$output")" $'Loaded image: a:1\nLoaded image: b:2'
	assert_tree
}

@test "docker-archive as docker up to 24 wrote it" {
	make --form old
	same "$(ctl load -q "$ARCHIVES/x.tar" | words)" $'Loaded image: a:1\nLoaded image: b:2'
	assert_tree
}

@test "OCI layout without manifest.json" {
	make --form oci
	same "$(ctl load -q "$ARCHIVES/x.tar" | words)" $'Loaded image: a:1\nLoaded image: b:2'
	assert_tree
}

@test "archive in gzip, zstd, xz, bzip2, from a pipe" {
	for how in gzip zstd xz bzip2; do
		rm -rf "$root/data"
		mkdir "$root/data"
		make --compress $how
		same "$(cat "$ARCHIVES/x.tar" | ctl load -q - | words)" $'Loaded image: a:1\nLoaded image: b:2'
		assert_tree
	done
}

@test "layers in gzip, zstd, xz, bzip2 inside either shape" {
	for how in gzip zstd xz bzip2; do
		for form in docker old oci; do
			rm -rf "$root/data"
			mkdir "$root/data"
			make --pack $how --form $form
			same "$(ctl load -q "$ARCHIVES/x.tar" | words)" $'Loaded image: a:1\nLoaded image: b:2'
			assert_tree
		done
	done
}

@test "a layer that is a symlink to another one" {
	mkdir -p "$ARCHIVES/twin/1" "$ARCHIVES/twin/2"
	echo same | tee "$ARCHIVES/twin/1/f" >"$ARCHIVES/twin/2/f"
	"$mkimage" --form old --links --from "$ARCHIVES/twin" --layers 2 --name twin:1 "$ARCHIVES/x.tar"
	tar -tvf "$ARCHIVES/x.tar" | grep -q 'layer.tar -> ../'
	same "$(ctl load -q "$ARCHIVES/x.tar" | words)" "Loaded image: twin:1"
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 2
	for dir in "$root"/data/overlay2/*/diff; do same "$(cat "$dir/f")" same; done
}

@test "an image without a name is told by its id, and is dangling" {
	"$mkimage" --name "" "$ARCHIVES/x.tar"
	run -0 ctl load -q "$ARCHIVES/x.tar"
	[[ $(words <<<"$output") =~ ^Loaded\ image\ ID:\ sha256:[0-9a-f]{64}$ ]]
	same "$(ctl list dangling=true | wc -l)" 1
	same "$(ctl list dangling=false | wc -l)" 0
}

@test "progress is told by diff id and ends at the layer's size" {
	"$mkimage" "$ARCHIVES/x.tar"
	run -0 ctl load "$ARCHIVES/x.tar"
	layer=$(ctl inspect busybox | sed -n 's/^Layers: sha256:\(.\{12\}\).*/\1/p')
	last=$(grep '^# progress' <<<"$output" | tail -1)
	[[ $last =~ ^"# progress $layer "([0-9]+)/([0-9]+)$ ]]
	same "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

@test "loading again unpacks nothing and changes nothing" {
	for form in docker old; do
		make --form $form
		ctl load -q "$ARCHIVES/x.tar" >/dev/null
		before=$(cd "$root/data" && find image overlay2 -printf '%i %p\n' | grep -v 'repositories.json' | sort)
		run -0 ctl load "$ARCHIVES/x.tar"
		has "$output" "Loaded image: a:1"
		[[ $output != *"# progress"* ]]
		same "$(cd "$root/data" && find image overlay2 -printf '%i %p\n' | grep -v 'repositories.json' | sort)" "$before"
	done
}

@test "a name moves to the image loaded last, and this is said" {
	"$mkimage" --name x:1 "$ARCHIVES/x.tar"
	ctl load -q "$ARCHIVES/x.tar" >/dev/null
	old=$(ctl resolve x:1)
	"$mkimage" --name x:1 --label v=2 "$ARCHIVES/x.tar"
	run -0 ctl load -q "$ARCHIVES/x.tar"
	has "$output" "The image x:1 already exists, renaming the old one with ID $old to empty string"
	[ "$(ctl resolve x:1)" != "$old" ]
	ctl resolve "$old"
}

@test "layers common to two images are there once" {
	"$mkimage" --name x:1 "$ARCHIVES/x.tar"
	ctl load -q "$ARCHIVES/x.tar" >/dev/null
	"$mkimage" --name x:2 --layers 3 "$ARCHIVES/x.tar"
	ctl load -q "$ARCHIVES/x.tar" >/dev/null
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 3
	ctl rm x:2
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 1
	ctl inspect x:1 >/dev/null
}

# Large and plain, so it is unpacked while it comes in, before anyone can know of the second use.
@test "the same layer twice in one image" {
	mkdir -p "$root/d/1/sub"
	head -c 2000000 /dev/urandom >"$root/d/1/sub/file"
	ln -s file "$root/d/1/sub/link"
	ln "$root/d/1/sub/file" "$root/d/1/hard"
	chmod 4711 "$root/d/1/sub/file"
	cp -a "$root/d/1" "$root/d/2"
	"$mkimage" --from "$root/d" --layers 2 --name twice:1 "$ARCHIVES/x.tar"
	TARE_FAULT=image.layer_copy:1 run -1 ctl load -q "$ARCHIVES/x.tar"
	assert_empty
	ctl load -q "$ARCHIVES/x.tar" >/dev/null
	info=$(ctl inspect twice:1)
	upper=$(sed -n 's/^UpperDir: //p' <<<"$info")
	lower=$(sed -n 's/^LowerDir: //p' <<<"$info")
	[ "$upper" != "$lower" ]
	for diff in "$upper" "$lower"; do
		cmp "$root/d/1/sub/file" "$diff/sub/file"
		same "$(cd "$diff" && stat -c '%n %f %u %g %h %Y' sub/* sub)" \
			"$(printf '%s\n' 'sub/file 89c9 0 0 2 1704164645' 'sub/link a1ff 0 0 1 1704164645' 'sub 41ed 0 0 2 1704164645')"
		[ "$diff/hard" -ef "$diff/sub/file" ]
	done
	cmp "$root"/data/image/overlay2/layerdb/sha256/*/tar-split.json.gz
}

@test "tar-split gives the layers back bit for bit" {
	make --pack gzip
	ctl load -q "$ARCHIVES/x.tar" >/dev/null
	python3 - "$root/data" <<-'PY'
		import base64, gzip, hashlib, json, os, sys
		data = sys.argv[1]
		db = data + "/image/overlay2/layerdb/sha256/"
		layers = os.listdir(db)
		assert len(layers) == 4
		for layer in layers:
		    diff = data + "/overlay2/" + open(db + layer + "/cache-id").read() + "/diff/"
		    h, at = hashlib.sha256(), 0
		    for line in gzip.open(db + layer + "/tar-split.json.gz"):
		        entry = json.loads(line)
		        assert entry["position"] == at
		        at += 1
		        if entry["type"] == 2:
		            h.update(base64.b64decode(entry["payload"]))
		        elif entry.get("size"):
		            h.update(open(diff + entry["name"], "rb").read())
		    assert "sha256:" + h.hexdigest() == open(db + layer + "/diff").read(), layer
	PY
}

@test "sparse files, long names, odd names, owners, set-id bits, devices, file capabilities" {
	tree=$ARCHIVES/odd/1
	mkdir -p "$tree/sgid"
	truncate -s 3M "$tree/sparse"
	printf end >>"$tree/sparse"
	long=$(printf 'n%.0s' $(seq 200))
	mkdir -p "$tree/$long/$long"
	echo deep >"$tree/$long/$long/$long"
	echo latin >"$tree/"$'caf\xe9'
	echo utf >"$tree/"$'caf\xc3\xa9'
	echo id >"$tree/suid"
	chown 33:44 "$tree/suid"
	chmod 4755 "$tree/suid"
	chgrp 55 "$tree/sgid"
	chmod 2775 "$tree/sgid"
	echo in >"$tree/sgid/root-owned"
	chgrp 0 "$tree/sgid/root-owned"
	mknod "$tree/null" c 1 3
	mkfifo "$tree/fifo"
	(cd "$tree" && tar --format=pax -S --numeric-owner -cf "$ARCHIVES/layer.tar" .)
	rm -rf "$tree"
	mkdir -p "$ARCHIVES/oddtop/l"
	cp "$ARCHIVES/layer.tar" "$ARCHIVES/oddtop/l/layer.tar"
	echo '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:'"$(sha256sum <"$ARCHIVES/layer.tar" | cut -d' ' -f1)"'"]}}' >"$ARCHIVES/oddtop/c"
	echo '[{"Config":"c","RepoTags":["odd:1"],"Layers":["l/layer.tar"]}]' >"$ARCHIVES/oddtop/manifest.json"
	tar -C "$ARCHIVES/oddtop" -cf "$ARCHIVES/x.tar" .
	ctl load -q "$ARCHIVES/x.tar" >/dev/null
	diff=$(ctl inspect odd:1 | sed -n 's/^UpperDir: //p')
	same "$(stat -c %s "$diff/sparse")" 3145731
	[ "$(stat -c %b "$diff/sparse")" -lt 100 ]
	same "$(tail -c 3 "$diff/sparse")" end
	same "$(cat "$diff/$long/$long/$long")" deep
	same "$(cat "$diff/"$'caf\xe9' "$diff/"$'caf\xc3\xa9')" $'latin\nutf'
	same "$(stat -c %a,%u,%g "$diff/suid")" 4755,33,44
	same "$(stat -c %a,%g "$diff/sgid")" 2775,55
	same "$(stat -c %g "$diff/sgid/root-owned")" 0
	same "$(stat -c %t,%T,%F "$diff/null")" "1,3,character special file"
	[ -p "$diff/fifo" ]
}

@test "a platform of another machine is refused, the right one is taken" {
	"$mkimage" "$ARCHIVES/x.tar"
	run -1 ctl load -q -p linux/arm64 "$ARCHIVES/x.tar"
	has "$output" "no image in the archive matches the platform linux/arm64"
	assert_empty
	ctl load -q -p linux/amd64 "$ARCHIVES/x.tar"
}

@test "two loads of the same image at once" {
	make
	run -0 ctl load2 "$ARCHIVES/x.tar" "$ARCHIVES/x.tar"
	same "$(grep -c "Loaded image: a:1" <<<"$output")" 2
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 4
	assert_tree
}
