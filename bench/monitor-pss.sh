#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a running tare-monitor costs in memory (PSS, KiB each), alone and among N (default 20): idle, after
# a line of output, and a second after a burst of 8 MB. Results also go to bench/results/monitor-pss.tsv.
set -eu
build=${TARE_BUILD:?set TARE_BUILD}
n=${N:-20}
here=$(cd "$(dirname "$0")" && pwd)
out=$here/results/monitor-pss.tsv
mkdir -p "$here/results"
printf "# %s, %s cores, %s\nfigure\tmonitors\taverage KiB\tlargest KiB\n" "$(uname -r)" "$(nproc)" "$(date +%F)" | tee "$out"
t=$(mktemp -d "${TMPDIR:-/tmp}/tare-pss.XXXXXX")
trap 'for d in "$t"/c*; do "$build/test/monitor/monitor-drive" signal "$d" 9 >/dev/null 2>&1 || true; done; sleep 0.2; rm -rf "$t"' EXIT

mkdir "$t/root"
for i in $(seq "$n"); do
	d=$t/c$i
	mkdir "$d"
	cat >"$d/cmd" <<'SH'
read -r a; echo one line
read -r a; head -c 8000000 /dev/zero | tr '\0' 'x' | fold -w 80
read -r a
SH
	"$build/test/monitor/monitor-drive" spawn "$d" --program "$build/bin/tare-monitor" --id "c$i" \
		--runtime "$here/../test/monitor/fake-runtime" --root "$t/root" --log "$d/log" --stdin >/dev/null
	"$build/test/monitor/monitor-drive" start "$d" >/dev/null
done

pids=$(pgrep -f -- "tare-monitor --id c[0-9]+ --dir $t/")

pss() { # label: average and largest over all monitors
	for p in $pids; do awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup"; done |
		awk -v label="$1" '{ s += $1; if ($1 > max) max = $1 } END { printf "%s\t%d\t%.0f\t%d\n", label, NR, s / NR, max }' | tee -a "$out"
}

feed() { for i in $(seq "$n"); do echo | "$build/test/monitor/monitor-drive" attach "$t/c$i" stdin >/dev/null; done; }

pss idle
feed
sleep 0.2
pss "one line"
feed
for i in $(seq "$n"); do
	until [ "$(stat -c %s "$t/c$i/log")" -gt 8000000 ]; do sleep 0.05; done
done
sleep 2.5
pss "after a burst"
