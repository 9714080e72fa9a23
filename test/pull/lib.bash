# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A daemon with a registry ($R) and a misbehaving one ($F) on loopback, and documents put there by hand.

load ../helpers
load ../registry/lib

R=127.0.0.1:5000
F=127.0.0.1:5100

pull_setup() {
	host_start
	registry_start 5000
	registry_faulty 5100
	tared_start "$@"
}

pull_teardown() {
	tared_stop
	registries_stop
	host_end
}

# put_blob REPOSITORY FILE: prints its digest
put_blob() {
	local digest at
	digest=sha256:$(sha256sum <"$2" | cut -c1-64)
	at=$(on_host curl -s -D - -o /dev/null -X POST "http://$R/v2/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^Location: //p')
	on_host curl -sf -X PUT --data-binary "@$2" -H 'Content-Type: application/octet-stream' "$at&digest=$digest"
	echo "$digest"
}

# put_manifest REPOSITORY TAG TYPE FILE: prints its digest
put_manifest() {
	on_host curl -sf -X PUT --data-binary "@$4" -H "Content-Type: $3" "http://$R/v2/$1/manifests/$2" || return 1
	echo "sha256:$(sha256sum <"$4" | cut -c1-64)"
}

size() { stat -c %s "$1"; }

# put_image REPOSITORY TAG ARCHITECTURE [VARIANT]: a schema 2 image with one small layer; prints the manifest's digest
put_image() {
	local d
	d=$(mktemp -d "$T/image-XXXXXX")
	echo "$3$4" >"$d/arch"
	tar -C "$d" --mtime=@0 --owner=0 --group=0 -cf "$d/layer" arch
	jq -nc --arg a "$3" --arg v "$4" --arg d "sha256:$(sha256sum <"$d/layer" | cut -c1-64)" \
		'{architecture:$a,os:"linux",config:{},rootfs:{type:"layers",diff_ids:[$d]}} + if $v == "" then {} else {variant:$v} end' >"$d/config"
	gzip -n "$d/layer"
	jq -n --arg c "$(put_blob "$1" "$d/config")" --argjson cn "$(size "$d/config")" \
		--arg l "$(put_blob "$1" "$d/layer.gz")" --argjson ln "$(size "$d/layer.gz")" \
		'{schemaVersion:2,mediaType:"application/vnd.docker.distribution.manifest.v2+json",
		config:{mediaType:"application/vnd.docker.container.image.v1+json",digest:$c,size:$cn},
		layers:[{mediaType:"application/vnd.docker.image.rootfs.diff.tar.gzip",digest:$l,size:$ln}]}' >"$d/manifest"
	put_manifest "$1" "$2" application/vnd.docker.distribution.manifest.v2+json "$d/manifest"
}

# Nothing of a pull is left but, maybe, blobs.
nothing_left() {
	wait_for nothing_in_tmp
	expect "$(ls "$T/data/image/overlay2/layerdb/tmp")" ''
}
nothing_in_tmp() { [ -z "$(find "$T/data/tmp" -mindepth 1 -maxdepth 1 ! -name tare-blobs)" ]; }

# No image, layer or directory of one is there.
store_empty() {
	nothing_left
	expect "$(docker images -aq)" ''
	expect "$(ls "$T/data/image/overlay2/layerdb/sha256")" ''
	expect "$(ls "$T/data/overlay2")" l
	expect "$(ls "$T/data/overlay2/l")" ''
}

blobs() { ls "$T/data/tmp/tare-blobs" 2>/dev/null; }
workers() { pgrep -P "$(cat "$T/tared.pid")" -x 'tare-(xfer|layer)'; }
no_workers() { ! workers; }
