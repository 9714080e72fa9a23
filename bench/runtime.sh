#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tare-runtime beside Debian's crun and runc: the same bundle (Docker's default configuration with limits, busybox,
# /bin/true), the same machine, one run. Milliseconds. TARE_BUILD=build bench/runtime.sh
# Each figure is measured in $ROUNDS turns A B C A B C … of $RUNS runs, so that what else the machine does hits all
# alike: the median of all wall times, and of the turns' CPU means.
#
# crun refuses machines with cgroup v1 controllers beside a v2 tree that has any ("hybrid"). So all three run in a
# private mount namespace without the v2 tree, where crun sees plain v1. The bundle says ociVersion 1.0.2, which is the
# newest this crun takes.
set -eu
: "${TARE_BUILD:?set TARE_BUILD}"
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"
ROUNDS=${ROUNDS:-6} RUNS=${RUNS:-10}
out=${OUT:-$TOP/bench/results/runtime.tsv}
mkdir -p "$(dirname "$out")"

host_start
trap 'bundle_end; host_end || true' EXIT
on_host umount /sys/fs/cgroup/unified 2>/dev/null || true

bundle_make() {
	local name
	B=$T/bundle
	mkdir -p "$B"/rootfs/{bin,proc,sys,dev,etc,tmp,root} "$B/etc"
	cp /usr/bin/busybox "$B/rootfs/bin/"
	for name in sh true sleep; do ln -s busybox "$B/rootfs/bin/$name"; done
	for name in hosts hostname resolv.conf; do echo >"$B/etc/$name"; done
	"$BIN/tare-runtime" spec -b "$B"
	jq -s -f "$TOP/bench/docker-config.jq" --arg dir "$B" --arg cgroup "$CGROUP/c" \
		"$B/config.json" "$TOP/conf/seccomp.json" >"$B/config.true"
	jq '.process.args = ["sleep", "1000"]' "$B/config.true" >"$B/config.sleep"
	rm "$B/config.json"
}

runtimes=("$BIN/tare-runtime --root $T/tare/root" "crun --root $T/crun" "runc --root $T/runc")

bundle_end() {
	local r
	for r in "${runtimes[@]}"; do on_host $r delete -f c >/dev/null 2>&1 || true; done
}

# measure COMMAND PREPARE CONCLUDE: wall and CPU medians of the three, as "wall cpu wall cpu wall cpu". {R} stands for
# the runtime.
measure() {
	local IFS=, round
	rm -f "$T"/hyperfine.*
	for round in $(seq -s, "$ROUNDS"); do
		# shellcheck disable=SC2016
		on_host sh -c 'cd "$1" && shift && exec hyperfine "$@"' sh "$B" --warmup 1 --runs "$RUNS" -N --style none \
			-L R "${runtimes[*]}" --prepare "$2" --cleanup "$3" --export-json "$T/hyperfine.$round" "$1" >"$T/log" 2>&1 ||
			{ cat "$T/log" >&2; return 1; }
	done
	jq -rs 'def median: sort | .[length / 2 | floor] * 1000;
		[range(3) as $i | ([.[].results[$i].times[]] | median), ([.[].results[$i] | .user + .system] | median)] | @tsv' \
		"$T"/hyperfine.*
}

row() { # FIGURE COMMAND [PREPARE [CONCLUDE]]
	local figure=$1 wall cpu
	local v
	read -r -a v <<<"$(measure "$2" "${3:-true}" "${4:-true}")"
	for wall in 0 1; do
		cpu=$([ $wall = 0 ] && echo ms || echo "ms CPU")
		awk -v f="$figure, $cpu" -v a="${v[$wall]}" -v b="${v[$((wall + 2))]}" -v c="${v[$((wall + 4))]}" \
			'BEGIN { printf "%s\t%.2f\t%.2f\t%.2f\t%.1f\t%.1f\n", f, a, b, c, b / a, c / a }' | tee -a "$out"
	done
}

config() { cp "$B/config.$1" "$B/config.json"; }

bundle_make
printf '# %s, %s cores, %s, %s, %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)" "$(crun --version | head -1)" \
	"$(runc --version | head -1)" >"$out"
printf 'figure\tours\tcrun\trunc\tcrun/ours\trunc/ours\n' | tee -a "$out"

fresh="sh -c '{R} delete -f c; {R} create c </dev/null >/dev/null 2>&1'"
running="sh -c '{R} state c >/dev/null 2>&1 || {R} run -d c </dev/null >/dev/null 2>&1'"

config true
row "run /bin/true" "{R} run c"
config sleep
row "create" "{R} create c" "{R} delete -f c" "{R} delete -f c"
row "start" "{R} start c" "$fresh" "{R} delete -f c"
row "kill" "{R} kill c KILL" "$fresh" "{R} delete -f c"
row "delete --force" "{R} delete -f c" "$fresh"
row "exec /bin/true" "{R} exec c true" "$running" "{R} delete -f c"
row "state" "{R} state c" "$running" "{R} delete -f c"

# Counts: no noise in these.
each_runtime() { # SCRIPT: with the runtime as its arguments, in the bundle
	local r
	for r in "${runtimes[@]}"; do
		# shellcheck disable=SC2086
		on_host sh -c 'cd "$1" && shift && eval "$0"' "$1" "$B" $r
	done | paste -sd'\t'
}
config true
# shellcheck disable=SC2016
{
	printf 'run /bin/true, system calls\t%s\t-\t-\n' \
		"$(each_runtime "strace -f -qq -o $T/calls"' "$@" run c >/dev/null 2>&1; grep -cE "^[0-9]+ +[a-z_0-9]+\(" '"$T/calls")"
	printf 'run /bin/true, page faults\t%s\t-\t-\n' \
		"$(each_runtime 'perf stat -x, -e page-faults "$@" run c 2>&1 >/dev/null | grep page-faults | cut -d, -f1')"
} | tee -a "$out"
