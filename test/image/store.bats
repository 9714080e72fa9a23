#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Names, lists, removal, container roots; and the layout on disk, which is Docker's.

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export ARCHIVE=$BATS_FILE_TMPDIR/x.tar
	"$BATS_TEST_DIRNAME/../../tools/mkimage.sh" --layers 4 --name a:1 --label purpose=test "$ARCHIVE"
}

setup() {
	make_root
	ctl load -q "$ARCHIVE" >/dev/null
	id=$(ctl resolve a:1)
	hex=${id#sha256:}
	ctr=$(printf %064x 7)
}

teardown() { drop_root; }

# in_mounts COMMANDS: in a mount namespace of its own
in_mounts() {
	export root build
	unshare -m --propagation private bash -euc "$(declare -f ctl same has); $1"
}

@test "the files are where dockerd puts them, with its modes" {
	ctl create "$ctr" a:1
	tree=$(cd "$root/data" && find image overlay2 -path '*/diff/*' -prune -o -printf '%M %p\n' |
		sed -E 's/[0-9a-f]{64}/HEX/g; s/[A-Z0-9]{26}/LINK/' | sort -u)
	same "$tree" "$(sort "$BATS_TEST_DIRNAME/layout.golden")"
	same "$(cat "$root/data/image/overlay2/repositories.json")" "{\"Repositories\":{\"a\":{\"a:1\":\"$id\"}}}"
	same "$(sha256sum <"$root/data/image/overlay2/imagedb/content/sha256/$hex" | cut -d' ' -f1)" "$hex"
	for link in "$root"/data/overlay2/l/*; do
		[[ $(readlink "$link") =~ ^\.\./[0-9a-f]{64}(-init)?/diff$ ]]
		same "$(cat "$link/../link")" "${link##*/}"
	done
}

@test "names, ids, prefixes, and what is none of them" {
	same "$(ctl resolve a:1)" "$id"
	same "$(ctl resolve docker.io/library/a:1)" "$id"
	same "$(ctl resolve "$id")" "$id"
	same "$(ctl resolve "$hex")" "$id"
	same "$(ctl resolve "${hex:0:4}")" "$id"
	same "$(ctl resolve "sha256:${hex:0:12}")" "$id"
	run -1 ctl resolve x
	same "$output" "not found: No such image: x:latest"
	run -1 ctl resolve a
	same "$output" "not found: No such image: a:latest"
	run -1 ctl resolve "$(printf %064d 0)"
	same "$output" "not found: No such image: sha256:$(printf %064d 0)"
	run -1 ctl resolve UPPER
	same "$output" "invalid: invalid reference format: repository name (library/UPPER) must be lowercase"
}

@test "tag: new names, defaults, refusals" {
	same "$(ctl tag a:1 x)" x:latest
	same "$(ctl tag a:1 quay.io/y/z 2)" quay.io/y/z:2
	same "$(ctl resolve quay.io/y/z:2)" "$id"
	has "$(ctl inspect x)" "Tagged: yes"
	same "$(cat "$root"/data/image/overlay2/imagedb/metadata/sha256/*/lastUpdated | head -c 2)" 20
	run -1 ctl tag a:1 sha256 abc
	same "$output" "invalid: refusing to create an ambiguous tag using digest algorithm as name"
	run -1 ctl tag a:1 "x@$id"
	same "$output" "invalid: refusing to create a tag with a digest reference"
	run -1 ctl tag a:1 x "no/tag"
	same "$output" "invalid: invalid tag format"
	run -1 ctl tag none y
	same "$output" "not found: No such image: none:latest"
}

@test "list filters" {
	ctl tag a:1 quay.io/y/z 2 >/dev/null
	same "$(ctl list | wc -l)" 1
	same "$(ctl list reference='a*' | awk '{ print $5, $6 }')" "a:1 "
	same "$(ctl list reference='quay.io/*/z:*' | awk '{ print $5 }')" quay.io/y/z:2
	same "$(ctl list reference=nothing)" ""
	same "$(ctl list label=purpose=test | wc -l)" 1
	same "$(ctl list label=purpose | wc -l)" 1
	same "$(ctl list label=purpose=other | wc -l)" 0
	same "$(ctl list dangling=true | wc -l)" 0
	same "$(ctl list before=a:1 | wc -l)" 0
	same "$(ctl list since=a:1 | wc -l)" 0
	run -1 ctl list before=none
	same "$output" "not found: No such image: none:latest"
}

@test "history counts layers from the top" {
	same "$(ctl history a:1 | cut -d' ' -f3-)" $'CMD ["sh"]\nlayer 4\nlayer 3\nlayer 2\nlayer 1'
	same "$(ctl history a:1 | head -1 | cut -d' ' -f1,2)" "sha256:${hex:0:12} 0"
	same "$(ctl history a:1 | tail -1 | cut -d' ' -f1)" "<missing>"
}

@test "rmi: names one by one, then image and layers from the top" {
	ctl tag a:1 b >/dev/null
	same "$(ctl rm a:1)" "Untagged: a:1"
	run -0 ctl rm b
	same "$(head -2 <<<"$output")" $'Untagged: b:latest\nDeleted: '"$id"
	same "$(grep -c '^Deleted: sha256:' <<<"$output")" 5
	assert_empty
	run -1 ctl rm b
	same "$output" "not found: No such image: b:latest"
}

@test "rmi by id: one name goes with it, two must be forced" {
	ctl tag a:1 b >/dev/null
	run -1 ctl rm "${hex:0:12}"
	same "$output" "conflict: conflict: unable to delete ${hex:0:12} (must be forced) - image is referenced in multiple repositories"
	run -0 ctl rm -f "$hex"
	same "$(grep -c Untagged <<<"$output")" 2
	assert_empty
}

@test "rmi of an image a container uses" {
	run -1 ctl rm a:1 "$ctr=a:1"
	same "$output" "conflict: conflict: unable to remove repository reference \"a:1\" (must force) - container ${ctr:0:12} is using its referenced image ${hex:0:12}"
	run -1 ctl rm "$hex" "$ctr=a:1"
	same "$output" "conflict: conflict: unable to delete ${hex:0:12} (must be forced) - image is being used by stopped container ${ctr:0:12}"
	run -1 ctl rm -f "$hex" "$ctr=a:1=running"
	same "$output" "conflict: conflict: unable to delete ${hex:0:12} (cannot be forced) - image is being used by running container ${ctr:0:12}"
	# the name can go by force, the image stays while the container runs
	same "$(ctl rm -f a:1 "$ctr=a:1=running")" "Untagged: a:1"
	ctl resolve "$hex"
}

@test "layers of a container outlive its image, and go with the container" {
	ctl create "$ctr" a:1
	run -0 ctl rm -f a:1 "$ctr=a:1"
	same "$output" $'Untagged: a:1\nDeleted: '"$id"
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 4
	in_mounts "ctl mount $ctr >/dev/null && test -x $root/data/overlay2/*/merged/bin/busybox && ctl unmount $ctr"
	ctl remove "$ctr"
	assert_empty
}

@test "layers of a container whose image was forced away stay when images below it go" {
	"$mkimage" --layers 2 --name below:1 "$root/x.tar"
	ctl load -q "$root/x.tar" >/dev/null
	ctl create "$ctr" a:1
	ctl rm -f a:1 "$ctr=a:1" >/dev/null
	run -0 ctl rm below:1
	same "$(grep -c Deleted <<<"$output")" 1
	same "$(ls "$root/data/image/overlay2/layerdb/sha256" | wc -l)" 4
	in_mounts "ctl mount $ctr >/dev/null && test -x $root/data/overlay2/*/merged/bin/busybox && ctl unmount $ctr"
	ctl remove "$ctr"
	assert_empty
}

@test "a mounted root: merged view, init layer, size, unmount" {
	ctl create "$ctr" a:1
	in_mounts "
		p=\$(ctl mount $ctr)
		same \"\$(ctl mount $ctr)\" \"\$p\"
		same \"\$(stat -f -c %T \$p)\" overlayfs
		same \"\$(cat \$p/etc/layer)\" 4
		test ! -e \$p/layer3 && test ! -e \$p/layer2
		same \"\$(ls \$p/home)\" opaque
		same \"\$(readlink \$p/etc/mtab)\" /proc/mounts
		for f in .dockerenv etc/hosts etc/hostname etc/resolv.conf dev/console; do
			same \"\$(stat -c '%F %a' \$p/\$f)\" 'regular empty file 755'
		done
		for d in dev/pts dev/shm proc sys; do test -d \$p/\$d; done
		grep -q \" \$p overlay .*lowerdir=$root/data/overlay2/l/[A-Z0-9]*:\" /proc/self/mountinfo || grep \" \$p \" /proc/self/mountinfo
		grep -q 'lowerdir=$root/data/overlay2/l/' /proc/self/mountinfo
		same \"\$(ctl size $ctr | cut -d' ' -f1)\" 0
		printf 12345 >\$p/new
		same \"\$(ctl size $ctr | cut -d' ' -f1)\" 5
		ctl unmount $ctr
		ctl unmount $ctr
		test ! -e \$p
	"
	ctl remove "$ctr"
	ctl remove "$ctr"
	same "$(ls "$root/data/image/overlay2/layerdb/mounts")" ""
	same "$(ls "$root/data/overlay2" | wc -l)" 5
}

@test "an image's own directories keep their looks under the init layer" {
	mkdir -p "$root/tree/1/etc" "$root/tree/2"
	chmod 0700 "$root/tree/1/etc"
	mkdir "$root/tree/1/proc" "$root/tree/1/outside"
	ln -s outside "$root/tree/1/dev"
	ln -s /outside/hosts "$root/tree/1/etc/hosts"
	"$mkimage" --from "$root/tree" --layers 2 --name odd:1 "$root/x.tar"
	ctl load -q "$root/x.tar" >/dev/null
	ctl create "$ctr" odd:1
	in_mounts "
		p=\$(ctl mount $ctr)
		same \"\$(stat -c %a \$p/etc)\" 700
		same \"\$(stat -c %F \$p/dev \$p/etc/hosts | tr '\n' ' ')\" 'directory regular empty file '
		same \"\$(ls \$p/outside)\" ''
	"
}

@test "an empty root needs no image" {
	ctl create "$ctr" ""
	in_mounts "p=\$(ctl mount $ctr); test -d \$p/proc && test -e \$p/.dockerenv && ctl unmount $ctr"
	ctl remove "$ctr"
}

@test "a hundred layers mount by relative paths" {
	for n in $(seq 100); do
		mkdir -p "$root/tree/$n"
		echo "$n" >"$root/tree/$n/top"
	done
	"$mkimage" --from "$root/tree" --layers 100 --name deep:1 "$root/x.tar"
	ctl load -q "$root/x.tar" >/dev/null
	ctl create "$ctr" deep:1
	in_mounts "p=\$(ctl mount $ctr); same \"\$(cat \$p/top)\" 100; ctl unmount $ctr"
}

@test "more layers than Docker allows are refused" {
	for n in $(seq 126); do
		mkdir -p "$root/tree/$n"
		echo "$n" >"$root/tree/$n/top"
	done
	"$mkimage" --from "$root/tree" --layers 126 --name deep:1 "$root/x.tar"
	run -1 ctl load -q "$root/x.tar"
	has "$output" "max depth exceeded"
	ctl rm a:1
	assert_empty
}

@test "what dockerd wrote beside ours is kept and tolerated" {
	db=$root/data/image/overlay2
	# an image that cannot be read, a name for an image that is not there, an unknown member
	echo '{"broken":' >"$db/imagedb/content/sha256/$(printf %064d 9)"
	echo "{\"Repositories\":{\"a\":{\"a:1\":\"$id\",\"a@$id\":\"$id\"},\"gone\":{\"gone:1\":\"sha256:$(printf %064d 8)\"}},\"future\":{\"x\":[1]}}" >"$db/repositories.json"
	same "$(ctl list | wc -l)" 1
	run -1 ctl resolve gone:1
	same "${lines[-1]}" "not found: No such image: gone:1"
	has "$(ctl inspect a:1)" "RepoDigests: a@$id"
	ctl tag a:1 b >/dev/null
	has "$(cat "$db/repositories.json")" '"future":{"x":[1]}'
	has "$(cat "$db/repositories.json")" '"gone:1"'
	# with its last tag the digest of the same repository goes
	same "$(ctl rm a:1)" $'Untagged: a:1\nUntagged: a@'"$id"
}

@test "info's rows of the storage driver" {
	run -0 ctl driver
	same "$(cut -d: -f1 <<<"$output" | tr '\n' ,)" "Backing Filesystem,Supports d_type,Using metacopy,Native Overlay Diff,userxattr,"
	has "$output" "Supports d_type: true"
}
