# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# tare-runtime alone: a bundle with a busybox root in a private host (../helpers.bash), and one container a
# test, named $C. config EDIT changes config.json by a jq expression.
load ../helpers

oci_start() {
	host_start
	chmod 711 "$T" # root of a user namespace must get to its rootfs
	export RROOT=$T/run/runtime B=$T/bundle
	bundle_make "$B"
}

oci_end() {
	host_end
}

# Every test: a fresh config and name; what the test leaves behind fails it.
oci_setup() {
	C=c$BATS_TEST_NUMBER
	cp "$B/config.ok" "$B/config.json"
	MOUNTS=$(<"/proc/$HOST/mountinfo")
}

oci_teardown() {
	local left
	rt delete -f "$C" >/dev/null 2>&1
	left=$(
		[ "$MOUNTS" = "$(<"/proc/$HOST/mountinfo")" ] || diff <(echo "$MOUNTS") "/proc/$HOST/mountinfo"
		find /sys/fs/cgroup -mindepth 2 -path "*$CGROUP/*" -type d
		ls "$RROOT" 2>/dev/null
	)
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

bundle_make() { # DIR
	local root=$1/rootfs
	mkdir -p "$root"/{bin,proc,sys,dev,etc,tmp,root,home/user}
	cp /usr/bin/busybox "$root/bin/busybox"
	chroot "$root" /bin/busybox --install -s /bin
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$root/etc/group"
	(cd "$1" && "$BIN/tare-runtime" spec)
	jq --arg cg "$CGROUP/c" '.process.terminal = false | .process.args = ["true"]
		| .process.noNewPrivileges = false | del(.process.rlimits)
		| .root.readonly = false | .linux.cgroupsPath = $cg' "$1/config.json" >"$1/config.ok"
	mv "$1/config.json" "$1/config.spec"
}

config() { # JQ-EXPRESSION [jq options…]
	local expression=$1
	shift
	local edited
	edited=$(jq "$expression" "$@" <"$B/config.json") && printf '%s\n' "$edited" >"$B/config.json"
}

args() { # ARGV…: the container's command
	local IFS=$'\x1f' # in no argument here
	config '.process.args = ($a | split("\u001f"))' --arg a "$*"
}

rt() { on_host "$BIN/tare-runtime" --root "$RROOT" "$@"; }

# peer PROGRAM ARGS…: another runtime, for comparison. On v2 its mount of the cgroups may take options from the host's: they
# are given back.
peer() {
	local rc=0 now
	on_host "$1" --root "$T/$1" "${@:2}" || rc=$?
	read -r -d '' now <"/proc/$HOST/mountinfo" || true
	[ "$now" = "$MOUNTS" ] || [[ ! $MOUNTS =~ \ -\ cgroup2\ [^\ ]+\ rw,([a-z_,]+) ]] ||
		on_host mount -o "remount,${BASH_REMATCH[1]}" /sys/fs/cgroup
	return $rc
}

# run_sh SCRIPT: a container that runs it; its output and code
run_sh() {
	args sh -c "$1"
	rt run -b "$B" "$C"
}

# create with stdio that does not hold bats up
create() { rt create -b "$B" "$@" "$C" </dev/null >"$T/out" 2>"$T/err"; }

# fails CODE COMMAND…: it exits with CODE; $output has what it said
fails() {
	local code=$1 rc=0
	shift
	output=$("$@" 2>&1) || rc=$?
	[ $rc -eq "$code" ] || { echo "exit code $rc, expected $code: $output"; return 1; }
}

# message: the msg of a logrus text line in $output
message() { sed -n '/.*level=error msg="\(.*\)"$/{s//\1/;s/\\"/"/g;h};${x;p}' <<<"$output"; }

status() { rt state "$C" | jq -r .status; }

is_status() { [ "$(status)" = "$1" ]; }

# until_gone: the container's process has ended
until_stopped() { wait_for is_status stopped; }

# ---- groups: the same tests on a hierarchy for each controller and on cgroup v2 alone ----

cgroup_is_v2() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }

# group_top CONTROLLER: where its hierarchy is
group_top() { if cgroup_is_v2; then echo /sys/fs/cgroup; else echo "/sys/fs/cgroup/$1"; fi; }

# group_dir CONTROLLER: the container's group in it
group_dir() { echo "$(group_top "$1")$CGROUP/c"; }

# group_of CONTROLLER COMMAND…: the path in /proc/self/cgroup that the command prints of it
group_of() {
	local controller=$1
	shift
	if cgroup_is_v2; then controller=; fi
	"$@" | awk -F: -v c="$controller" '$2 ~ "(^|,)" c "(,|$)" { print $3 }'
}

# Limit, v1 controller and file, v2 file.
LIMITS='memory memory memory.limit_in_bytes memory.max
	reservation memory memory.soft_limit_in_bytes memory.low
	swap memory memory.memsw.limit_in_bytes memory.swap.max
	pids pids pids.max pids.max
	shares cpu cpu.shares cpu.weight
	quota cpu cpu.cfs_quota_us cpu.max
	cpus cpuset cpuset.cpus cpuset.cpus'

# limit_is WHAT V1-VALUE [V2-VALUE]: the container's limit as the kernel has it
limit_is() {
	local name controller v1 v2 file
	while read -r name controller v1 v2; do
		[ "$name" = "$1" ] || continue
		if cgroup_is_v2; then file=$v2; else file=$v1; fi
		if cgroup_is_v2 && [ $# -gt 2 ]; then shift; fi
		expect "$name $(cat "$(group_dir "$controller")/$file")" "$name $2"
		return
	done <<<"$LIMITS"
	echo "no such limit: $1"
	return 1
}
