#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The json-file log both ways beside Debian's dockerd, in MB of container output a second: written while a
# container prints $MB (default 100) of 104-byte lines, read whole by the API and by the docker client, and
# `logs --tail 10` in ms.
set -eu
BUILD=${TARE_BUILD:?set TARE_BUILD}
MB=${MB:-100}
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"
# shellcheck source=bench/peers.sh
. "$(dirname "$0")/peers.sh"
out=$TOP/bench/results/logs.tsv
mkdir -p "$TOP/bench/results"
peers_fetch
host_start
trap 'dockerd_stop; tared_stop >/dev/null 2>&1 || true; host_end >/dev/null 2>&1 || true' EXIT

ms() { # COMMAND…: milliseconds of one run
	local from to
	from=$(date +%s%N)
	"$@" >/dev/null 2>&1
	to=$(date +%s%N)
	echo $(((to - from) / 1000000 + 1))
}

logs_api() { curl -s --unix-socket "$1" "http://d/v1.41/containers/out/logs?stdout=1&stderr=1$2"; }

# The four figures of the daemon at socket $1.
measure() {
	export DOCKER_HOST=unix://$1
	docker create --name out -v "$T/in:/in" busybox cat /in >/dev/null
	mbs "$(ms sh -c 'docker start out; docker wait out')"
	mbs "$(ms logs_api "$1" '')"
	mbs "$(ms docker logs out)"
	ms logs_api "$1" '&tail=10'
}

mbs() { echo $((MB * 1000 / $1)); }

yes 'this is a line of ordinary output, about one hundred bytes long, as a web server would write it, 200 OK' |
	head -c "${MB}000000" >"$T/in"
tared_start
image_load >/dev/null
measure "$T/tare.sock" >"$T/ours"
dockerd_start
DOCKER_HOST=$DOCKERD_HOST docker load -q -i "$BUILD/busybox.tar" >/dev/null
measure "$T/dockerd.sock" >"$T/peer"
DOCKER_HOST=$DOCKERD_HOST docker rm -f out >/dev/null
export DOCKER_HOST=unix://$T/tare.sock

printf '# %s, %s cores, %s\nfigure\tours\tdockerd (Debian)\tratio\n' "$(uname -r)" "$(nproc)" "$(date +%F)" | tee "$out"
printf '%s\n' 'write, MB/s' 'read by the API, MB/s' 'read by docker logs, MB/s' 'tail 10, ms' |
	paste - "$T/ours" "$T/peer" |
	awk -F'\t' '{ printf "%s\t%.1f\n", $0, (NR == 4 ? $3 / $2 : $2 / $3) }' | tee -a "$out"
