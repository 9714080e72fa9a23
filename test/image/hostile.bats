#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images that attack who unpacks them, made header by header (layers.py). Nothing outside of the layer's own directory may change.

bats_require_minimum_version 1.5.0
load lib

setup() {
	make_root
	chmod 755 "$root"
	mkdir "$root/victim"
	echo keep >"$root/victim/kept"
	chmod 600 "$root/victim/kept"
	before=$(victim)
}

teardown() {
	after=$(victim)
	drop_root
	same "$after" "$before"
}

victim() { (cd "$root/victim" && find . -printf '%p %y %m %u %g %s %T@\n' | sort && cat kept); }

# image EXPRESSION…: an archive x.tar of an image "evil" with these layers, in Python (L: a layer, T: the scratch folder)
image() {
	PYTHONPATH=$BATS_TEST_DIRNAME python3 - "$root" "$@" <<-'E'
		import sys
		from layers import *
		T = sys.argv[1]
		cases['evil'] = ([eval('(' + text + ')') for text in sys.argv[2:]], {})
		write(['evil'], T + '/x.tar')
	E
}

upper() { ctl inspect evil | sed -n 's/^UpperDir: //p'; }

# CVE-2014-6407, CVE-2014-9356: what a layer brings is written, linked or given a mode through links it brought before.
@test "CVE-2014-6407, CVE-2014-9356: files, modes and owners through links of the layer" {
	local to
	for to in "$root/victim" "../../../../../../../..$root/victim" "/proc/self/root$root/victim" "/proc/1/root$root/victim" "/proc/self/cwd/../victim"; do
		image "L().link('way', '$to').file('way/kept', b'new', mode=0o777, uid=5).file('way/made', b'new')"
		ctl load -q "$root/x.tar" || true
		same "$(victim)" "$before"
		image "L().link('way', '$to').hard('h', 'way/kept', mode=0o777, uid=5, gid=6, mtime=7)"
		ctl load -q "$root/x.tar" || true
		same "$(victim)" "$before"
		image "L().link('way', '$to').add('way/node', '3', major=1, minor=3).dir('way/dir/').file('way/.wh.kept').file('way/.wh..wh..opq')"
		ctl load -q "$root/x.tar" || true
		same "$(victim)" "$before"
		image "L().link('kept', '$to/kept').file('kept/x', b'new')" "L().link('d', '$to')" "L().file('d/kept', b'new').hard('h', 'd/kept')"
		ctl load -q "$root/x.tar" || true
		same "$(victim)" "$before"
	done
}

# CVE-2014-9357: the program that unpacks was looked for in the image, which brought its own.
@test "CVE-2014-9357: nothing of the image is executed to unpack it" {
	local how trap="b'#!/bin/busybox sh\n/bin/busybox touch /ran\n'" dir
	for how in gzip bzip2 xz zstd; do
		image "L().file('bin/busybox', open('/usr/bin/busybox', 'rb').read(), mode=0o755)
			.file('bin/$how', $trap, mode=0o755).file('bin/un$how', $trap, mode=0o755).file('usr/bin/$how', $trap, mode=0o755)
			.file('usr/bin/unpigz', $trap, mode=0o755).file('bin/tar', $trap, mode=0o755)" "L().file('f', b'x')"
		# The upper layer in this form, under the digest of what is in it.
		(cd "$root" && tar -xf x.tar && cat evil/1.tar | $how -c >evil/packed && mv evil/packed evil/1.tar && tar -cf x.tar manifest.json evil.json evil && rm -r evil evil.json manifest.json)
		ctl load -q "$root/x.tar"
		same "$(cat "$(upper)/f")" x
		for dir in "$root"/data/overlay2/*/diff; do
			[ ! -e "$dir/ran" ]
			[ -x "$dir/bin/$how" ] || continue
			chroot "$dir" "/bin/$how" # the trap is one
			[ -e "$dir/ran" ]
		done
		ctl rm evil
	done
}

# CVE-2021-41091: programs with set-id bits in images, which any user of the host could have executed.
@test "CVE-2021-41091: users of the host do not get to what is in images" {
	local dir
	image "L().dir('./', mode=0o777).file('su', b'x', mode=0o6755).dir('open/', mode=0o777)"
	ctl load -q "$root/x.tar"
	dir=$(upper)
	same "$(stat -c %a "$dir/su")" 6755
	chmod 755 "$root/data"
	setpriv --reuid 1000 --regid 1000 --clear-groups ls "$root/data" >/dev/null
	for path in "$dir/su" "$dir/open" "$dir" "$root/data/overlay2" "$root/data/tmp" "$root/data/image"; do
		run -2 --separate-stderr setpriv --reuid 1000 --regid 1000 --clear-groups ls "$path/."
	done
	run -1 setpriv --reuid 1000 --regid 1000 --clear-groups stat "$dir/su"
}

sparse() { # SIZE: a file of that size, of which nothing is there
	image "L().add('GNUSparseFile.0/s', '0', b'1\n0\n0\n'.ljust(512, b'\0'), pax={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0',
		'GNU.sparse.name': 's', 'GNU.sparse.realsize': '$1'})"
}

@test "a sparse file of a terabyte takes no room, and no time" {
	sparse 1099511627776
	timeout 20 "$build/test/image/imagectl" "$root/data" load -q "$root/x.tar"
	same "$(stat -c %s "$(upper)/s")" 1099511627776
	[ "$(du -s "$root/data" | cut -f1)" -lt 10000 ]
	ctl rm evil
	sparse 4611686018427387904
	run -1 timeout 20 "$build/test/image/imagectl" "$root/data" load -q "$root/x.tar"
	has "$output" "truncate /s: File too large"
}
