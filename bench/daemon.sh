#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tared and tare beside Debian's dockerd and the stock docker client: start-up, run, exec, idle memory.
# Turns alternate (A B A B …) in one run on one machine; medians of $RUNS runs.
set -eu
BUILD=${TARE_BUILD:?set TARE_BUILD}
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"
# shellcheck source=bench/peers.sh
. "$(dirname "$0")/peers.sh"
RUNS=${RUNS:-15}
out=$TOP/bench/results/daemon.tsv
peers_fetch
host_start
trap 'dockerd_stop; tared_stop >/dev/null 2>&1 || true; host_end || true' EXIT

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

ms() { # COMMAND…: wall milliseconds of one run
	local from=$EPOCHREALTIME
	"$@" >/dev/null 2>&1
	local to=$EPOCHREALTIME
	echo $(((${to/./} - ${from/./})))  | awk '{ printf "%.2f\n", $1 / 1000 }'
}

# turns A B C…: commands as strings, in turns; prints the medians in ms
turns() {
	local i c n=0
	rm -f "$T"/turn-*
	for i in $(seq $((RUNS + 1))); do
		n=0
		for c in "$@"; do
			n=$((n + 1))
			# the first round warms up
			if [ "$i" = 1 ]; then bash -c "$c" >/dev/null 2>&1; else ms bash -c "exec $c" >>"$T/turn-$n"; fi
		done
	done
	for i in $(seq $n); do median <"$T/turn-$i"; done | paste -sd' '
}

row() { # figure peer ours
	awk -v f="$1" -v p="$2" -v o="$3" 'BEGIN { printf "%s\t%s\t%s\t%.1f\n", f, o, p, (o > 0 ? p / o : 0) }' | tee -a "$out"
}

pss() { awk '/^Pss:/ { n += $2 } END { print n }' "/proc/$1/smaps_rollup"; }

ready() { # SOCKET: milliseconds until _ping answers
	local from=$EPOCHREALTIME to
	until curl -fs --unix-socket "$1" http://d/_ping >/dev/null 2>&1; do :; done
	to=$EPOCHREALTIME
	echo $(((${to/./} - ${from/./}))) | awk '{ printf "%.1f\n", $1 / 1000 }'
}

printf '# %s, %s cores, %s, load %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)" "$(cut -d' ' -f1 /proc/loadavg)" >"$out"
printf 'figure\tours\tdockerd (Debian)\tratio\n' | tee -a "$out"

on_host "$BIN/tared" --data-root "$T/data" --exec-root "$T/run" -H "unix://$T/tare.sock" \
	--pidfile "$T/tared.pid" --cgroup-parent "$CGROUP" </dev/null >>"$T/tared.log" 2>&1 &
ours=$(ready "$T/tare.sock")
TARED=$(cat "$T/tared.pid")
mkdir -p "$T/dockerd"
from=$EPOCHREALTIME
dockerd_start
to=$EPOCHREALTIME
row "start to first _ping, ms" "$(((${to/./} - ${from/./}) / 1000))" "$ours"

image_load
DOCKER_HOST=$DOCKERD_HOST docker load -q -i "$BUILD/busybox.tar" >/dev/null

D="env DOCKER_HOST=$DOCKERD_HOST docker"
O="env DOCKER_HOST=$DOCKER_HOST docker"
TR="$BIN/tare"

for net in none bridge host; do
	read -r peer stock own < <(turns "$D run --rm --network $net busybox true" \
		"$O run --rm --network $net busybox true" "$TR run --rm --network $net busybox true")
	row "run --rm --network $net busybox true, stock docker client, ms" "$peer" "$stock"
	row "run --rm --network $net busybox true, tare client against docker client, ms" "$peer" "$own"
done

$D run -d --name bench busybox sleep 10000 >/dev/null
$TR run -d --name bench busybox sleep 10000 >/dev/null
read -r peer stock own < <(turns "$D exec bench true" "$O exec bench true" "$TR exec bench true")
row "exec true, stock docker client, ms" "$peer" "$stock"
row "exec true, tare client against docker client, ms" "$peer" "$own"
read -r peer stock own < <(turns "$D ps" "$O ps" "$TR ps")
row "ps, stock docker client, ms" "$peer" "$stock"
row "ps, tare client against docker client, ms" "$peer" "$own"
read -r peer own < <(turns "$D --version" "$TR --version")
row "client start (--version), ms" "$peer" "$own"
$D rm -f bench >/dev/null
$TR rm -f bench >/dev/null

dockerd_pid=$(cat "$T/dockerd/pid")
containerd_pid=$(pgrep -P "$dockerd_pid" containerd | head -1)
row "idle daemon, PSS kB (peer: dockerd + containerd)" \
	"$(($(pss "$dockerd_pid") + $(pss "$containerd_pid")))" "$(pss "$TARED")"
row "programs on disk, kB" \
	"$(du -ck "$PEERS"/usr/sbin/dockerd "$PEERS"/usr/bin/{containerd,containerd-shim-runc-v2,docker} "$(command -v runc)" | tail -1 | cut -f1)" \
	"$(find "$BIN" -maxdepth 1 -type f -perm -1 -exec strip -o "$T/stripped" {} \; -exec du -k "$T/stripped" \; |
		awk '{ n += $1 } END { print n }')"
