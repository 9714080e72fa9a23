#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes image archives offline, for tests: busybox-static in a root of its own, packed as `docker save`
# and others pack it, or as an attacker would.
#
#	tools/mkimage.sh [OPTION…] OUT.tar
#	  --form docker	   docker-archive of docker >= 25: blobs/sha256, manifest.json, index.json (default)
#	  --form old	   docker-archive up to 24: <id>/{VERSION,json,layer.tar}, <config>.json, manifest.json, repositories
#	  --form oci	   OCI image layout without manifest.json
#	  --name REF	   repo:tag, may be repeated (default: busybox:latest; --name "" for none)
#	  --layers N	   N layers (default 1); each further one adds, replaces and deletes something
#	  --compress HOW   none (default), gzip, zstd, xz, bzip2: the whole archive
#	  --pack HOW	   the same for each layer
#	  --links	   old form: further layers of equal content become symlinks, as docker did
#	  --label K=V	   config label
#	  --from DIR	   take the layers from DIR/1, DIR/2, … (ready directories) in place of busybox
#	  --attack KIND	   something wrong; `--attack list` lists them
set -eu

form=docker compress=none pack=none layers=1 links=no names='' named=no label='' attack=none from=''
while [ $# -gt 0 ]; do
	case $1 in
	--form) form=$2; shift 2 ;;
	--name) named=yes; names="$names $2"; shift 2 ;;
	--layers) layers=$2; shift 2 ;;
	--compress) compress=$2; shift 2 ;;
	--pack) pack=$2; shift 2 ;;
	--links) links=yes; shift ;;
	--label) label=$2; shift 2 ;;
	--from) from=$2; shift 2 ;;
	--attack) attack=$2; shift 2 ;;
	-*) echo "mkimage: unknown option $1" >&2; exit 2 ;;
	*) break ;;
	esac
done
if [ "$attack" = list ]; then
	echo "dotdot absolute symlink hardlink hardlink-out device whiteout-dots redirect bad-header" \
		"truncated-layer header-bomb name-bomb diffid blob-digest config-digest layer-count" \
		"no-manifest no-layer manifest-dotdot outer-dotdot outer-symlink outer-hardlink outer-fifo" \
		"truncated nottar empty bad-gzip config-json bad-tag windows"
	exit 0
fi
out=${1:?"mkimage: where to?"}
[ $named = yes ] || names=busybox:latest

work=$(mktemp -d "${TMPDIR:-/tmp}/mkimage.XXXXXX")
trap 'rm -rf "$work"' EXIT
stamp='2024-01-02 03:04:05Z'

# tar with nothing of this machine in it; the caller says what and from where
pack_tar() {
	tar -b 1 --format=pax --pax-option=delete=atime,delete=ctime --sort=name --numeric-owner \
		--owner=0 --group=0 --mtime="$stamp" "$@"
}

squeeze() { # HOW < in > out
	case $1 in
	none) cat ;;
	gzip) gzip -nc ;;
	zstd) zstd -qc ;;
	xz) xz -c ;;
	bzip2) bzip2 -c ;;
	*) echo "mkimage: unknown compression $1" >&2; exit 2 ;;
	esac
}

sha() { sha256sum "$1" | cut -d' ' -f1; }

# --- the layers' directories --------------------------------------------------------------------------

make_root() { # DIR
	mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/home" "$1/proc" "$1/root" "$1/sys" "$1/tmp" \
		"$1/usr/bin" "$1/usr/sbin" "$1/var/spool/mail" "$1/var/www" "$1/sbin"
	chmod 1777 "$1/tmp"
	chmod 0700 "$1/root"
	cp "$(command -v busybox)" "$1/bin/busybox"
	chmod 0755 "$1/bin/busybox"
	for app in $(busybox --list); do
		[ "$app" = busybox ] || ln "$1/bin/busybox" "$1/bin/$app"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$1/etc/passwd"
	printf 'root:x:0:\ndaemon:x:1:\nwww-data:x:33:\ntty:x:5:\nnogroup:x:65534:\n' >"$1/etc/group"
	printf 'root:*:10933:0:99999:7:::\n' >"$1/etc/shadow"
	chmod 0640 "$1/etc/shadow"
	echo busybox >"$1/etc/hostname"
}

make_more() { # DIR NUMBER: adds /layerN, overwrites /etc/layer, deletes what the layer before added
	mkdir -p "$1/etc" "$1/layer$2/sub"
	echo "$2" >"$1/etc/layer"
	echo "content of layer $2" >"$1/layer$2/file"
	ln "$1/layer$2/file" "$1/layer$2/hard"
	ln -s file "$1/layer$2/soft"
	if [ "$2" -gt 2 ]; then
		: >"$1/.wh.layer$(($2 - 1))"
		mkdir -p "$1/home"
		: >"$1/home/.wh..wh..opq"
		echo "$2" >"$1/home/opaque"
	fi
}

n=1
while [ "$n" -le "$layers" ]; do
	dir=$work/root$n
	if [ -n "$from" ]; then
		dir=$from/$n
	elif [ "$n" = 1 ]; then
		make_root "$dir"
	else
		make_more "$dir" "$n"
	fi
	pack_tar -cf "$work/layer$n.tar" -C "$dir" .
	n=$((n + 1))
done

# --- attacks on the layer (always on the last one) ----------------------------------------------------

last=$work/layer$layers.tar
evil=$work/evil
mkdir "$evil"
add_evil() { # tar options and names, taken from $evil
	pack_tar -P -rf "$last" -C "$evil" "$@"
}
# Replaces the end of the layer by a pax header of one KEY=VALUE record, and an empty file.
add_record() {
	len=$((${#1} + 10)) # "NNNNNNN " and the newline count
	len=$(printf %07d $((len - 1)))
	printf '%s %s\n' "$len" "$1" >"$evil/record"
	: >"$evil/x"
	truncate -s $((($(stat -c %s "$last") - 1024) / 512 * 512)) "$last"
	tar_header x pax $((1${len} - 10000000)) >>"$last"
	cat "$evil/record" >>"$last"
	truncate -s %512 "$last"
	tar_header 0 x 0 >>"$last"
	head -c 1024 /dev/zero >>"$last"
}

tar_header() { # TYPE NAME SIZE
	{
		printf '%s' "$2"
		head -c $((100 - ${#2})) /dev/zero
		printf '0000644\0000000000\0000000000\000%011o\00014544673005\000        %s' "$3" "$1"
		head -c 100 /dev/zero
		printf 'ustar\00000'
		head -c 247 /dev/zero
	} >"$evil/header"
	sum=$(od -An -v -tu1 "$evil/header" | awk '{ for (i = 1; i <= NF; i++) s += $i } END { print s }')
	printf '%06o\000 ' "$sum" | dd of="$evil/header" bs=1 seek=148 conv=notrunc 2>/dev/null
	cat "$evil/header"
}

case $attack in
dotdot)
	echo out >"$evil/x"
	add_evil --transform='s,^x$,../../../../../../tmp/tare-escaped,' x ;;
absolute)
	echo in >"$evil/x"
	add_evil --transform='s,^x$,/abs/olute,' x ;;
symlink) # a file written through a link that leads out
	ln -s ../../../../../../../../tmp "$evil/way"
	echo out >"$evil/x"
	add_evil way
	add_evil --transform='s,^x$,way/tare-escaped,' x ;;
hardlink) # a link to a file outside, then written through
	echo a >"$evil/a"
	ln "$evil/a" "$evil/b"
	add_evil --transform='flags=hRS;s,^a$,../../../../../../etc/passwd,' a b ;;
hardlink-out) # a link to something in no layer
	echo a >"$evil/a"
	ln "$evil/a" "$evil/b"
	add_evil --transform='flags=hRS;s,^a$,/no/such/file,' a b ;;
device)
	ln -s ../../../../../../../../tmp "$evil/way"
	mknod "$evil/x" c 1 3
	add_evil way
	add_evil --transform='s,^x$,way/tare-escaped,' x ;;
whiteout-dots)
	: >"$evil/x"
	add_evil --transform='s,^x$,etc/.wh...,' x ;;
redirect) add_record SCHILY.xattr.trusted.overlay.redirect=/etc ;;
bad-header)
	tail -c +1537 "$last" >"$work/t" # a pax header's body where a header should be
	printf 'damaged' | dd of="$work/t" bs=1 seek=4 conv=notrunc 2>/dev/null
	head -c 512 /dev/urandom >"$last"
	cat "$work/t" >>"$last" ;;
truncated-layer)
	truncate -s $(($(stat -c %s "$last") / 2 + 77)) "$last" ;;
header-bomb) # two MiB of pax header for one empty file
	add_record "a=$(printf %02097152d 0)" ;;
name-bomb) # a path of 40 components, 5,000 bytes
	add_record "path=$(printf '%0124d/' $(seq 40))" ;;
esac

# --- config -------------------------------------------------------------------------------------------

diff_ids='' history='' n=1
while [ "$n" -le "$layers" ]; do
	id=sha256:$(sha "$work/layer$n.tar")
	[ "$attack/$n" = "diffid/$layers" ] && id=sha256:$(printf %064d 7)
	diff_ids="$diff_ids${diff_ids:+,}\"$id\""
	history="$history${history:+,}{\"created\":\"2024-01-02T03:04:0${n}Z\",\"created_by\":\"layer $n\"}"
	n=$((n + 1))
done
[ "$attack" = layer-count ] && diff_ids="$diff_ids,\"sha256:$(printf %064d 1)\""
os=linux
[ "$attack" = windows ] && os=windows
labels=null
[ -n "$label" ] && labels="{\"${label%%=*}\":\"${label#*=}\"}"
config=$work/config.json
printf '%s' "{\"architecture\":\"amd64\",\"config\":{\"Env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"],\"Cmd\":[\"sh\"],\"Labels\":$labels},\"created\":\"2024-01-02T03:04:05.123Z\",\"history\":[$history,{\"created\":\"2024-01-02T03:04:05.123Z\",\"created_by\":\"CMD [\\\"sh\\\"]\",\"comment\":\"mkimage\",\"empty_layer\":true}],\"os\":\"$os\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[$diff_ids]}}" >"$config"
[ "$attack" = config-json ] && printf '{"rootfs":[' >"$config"
config_id=$(sha "$config")
[ "$attack" = config-digest ] && config_id=$(printf %064d 3)

# --- the archive's directory --------------------------------------------------------------------------

top=$work/top
mkdir "$top"
tags=
for name in $names; do
	[ "$attack" = bad-tag ] && name="UPPER:$name:x"
	tags="$tags${tags:+,}\"$name\""
done

place_layer() { # NUMBER TARGET: pack the layer into a file
	squeeze "$pack" <"$work/layer$1.tar" >"$2"
	[ "$attack/$1" = "bad-gzip/$layers" ] || return 0
	squeeze gzip <"$work/layer$1.tar" >"$2"
	printf 'damaged' | dd of="$2" bs=1 seek=3000 conv=notrunc 2>/dev/null
}

form_blobs() {
	mkdir -p "$top/blobs/sha256"
	paths='' descs='' n=1
	while [ "$n" -le "$layers" ]; do
		place_layer "$n" "$work/blob"
		digest=$(sha "$work/blob")
		[ "$attack/$n" = "blob-digest/$layers" ] && digest=$(printf %064d 5)
		size=$(stat -c %s "$work/blob")
		mv "$work/blob" "$top/blobs/sha256/$digest"
		case $pack in
		none) type=application/vnd.oci.image.layer.v1.tar ;;
		*) type=application/vnd.oci.image.layer.v1.tar+$pack ;;
		esac
		paths="$paths${paths:+,}\"blobs/sha256/$digest\""
		descs="$descs${descs:+,}{\"mediaType\":\"$type\",\"digest\":\"sha256:$digest\",\"size\":$size}"
		n=$((n + 1))
	done
	cp "$config" "$top/blobs/sha256/$config_id"
	printf '%s' "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$config_id\",\"size\":$(stat -c %s "$config")},\"layers\":[$descs]}" >"$work/manifest"
	digest=$(sha "$work/manifest")
	size=$(stat -c %s "$work/manifest")
	mv "$work/manifest" "$top/blobs/sha256/$digest"
	entries=
	for name in ${names:-''}; do
		note=
		[ "$name" = "''" ] || note=",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/$name\",\"org.opencontainers.image.ref.name\":\"${name##*:}\"}"
		entries="$entries${entries:+,}{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:$digest\",\"size\":$size$note}"
	done
	printf '%s' "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[$entries]}" >"$top/index.json"
	printf '%s' '{"imageLayoutVersion":"1.0.0"}' >"$top/oci-layout"
	[ $form = oci ] || manifest_json "blobs/sha256/$config_id" "$paths"
}

form_old() {
	paths='' parent='' n=1
	while [ "$n" -le "$layers" ]; do
		id=$(printf 'layer %s %s' "$n" "$config_id" | sha256sum | cut -d' ' -f1)
		mkdir "$top/$id"
		printf '1.0' >"$top/$id/VERSION"
		printf '%s' "{\"id\":\"$id\"${parent:+,\"parent\":\"$parent\"},\"os\":\"linux\"}" >"$top/$id/json"
		if [ $links = yes ] && [ "$n" -gt 1 ] && cmp -s "$work/layer$n.tar" "$work/layer$((n - 1)).tar"; then
			ln -s "../$parent/layer.tar" "$top/$id/layer.tar"
		else
			place_layer "$n" "$top/$id/layer.tar"
		fi
		paths="$paths${paths:+,}\"$id/layer.tar\""
		parent=$id
		n=$((n + 1))
	done
	cp "$config" "$top/$config_id.json"
	manifest_json "$config_id.json" "$paths"
	set -- $names
	if [ $# -gt 0 ]; then
		printf '%s' "{\"${1%:*}\":{\"${1##*:}\":\"$parent\"}}" >"$top/repositories"
	fi
}

manifest_json() { # CONFIG-PATH LAYER-PATHS
	layer_paths=$2
	[ "$attack" = no-layer ] && layer_paths="\"no/such/layer.tar\""
	[ "$attack" = manifest-dotdot ] && layer_paths="\"../../../../etc/passwd\""
	printf '%s' "[{\"Config\":\"$1\",\"RepoTags\":${tags:+[}${tags:-null}${tags:+]},\"Layers\":[$layer_paths]}]" >"$top/manifest.json"
}

case $form in
docker | oci) form_blobs ;;
old) form_old ;;
*) echo "mkimage: unknown form $form" >&2; exit 2 ;;
esac
[ "$attack" = no-manifest ] && rm -f "$top/manifest.json" "$top/index.json" "$top/repositories"

# --- attacks on the archive ---------------------------------------------------------------------------

plain=$work/plain.tar
(cd "$top" && pack_tar -cf "$plain" *)
case $attack in
outer-dotdot)
	echo out >"$evil/x"
	pack_tar -P -rf "$plain" -C "$evil" --transform='s,^x$,../../../../../tmp/tare-escaped,' x ;;
outer-symlink) # the layer is a link to a file of the host
	first=$(tar -tf "$plain" | grep -E 'layer.tar|blobs/sha256/.' | head -1)
	ln -s ../../../../../../../../../../etc/passwd "$evil/x"
	pack_tar -P -rf "$plain" -C "$evil" --transform="flags=rSH;s,^x\$,$first," x ;;
outer-hardlink)
	echo a >"$evil/a"
	ln "$evil/a" "$evil/b"
	pack_tar -P -rf "$plain" -C "$evil" --transform='flags=hRS;s,^a$,../../../../etc/passwd,' a b ;;
outer-fifo)
	mkfifo "$evil/manifest.json"
	tar --delete -f "$plain" manifest.json
	pack_tar -rf "$plain" -C "$evil" manifest.json ;;
esac
squeeze "$compress" <"$plain" >"$out"
case $attack in
truncated) truncate -s $(($(stat -c %s "$out") / 2 + 77)) "$out" ;;
nottar) head -c 4000 /dev/urandom >"$out" ;;
empty) : >"$out" ;;
esac
