#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The default profile on real programs, and what its cache is worth.

setup() {
	export TARE_BUILD=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	PATH=$TARE_BUILD/test/sys:$PATH
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-sys-XXXXXX")
	seccompctl text >"$dir/profile"
}

teardown() { rm -rf "$dir"; }

under() { seccompctl run "$dir" "$@" <"$dir/profile"; }

@test "ordinary programs run under the default profile" {
	[ "$(under uname -s)" = Linux ]
	[ "$(under sh -c 'ls / | wc -l; cat /proc/self/status' | awk '/^Seccomp:/ { print $2 }')" = 2 ]
	under python3 -c 'import socket, threading; socket.socket(); t = threading.Thread(target=print); t.start(); t.join()'
}

@test "what needs more is refused" {
	run under unshare -m true
	[ "$status" = 1 ]
	[[ $output == *"Operation not permitted"* ]]
	run under python3 -c 'import socket; socket.socket(40, socket.SOCK_STREAM)'
	[[ $output == *"Operation not permitted"* ]]
	# clone3 (435) and a call of the future do not exist
	run under python3 -c 'import ctypes, errno
l = ctypes.CDLL(None, use_errno=True)
for n in 435, 9999: l.syscall(n, 0, 0); print(errno.errorcode[ctypes.get_errno()])'
	[ "$output" = $'ENOSYS\nENOSYS' ]
}

@test "capabilities change the profile" {
	seccompctl text CAP_SYS_ADMIN >"$dir/profile"
	under unshare -m true 2>/dev/null || [ "$(id -u)" != 0 ]
	[ "$(seccompctl text | cksum)" != "$(seccompctl text CAP_SYS_ADMIN | cksum)" ]
}

@test "a cached program is found at least twenty times as fast as it is made" {
	eval "$(seccompctl time "$dir" <"$dir/profile" | sed 's/ /=/')"
	echo "compile $compile us, hit $hit us, $instructions instructions, text $text bytes" >&3
	[ "$hit" -gt 0 ]
	[ $((hit * 20)) -le "$compile" ]
	[ "$instructions" -lt 4096 ]
}
