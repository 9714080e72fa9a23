#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What save writes: the form, the same bytes each time, what names stand for, and what happens when something is wrong.
bats_require_minimum_version 1.5.0
load ../helpers

setup_file() {
	host_start
	tared_start
	"$TOP/tools/mkimage.sh" --layers 4 --name one:1 --name one:2 --name other/one:1 "$T/one.tar"
	"$TOP/tools/mkimage.sh" --layers 2 --name two:1 --label x=y "$T/two.tar"
	docker load -q -i "$T/one.tar"
	docker load -q -i "$T/two.tar"
	# More than pipes and sockets hold.
	mkdir -p "$T/from/1"
	head -c 16000000 /dev/urandom >"$T/from/1/large"
	"$TOP/tools/mkimage.sh" --from "$T/from" --name large:1 "$T/large.tar"
	docker load -q -i "$T/large.tar"
}

teardown_file() {
	tared_stop
	host_end
}

setup() { rm -rf "$T/x" && mkdir "$T/x"; }

member() { tar xOf "$1" "$2"; }
sum() { sha256sum | cut -d' ' -f1; }

@test "every blob is what its name says, layers are the ones that came in" {
	docker save one:1 -o "$T/x/a.tar"
	tar xf "$T/x/a.tar" -C "$T/x"
	for blob in "$T"/x/blobs/sha256/*; do expect "$(sum <"$blob")" "${blob##*/}"; done
	for layer in $(member "$T/one.tar" manifest.json | jq -r '.[].Layers[]'); do
		cmp <(member "$T/one.tar" "$layer") "$T/x/$layer"
	done
}

@test "both forms describe the image, old names are links" {
	docker save one:1 one:2 -o "$T/x/a.tar"
	tar xf "$T/x/a.tar" -C "$T/x"
	cd "$T/x"
	id=$(docker image inspect -f '{{.Id}}' one:1)
	hex=${id#sha256:}
	expect "$(jq -c '.[0].RepoTags' manifest.json)" '["one:1","one:2"]'
	expect "$(jq -r '.[0].Config' manifest.json)" "blobs/sha256/$hex"
	expect "$(cat oci-layout)" '{"imageLayoutVersion": "1.0.0"}'
	expect "$(jq -c '[.manifests[].annotations["io.containerd.image.name"]]' index.json)" \
		'["docker.io/library/one:1","docker.io/library/one:2"]'
	manifest=$(jq -r '.manifests[0].digest' index.json)
	expect "$(jq -r '.manifests[0].size' index.json)" "$(stat -c %s "blobs/sha256/${manifest#sha256:}")"
	expect "$(jq -r .config.digest "blobs/sha256/${manifest#sha256:}")" "$id"
	# Each descriptor, there and in LayerSources, has the size of its file.
	while read -r digest size; do
		expect "$(stat -c %s "blobs/sha256/${digest#sha256:}")" "$size"
	done < <(jq -r '.layers[] | "\(.digest) \(.size)"' "blobs/sha256/${manifest#sha256:}"
		jq -r '.[0].LayerSources[] | "\(.digest) \(.size)"' manifest.json)
	# As scripts for docker up to 24 find their way.
	expect "$(sum <"$hex.json")" "$hex"
	top=$(jq -r '.one["1"]' repositories)
	layers=0
	while [ "$top" != null ]; do
		expect "$(cat "$top/VERSION")" 1.0
		expect "$(jq -r .id "$top/json")" "$top"
		tar tf "$top/layer.tar" >/dev/null
		layers=$((layers + 1))
		top=$(jq -r .parent "$top/json")
	done
	expect $layers 4
}

# docker-archive of ready layer tars: archive NAME OUT LAYER…
archive() {
	local name=$1 out=$2 n=0 layers=() ids=()
	shift 2
	rm -rf "$T/top" && mkdir "$T/top"
	for layer in "$@"; do
		n=$((n + 1))
		cp "$layer" "$T/top/$n.tar"
		layers+=("\"$n.tar\"")
		ids+=("\"sha256:$(zcat -f "$layer" | sum)\"")
	done
	printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[%s]}}' "$(IFS=,; echo "${ids[*]}")" >"$T/top/c"
	printf '[{"Config":"c","RepoTags":["%s"],"Layers":[%s]}]' "$name" "$(IFS=,; echo "${layers[*]}")" >"$T/top/manifest.json"
	tar -C "$T/top" -cf "$out" .
}

@test "layers of every tar there is: sparse files, long and odd names, links, attributes, no end, much behind it" {
	long=$(printf 'n%.0s' $(seq 120)) format='' n=0
	mkdir -p "$T/odd/$long/$long" "$T/odd/dir" "$T/layers"
	cd "$T/odd"
	truncate -s 3M sparse && printf end >>sparse
	head -c 700000 /dev/urandom >large
	echo deep >"$long/$long/$long"
	echo latin >$'caf\xe9'
	echo '<&>"' >$'quo"te<&>\\ \xe2\x80\xa8'
	echo x >dir/file && ln dir/file hard && ln -s dir link && mkfifo fifo && mknod null c 1 3
	setfattr -n user.note -v value large 2>/dev/null || true
	chmod 4755 large && chown 70000:80000 dir/file
	for format in gnu pax oldgnu; do
		tar --format=$format -S --xattrs --numeric-owner -cf "$T/layers/$((n += 1)).tar" .
	done
	tar --format=ustar -cf "$T/layers/$((n += 1)).tar" dir hard link large
	tar --format=v7 -cf "$T/layers/$((n += 1)).tar" ./dir ./large
	# A file through the layer's own link; not one block of zeros; a megabyte of them; other bytes behind the end.
	tar --format=ustar -cf "$T/layers/$((n += 1)).tar" link dir --transform 's,^dir/file$,link/file2,'
	head -c -10240 "$T/layers/4.tar" >"$T/layers/$((n += 1)).tar"
	(cat "$T/layers/4.tar"; head -c 1000000 /dev/zero) >"$T/layers/$((n += 1)).tar"
	(cat "$T/layers/4.tar"; echo behind) >"$T/layers/$((n += 1)).tar"
	head -c 1024 /dev/zero >"$T/layers/$((n += 1)).tar"
	gzip -c "$T/layers/1.tar" >"$T/layers/$((n += 1)).tar"
	archive odd:1 "$T/odd.tar" $(ls -v "$T"/layers/*.tar)
	docker load -q -i "$T/odd.tar"
	docker save odd:1 -o "$T/x/a.tar"
	tar xf "$T/x/a.tar" -C "$T/x"
	for layer in "$T"/layers/*.tar; do
		digest=$(zcat -f "$layer" | sum)
		expect "$(sum <"$T/x/blobs/sha256/$digest")" "$digest"
	done
	docker rmi odd:1
}

@test "the same images make the same bytes" {
	docker save one two -o "$T/x/a.tar"
	docker save one two -o "$T/x/b.tar"
	cmp "$T/x/a.tar" "$T/x/b.tar"
	# After they were away, too.
	docker rmi -f two:1 >/dev/null
	docker load -q -i "$T/x/a.tar"
	docker save one two -o "$T/x/b.tar"
	cmp "$T/x/a.tar" "$T/x/b.tar"
}

@test "names: ids, beginnings of ids, tags, whole repositories" {
	id=$(docker image inspect -f '{{.Id}}' one:1)
	tags() { docker save "$@" | tar xO manifest.json | jq -c '[.[].RepoTags]'; }
	expect "$(tags "$id")" '[null]'
	expect "$(tags "${id:7:12}")" '[null]'
	expect "$(tags "${id:0:20}")" '[null]'
	expect "$(tags one:2)" '[["one:2"]]'
	expect "$(tags one)" '[["one:1","one:2"]]'
	expect "$(tags other/one)" '[["other/one:1"]]'
	expect "$(tags two one:1 "$id" one:1 other/one:1)" '[["two:1"],["one:1","other/one:1"]]'
	# A shared layer is there once.
	expect "$(docker save one two | tar t | sort | uniq -d)" ""
}

@test "an image built on another one keeps its parent, and one that is none is refused" {
	docker create --name base two:1
	docker commit -m first base child:1
	docker rm base
	parent=$(docker image inspect -f '{{.Id}}' two:1) child=$(docker image inspect -f '{{.Id}}' child:1)
	expect "$(docker image inspect -f '{{.Parent}}' child:1)" "$parent"
	docker save child:1 two:1 -o "$T/x/a.tar"
	expect "$(tar xOf "$T/x/a.tar" manifest.json | jq -c '[.[].Parent]')" "[\"$parent\",null]"
	docker save child:1 -o "$T/x/b.tar"
	expect "$(tar xOf "$T/x/b.tar" manifest.json | jq -c '[.[].Parent]')" '[null]'
	docker rmi -f child:1 two:1 >/dev/null
	docker load -q -i "$T/x/a.tar"
	expect "$(docker image inspect -f '{{.Parent}}' child:1)" "$parent"
	docker rmi -f child:1 two:1 >/dev/null
	mkdir "$T/x/t" && tar xf "$T/x/a.tar" -C "$T/x/t"
	jq -c ".[1].Parent = \"$child\"" "$T/x/t/manifest.json" >"$T/x/m" && mv "$T/x/m" "$T/x/t/manifest.json"
	tar cf "$T/x/c.tar" -C "$T/x/t" .
	run docker load -q -i "$T/x/c.tar"
	expect "$output" "image $child is not a valid parent for $parent"
	docker load -q -i "$T/two.tar"
}

@test "what is not there, in dockerd's words" {
	expect "$(api_status GET /images/nosuch/get)" "404 No such image: nosuch"
	expect "$(api_status GET /images/nosuch:1/get)" "404 reference does not exist"
	expect "$(api_status GET '/images/get?names=one:1&names=one:9')" "404 reference does not exist"
	expect "$(api_status GET /images/UPPER/get)" \
		"400 invalid reference format: repository name (library/UPPER) must be lowercase"
	expect_match "$(api_status GET '/v1.48/images/one:1/get?platform=%7B%22os%22:%22linux%22,%22architecture%22:%22s390x%22%7D')" \
		"404 image with reference one:1 was found but does not provide the specified platform"
}

@test "clients: docker and tare write the same file, tared answers in chunks as dockerd" {
	both() { "$CLI" save one:1 -o "$T/x/$CLI.tar"; }
	each_client both
	cmp "$T/x/docker.tar" "$T/x/tare.tar"
	curl -s --unix-socket "$T/tare.sock" -D "$T/x/head" -o "$T/x/raw.tar" http://d/images/one:1/get
	cmp "$T/x/docker.tar" "$T/x/raw.tar"
	grep -q '^Content-Type: application/x-tar' "$T/x/head"
	grep -q '^Transfer-Encoding: chunked' "$T/x/head"
	curl -s0 --unix-socket "$T/tare.sock" -o "$T/x/http10.tar" http://d/images/one:1/get
	cmp "$T/x/docker.tar" "$T/x/http10.tar"
}

@test "a damaged layer cuts the answer off and is told in the log" {
	cache=$(docker image inspect -f '{{.GraphDriver.Data.UpperDir}}' two:1)
	file=$(find "$cache" -type f -size +0 | head -1)
	cp -p "$file" "$T/x/kept"
	for change in "printf x >>'$file'" "rm '$file'" "rm '$file'; mkfifo '$file'"; do
		sh -c "$change"
		run curl -s --unix-socket "$T/tare.sock" -o "$T/x/cut.tar" http://d/images/two:1/get
		[ "$status" != 0 ]
		run -1 docker save two:1 -o "$T/x/cut2.tar"
		rm -rf "$file"
		cp -p "$T/x/kept" "$file"
	done
	grep -q 'save: layer sha256:.*: file integrity checksum failed for' "$T/tared.log"
	grep -q 'save: layer sha256:.*: open /.*: no such file or directory' "$T/tared.log"
	docker save two:1 -o "$T/x/whole.tar"
}

@test "a client that goes away leaves nothing running" {
	for _ in 1 2 3; do
		curl -s --unix-socket "$T/tare.sock" http://d/images/large/get | head -c 100000 >/dev/null
	done
	no_worker() { ! pgrep -P "$(cat "$T/tared.pid")" -x tare-layer; }
	wait_for no_worker
	expect "$(ls "$T/data/tmp")" ""
}

@test "an image removed while it is saved is saved whole, and then gone" {
	docker save large:1 -o "$T/x/before"
	mkfifo "$T/x/slow"
	curl -s --unix-socket "$T/tare.sock" http://d/images/large:1/get >"$T/x/slow" &
	curl=$!
	exec 8<"$T/x/slow"
	head -c 1000 <&8 >"$T/x/got"
	layers=$(ls "$T/data/image/overlay2/layerdb/sha256" | wc -l)
	docker rmi large:1 >/dev/null
	expect "$(ls "$T/data/image/overlay2/layerdb/sha256" | wc -l)" "$layers"
	cat <&8 >>"$T/x/got"
	exec 8<&-
	wait $curl
	cmp "$T/x/got" "$T/x/before"
	wait_for sh -c "test \$(ls '$T/data/image/overlay2/layerdb/sha256' | wc -l) = $((layers - 1))"
	docker load -q -i "$T/large.tar"
}

@test "each step fails once: an error, nothing left behind, and the next save works" {
	tared_term
	for point in image.spawn_layer:1 image.spawn_layer:2 image.assemble:1 image.assemble:2 image.save_docs:1; do
		TARE_FAULT=$point tared_start
		run -1 docker save two:1 -o "$T/x/a.tar"
		docker save two:1 -o "$T/x/b.tar"
		expect "$(ls "$T/data/tmp")" ""
		tared_term
	done
	tared_start
}

@test "kill -9 of the daemon while it saves: workers end, and the next daemon saves" {
	mkfifo "$T/x/slow"
	curl -s --unix-socket "$T/tare.sock" http://d/images/large/get >"$T/x/slow" 2>/dev/null &
	curl=$!
	exec 8<"$T/x/slow"
	head -c 1000 <&8 >/dev/null
	workers=$(pgrep -P "$(cat "$T/tared.pid")" -x tare-layer)
	tared_kill9
	gone() { for p in $workers; do [ ! -e "/proc/$p" ] || grep -q '^State:.Z' "/proc/$p/status" || return 1; done; }
	wait_for gone
	exec 8<&-
	wait $curl || true
	tared_start
	docker save one -o "$T/x/a.tar"
	expect "$(ls "$T/data/tmp")" ""
}
