# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the image suites share: imagectl on a data root of the test's own, archives made once a file.

build=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
mkimage=$BATS_TEST_DIRNAME/../../tools/mkimage.sh
export TARE_LAYER=$build/bin/tare-layer

make_root() {
	root=$(mktemp -d "${TMPDIR:-/tmp}/tare-image-test.XXXXXX")
	mkdir "$root/data"
}

drop_root() {
	rm -rf "$root"
}

# ctl VERB [ARG…]
ctl() { "$build/test/image/imagectl" "$root/data" "$@"; }

# Lines of a load's output without the events.
words() { grep -v '^#' || true; }

# Nothing but an empty store: no layer, link, image, name or temporary file. Removal of large trees goes on in the
# background of the process that began it, which has waited for it at its end.
assert_empty() {
	local left
	left=$(cd "$root/data" && find overlay2 image/overlay2/layerdb image/overlay2/imagedb tmp -mindepth 1 \
		! -path overlay2/l ! -path image/overlay2/layerdb/sha256 ! -path image/overlay2/layerdb/mounts \
		! -path image/overlay2/layerdb/tmp ! -path 'image/overlay2/imagedb/content*' \
		! -path 'image/overlay2/imagedb/metadata*'
		find image/overlay2/imagedb -type f)
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
	[ -z "$(ctl list -a)" ] || { echo "images are listed"; return 1; }
}

same() { # ACTUAL EXPECTED
	[ "$1" = "$2" ] || { printf 'got:      %s\nexpected: %s\n' "$1" "$2"; return 1; }
}

has() { # TEXT PART
	[[ $1 == *"$2"* ]] || { printf 'got:     %s\nwithout: %s\n' "$1" "$2"; return 1; }
}
