#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pulling, through the docker client and the raw API. What is said is dockerd 20.10's, word for word.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	pull_setup
	"$TOP/tools/mkimage.sh" --layers 3 --form oci --pack gzip --name a:1 "$T/gzip.tar"
	"$TOP/tools/mkimage.sh" --layers 2 --form oci --pack zstd --label zstd --name a:1 "$T/zstd.tar"
	"$TOP/tools/mkimage.sh" --layers 2 --form oci --label plain --name a:1 "$T/plain.tar"
	DIGEST=$(registry_push 5000 "$T/gzip.tar" test/gzip 1)
	registry_push 5000 "$T/gzip.tar" test/gzip 2 --type docker
	registry_push 5000 "$T/zstd.tar" test/zstd 1
	registry_push 5000 "$T/plain.tar" test/plain 1
	export DIGEST
}

teardown_file() { pull_teardown; }

teardown() {
	# shellcheck disable=SC2046
	docker rmi -f $(docker images -aq | sort -u) >/dev/null 2>&1 || true
}

@test "a pull says what dockerd says, and the image runs" {
	docker pull "$R/test/gzip:1" >"$T/out"
	local a b c
	read -r a b c <<<"$(sed -n 's/: Pulling fs layer//p' "$T/out" | tr '\n' ' ')"
	expect "$(head -4 "$T/out")" "1: Pulling from test/gzip
$a: Pulling fs layer
$b: Pulling fs layer
$c: Pulling fs layer"
	expect "$(tail -6 "$T/out")" "$a: Pull complete
$b: Pull complete
$c: Pull complete
Digest: $DIGEST
Status: Downloaded newer image for $R/test/gzip:1
$R/test/gzip:1"
	expect "$(grep "^$a" "$T/out")" "$a: Pulling fs layer
$a: Verifying Checksum
$a: Download complete
$a: Pull complete"
	expect "$(docker run --rm --net none "$R/test/gzip:1" echo works)" works
	nothing_left
	expect "$(blobs)" ''
}

@test "the raw stream: objects, CR LF, byte counts" {
	api POST "/images/create?fromImage=$R/test/gzip&tag=1" >"$T/raw"
	expect "$(grep -vc $'\r$' "$T/raw")" 0
	expect "$(head -1 "$T/raw" | tr -d '\r')" '{"status":"Pulling from test/gzip","id":"1"}'
	expect "$(sed -n 2p "$T/raw" | tr -d '\r' | sed 's/"id":".*"/"id":""/')" '{"status":"Pulling fs layer","progressDetail":{},"id":""}'
	expect "$(tail -2 "$T/raw" | tr -d '\r')" "{\"status\":\"Digest: $DIGEST\"}
{\"status\":\"Status: Downloaded newer image for $R/test/gzip:1\"}"
	# each layer's last count is its size
	expect "$(jq -r 'select(.status == "Downloading") | .progressDetail | select(.current == .total) | .total' "$T/raw" | sort -un)" \
		"$(on_host curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$R/v2/test/gzip/manifests/1" | jq '.layers[].size' | sort -un)"
	expect "$(jq -r 'select(.status == "Extracting") | .progress' "$T/raw" | head -1 | cut -c1-53)" \
		'[==================================================>]'
}

@test "again: it is up to date; by tag and digest; all tags; quietly" {
	docker pull -q "$R/test/gzip:1"
	expect "$(docker pull "$R/test/gzip:1")" "1: Pulling from test/gzip
Digest: $DIGEST
Status: Image is up to date for $R/test/gzip:1
$R/test/gzip:1"
	expect "$(docker pull "$R/test/gzip:2@$DIGEST" | head -3)" "$R/test/gzip@$DIGEST: Pulling from test/gzip
Digest: $DIGEST
Status: Image is up to date for $R/test/gzip@$DIGEST"
	docker pull -a "$R/test/gzip" >"$T/out"
	expect "$(grep -c 'Pulling from test/gzip' "$T/out")" 2
	expect "$(tail -2 "$T/out" | head -1)" "Status: Downloaded newer image for $R/test/gzip"
	expect "$(docker images --format '{{.Tag}}' "$R/test/gzip" | sort | tr '\n' ' ')" '1 2 '
	expect "$(docker pull -q "$R/test/gzip:1")" "$R/test/gzip:1"
}

@test "by digest alone: a name with that digest and no tag" {
	docker pull -q "$R/test/gzip@$DIGEST"
	expect "$(docker images --digests --format '{{.Repository}} {{.Tag}} {{.Digest}}')" "$R/test/gzip <none> $DIGEST"
	expect "$(docker inspect --format '{{.RepoTags}} {{.RepoDigests}}' "$R/test/gzip@$DIGEST")" "[] [$R/test/gzip@$DIGEST]"
}

tree() { (cd "$1" && find . -mindepth 1 -printf '%y %m %U %G %s %T@ %l %p\n' | sed '/^c/s/[0-9.]*  / /' | sort && find . -type f -exec sha256sum {} + | sort); }

@test "gzip, zstd and plain layers give the trees and tars that load gives" {
	local kind id
	for kind in gzip zstd plain; do
		docker pull -q "$R/test/$kind:1"
		id=$(docker images -q --no-trunc "$R/test/$kind")
		docker inspect --format '{{.GraphDriver.Data.UpperDir}} {{.RootFS.Layers}}' "$id" >"$T/pulled"
		mkdir -p "$T/trees/$kind"
		cp -a "$(cut -d' ' -f1 "$T/pulled")" "$T/trees/$kind/top"
		docker rmi -f "$id" >/dev/null
		docker load -q -i "$T/$kind.tar" >/dev/null
		expect "$(docker inspect --format '{{.RootFS.Layers}}' "$id")" "$(cut -d' ' -f2- "$T/pulled")"
		expect "$(tree "$T/trees/$kind/top")" "$(tree "$(docker inspect --format '{{.GraphDriver.Data.UpperDir}}' "$id")")"
		docker rmi -f "$id" >/dev/null
	done
}

@test "what blob of which repository a layer is, is written down as dockerd does" {
	local d=$T/data/image/overlay2/distribution digest diff
	rm -rf "$d"/*
	docker pull -q "$R/test/gzip:1"
	digest=$(on_host curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$R/v2/test/gzip/manifests/1" | jq -r '.layers[0].digest')
	diff=$(docker inspect --format '{{index .RootFS.Layers 0}}' "$R/test/gzip:1")
	expect "$(cat "$d/diffid-by-digest/sha256/${digest#*:}")" "$diff"
	expect "$(cat "$d/v2metadata-by-diffid/sha256/${diff#*:}")" \
		"[{\"Digest\":\"$digest\",\"SourceRepository\":\"$R/test/gzip\",\"HMAC\":\"\"}]"
	expect "$(stat -c %a "$d/v2metadata-by-diffid/sha256" "$d/diffid-by-digest/sha256/${digest#*:}" | tr '\n' ' ')" '755 644 '
}

@test "layers that are here are not fetched again" {
	docker pull -q "$R/test/gzip:1"
	docker tag "$R/test/gzip:1" keep:1
	# another image on the first two layers
	on_host curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' "http://$R/v2/test/gzip/manifests/1" >"$T/m"
	on_host curl -s "http://$R/v2/test/gzip/blobs/$(jq -r .config.digest "$T/m")" | jq -c 'del(.history) | .author = "x" | .rootfs.diff_ids |= .[:2]' >"$T/c"
	jq --arg d "$(put_blob test/gzip "$T/c")" --argjson n "$(size "$T/c")" '.layers |= .[:2] | .config.digest = $d | .config.size = $n' "$T/m" >"$T/m2"
	put_manifest test/gzip shared application/vnd.oci.image.manifest.v1+json "$T/m2"
	docker pull "$R/test/gzip:shared" >"$T/out"
	expect "$(sed -n '2,3s/.*: //p' "$T/out")" 'Already exists
Already exists'
}

@test "a list: the host's platform, the one asked for, variants, and none" {
	local amd arm v6 v7
	amd=$(put_image test/multi amd amd64 '')
	arm=$(put_image test/multi arm arm64 '')
	v6=$(put_image test/multi v6 arm v6)
	v7=$(put_image test/multi v7 arm v7)
	jq -n --arg amd "$amd" --arg arm "$arm" --arg v6 "$v6" --arg v7 "$v7" '
		def one($d; $a; $v): {mediaType:"application/vnd.docker.distribution.manifest.v2+json",size:527,digest:$d,
			platform:({architecture:$a,os:"linux"} + if $v == "" then {} else {variant:$v} end)};
		{schemaVersion:2,mediaType:"application/vnd.docker.distribution.manifest.list.v2+json",manifests:[
			(one($amd; "unknown"; "") | .platform.os = "unknown"), one($arm; "arm64"; ""), one($v6; "arm"; "v6"), one($v7; "arm"; "v7"), one($amd; "amd64"; "")]}' >"$T/list"
	local list
	list=$(put_manifest test/multi all application/vnd.docker.distribution.manifest.list.v2+json "$T/list")
	expect "$(docker pull "$R/test/multi:all" | grep ^Digest)" "Digest: $list"
	expect "$(docker inspect --format '{{.Architecture}}' "$R/test/multi:all")" amd64
	docker pull -q --platform linux/arm64 "$R/test/multi:all"
	expect "$(docker inspect --format '{{.Architecture}}' "$R/test/multi:all")" arm64
	docker pull -q --platform linux/arm/v7 "$R/test/multi:all"
	expect "$(docker inspect --format '{{.Variant}}' "$R/test/multi:all")" v7
	docker pull -q --platform linux/arm/v6 "$R/test/multi:all"
	expect "$(docker inspect --format '{{.Variant}}' "$R/test/multi:all")" v6
	run -1 docker pull --platform linux/s390x "$R/test/multi:all"
	expect "$output" "all: Pulling from test/multi
no matching manifest for linux/s390x in the manifest list entries"
	expect "$(docker inspect --format '{{.RepoDigests}}' "$R/test/multi:all")" "[$R/test/multi@$list]"
	# an OCI index of an index
	jq -n --arg d "$list" --argjson n "$(size "$T/list")" '{schemaVersion:2,mediaType:"application/vnd.oci.image.index.v1+json",
		manifests:[{mediaType:"application/vnd.docker.distribution.manifest.list.v2+json",size:$n,digest:$d}]}' >"$T/outer"
	put_manifest test/multi outer application/vnd.oci.image.index.v1+json "$T/outer"
	docker pull -q "$R/test/multi:outer"
	expect "$(docker inspect --format '{{.Architecture}}' "$R/test/multi:outer")" amd64
}

@test "one image of another platform is pulled with a warning" {
	put_image test/other 1 arm64 ''
	docker pull --platform linux/amd64 "$R/test/other:1" >"$T/out"
	expect "$(grep ^WARNING "$T/out")" "WARNING: image with reference $R/test/other:1 was found but does not provide the specified platform (linux/amd64)"
}

@test "what cannot be run is refused in dockerd's words" {
	local d
	put_image test/odd 1 amd64 ''
	on_host curl -s -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$R/v2/test/odd/manifests/1" >"$T/m"
	jq '.mediaType = "application/vnd.oci.image.manifest.v1+json" | .config.mediaType = "application/vnd.cncf.helm.config.v1+json"' "$T/m" >"$T/m2"
	put_manifest test/odd helm application/vnd.oci.image.manifest.v1+json "$T/m2"
	expect_match "$(docker pull "$R/test/odd:helm" 2>&1)" 'unsupported media type application/vnd.cncf.helm.config.v1\+json$'
	jq '.config.mediaType = "application/vnd.docker.plugin.v1+json"' "$T/m" >"$T/m2"
	put_manifest test/odd plugin application/vnd.docker.distribution.manifest.v2+json "$T/m2"
	expect "$(docker pull "$R/test/odd:plugin" 2>&1)" \
		'Error response from daemon: Encountered remote "application/vnd.docker.plugin.v1+json"(plugin) when fetching'
	jq '.layers += [.layers[0]]' "$T/m" >"$T/m2"
	put_manifest test/odd more application/vnd.docker.distribution.manifest.v2+json "$T/m2"
	expect_match "$(docker pull "$R/test/odd:more" 2>&1)" "layers from manifest don't match image configuration$"
	# a config that promises another layer
	on_host curl -s "http://$R/v2/test/odd/blobs/$(jq -r .config.digest "$T/m")" | jq -c '.rootfs.diff_ids[0] = "sha256:'"$(printf %064d 7)"'"' >"$T/c"
	d=$(put_blob test/odd "$T/c")
	jq --arg d "$d" --argjson n "$(size "$T/c")" '.config.digest = $d | .config.size = $n' "$T/m" >"$T/m2"
	put_manifest test/odd diff application/vnd.docker.distribution.manifest.v2+json "$T/m2"
	expect_match "$(docker pull "$R/test/odd:diff" 2>&1)" "layers from manifest don't match image configuration$"
	# for another system
	on_host curl -s "http://$R/v2/test/odd/blobs/$(jq -r .config.digest "$T/m")" | jq -c '.os = "windows"' >"$T/c"
	d=$(put_blob test/odd "$T/c")
	jq --arg d "$d" --argjson n "$(size "$T/c")" '.config.digest = $d | .config.size = $n' "$T/m" >"$T/m2"
	put_manifest test/odd windows application/vnd.docker.distribution.manifest.v2+json "$T/m2"
	expect_match "$(docker pull "$R/test/odd:windows" 2>&1)" 'cannot download image with operating system "windows" when requesting "linux"$'
	store_empty
}

@test "errors before the stream have a status, later ones are in it" {
	expect "$(api_status POST "/images/create?fromImage=$R/test/gzip&tag=nope")" \
		"404 manifest for $R/test/gzip:nope not found: manifest unknown: manifest unknown"
	expect "$(api_status POST "/images/create?fromImage=$R/test/gzip&tag=...")" '400 invalid tag format'
	expect "$(api_status POST "/images/create?fromImage=127.0.0.1:5999/x&tag=1")" \
		'500 Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused'
	expect_match "$(api_status POST "/images/create?fromImage=$R/test/gzip&tag=1&platform=x/y/z/u")" '^400 '
	api POST "/images/create?fromImage=$F/digest/x&tag=1" | tail -1 | tr -d '\r' >"$T/last"
	expect_match "$(jq -r '.error == .errorDetail.message, .error' "$T/last" | tr '\n' ' ')" \
		'^true filesystem layer verification failed for digest sha256:[0-9a-f]{64} $'
	store_empty
	expect "$(blobs)" ''
}

@test "wrong bytes of every kind leave nothing" {
	local how
	for how in digest short long json huge; do
		run timeout 60 docker pull "$F/$how/x:1"
		[ "$status" = 1 ] || { echo "$how: $status"; return 1; }
		store_empty || { echo "after $how"; return 1; }
	done
}

@test "a connection that breaks is gone on with" {
	local how
	for how in drop norange redirect; do
		timeout 60 docker pull -q "$F/$how/x:1"
		docker rmi -f "$F/$how/x:1" >/dev/null
	done
	store_empty
}

@test "an event for each pull, with the labels" {
	docker pull -q "$R/test/zstd:1"
	expect_match "$(timeout 10 docker events --since 1 --until "$(($(date +%s) + 1))" --filter event=pull | tail -1)" \
		" image pull $R/test/zstd:1 \(.*name=$R/test/zstd"
}
