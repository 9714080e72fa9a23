#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tared on a data root with many images: until it answers, and how long the list takes, at once and later.
#
#	bench/images.sh [-n ROUNDS] [-c COUNT] [-d DIR]
#
# The first round makes the index (src/image/index.h) and is told apart; DIR (default: a new folder below /var/tmp) is where
# the data root goes.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
rounds=7 count=10000 dir=''
while getopts n:c:d: opt; do
	case $opt in
	n) rounds=$OPTARG ;;
	c) count=$OPTARG ;;
	d) dir=$OPTARG ;;
	*) exit 2 ;;
	esac
done
TARED=${TARED:-$here/build/bin/tared}
dir=$(mktemp -d "${dir:-/var/tmp}/tare-bench-images.XXXXXX")
trap 'rm -rf "$dir"' EXIT
python3 "$here/bench/images.py" "$dir/data" "$count"

list() { curl -s -o "$dir/list" -w '%{time_total}\n' --unix-socket "$dir/sock" http://d/v1.50/images/json; }

one_round() { # prints: ms until it answers, ms of the first list, of the second, MB of memory
	local from=$EPOCHREALTIME to first second
	setsid unshare -n -m --propagation private "$TARED" --data-root "$dir/data" --exec-root "$dir/run" --pidfile "$dir/pid" \
		-H "unix://$dir/sock" --bridge=none --iptables=false </dev/null >"$dir/log" 2>&1 &
	until curl -sf -o /dev/null --unix-socket "$dir/sock" http://d/_ping; do :; done
	to=$EPOCHREALTIME
	first=$(list)
	second=$(list)
	[ "$(jq length "$dir/list")" = "$count" ]
	awk -v a="$from" -v b="$to" -v f="$first" -v s="$second" -v m="$(awk '/^VmHWM/ { print $2 }' "/proc/$(cat "$dir/pid")/status")" \
		'BEGIN { printf "%.0f %.0f %.0f %.0f\n", (b - a) * 1000, f * 1000, s * 1000, m / 1024 }'
	kill "$(cat "$dir/pid")"
	wait $! || true
}

printf '%s images: ms until tared answers, ms of its first list, of the next, MB at most (load %s)\n' "$count" "$(cut -d' ' -f1 /proc/loadavg)"
echo "without index: $(one_round)"
for _ in $(seq "$rounds"); do one_round; done | sort -n | awk -v n="$rounds" '{ print } NR == int((n + 1) / 2) { m = $0 } END { print "median: " m }'
