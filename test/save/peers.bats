#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives between tared and others, both ways: Debian's dockerd 20.10, podman and skopeo. Layers keep their bytes, images
# their ids.
bats_require_minimum_version 1.5.0
load ../dropin/helpers

setup_file() {
	dropin_start docker.io containerd tini libdevmapper1.02.1 skopeo podman conmon libgpgme11 libassuan0 libsubid4 \
		libyajl2 golang-github-containers-common golang-github-containers-image
	export DOCKER_HOST=unix://$T/tare.sock
	tared_start
	mkdir "$T/docker" "$T/podman"
	echo '{}' >"$T/docker/daemon.json"
	daemon_start dockerd dockerd --data-root "$T/docker/data" --exec-root "$T/docker/run" \
		-H "unix://$T/docker.sock" --pidfile "$T/docker/pid" --config-file "$T/docker/daemon.json" \
		--cgroup-parent "$CGROUP/d" --storage-driver overlay2 --iptables=false --bridge=none
	on_host mount -t tmpfs tmpfs /dev/shm
	echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$T/podman/policy.json"
	printf '[network]\nnetwork_backend = "cni"\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' \
		>"$T/podman/containers.conf"
	printf '[storage]\ndriver = "vfs"\nrunroot = "%s"\ngraphroot = "%s"\n' "$T/podman/run" "$T/podman/root" >"$T/podman/storage.conf"
	export CONTAINERS_CONF=$T/podman/containers.conf CONTAINERS_STORAGE_CONF=$T/podman/storage.conf
	"$TOP/tools/mkimage.sh" --layers 4 --name one:1 --name one:2 "$T/one.tar"
	"$TOP/tools/mkimage.sh" --layers 2 --name two:1 --label x=y "$T/two.tar"
	wait_for dk version
	tk load -q -i "$T/one.tar"
	tk load -q -i "$T/two.tar"
	tk save one:1 one:2 two:1 -o "$T/tare.tar"
}

teardown_file() {
	daemon_stop dockerd
	tared_stop
	on_host sh -c "grep -o ' $T/[^ ]*' /proc/self/mounts | sort -r | xargs -r umount"
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP/*" -exec rmdir {} + 2>/dev/null
	host_end
}

dk() { on_host docker -H "unix://$T/docker.sock" "$@"; }
tk() { on_host docker -H "unix://$T/tare.sock" "$@"; }
pm() { on_host podman --root "$T/podman/root" --runroot "$T/podman/run" --tmpdir "$T/podman/tmp" "$@"; }

ids() { "$1" image inspect -f '{{.Id}} {{.RootFS.Layers}}' one:1 two:1; }
# Digests of an archive's layers, whatever they are called, lowest first.
layers() {
	local layer
	for layer in $(tar xOf "$1" manifest.json | jq -r '.[].Layers[]'); do
		tar xOf "$1" "$layer" | sha256sum
	done
}

@test "dockerd 20.10 loads what tared saved, and saves the same layers" {
	dk load -q -i "$T/tare.tar" | sort >"$T/out"
	expect "$(cat "$T/out")" $'Loaded image: one:1\nLoaded image: one:2\nLoaded image: two:1'
	expect "$(ids dk)" "$(ids tk)"
	for name in one:1 two:1; do
		dk save "$name" -o "$T/docker.tar"
		tk save "$name" -o "$T/tare1.tar"
		expect "$(layers "$T/docker.tar")" "$(layers "$T/tare1.tar")"
	done
	dk run --rm --net none one:1 cat /etc/layer
}

@test "tared loads what dockerd 20.10 saved, and saves as before" {
	dk load -q -i "$T/tare.tar"
	dk save one:1 one:2 two:1 -o "$T/docker.tar"
	before=$(ids tk)
	tk rmi -f one:1 one:2 two:1 >/dev/null
	tk load -q -i "$T/docker.tar"
	expect "$(ids tk)" "$before"
	tk save one:1 one:2 two:1 -o "$T/again.tar"
	cmp "$T/tare.tar" "$T/again.tar"
}

@test "the old form alone, as dockerd up to 24 reads it: Config and Layers by their links" {
	mkdir -p "$T/old"
	tar xf "$T/tare.tar" -C "$T/old"
	jq -c '[.[] | . as $i | .Config = (.Config | sub("blobs/sha256/";"") + ".json")]' "$T/old/manifest.json" >"$T/m"
	mv "$T/m" "$T/old/manifest.json"
	rm "$T/old/index.json" "$T/old/oci-layout"
	tar cf "$T/old.tar" -C "$T/old" .
	dk rmi -f one:1 one:2 two:1 >/dev/null
	dk load -q -i "$T/old.tar"
	expect "$(ids dk)" "$(ids tk)"
}

@test "podman loads it with all names" {
	pm load -q --signature-policy "$T/podman/policy.json" -i "$T/tare.tar"
	for name in one:1 one:2 two:1; do
		expect "sha256:$(pm image inspect -f '{{.Id}}' "$name")" "$(tk image inspect -f '{{.Id}}' "$name")"
	done
	pm rmi -af >/dev/null
}

@test "skopeo copies it, taken as a docker-archive and as an OCI layout" {
	skopeo() { on_host skopeo --insecure-policy "$@"; }
	id=$(tk image inspect -f '{{.Id}}' two:1)
	tk save two:1 -o "$T/two-tare.tar"
	mkdir -p "$T/sk"
	skopeo copy -q "docker-archive:$T/two-tare.tar" "dir:$T/sk/a"
	expect "$(jq -r .config.digest "$T/sk/a/manifest.json")" "$id"
	skopeo copy -q "oci-archive:$T/two-tare.tar:1" "dir:$T/sk/b"
	expect "$(jq -r .config.digest "$T/sk/b/manifest.json")" "$id"
	skopeo copy -q "docker-archive:$T/tare.tar:one:2" "dir:$T/sk/c"
	expect "$(jq -r .config.digest "$T/sk/c/manifest.json")" "$(tk image inspect -f '{{.Id}}' one:2)"
}

@test "tared loads what skopeo and podman make of it" {
	skopeo() { on_host skopeo --insecure-policy "$@"; }
	id=$(tk image inspect -f '{{.Id}}' two:1)
	skopeo copy -q "docker-archive:$T/two.tar" "docker-archive:$T/sk-docker.tar:three:1"
	skopeo copy -q "docker-archive:$T/two.tar" "oci-archive:$T/sk-oci.tar:four:1"
	pm load -q --signature-policy "$T/podman/policy.json" -i "$T/two.tar"
	pm save -q --signature-policy "$T/podman/policy.json" -o "$T/pm-docker.tar" two:1
	pm save -q --signature-policy "$T/podman/policy.json" --format oci-archive -o "$T/pm-oci.tar" two:1
	tk rmi -f two:1 >/dev/null
	for archive in sk-docker sk-oci pm-docker pm-oci; do
		out=$(tk load -q -i "$T/$archive.tar")
		echo "$archive: $out"
		got=$(sed -n 's/^Loaded image\( ID\)\?: //p' <<<"$out" | head -1)
		expect "$(tk image inspect -f '{{.RootFS.Layers}}' "$got")" \
			"[$(tar xOf "$T/two.tar" manifest.json | jq -r '.[0].Layers | map("sha256:" + (. / "/" | last)) | join(" ")')]"
		[ "$archive" != sk-docker ] || expect "$(tk image inspect -f '{{.Id}}' "$got")" "$id"
		tk rmi -f "$got" >/dev/null
	done
	tk load -q -i "$T/two.tar"
}
