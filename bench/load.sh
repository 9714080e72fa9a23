#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How long `docker load` of a large image takes: 8 layers, 75,000 files, 1.3 GB, against tared and, when one
# is given, dockerd, in turns within one run. CPU seconds are the daemon's and its children's.
#
#	bench/load.sh [-n ROUNDS] [-d DIR] [-k] [-z] tared [dockerd]
#	  -d DIR	where the image and the data roots go (default: a new folder below /var/tmp, removed
#			at the end unless -k; never inside the repository)
#	  -k		keep the image in DIR (it is made once and used again)
#	  -z		with gzipped layers
#
# Environment: TARED (default build/bin/tared), DOCKER (the client, default docker), DOCKERD (a command that
# starts dockerd with the options behind it, e.g. "chroot /tmp/peer dockerd"; default dockerd).
#
# Daemons run in a network namespace of their own without any interface. What they loaded is removed after the last
# round only: ext4 goes round inodes that were deleted in the last minutes, which makes each further file cost more.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
rounds=3 dir='' keep=no pack=none
while getopts n:d:kz opt; do
	case $opt in
	n) rounds=$OPTARG ;;
	d) dir=$OPTARG ;;
	k) keep=yes ;;
	z) pack=gzip ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- tared
TARED=${TARED:-$here/build/bin/tared}
DOCKER=${DOCKER:-docker}
DOCKERD=${DOCKERD:-dockerd}

if [ -z "$dir" ]; then
	dir=$(mktemp -d /var/tmp/tare-bench-load.XXXXXX)
	[ $keep = yes ] || trap 'rm -rf "$dir"' EXIT
fi
mkdir -p "$dir"
image=$dir/big-$pack.tar

. "$here/bench/large.bash"

one_round() { # ENGINE NUMBER
	local root=$dir/$1-$2 sock=$dir/$1.sock start end
	mkdir -p "$root"
	sync
	(
		unshare -n bash -c "$(declare -f start_tared start_dockerd); TARED='$TARED' DOCKERD='$DOCKERD'; start_$1 '$root' '$sock'" \
			>"$root/log" 2>&1 &
		daemon=$!
		wait_socket "$sock"
		start=$(date +%s.%N)
		"$DOCKER" -H "unix://$sock" load -q -i "$image" >/dev/null
		end=$(date +%s.%N)
		kill $daemon
		wait $daemon || true
		times >"$root/times" # the last line counts; in a pipeline it would be another shell's
		awk -v e="$1" -v a="$start" -v b="$end" -v c="$(cpu_seconds "$root/times")" \
			'BEGIN { printf "%-8s wall %6.2f s   CPU (daemon, its children, client) %6.2f s\n", e, b - a, c }'
	)
}

make_image
ls -l "$image" | awk '{ printf "image: %d MB\n", $5 / 1e6 }'
for round in $(seq "$rounds"); do
	for engine in "$@"; do
		one_round "$engine" "$round"
	done
done
for engine in "$@"; do
	rm -rf "$dir/$engine"-*
done
