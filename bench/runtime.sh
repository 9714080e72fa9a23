#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tare-runtime beside Debian's crun and runc: the same bundle (Docker's default configuration: five namespaces,
# limits, capabilities, seccomp, masks; busybox root), in turns in one run; medians of $RUNS runs, in ms.
# crun does not start where cgroup v1 is mixed with an almost empty v2 tree; it sees the machine without that
# tree (a mount namespace that hides it), the others see the same.
set -eu
BUILD=${TARE_BUILD:?set TARE_BUILD}
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"
RUNS=${RUNS:-20}
out=$TOP/bench/results/runtime.tsv
host_start
trap 'host_end || true' EXIT
on_host sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null || true'

bundle=$T/bundle
mkdir -p "$bundle/rootfs/bin" "$bundle/etc"
cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
for applet in true sh sleep; do ln -s busybox "$bundle/rootfs/bin/$applet"; done
mkdir -p "$bundle"/rootfs/{proc,sys,dev,etc,tmp}
for file in resolv.conf hostname hosts; do : | tee "$bundle/etc/$file" >"$bundle/rootfs/etc/$file"; done
# Debian's docker.io ships the profile that ours is compared with in the tests; here it is our own.
(cd "$bundle" && "$BIN/tare-runtime" spec && mv config.json plain.json)
jq -s -f "$TOP/bench/docker-config.jq" --arg dir "$bundle" --arg cgroup "$CGROUP/bench" \
	"$bundle/plain.json" "$TOP/conf/seccomp.json" >"$bundle/config.json"

# one RUNTIME VERB…: milliseconds of one call in the private host
now() { echo "${EPOCHREALTIME/./}"; }
one() {
	local from
	from=$(now)
	"$@" >/dev/null 2>"$T/errors" || { echo "failed: $*" >&2; cat "$T/errors" >&2; return 1; }
	awk -v us=$(($(now) - from)) 'BEGIN { printf "%.2f\n", us / 1000 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

declare -A program=([tare]="$BIN/tare-runtime --root $T/tare" [crun]="crun --root $T/crun" [runc]="runc --root $T/runc")

# The whole measurement runs inside the private host, so that entering it is not measured.
measure() {
	local i name rt
	for i in $(seq $((RUNS + 1))); do
		for name in tare crun runc; do
			rt=${program[$name]}
			# shellcheck disable=SC2086
			{
				one $rt run --bundle "$bundle" b >>"$T/$name.run"
				one $rt create --bundle "$T/sleeper" c >>"$T/$name.create"
				one $rt start c >>"$T/$name.start"
				one $rt state c >>"$T/$name.state"
				one $rt exec c /bin/true >>"$T/$name.exec"
				one $rt kill c KILL >>"$T/$name.kill"
				until $rt state c 2>/dev/null | grep -q stopped; do :; done
				one $rt delete c >>"$T/$name.delete"
			}
		done
		# the first round warms up
		[ "$i" != 1 ] || rm -f "$T"/*.{run,create,start,state,exec,kill,delete}
	done
}

mkdir -p "$T/sleeper"
jq --arg root "$bundle/rootfs" '.process.args = ["/bin/sleep", "100"] | .root.path = $root' \
	"$bundle/config.json" >"$T/sleeper/config.json"
export -f one now measure
export T BIN bundle RUNS
# shellcheck disable=SC2016
on_host bash -c "set -e; $(declare -p program); measure"

printf '# %s, %s cores, %s; %s; %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)" \
	"$(crun --version | head -1)" "$(runc --version | head -1)" >"$out"
printf 'figure, ms\tours\tcrun\trunc\tcrun/ours\trunc/ours\n' | tee -a "$out"
for verb in run create start state exec kill delete; do
	o=$(median <"$T/tare.$verb") c=$(median <"$T/crun.$verb") r=$(median <"$T/runc.$verb")
	awk -v v="$verb" -v o="$o" -v c="$c" -v r="$r" \
		'BEGIN { printf "%s\t%s\t%s\t%s\t%.1f\t%.1f\n", v, o, c, r, c / o, r / o }' | tee -a "$out"
done
