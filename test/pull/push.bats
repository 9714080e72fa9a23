#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pushing, through the docker client and the raw API. What is said is dockerd 20.10's, word for word.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	pull_setup
	registry_start 5200 basic
	"$TOP/tools/mkimage.sh" --layers 3 --name base:1 "$T/x.tar"
}

teardown_file() { pull_teardown; }

setup() { docker load -q -i "$T/x.tar" >/dev/null; }

teardown() {
	# shellcheck disable=SC2046
	docker rmi -f $(docker images -aq | sort -u) >/dev/null 2>&1 || true
}

uploads() { grep -c '"PUT /v2/.*blobs/uploads' "$T/registries/5000/log" || true; }
ids() { docker inspect --format '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1" | sed -n 's/^sha256:\(.\{12\}\).*/\1/p' | tac; }

@test "a push says what dockerd says; what it made is pulled again as the same image" {
	local id
	id=$(docker images -q --no-trunc base:1)
	docker tag base:1 "$R/push/a:1"
	docker push "$R/push/a:1" >"$T/out"
	expect "$(head -4 "$T/out")" "The push refers to repository [$R/push/a]
$(ids base:1 | sed 's/$/: Preparing/')"
	expect "$(sed -n '5,7p' "$T/out" | sort)" "$(ids base:1 | sed 's/$/: Pushed/' | sort)"
	on_host curl -s -D "$T/head" -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$R/v2/push/a/manifests/1" >"$T/m"
	local digest
	digest=$(tr -d '\r' <"$T/head" | sed -n 's/^Docker-Content-Digest: //p')
	expect "$(tail -1 "$T/out")" "1: digest: $digest size: $(size "$T/m")"
	expect "$(docker inspect --format '{{.RepoDigests}}' base:1)" "[$R/push/a@$digest]"
	# the very bytes dockerd writes: three blanks, this order
	expect "$(jq --indent 3 . "$T/m")" "$(cat "$T/m")"
	expect "$(jq -c '[keys_unsorted, .mediaType, .config.mediaType, .layers[0].mediaType, (.layers[0] | keys_unsorted)]' "$T/m")" \
		'[["schemaVersion","mediaType","config","layers"],"application/vnd.docker.distribution.manifest.v2+json","application/vnd.docker.container.image.v1+json","application/vnd.docker.image.rootfs.diff.tar.gzip",["mediaType","size","digest"]]'
	docker rmi -f "$id" >/dev/null
	store_empty
	docker pull -q "$R/push/a:1"
	expect "$(docker images -q --no-trunc "$R/push/a:1")" "$id"
	expect "$(docker run --rm --net none "$R/push/a:1" echo works)" works
}

@test "the raw stream ends with tag, digest and size for programs" {
	docker tag base:1 "$R/push/raw:1"
	rm -rf "$T/data/image/overlay2/distribution"/*
	api POST "/images/$R/push/raw/push?tag=1" >"$T/raw"
	expect "$(head -1 "$T/raw" | tr -d '\r')" "{\"status\":\"The push refers to repository [$R/push/raw]\"}"
	expect "$(sed -n 2p "$T/raw" | tr -d '\r')" "{\"status\":\"Preparing\",\"progressDetail\":{},\"id\":\"$(ids base:1 | head -1)\"}"
	expect_match "$(tail -1 "$T/raw" | tr -d '\r')" '^\{"progressDetail":\{\},"aux":\{"Tag":"1","Digest":"sha256:[0-9a-f]{64}","Size":[0-9]+\}\}$'
	# "Pushing" counts bytes of the layer as it is here
	expect_match "$(tr -d '\r' <"$T/raw")" '"status":"Pushing","progressDetail":\{"current":[0-9]+,"total":[0-9]+\}'
}

@test "what the registry has is not sent again" {
	docker tag base:1 "$R/push/again:1"
	docker push -q "$R/push/again:1"
	local before
	before=$(uploads)
	docker push "$R/push/again:1" >"$T/out"
	expect "$(sed -n '5,7p' "$T/out" | sort)" "$(ids base:1 | sed 's/$/: Layer already exists/' | sort)"
	expect "$(uploads)" "$before"
}

@test "layers are mounted from another repository there" {
	docker tag base:1 "$R/push/from:1"
	docker push -q "$R/push/from:1"
	docker tag base:1 "$R/mounted/to:1"
	docker push "$R/mounted/to:1" >"$T/out"
	expect_match "$(sed -n 5p "$T/out")" ': Mounted from push/[a-z]+$'
	expect "$(grep -c 'Mounted from' "$T/out")" 3
	docker rmi -f "$(docker images -q base:1)" >/dev/null
	docker pull -q "$R/mounted/to:1"
}

@test "a layer that was pulled as zstd is not called gzip" {
	"$TOP/tools/mkimage.sh" --layers 2 --form oci --pack zstd --label zstd --name z:1 "$T/zstd.tar"
	registry_push 5000 "$T/zstd.tar" test/zpush 1
	docker pull -q "$R/test/zpush:1"
	docker tag "$R/test/zpush:1" "$R/test/zpush:2"
	docker push -q "$R/test/zpush:2"
	local digest type n=0
	while read -r type digest; do
		n=$((n + 1))
		expect "$type" application/vnd.docker.image.rootfs.diff.tar.gzip
		expect "$(on_host curl -s "http://$R/v2/test/zpush/blobs/$digest" | head -c 2 | od -An -tx1)" " 1f 8b"
	done < <(on_host curl -s -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$R/v2/test/zpush/manifests/2" |
		jq -r '.layers[] | "\(.mediaType) \(.digest)"')
	expect $n 2
}

@test "all tags: layers once" {
	docker tag base:1 "$R/push/all:1"
	docker tag base:1 "$R/push/all:2"
	docker push -a "$R/push/all" >"$T/out"
	expect "$(grep -c digest: "$T/out")" 2
	expect "$(on_host curl -s "http://$R/v2/push/all/tags/list" | jq -c '.tags | sort')" '["1","2"]'
}

@test "what cannot be pushed is refused in dockerd's words" {
	expect "$(docker push "$R/push/nope:1" 2>&1)" "The push refers to repository [$R/push/nope]
An image does not exist locally with the tag: $R/push/nope"
	docker tag base:1 "$R/push/some:1"
	expect "$(docker push "$R/push/some:2" 2>&1)" "The push refers to repository [$R/push/some]
tag does not exist: $R/push/some:2"
	expect "$(api_status POST "/images/$R/push/some/push?tag=...")" '400 invalid tag format'
	docker tag base:1 127.0.0.1:5999/x:1
	expect_match "$(docker push 127.0.0.1:5999/x:1 2>&1 | tail -1)" 'connect: connection refused$'
}

@test "credentials: refused without, taken with" {
	docker tag base:1 127.0.0.1:5200/push/auth:1
	run -1 docker push 127.0.0.1:5200/push/auth:1
	expect_match "$(tail -1 <<<"$output")" '(no basic auth credentials|unauthorized: authentication required)$'
	local auth
	auth=$(printf '{"username":"alice","password":"secret","serveraddress":"127.0.0.1:5200"}' | base64 -w0 | tr '+/' '-_')
	expect_match "$(api POST '/images/127.0.0.1:5200/push/auth/push?tag=1' -H "X-Registry-Auth: $auth" | tail -1)" '"Tag":"1"'
	docker rmi -f "$(docker images -q base:1)" >/dev/null
	expect "$(api POST '/images/create?fromImage=127.0.0.1:5200/push/auth&tag=1' -H "X-Registry-Auth: $auth" | tail -1 | tr -d '\r' | jq -r .status)" \
		'Status: Downloaded newer image for 127.0.0.1:5200/push/auth:1'
}

@test "a packed layer is at most 15 % larger than gzip -6 makes it" {
	docker tag base:1 "$R/push/size:1"
	docker push -q "$R/push/size:1"
	local layer ours theirs
	layer=$(on_host curl -s -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "http://$R/v2/push/size/manifests/1" |
		jq -r '.layers | max_by(.size).digest')
	on_host curl -s "http://$R/v2/push/size/blobs/$layer" >"$T/blob"
	ours=$(size "$T/blob")
	theirs=$(gzip -dc "$T/blob" | gzip -6 | wc -c)
	[ "$ours" -le $((theirs * 115 / 100)) ] || { echo "$ours to $theirs"; return 1; }
}

@test "each step of a push fails once: nothing is left, and the next try works" {
	tared_term
	local point n=0
	for point in image.spawn_xfer:1 image.spawn_layer:1 push.worker:2 push.uploaded:1 push.manifest:1 image.refs:1; do
		TARE_FAULT=$point tared_start
		n=$((n + 1))
		docker tag base:1 "$R/fault$n/x:1" 2>/dev/null || true # image.refs is the tag's, too
		rm -rf "$T/data/image/overlay2/distribution"/*
		run docker push "$R/fault$n/x:1"
		case $point in image.refs*) ;; *) expect "$status" 1; expect_match "$output" "injected fault: ${point%:*}" ;; esac
		wait_for no_workers
		nothing_left
		docker tag base:1 "$R/fault$n/x:1"
		docker push -q "$R/fault$n/x:1"
		tared_term
	done
	tared_start
}

@test "a client that leaves, and kill -9: nothing is left running" {
	"$TOP/tools/mkimage.sh" --layers 1 --name big:1 "$T/big.tar"
	docker load -q -i "$T/big.tar" >/dev/null
	docker tag big:1 "$F/stall/up:1"
	timeout 1 docker push "$F/stall/up:1" >/dev/null 2>&1 3>&- || true
	wait_for no_workers
	nothing_left
}
