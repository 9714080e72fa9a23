#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each kind of damage is planted, found, mended; what is not damaged is neither told of nor touched.

bats_require_minimum_version 1.5.0
load ../image/lib

setup_file() {
	export ARCHIVE=$BATS_FILE_TMPDIR/x.tar OTHER=$BATS_FILE_TMPDIR/y.tar
	"$BATS_TEST_DIRNAME/../../tools/mkimage.sh" --layers 3 --name a:1 "$ARCHIVE"
	mkdir -p "$BATS_FILE_TMPDIR/other/1"
	echo stays >"$BATS_FILE_TMPDIR/other/1/file"
	"$BATS_TEST_DIRNAME/../../tools/mkimage.sh" --from "$BATS_FILE_TMPDIR/other" --name other:1 "$OTHER"
}

setup() {
	make_root
	ctl load -q "$ARCHIVE" >/dev/null
	ctl load -q "$OTHER" >/dev/null
	ctr=$(printf %064x 7)
	ctl create "$ctr" other:1
	id=$(ctl resolve a:1)
	db=$root/data/image/overlay2
	content=$db/imagedb/content/sha256
	layers=$db/layerdb/sha256
	base=$(grep -L . "$layers"/*/parent 2>/dev/null | head -1)
	# a:1's layers from the lowest up
	chain=()
	parent=
	while :; do
		for l in "$layers"/*; do
			[ "$(cat "$l/parent" 2>/dev/null)" = "$parent" ] || continue
			[ -n "$parent" ] || [ -x "$root/data/overlay2/$(cat "$l/cache-id")/diff/bin/busybox" ] || continue
			chain+=("$l")
			parent=sha256:${l##*/}
			continue 2
		done
		break
	done
	[ "${#chain[@]}" = 3 ]
	top=${chain[2]}
	topdir=$root/data/overlay2/$(cat "$top/cache-id")
}

teardown() { drop_root; }

fsck() { ctl fsck "$@" "$ctr"; }

# finds KIND…: a check says just these, kinds sorted, and changes nothing; a repair mends them all
finds() {
	local before after
	before=$(cd "$root/data" && find . -printf '%p %m %s %T@\n' | sort)
	same "$(fsck | cut -d' ' -f1 | sort | tr '\n' ' ')" "$(printf '%s ' "$@")"
	after=$(cd "$root/data" && find . -printf '%p %m %s %T@\n' | sort)
	same "$after" "$before"
	fsck -r | grep -vc '(repaired)$' && { fsck -r; return 1; }
	same "$(fsck)" ""
}

# whole NAME…: these images are listed, can be mounted below a container, and removed without a rest
whole() {
	local name n=0
	for name; do
		n=$((n + 1))
		ctl inspect "$name" >/dev/null
		ctl create "$(printf %064x $((n + 100)))" "$name"
		export root build n
		unshare -m --propagation private bash -euc "$(declare -f ctl same); p=\$(ctl mount $(printf %064x $((n + 100)))); ls \$p >/dev/null; ctl unmount $(printf %064x $((n + 100)))"
		ctl remove "$(printf %064x $((n + 100)))"
	done
	same "$(ctl list -a | wc -l)" $#
}

@test "a sound store: nothing to say" {
	same "$(fsck)" ""
	whole a:1 other:1
}

@test "names without images" {
	sed -i 's/{"a:1"/{"a:2":"sha256:'"$(printf %064d 5)"'","a:1"/' "$db/repositories.json"
	finds dangling-name
	whole a:1 other:1
}

@test "repositories.json that is none" {
	echo '{"Repositories":' >"$db/repositories.json"
	run -1 fsck
	has "$output" "without the names in repositories.json nothing else can be checked"
	fsck -r
	test -e "$db/repositories.json.damaged"
	same "$(fsck)" ""
	same "$(ctl list dangling=true | wc -l)" 2
}

@test "configurations: emptied, changed, half-written" {
	: >"$content/${id#sha256:}"
	same "$(fsck | cut -d' ' -f1 | sort -u | tr '\n' ' ')" "damaged-image dangling-name orphan-layer "
	fsck -r
	same "$(fsck)" ""
	whole other:1
	ctl load -q "$ARCHIVE" >/dev/null
	sed -i 's/layer 2/layer 9/' "$content/${id#sha256:}"
	same "$(fsck | grep -c ^damaged-image)" 1
	fsck -r
	whole other:1
	ctl load -q "$ARCHIVE" >/dev/null
	echo half >"$content/.tmp-123"
	finds leftover
	whole a:1 other:1
}

@test "metadata of no image, a parent that is not there" {
	mkdir "$db/imagedb/metadata/sha256/$(printf %064d 9)"
	finds orphan-metadata
	mkdir -p "$db/imagedb/metadata/sha256/${id#sha256:}"
	echo -n "sha256:$(printf %064d 9)" >"$db/imagedb/metadata/sha256/${id#sha256:}/parent"
	finds dangling-parent
	whole a:1 other:1
}

@test "layers: wrong size, wrong diff, wrong parent, no parent" {
	echo -n 5 >"$top/size"
	finds wrong-size
	rm "$top/size"
	finds wrong-size
	cat "${chain[1]}/diff" >"$top/diff"
	finds wrong-diff
	: >"$top/diff"
	finds wrong-diff
	rm "$top/parent"
	finds wrong-diff
	echo -n "sha256:${chain[0]##*/}" >"$top/parent"
	finds wrong-diff
	whole a:1 other:1
}

@test "layers that cannot be used any more take their image along, and no other" {
	rm "$top/cache-id"
	finds damaged-layer incomplete-image orphan-directory
	whole other:1
	ctl load -q "$ARCHIVE" >/dev/null
	whole a:1 other:1
	rm -r "$root/data/overlay2/$(cat "${chain[1]}/cache-id")/diff"
	same "$(fsck | cut -d' ' -f1 | sort | tr '\n' ' ')" "dangling-link incomplete-image missing-directory missing-parent "
	fsck -r
	same "$(fsck)" ""
	whole other:1
	ctl load -q "$ARCHIVE" >/dev/null
	whole a:1 other:1
}

@test "a layer's record that is gone" {
	rm -r "${chain[1]}"
	same "$(fsck | cut -d' ' -f1 | sort | tr '\n' ' ')" "incomplete-image missing-parent orphan-directory "
	fsck -r
	same "$(fsck)" ""
	whole other:1
	ctl rm other:1
}

@test "layers and directories nobody uses" {
	rm "$content/${id#sha256:}"
	same "$(fsck | cut -d' ' -f1 | sort | tr '\n' ' ')" "dangling-name orphan-layer orphan-layer orphan-layer "
	fsck -r
	same "$(fsck)" ""
	whole other:1
	mkdir -p "$root/data/overlay2/$(printf %064d 3)/diff" "$root/data/overlay2/$(printf %064d 3)-init"
	finds orphan-directory orphan-directory
	whole other:1
	# what BuildKit calls its own is left alone
	mkdir -p "$root/data/overlay2/abcdefghijklmnopqrstuvwxy/diff"
	same "$(fsck)" ""
}

@test "a tar-split that is missing or damaged is told; nobody can mend it" {
	rm "$top/tar-split.json.gz"
	same "$(fsck | cut -d' ' -f1)" missing-tar-split
	echo text >"${chain[1]}/tar-split.json.gz"
	same "$(fsck -r | cut -d' ' -f1 | uniq -c | xargs)" "2 missing-tar-split"
	echo x >"$top/size.tmp-12345678"
	fsck -r >/dev/null
	test ! -e "$top/size.tmp-12345678"
	whole a:1 other:1
}

@test "links: dangling, missing, wrong, a second one, no name" {
	ln -s ../nosuch/diff "$root/data/overlay2/l/AAAAAAAAAAAAAAAAAAAAAAAAAA"
	finds dangling-link
	link=$(cat "$topdir/link")
	rm "$root/data/overlay2/l/$link"
	finds missing-link
	ln -sfn "../$(cat "${chain[0]}/cache-id")/diff" "$root/data/overlay2/l/$link"
	finds missing-link
	ln -s "../$(cat "$top/cache-id")/diff" "$root/data/overlay2/l/AAAAAAAAAAAAAAAAAAAAAAAAAA"
	finds extra-link
	rm "$topdir/link"
	finds missing-link
	same "$(cat "$topdir/link")" "$link"
	: >"$topdir/link"
	rm "$root/data/overlay2/l/$link"
	finds missing-link
	whole a:1 other:1
}

@test "a base layer's name is lost: all above it name it anew" {
	dir=$root/data/overlay2/$(cat "${chain[0]}/cache-id")
	rm "$root/data/overlay2/l/$(cat "$dir/link")" "$dir/link"
	fsck -r
	fsck -r
	same "$(fsck)" ""
	whole a:1 other:1
}

@test "lower and work" {
	echo -n l/AAAA >"$topdir/lower"
	finds wrong-lower
	rm "$topdir/lower"
	finds wrong-lower
	rmdir "$topdir/work"
	finds missing-work
	init=$(cat "$db/layerdb/mounts/$ctr/init-id")
	rm "$root/data/overlay2/$init/lower"
	finds wrong-lower
	whole a:1 other:1
}

@test "roots: of no container, half-made, their files gone" {
	ctl create "$(printf %064x 8)" a:1
	finds orphan-root
	same "$(ls "$db/layerdb/mounts")" "$ctr"
	mkdir "$db/layerdb/mounts/$(printf %064x 9)"
	finds orphan-root
	rm -r "$root/data/overlay2/$(cat "$db/layerdb/mounts/$ctr/mount-id")/diff"
	same "$(fsck -r | cut -d' ' -f1 | sort | tr '\n' ' ')" "broken-root dangling-link "
	whole a:1 other:1
}

@test "what was cut short is told while no daemon works there" {
	mkdir "$root/data/tmp/tare-load-x" "$root/data/tmp/tare-gone-y" "$db/layerdb/tmp/write-set-z" "$layers/x-removing"
	same "$(fsck | cut -d' ' -f1 | uniq -c | xargs)" "4 leftover"
}
