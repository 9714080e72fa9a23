#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Archives made to hurt: each is refused in words, writes nothing outside, and leaves nothing behind.

bats_require_minimum_version 1.5.0
load lib

setup() {
	make_root
	rm -f /tmp/tare-escaped
}

teardown() {
	drop_root
	rm -f /tmp/tare-escaped
}

# refused KIND TEXT [mkimage options…]
refused() {
	local kind=$1 text=$2
	shift 2
	"$mkimage" --attack "$kind" "$@" "$root/x.tar"
	ctl open
	before=$(stat -c %Y%Z /etc/passwd)
	run -1 ctl load -q "$root/x.tar"
	has "$output" "$text"
	[ ! -e /tmp/tare-escaped ]
	same "$(stat -c %Y%Z /etc/passwd)" "$before"
	assert_empty
}

@test "a name with .. in a layer" { refused dotdot '"../../../../../../tmp/tare-escaped" is outside of "/"'; }
@test "a name with .. in a gzipped layer of three" { refused dotdot 'is outside of "/"' --layers 3 --pack gzip; }
@test "a hard link to a file of the host" { refused hardlink 'invalid hardlink "/b" -> "../../../../../../etc/passwd"'; }
@test "a hard link to nothing" { refused hardlink-out 'link /b: No such file or directory'; }
@test "a whiteout of .." { refused whiteout-dots 'invalid whiteout name: /etc/.wh...'; }
@test "an overlay redirect smuggled in" { refused redirect 'trusted.overlay.redirect is reserved'; }
@test "a header that is none" { refused bad-header 'archive/tar: invalid tar header'; }
@test "a layer cut off" { refused truncated-layer 'unexpected EOF'; }
@test "two MiB of pax header" { refused header-bomb 'archive/tar: invalid tar header'; }
@test "a path of 5000 bytes" { refused name-bomb 'file name too long'; }
@test "a diff id that is wrong" { refused diffid 'invalid diffID for layer 0: expected "sha256:0000000000000000000000000000000000000000000000000000000000000007", got "sha256:'; }
@test "the diff id of the last of three layers is wrong" { refused diffid 'invalid diffID for layer 2' --layers 3; }
@test "a blob under another digest" { refused blob-digest 'expected "sha256:0000000000000000000000000000000000000000000000000000000000000005", got "sha256:'; }
@test "a blob under another digest in an OCI layout" { refused blob-digest 'expected "sha256:0000000000000000000000000000000000000000000000000000000000000005", got "sha256:' --form oci; }
@test "a config under another digest" { refused config-digest 'invalid config digest: expected "sha256:0000000000000000000000000000000000000000000000000000000000000003", got "sha256:'; }
@test "an old config under another digest" { refused config-digest 'invalid config digest' --form old; }
@test "more diff ids than layers" { refused layer-count 'invalid manifest, layers length mismatch: expected 1, got 2'; }
@test "no manifest" { refused no-manifest 'unrecognized image format'; }
@test "a layer that is not there" { refused no-layer 'open /no/such/layer.tar: no such file or directory'; }
@test "a layer path that leads out" { refused manifest-dotdot 'is no path in the archive'; }
@test "a member with .. in the archive" { refused outer-dotdot 'is outside of "/"'; }
@test "a layer that is a link to a file of the host" { refused outer-symlink 'invalid symlink'; }
@test "a layer that is a link to a file of the host, old form" { refused outer-symlink 'invalid symlink' --form old; }
@test "a hard link out of the archive" { refused outer-hardlink 'invalid symlink'; }
@test "a pipe for a manifest" { refused outer-fifo 'unrecognized image format'; }
@test "an archive cut off" { refused truncated 'unexpected EOF'; }
@test "a gzipped archive cut off" { refused truncated 'unexpected EOF' --compress gzip; }
@test "a zstd archive cut off" { refused truncated 'unexpected EOF' --compress zstd; }
@test "no tar at all" { refused nottar 'archive/tar: invalid tar header'; }
@test "nothing at all" { refused empty 'unrecognized image format'; }
@test "a damaged gzip layer" { refused bad-gzip 'layer 0: '; }
@test "a config that is no JSON" { refused config-json 'invalid image JSON'; }
@test "a name that is none" { refused bad-tag 'invalid reference format: repository name (library/UPPER) must be lowercase'; }
@test "an image for windows" { refused windows 'cannot load windows image on linux'; }

# Inside the layer these are legal, as for dockerd: the kernel resolves them below the layer's own root.
taken() { # KIND PATH-IN-LAYER
	"$mkimage" --attack "$1" "$root/x.tar"
	ctl load -q "$root/x.tar"
	[ ! -e /tmp/tare-escaped ]
	diff=$(ctl inspect busybox | sed -n 's/^UpperDir: //p')
	[ -e "$diff/$2" ]
}

@test "an absolute name lands inside" { taken absolute abs/olute; }
@test "a file through a link that leads out lands inside" { taken symlink tmp/tare-escaped; }
@test "a device through a link that leads out lands inside" { taken device tmp/tare-escaped; }

@test "a gigabyte of zeros in a small gzip is counted, not kept" {
	head -c 1200000000 /dev/zero | gzip -1 >"$root/zeros.gz"
	mkdir "$root/top"
	mv "$root/zeros.gz" "$root/top/layer.tar.gz"
	echo '[{"Config":"c","RepoTags":null,"Layers":["layer.tar.gz"]}]' >"$root/top/manifest.json"
	echo '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:'"$(printf %064d 1)"'"]}}' >"$root/top/c"
	tar -C "$root/top" -cf "$root/x.tar" .
	rm -r "$root/top"
	run -1 ctl load -q "$root/x.tar"
	has "$output" "invalid diffID for layer 0"
	assert_empty
}

@test "the worker has no rights it does not need" {
	# the filter is what it does last; sanitized programs do without one
	last='Seccomp:.2'
	! grep -q __asan_init "$TARE_LAYER" || last='CapEff:.0000000000000000'
	mkfifo "$root/pipe"
	"$build/test/image/imagectl" "$root/data" load -q "$root/pipe" >/dev/null 2>&1 &
	loader=$!
	exec 9>"$root/pipe"
	for _ in $(seq 100); do
		worker=$(pgrep -P $loader -x tare-layer) && grep -q "$last" "/proc/$worker/status" && break
		sleep 0.05
	done
	status=$(cat "/proc/$worker/status")
	exe_root=$(readlink "/proc/$worker/root")
	exec 9>&-
	wait $loader || true
	has "$status" $'CapEff:\t0000000000000000'
	has "$status" $'CapBnd:\t0000000000000000'
	has "$status" $'NoNewPrivs:\t1'
	[ "$last" != Seccomp:.2 ] || has "$status" $'Seccomp:\t2'
	has "$exe_root" "$root/data/tmp/tare-load-"
}
