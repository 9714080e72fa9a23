#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes what the virtual machines boot from, once per machine: tools/vm/root.sh prints the folder that holds
#
#	vmlinuz       Debian's cloud kernel
#	initrd        busybox, the modules of the disk, guest/initrd.sh
#	root.img      an ext4 image of Debian packages and all modules
#
# Packages that this machine has are copied from it, others downloaded and unpacked; nothing is installed. The folder is
# made anew when a package has another version or a file beside this one has changed.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TARE_VM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tare/vm}

packages='linux-image-cloud-amd64 systemd systemd-sysv dbus apparmor bash coreutils findutils grep sed mawk dash diffutils
	util-linux bsdutils mount login passwd uidmap hostname procps psmisc iproute2 nftables iptables curl gojq runc criu python3
	busybox-static git socat strace expect gzip zstd xz-utils tar bsdextrautils
	libjson-c5 libmnl0 libseccomp2 libssl3 libarchive13 libisal2 libzstd1 libasan8 libubsan1 libtsan2'
# What comes with them and is of no use here.
unwanted='initramfs-tools initramfs-tools-core klibc-utils libklibc udev usrmerge perl-modules-5.36 dpkg apt'

# The closure of the packages on an empty system, as "name version".
closure() {
	# shellcheck disable=SC2086
	apt-get -s install -o Dir::State::status=/dev/null --no-install-recommends $packages 2>/dev/null |
		awk -v unwanted=" $(echo $unwanted) " '/^Inst/ && !index(unwanted, " " $2 " ") { print $2, substr($3, 2) }'
}

# Files of an installed package, in the merged /usr.
files_of() {
	dpkg -L "$@" | sed -E 's,^/(bin|sbin|lib|lib32|lib64|libx32)(/|$),/usr/\1\2,' | sort -u |
		grep -vE '^/usr/share/(doc|man|info|locale|lintian|bug)/' |
		python3 -c 'import os, sys
for f in map(str.rstrip, sys.stdin):
    if os.path.islink(f) or os.path.isfile(f): print("." + f)'
}

unpack() { # ROOT: the packages of $work/closure
	local root=$1 name version installed=() missing=()
	while read -r name version; do
		if [ "$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" 2>/dev/null)" = "installed $version" ]; then
			installed+=("$name")
		else
			missing+=("$name=$version")
		fi
	done <"$work/closure"
	files_of "${installed[@]}" >"$work/files"
	tar -C / -c --no-recursion -T "$work/files" | tar -C "$root" -x
	mkdir "$work/debs"
	(cd "$work/debs" && apt-get download -qq -o APT::Sandbox::User=root "${missing[@]}")
	for name in "$work"/debs/*.deb; do
		# Into a folder of its own: it has /lib, where the root has a link.
		dpkg -x "$name" "$work/deb"
		for version in bin sbin lib; do
			[ ! -d "$work/deb/$version" ] || { mkdir -p "$work/deb/usr/$version" &&
				cp -a "$work/deb/$version/." "$work/deb/usr/$version" && rm -r "${work:?}/deb/$version"; }
		done
		cp -a "$work/deb/." "$root"
		rm -r "$work/deb"
	done
}

configure() { # ROOT: what the packages' scripts would have done
	local root=$1
	mkdir -p "$root"/{proc,sys,dev,run,tmp,root,mnt,home/user,var/tmp,var/log,etc/systemd/system,tare}
	chmod 1777 "$root/tmp" "$root/var/tmp"
	chown 1000:1000 "$root/home/user"
	ln -sf dash "$root/usr/bin/sh"
	ln -sf mawk "$root/usr/bin/awk"
	# The same language; jq itself takes ten times as long to start, most of an emulated suite.
	ln -sf gojq "$root/usr/bin/jq"
	for link in iptables ip6tables; do
		for name in "" -save -restore; do ln -sf xtables-nft-multi "$root/usr/sbin/$link$name"; done
	done
	cp "$here/guest/passwd" "$here/guest/group" "$root/etc/"
	printf 'user:100000:65536\n' | tee "$root/etc/subuid" >"$root/etc/subgid"
	echo tare-vm >"$root/etc/hostname"
	printf '127.0.0.1 localhost tare-vm\n' >"$root/etc/hosts"
	echo 00000000000000000000000000000001 >"$root/etc/machine-id"
	ln -sf /proc/self/mounts "$root/etc/mtab"
	ldconfig -r "$root"
	chroot "$root" /sbin/depmod "$release"
}

# The module's file and those it needs, in the order of loading.
module_files() { # ROOT NAME…
	local root=$1 name
	shift
	for name in "$@"; do
		awk -v name="/$name.ko:" 'index($1, name) == length($1) - length(name) + 1 && index($1, name) {
			for (i = NF; i > 1; i--) print $i; sub(/:$/, "", $1); print $1 }' "$root/usr/lib/modules/$release/modules.dep"
	done | awk '!seen[$0]++'
}

make_initrd() { # ROOT OUT
	local root=$1 tree=$work/initrd module
	mkdir -p "$tree"/{bin,dev,proc,root,modules}
	cp "$root/usr/bin/busybox" "$tree/bin/"
	ln -s busybox "$tree/bin/sh"
	cp "$here/guest/initrd.sh" "$tree/init"
	chmod 755 "$tree/init"
	module_files "$root" virtio_pci virtio_blk | while read -r module; do
		cp "$root/usr/lib/modules/$release/$module" "$tree/modules/"
		basename "$module" >>"$tree/modules/order"
	done
	(cd "$tree" && find . | "$root/usr/bin/busybox" cpio -o -H newc 2>/dev/null) >"$2"
}

build() { # OUT
	local out=$1 root=$work/root
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$out"
	for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
	unpack "$root"
	release=$(basename "$root"/usr/lib/modules/*)
	configure "$root"
	mv "$root/boot/vmlinuz-$release" "$out/vmlinuz"
	rm -rf "${root:?}/boot" "$root/usr/share/"{doc,man,info,locale,perl,zoneinfo}
	make_initrd "$root" "$out/initrd"
	mke2fs -q -t ext4 -d "$root" -E lazy_itable_init=1 -O ^has_journal -m 0 -N 100000 "$out/root.img" 3G
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
work=$(mktemp -d "${TMPDIR:-/tmp}/tare-vm-root-XXXXXX")
trap 'rm -rf "$work"' EXIT
closure >"$work/closure"
grep -q ^systemd "$work/closure" || { apt-get update -qq >&2 && closure >"$work/closure"; }
grep -q ^systemd "$work/closure" || { echo "root.sh: apt finds no packages" >&2; exit 1; }
key=$(cat "$work/closure" "${BASH_SOURCE[0]}" "$here"/guest/{passwd,group,initrd.sh} | sha256sum | cut -c1-16)
if [ ! -e "$cache/$key/root.img" ]; then
	build "$work/out" >&2
	find "$cache" -mindepth 1 -maxdepth 1 -type d -mtime +3 -exec rm -rf {} +
	mv "$work/out" "$cache/$key"
fi
touch "$cache/$key"
echo "$cache/$key"
