# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A group of its own for each test, /tare-sys-XXXX/g, in every hierarchy there is.

setup() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
	export TARE_BUILD=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	PATH=$TARE_BUILD/test/sys:$PATH
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-sys-XXXXXX")
	top=/tare-sys-${dir##*-}
	group=$top/g
	v2=$(awk '$(NF-2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo)
	[ -n "$v2" ] || { echo "no cgroup v2 tree is mounted"; return 1; }
	cgroupctl create "$group"
}

teardown() {
	[ -n "$top" ] || return 0
	cgroupctl kill "$top" 2>/dev/null || true
	cgroupctl remove "$top" 2>/dev/null || true
	rm -rf "$dir"
	[ -z "$(everywhere)" ]
}

# everywhere: the directories of this test's groups in all hierarchies
everywhere() { find $(awk '$(NF-2) ~ /^cgroup2?$/ { print $5 }' /proc/self/mountinfo) -maxdepth 1 -name "${top#/}"; }

# file CONTROLLER NAME: prints a file of the group on v1
file() { cat "$(cgroupctl save "$group" | awk -F'\t' -v c="$1" '{ split($1, w, " ") } w[3] ~ "(^|,)" c "(,|$)" { print $2 }')/$2"; }

# in_v2 VERB [ARG…]: the same group as if the v2 tree were all there is
in_v2() {
	local verb=$1
	shift
	printf 'cgroup v2\n2 %d \t%s\n' ${#v2} "$v2$group" | cgroupctl "$verb" - "$@"
}

# in_group COMMAND…: starts it in the group, in the background, as $pid
in_group() {
	cgroupctl run "$group" "$@" 3>&- &
	pid=$!
}

until_ok() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return 0
		read -rt 0.02 <> <(:) || true
	done
	return 1
}

at_least() { [ "$(cgroupctl pids "$group" | wc -l)" -ge "$1" ]; }
v2_is_populated() { [ -n "$(in_v2 pids)" ]; }
in_group_are() { [ "$(cgroupctl pids "$group" | wc -l)" = "$1" ]; }
