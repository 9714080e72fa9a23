#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tare-runtime beside Debian's crun and runc, and beside the floor (floor.c: the same kernel calls and nothing else): the
# same bundle, the same machine, one run, in turns. Two configurations: Docker's default with limits, and the least there is.
# Milliseconds, least and median. TARE_BUILD=build bench/runtime.sh; RUNS=… turns.
#
# crun refuses machines with cgroup v1 controllers beside a v2 tree that has any ("hybrid"). So all run in a private mount
# namespace without the v2 tree, where crun sees plain v1. The bundle says ociVersion 1.0.2, which is the newest this
# crun takes.
set -eu
: "${TARE_BUILD:?set TARE_BUILD}"
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"
RUNS=${RUNS:-30}
out=${OUT:-$TOP/bench/results/runtime.tsv}
mkdir -p "$(dirname "$out")"
ninja -C "$BUILD" bench/floor >/dev/null
FLOOR=$BUILD/bench/floor

host_start
trap 'bundle_end; host_end || true' EXIT
on_host umount /sys/fs/cgroup/unified 2>/dev/null || true

# One bundle for each program, so that none finds another's container.
bundle_make() { # NAME
	local name B=$T/$1
	mkdir -p "$B"/rootfs/{bin,proc,sys,dev,etc,tmp,root} "$B/etc"
	cp /usr/bin/busybox "$B/rootfs/bin/"
	for name in sh true sleep; do ln -s busybox "$B/rootfs/bin/$name"; done
	for name in hosts hostname resolv.conf; do echo >"$B/etc/$name"; done
	"$BIN/tare-runtime" spec -b "$B"
	jq -s -f "$TOP/bench/docker-config.jq" --arg dir "$B" --arg cgroup "$CGROUP/$1" \
		"$B/config.json" "$TOP/conf/seccomp.json" >"$B/docker.true"
	jq -f "$TOP/bench/trivial-config.jq" --arg cgroup "$CGROUP/$1" "$B/config.json" >"$B/trivial.true"
	for name in docker trivial; do jq '.process.args = ["sleep", "1000"]' "$B/$name.true" >"$B/$name.sleep"; done
	rm "$B/config.json"
}

programs=(tare crun runc)
declare -A run=([tare]="$BIN/tare-runtime --root $T/root/tare" [crun]="crun --root $T/root/crun" [runc]="runc --root $T/root/runc")

bundle_end() {
	local p
	# shellcheck disable=SC2086
	for p in "${programs[@]}"; do on_host ${run[$p]} delete -f "$p" >/dev/null 2>&1 || true; done
	on_host "$FLOOR" delete "$T/floor" "$CGROUP/floor" >/dev/null 2>&1 || true
}

config() { # docker|trivial true|sleep
	local p
	for p in "${programs[@]}"; do cp "$T/$p/$1.$2" "$T/$p/config.json"; done
	flag=$([ "$1" = docker ] || echo " -t")
}

# One line for turns.py a program; {R} stands for the runtime, {C} for its container. The floor has its own.
lines() { # PREPARE COMMAND CONCLUDE FLOOR-PREPARE FLOOR-COMMAND FLOOR-CONCLUDE
	local p text
	for p in "${programs[@]}"; do
		text=$(printf '%s\t%s\t%s\t%s' "$p" "$1" "$2" "$3")
		text=${text//'{R}'/${run[$p]}}
		text=${text//'{B}'/-b $T/$p}
		echo "${text//'{C}'/$p}"
	done
	text=$(printf 'floor\t%s\t%s\t%s' "$4" "$5" "$6")
	text=${text//'{F}'/$FLOOR$flag}
	echo "${text//'{A}'/$T/floor $CGROUP/floor}"
}

# Turns come out as columns: ours, floor, crun, runc, and what ours is against the others.
row() { # FIGURE then what lines takes
	local figure=$1
	shift
	lines "$@" >"$T/lines"
	on_host python3 "$TOP/bench/turns.py" "$RUNS" <"$T/lines" >"$T/turns"
	awk -F'\t' -v f="$figure" '{ least[$1] = $2; median[$1] = $3; cpu[$1] = $4 }
		function line(what, v) {
			printf "%s, %s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%.1f\n", f, what, v["tare"], v["floor"], v["crun"],
				v["runc"], v["tare"] / v["floor"], v["crun"] / v["tare"], v["runc"] / v["tare"]
		}
		END { line("least", least); line("median", median); line("CPU", cpu) }' "$T/turns" | tee -a "$out"
}

all() { # docker|trivial
	local remove='{R} delete -f {C}' floor_remove='{F} delete {A}'
	local create='{R} create {B} {C} </dev/null >/dev/null 2>&1' floor_create='{F} create {A} /bin/sleep'
	config "$1" true
	row "$1: run" '' '{R} run {B} {C}' '' '' '{F} run {A} /bin/true' ''
	config "$1" sleep
	row "$1: create" '' '{R} create {B} {C}' "$remove" '' "$floor_create" "$floor_remove"
	row "$1: start" "$create" '{R} start {C}' "$remove" "$floor_create" '{F} start {A}' "$floor_remove"
	row "$1: kill" "$create" '{R} kill {C} KILL' "$remove" "$floor_create" '{F} kill {A}' "$floor_remove"
	row "$1: create, start, kill, delete" '' \
		'{R} create {B} {C} ; {R} start {C} ; {R} kill {C} KILL ; {R} delete -f {C}' '' '' \
		'{F} create {A} /bin/sleep ; {F} start {A} ; {F} kill {A} ; {F} delete {A}' ''
	row "$1: exec" '{R} state {C} || {R} run -d {B} {C}' '{R} exec {C} /bin/true' '' \
		"[ -e $T/floor/floor.pid ] || { $floor_create; {F} start {A}; }" '{F} exec {A} /bin/true' ''
	bundle_end
}

each() { # FIGURE COMMAND: a count or a word for each program; {R} and {C} as above
	local p text v=()
	for p in tare floor crun runc; do
		if [ "$p" = floor ]; then
			text=${3:-echo -}
		else
			text=${2//'{R}'/${run[$p]}}
			text=${text//'{B}'/-b $T/$p}
		fi
		text=${text//'{C}'/$p}
		v+=("$(on_host sh -c "${text//'{F}'/$FLOOR}" 2>/dev/null </dev/null | tail -1)")
	done
	printf '%s\t%s\t%s\t%s\t%s\t-\t-\t-\n' "$1" "${v[@]}" | tee -a "$out"
}

for p in "${programs[@]}" floor; do bundle_make "$p"; done
printf '# %s, %s cores, %s, load %s, %s, %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)" "$(cut -d' ' -f1 /proc/loadavg)" \
	"$(crun --version | head -1)" "$(runc --version | head -1)" >"$out"
printf 'figure\tours\tfloor\tcrun\trunc\tours/floor\tcrun/ours\trunc/ours\n' | tee -a "$out"

# The floor loads the filter that ours compiled; the groups above are made and filled by ours, too.
config docker true
# shellcheck disable=SC2086
on_host ${run[tare]} run -b "$T/tare" tare
filter=("$T"/root/seccomp/*.bpf)
tail -c $(($(od -An -tu4 -j32 -N4 "${filter[0]}") * 8)) "${filter[0]}" >"$T/floor/filter.bpf"

all docker
all trivial

config docker true
each "docker: run, peak RSS, KiB" "$FLOOR rss {R} run {B} {C}" "$FLOOR rss {F} run $T/floor $CGROUP/floor /bin/true"
each "docker: run, system calls" "strace -f -qq -o $T/calls {R} run {B} {C} >/dev/null; grep -cE '^[0-9]+ +[a-z_0-9]+\(' $T/calls" \
	"strace -f -qq -o $T/calls {F} run $T/floor $CGROUP/floor /bin/true >/dev/null; grep -cE '^[0-9]+ +[a-z_0-9]+\(' $T/calls"
each "docker: run, page faults" "perf stat -x, -e page-faults {R} run {B} {C} 2>&1 >/dev/null | grep page-faults | cut -d, -f1" \
	"perf stat -x, -e page-faults {F} run $T/floor $CGROUP/floor /bin/true 2>&1 >/dev/null | grep page-faults | cut -d, -f1"
for p in "${programs[@]}"; do
	jq '.linux.resources.memory = {limit: 524288}' "$T/$p/docker.true" >"$T/$p/config.json"
done
each "docker: starts under a memory limit of 512 KiB" "{R} run {B} {C} >/dev/null 2>&1 && echo yes || echo no; {R} delete -f {C} >/dev/null 2>&1"
size() { stat -Lc %s "$(command -v "$1")"; }
printf 'binary, KiB\t%d\t-\t%d\t%d\t-\t-\t-\n' $(($(size "$BIN/tare-runtime") / 1024)) $(($(size crun) / 1024)) \
	$(($(size runc) / 1024)) | tee -a "$out"
