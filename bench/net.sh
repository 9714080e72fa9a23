#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What plugging a container into the default bridge costs: namespace, veth, address, route, rules; alone,
# among many, from two threads; and netavark's `setup` (podman's) for a namespace that is already there.
# usage: net.sh [BUILD] [N]. Everything happens in a network namespace of its own.
set -eu
BUILD=$(realpath "${1:-${TARE_BUILD:?usage: net.sh [BUILD] [N]}}")
N=${2:-100}
HERE=$(cd "$(dirname "$0")" && pwd)
T=$(mktemp -d "${TMPDIR:-/tmp}/tare-bench-net.XXXXXX")
export BUILD N HERE T
trap 'rm -rf "$T"' EXIT

# one peer, unpacked without installing
PEER=$BUILD/peers/usr/lib/podman/netavark
if [ ! -x "$PEER" ]; then
	mkdir -p "$BUILD/peers/deb-net"
	chmod 755 "$BUILD/peers/deb-net"
	(cd "$BUILD/peers/deb-net" && apt-get download -qq netavark >/dev/null 2>&1 && dpkg -x netavark_*.deb ..) || true
fi
export PEER

unshare -nm bash -eu <<'INSIDE'
mount -t tmpfs tmpfs "$T"
ip link set lo up
netctl="$BUILD/test/net/netctl $T"
field() { sed -E "s/.*\\b$1 ([0-9]+).*/\\1/"; }

$netctl setup
alone=$(for _ in 1 2 3 4 5; do $netctl bench 10 1 | field create_us; done | sort -n | sed -n 3p)
many=$($netctl bench "$N" 1)
two=$($netctl bench "$N" 2)

peer=-
if [ -x "$PEER" ] && command -v iptables >/dev/null; then
	mkdir -p "$T/netns" "$T/na"
	config() { # config I
		cat <<JSON
{"container_id":"c$1","container_name":"c$1","networks":{"p":{"interface_name":"eth0","static_ips":["10.88.0.$(($1 + 1))"]}},
"network_info":{"p":{"name":"p","id":"$(printf %064d 1)","driver":"bridge","network_interface":"podman0","dns_enabled":false,
"subnets":[{"subnet":"10.88.0.0/16","gateway":"10.88.0.1"}],"ipv6_enabled":false,"internal":false,"ipam_options":{"driver":"host-local"}}}}
JSON
	}
	times=$(for i in $(seq 10); do
		touch "$T/netns/$i"
		unshare --net="$T/netns/$i" true
		config "$i" >"$T/na/$i.json"
		start=${EPOCHREALTIME/./}
		NETAVARK_CONFIG="$T/na" "$PEER" --config "$T/na" setup "$T/netns/$i" <"$T/na/$i.json" >/dev/null 2>"$T/na/err" || { cat "$T/na/err" >&2; break; }
		echo $((${EPOCHREALTIME/./} - start))
	done)
	[ -z "$times" ] || peer=$(sort -n <<<"$times" | sed -n 5p)
fi

mkdir -p "$HERE/results"
{
	ratio() { [ "$2" = - ] && echo - || awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", a / b }'; }
	printf 'create, alone, us\t%s\t%s\t%s\n' "$alone" "$peer" "$(ratio "$alone" "$peer")"
	printf 'create, %s of them, first tenth, us\t%s\t-\t-\n' "$N" "$(field first_us <<<"$many")"
	printf 'create, %s of them, last tenth, us\t%s\t-\t-\n' "$N" "$(field last_us <<<"$many")"
	printf 'create, two threads, wall each, us\t%s\t-\t-\n' "$(field wall_each_us <<<"$two")"
	printf 'delete, us\t%s\t-\t-\n' "$(field delete_us <<<"$many")"
} | tee "$HERE/results/net.tsv"
INSIDE
