# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# tare-runtime in the place of runc or crun under the engines people have. Their Debian packages are unpacked below
# the build folder and laid over /usr in a private host; a wrapper in front of the runtime writes down what it is
# called with.
load ../helpers

PEERS=$BUILD/peers

# dropin_start PACKAGE…: the private host with these in it, and a /run of its own: engines keep sockets and state there.
dropin_start() {
	"$TOP/tools/peers.sh" "$PEERS" "$@" 3>&-
	host_start
	on_host mount -t tmpfs -o mode=755 tmpfs /run
	on_host mount -t overlay -o "lowerdir=$PEERS/usr:/usr" overlay /usr
	# A package or two has its libraries in /lib.
	export LD_LIBRARY_PATH=$PEERS/lib/x86_64-linux-gnu
	unset DOCKER_CONFIG DOCKER_HOST
	runtime_wrap
}

daemon_start() { # NAME PROGRAM ARGUMENTS…
	local name=$1
	shift
	# shellcheck disable=SC2016
	on_host sh -c 'echo $$ >"$0"; exec "$@"' "$T/$name.pid" "$@" </dev/null >"$T/$name.log" 2>&1 3>&- &
}

daemon_stop() { # NAME
	local pid
	pid=$(cat "$T/$1.pid")
	kill "$pid" && wait_gone "$pid"
}

# runtime_wrap: $RUNTIME notes its arguments in $T/calls and becomes tare-runtime
runtime_wrap() {
	RUNTIME=$T/tare-runtime
	cat >"$RUNTIME" <<-END
		#!/bin/sh
		echo "\$*" >>"$T/calls"
		exec "$BIN/tare-runtime" "\$@"
	END
	chmod 755 "$RUNTIME"
	export RUNTIME
}

called() { grep -qE -- "$1" "$T/calls" || { echo "no call like: $1"; cat "$T/calls"; return 1; }; }

image_tar() {
	[ -s "$BUILD/busybox.tar" ] || "$TOP/tools/mkimage.sh" "$BUILD/busybox.tar"
	echo "$BUILD/busybox.tar"
}

# A limit as the kernel has it, in the group of the container whose init is PID.
memory_limit() { # PID
	local path
	path=$(sed -n 's/^[0-9]*:memory://p' "/proc/$1/cgroup")
	if [ -n "$path" ]; then
		cat "/sys/fs/cgroup/memory$path/memory.limit_in_bytes"
	else
		cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")/memory.max"
	fi
}

no_process() { ! [ -e "/proc/$1" ]; }
