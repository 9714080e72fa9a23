#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing for a purpose: tools/deps.sh build|demo|test|bench|vm …
set -eu

build='gcc make meson ninja-build pkg-config musl-tools linux-libc-dev libjson-c-dev libmnl-dev
	libseccomp-dev libssl-dev libcurl4-openssl-dev libarchive-dev libisal-dev libzstd-dev zlib1g-dev libcmocka-dev libmd-dev
	libsystemd-dev node-llhttp libprotobuf-c-dev protobuf-c-compiler'
demo='busybox-static iproute2 util-linux'
test="$demo bats dbus-daemon jq curl git procps psmisc strace nftables iptables clang clang-format clang-tidy
	libclang-rt-14-dev shellcheck python3 socat expect zstd runc docker-registry apache2-utils"
bench="$demo runc crun strace jq iptables python3 curl linux-perf"
# Everything else in the machine is downloaded, not installed (tools/vm/root.sh).
vm='qemu-system-x86 e2fsprogs'

want=
for purpose in "$@"; do
	case $purpose in
	build) want="$want $build" ;;
	demo) want="$want $demo" ;;
	test) want="$want $test" ;;
	bench) want="$want $bench" ;;
	vm) want="$want $vm" ;;
	*) echo "deps.sh: unknown purpose $purpose" >&2; exit 2 ;;
	esac
done

missing=
for package in $want; do
	dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
