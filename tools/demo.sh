#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A tour: a private daemon, a real image, the everyday commands with their output; nothing is left.
set -eu
BUILD=$(realpath "${1:?usage: demo.sh BUILD}")
export TARE_BUILD=$BUILD
# shellcheck source=test/helpers.bash
. "$(dirname "$0")/../test/helpers.bash"

host_start
trap 'tared_stop >/dev/null 2>&1 || true; host_end || true' EXIT
tared_start
[ -s "$BUILD/busybox.tar" ] || "$TOP/tools/mkimage.sh" "$BUILD/busybox.tar"

failed=0
# show COMMAND…: prints it as typed, runs it, goes on whatever comes.
show() {
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	"$@" || { rc=$?; echo "(exit code $rc)"; }
}
# expect_rc N COMMAND…: the same for a command whose exit code is the point.
expect_rc() {
	local want=$1 rc=0
	shift
	printf '\n\033[1m$ %s\033[0m\n' "$*"
	"$@" || rc=$?
	echo "(exit code $rc)"
	[ $rc -eq "$want" ] || { echo "expected exit code $want" >&2; failed=1; }
}

show tare version
show tare load -i "$BUILD/busybox.tar"
show tare images
show tare run --rm busybox echo hi
show tare run --rm -e GREETING=hello -w /tmp busybox sh -c 'echo $GREETING from $(pwd), $(hostname)'
printf '\n\033[1m$ echo piped | tare run --rm -i busybox cat\033[0m\n'
echo piped | tare run --rm -i busybox cat
show script -qec 'tare run -it --rm busybox sh -c "tty; stty size"' /dev/null
show tare run -d --name c1 busybox sleep 1000
show tare ps
show tare exec c1 ps
show tare top c1
show tare inspect --format '{{.State.Pid}} {{.NetworkSettings.IPAddress}}' c1
show tare network ls
show tare run --rm --memory 64m --cpus 0.5 --pids-limit 20 --read-only --cap-drop ALL busybox \
	sh -c 'touch /x; grep CapEff /proc/self/status'
show tare run --name c2 busybox sh -c 'echo to stdout; echo to stderr >&2'
show tare logs c2
show tare stop -t 1 c1
show tare start c1
show tare ps -a
expect_rc 7 tare run --rm busybox sh -c 'exit 7'
expect_rc 137 tare run --rm busybox sh -c 'sh -c "kill -9 \$\$"; exit $?'
expect_rc 127 tare run --rm busybox nosuchprogram
expect_rc 126 tare run --rm busybox /etc
expect_rc 125 tare run --rm nosuchimage
printf '\n\033[1mThe daemon is killed (kill -9) and started again: c1 goes on.\033[0m\n'
pid=$(tare inspect -f '{{.State.Pid}}' c1)
tared_kill9
tared_start
show tare ps
[ "$(tare inspect -f '{{.State.Pid}}' c1)" = "$pid" ] || { echo "c1 did not survive" >&2; failed=1; }
show tare rm -f c1 c2
show tare info --format '{{.Driver}}, cgroup v{{.CgroupVersion}}, {{.Containers}} containers'
exit $failed
