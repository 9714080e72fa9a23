#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How long the one who removes an image waits, and how long until its files are gone, beside rm -rf of the same trees and,
# when its folder is given, Debian's dockerd (tools/peers.sh FOLDER docker.io containerd libdevmapper1.02.1), in turns.
#
#	bench/rmi.sh [-n ROUNDS] [-d DIR] ARCHIVE [PEER]
#
# ARCHIVE holds one image with one name, e.g. what bench/load.sh -k keeps. DIR (default: a new folder below /var/tmp) is
# where the data roots go.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
rounds=3 dir=''
while getopts n:d: opt; do
	case $opt in
	n) rounds=$OPTARG ;;
	d) dir=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
archive=${1:?which image?} peer=${2:-}
TARED=${TARED:-$here/build/bin/tared}
dir=$(mktemp -d "${dir:-/var/tmp}/tare-bench-rmi.XXXXXX")
trap 'rm -rf "$dir"' EXIT

begin() { # COMMAND…: a daemon on $dir/data; waits until it answers on $dir/sock
	mkdir -p "$dir/data"
	setsid unshare -n -m --propagation private "$@" --data-root "$dir/data" --exec-root "$dir/run" --pidfile "$dir/pid" \
		-H "unix://$dir/sock" --bridge=none --iptables=false </dev/null >"$dir/log" 2>&1 &
	daemon=$!
	for _ in $(seq 200); do
		! curl -sf --unix-socket "$dir/sock" http://d/_ping >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	tail "$dir/log"
	return 1
}

api() { curl -sf --unix-socket "$dir/sock" -X "$@"; }

since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'; }

measure() { # NAME COMMAND…
	local name=$1 from waits
	shift
	begin "$@"
	api POST http://d/images/load -H 'Content-Type: application/x-tar' --data-binary "@$archive" >/dev/null
	id=$(api GET http://d/images/json | jq -r '.[0].Id')
	sync
	from=$EPOCHREALTIME
	api DELETE "http://d/images/$id?force=1" >/dev/null
	waits=$(since "$from")
	while [ -n "$(find "$dir/data/tmp" "$dir/data/overlay2" -mindepth 1 -maxdepth 1 ! -name l -print -quit)" ]; do :; done
	printf '%-8s answered after %s s, all gone after %s s\n' "$name" "$waits" "$(since "$from")"
	kill "$(cat "$dir/pid")"
	wait "$daemon" || true
	rm -rf "$dir/data" "$dir/run"
}

unlinking() {
	local from
	begin "$TARED"
	api POST http://d/images/load -H 'Content-Type: application/x-tar' --data-binary "@$archive" >/dev/null
	kill "$(cat "$dir/pid")"
	wait "$daemon" || true
	sync
	from=$EPOCHREALTIME
	rm -rf "$dir/data/overlay2"
	printf '%-8s all gone after %s s\n' "rm -rf" "$(since "$from")"
	rm -rf "$dir/data" "$dir/run"
}

for _ in $(seq "$rounds"); do
	measure tared "$TARED"
	unlinking
	[ -z "$peer" ] || measure dockerd env "PATH=$peer/usr/bin:$peer/usr/sbin:$PATH" \
		"LD_LIBRARY_PATH=$peer/lib/x86_64-linux-gnu:$peer/usr/lib/x86_64-linux-gnu" dockerd --storage-driver overlay2
done
