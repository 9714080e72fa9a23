#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line alone: what tare and the stock docker client cost against the same tared. Page faults, system
# calls and connections are counts that repeat; milliseconds are medians of $RUNS alternating runs.
set -eu
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"
RUNS=${RUNS:-15}
out=$TOP/bench/results/cli.tsv
host_start
trap 'tared_stop >/dev/null 2>&1 || true; host_end || true' EXIT
tared_start
image_load >/dev/null
tare run -d --name c1 --network none busybox sleep 1000 >/dev/null

counts() { # COMMAND…: "faults syscalls connections"
	local faults
	faults=$(perf stat -x, -e page-faults "$@" 2>&1 >/dev/null </dev/null | sed -n "s/^\([0-9]*\),.*page-faults.*/\1/p")
	strace -f -qq -o "$T/trace" "$@" >/dev/null 2>&1 </dev/null || true
	printf '%s %s %s' "$faults" "$(grep -cvE '(resumed|unfinished|SIG|exited)' "$T/trace")" \
		"$(grep -c 'connect([0-9]*, {sa_family=AF_UNIX' "$T/trace")"
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

wall() { # ARGUMENTS…: medians "tare docker" in ms, in turns
	local client from to
	rm -f "$T"/wall-*
	for _ in $(seq "$RUNS"); do
		for client in tare docker; do
			from=$EPOCHREALTIME
			$client "$@" >/dev/null 2>&1 </dev/null || true
			to=$EPOCHREALTIME
			echo $((${to/./} - ${from/./})) | awk '{ printf "%.2f\n", $1 / 1000 }' >>"$T/wall-$client"
		done
	done
	printf '%s %s' "$(median <"$T/wall-tare")" "$(median <"$T/wall-docker")"
}

printf '# %s, %s cores, %s, load %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)" "$(cut -d' ' -f1 /proc/loadavg)" >"$out"
printf 'command\tfaults\tdocker\tsyscalls\tdocker\tconnections\tdocker\tms\tdocker\n' | tee -a "$out"
while read -r line; do
	read -r -a args <<<"$line"
	read -r tf ts tc <<<"$(counts tare "${args[@]}")"
	read -r df ds dc <<<"$(counts docker "${args[@]}")"
	read -r tw dw <<<"$(wall "${args[@]}")"
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$line" "$tf" "$df" "$ts" "$ds" "$tc" "$dc" "$tw" "$dw" | tee -a "$out"
done <<'COMMANDS'
--version
version
ps -a
images
inspect c1
inspect -f {{.State.Pid}} c1
logs c1
exec c1 true
run --rm --network none busybox true
run -d --rm --network none busybox true
COMMANDS
