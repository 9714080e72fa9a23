#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How long `docker save` of a large image takes (load.sh's: 8 layers, 75,000 files, 1.3 GB), against tared and others, in
# turns within one run. CPU seconds are the daemon's, its children's and the client's; memory is the most that the
# daemon and its children had at once (Pss, looked at every 20 ms).
#
#	bench/save.sh [-n ROUNDS] [-d DIR] [-k] [-o FILE] tared [dockerd] [podman]
#	  -d DIR	where the image and the data roots go (default: a new folder below /var/tmp, removed
#			at the end unless -k; never inside the repository)
#	  -k		keep DIR: image and loaded data roots are made once and used again
#	  -o FILE	save into this (default: a file in DIR; /dev/null for what the engine alone takes)
#
# Environment: TARED, DOCKER, DOCKERD as in load.sh; PODMAN (default "podman"), which may hold options.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck disable=SC2034 # large.bash's
pack=none
rounds=3 dir='' keep=no out=''
while getopts n:d:ko: opt; do
	case $opt in
	n) rounds=$OPTARG ;;
	d) dir=$OPTARG ;;
	k) keep=yes ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- tared
TARED=${TARED:-$here/build/bin/tared}
DOCKER=${DOCKER:-docker}
DOCKERD=${DOCKERD:-dockerd}
PODMAN=${PODMAN:-podman}

if [ -z "$dir" ]; then
	dir=$(mktemp -d /var/tmp/tare-bench-save.XXXXXX)
	[ $keep = yes ] || trap 'rm -rf "$dir"' EXIT
fi
mkdir -p "$dir"
image=$dir/big-none.tar
out=${out:-$dir/saved.tar}

. "$here/bench/large.bash"

podman() { unshare -n $PODMAN --root "$dir/podman/root" --runroot "$dir/podman/run" --storage-driver overlay "$@"; }

# Runs with a daemon of its own: ENGINE COMMAND [ARGUMENTS…]; its CPU time goes to $root/times.
with_daemon() {
	local engine=$1 root=$dir/$1 sock=$dir/$1.sock
	shift
	mkdir -p "$root"
	(
		unshare -n bash -c "$(declare -f start_tared start_dockerd); TARED='$TARED' DOCKERD='$DOCKERD'; start_$engine '$root' '$sock'" \
			>"$root/log" 2>&1 &
		daemon=$!
		wait_socket "$sock"
		DOCKER_HOST=unix://$sock "$@"
		kill $daemon
		wait $daemon || true
		times >"$root/times"
	)
}

watch_memory() { # PID FILE: the most seen of it and its children, in KiB, until it is ended
	local most=0 now
	echo 0 >"$2"
	while kill -0 "$1" 2>/dev/null; do
		now=$({ echo "$1" && pgrep -P "$1"; } | sed 's,.*,/proc/&/smaps_rollup,' | xargs cat 2>/dev/null |
			awk '$1 == "Pss:" { n += $2 } END { print n + 0 }') || true
		[ "$now" -le "$most" ] || echo $((most = now)) >"$2"
		sleep 0.02
	done
}

timed_save() { # ENGINE
	local start end watcher
	sync
	watch_memory "$(cat "$dir/$1/pid")" "$dir/$1/memory" &
	watcher=$!
	start=$(date +%s.%N)
	"$DOCKER" save big:latest >"$out"
	end=$(date +%s.%N)
	kill $watcher || true
	wait $watcher 2>/dev/null || true
	awk -v a="$start" -v b="$end" 'BEGIN { printf "%.2f", b - a }' >"$dir/$1/wall"
}

# Without the watcher, whose looking is not the engine's work.
plain_save() { "$DOCKER" save big:latest >"$out"; }

tell() { # ENGINE WALL TIMES MEMORY
	printf '%-8s wall %6.2f s   CPU (daemon, its children, client) %6.2f s   most memory %s MB\n' "$1" "$2" "$(cpu_seconds "$3")" "$4"
}

one_round() { # ENGINE
	local start end
	if [ "$1" = podman ]; then
		sync
		start=$(date +%s.%N)
		(podman save -q big:latest >"$out" && times >"$dir/podman/times")
		end=$(date +%s.%N)
		tell podman "$(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }')" "$dir/podman/times" -
		return
	fi
	with_daemon "$1" timed_save "$1"
	with_daemon "$1" plain_save
	tell "$1" "$(cat "$dir/$1/wall")" "$dir/$1/times" "$(awk '{ printf "%.0f", $1 / 1024 }' "$dir/$1/memory")"
}

make_image
ls -l "$image" | awk '{ printf "image: %d MB\n", $5 / 1e6 }'
for engine in "$@"; do
	[ ! -e "$dir/$engine/loaded" ] || continue
	mkdir -p "$dir/$engine"
	if [ "$engine" = podman ]; then
		podman load -q -i "$image" >/dev/null
	else
		with_daemon "$engine" "$DOCKER" load -q -i "$image" >/dev/null
	fi
	touch "$dir/$engine/loaded"
done
for _ in $(seq "$rounds"); do
	for engine in "$@"; do
		one_round "$engine"
	done
done
