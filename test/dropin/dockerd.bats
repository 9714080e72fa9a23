#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Debian's dockerd 20.10 with tare-runtime as a further runtime, and as the only one.
load helpers

setup_file() {
	dropin_start docker.io containerd tini libdevmapper1.02.1
	mkdir "$T/docker"
	echo '{}' >"$T/docker/daemon.json"
	daemon_start dockerd dockerd --data-root "$T/docker/data" --exec-root "$T/docker/run" \
		-H "unix://$T/docker.sock" --pidfile "$T/docker/pid" --config-file "$T/docker/daemon.json" \
		--cgroup-parent "$CGROUP/d" --add-runtime "tare=$RUNTIME" --default-runtime tare \
		--storage-driver vfs --iptables=false --bridge=none
	wait_for dk version
	dk load -q -i "$(image_tar)" >"$T/load.log"
}

teardown_file() {
	dk ps -aq | while read -r id; do dk rm -f "$id" </dev/null >"$T/rm.log"; done
	daemon_stop dockerd
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP/d*" -exec rmdir {} + 2>/dev/null
	host_end
}

setup() { : >"$T/calls"; }

dk() { on_host docker -H "unix://$T/docker.sock" "$@"; }

state_of() { dk inspect -f '{{.State.Status}}' "$1"; }

@test "docker run gives output and exit code; the runtime is known by name" {
	expect "$(dk run --rm --net none busybox echo hello)" hello
	local rc=0
	dk run --rm --net none --runtime tare busybox sh -c 'exit 7' || rc=$?
	expect $rc 7
	expect "$(dk info -f '{{.DefaultRuntime}}')" tare
	expect "$(dk info -f "{{.Runtimes.tare.Path}}")" "$RUNTIME"
	called ' --log-format json .*create --bundle '
}

@test "exec, pause, update, top, stats, stop" {
	dk run -d --net none --name c2 --memory 128m busybox sleep 1000
	expect "$(dk exec c2 echo inside)" inside
	local rc=0 pid out
	dk exec -u 1000:1000 -w /tmp -e A=b c2 sh -c 'test "$(id -u) $PWD $A" = "1000 /tmp b" && exit 5' || rc=$?
	expect $rc 5
	dk pause c2
	expect "$(state_of c2)" paused
	rc=0
	out=$(dk exec c2 true 2>&1) || rc=$?
	expect $rc 1
	dk unpause c2
	expect "$(state_of c2)" running
	pid=$(dk inspect -f '{{.State.Pid}}' c2)
	expect "$(memory_limit "$pid")" 134217728
	dk update --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 50 c2
	expect "$(memory_limit "$pid")" 67108864
	dk top c2 | grep -q 'sleep 1000'
	expect_match "$(dk stats --no-stream --format '{{.MemUsage}}' c2)" ' / 64MiB$'
	dk restart -t 0 c2
	dk stop -t 0 c2
	expect "$(state_of c2)" exited
	expect "$(dk inspect -f '{{.State.ExitCode}}' c2)" 137
	dk start c2
	dk rm -f c2
	called ' update --resources - '
	called ' pause '
	called ' resume '
	called ' exec --process .* --detach --pid-file '
	called ' kill --all|kill .* 9'
}

@test "a terminal, its size, and an init" {
	local out
	out=$(script -qec "$(printf '%q ' nsenter -t "$HOST" -n -m -- docker -H "unix://$T/docker.sock" \
		run --rm -it --net none busybox tty)" /dev/null </dev/null | tr -d '\000\r')
	expect_match "$out" /dev/pts/0
	expect "$(dk run --rm --net none --init busybox sh -c 'cat /proc/1/comm')" docker-init
}

@test "volumes, tmpfs, devices, capabilities, read-only roots, ulimits, sysctls" {
	mkdir "$T/vol"
	echo data >"$T/vol/file"
	expect "$(dk run --rm --net none -v "$T/vol:/v:ro" busybox sh -c 'cat /v/file; echo x >/v/new || echo refused' 2>/dev/null | xargs)" "data refused"
	dk run --rm --net none --read-only --tmpfs /t:size=1m busybox sh -c '! touch /x 2>/dev/null && touch /t/x'
	expect "$(dk run --rm --net none --cap-drop ALL busybox grep CapEff /proc/self/status | awk '{print $2}')" 0000000000000000
	dk run --rm --net none --device /dev/null:/dev/mine busybox sh -c 'echo x >/dev/mine'
	expect "$(dk run --rm --net none --ulimit nofile=64:64 busybox sh -c 'ulimit -n')" 64
	expect "$(dk run --rm --net none --sysctl kernel.msgmax=4096 busybox cat /proc/sys/kernel/msgmax)" 4096
	dk run --rm --net none --privileged busybox mount -t tmpfs tmpfs /tmp
}

@test "what cannot be run is told in runc's words" {
	local rc=0 out mine program
	out=$(dk run --rm --net none busybox nope 2>&1) || rc=$?
	expect $rc 127
	expect_match "$out" 'exec: "nope": executable file not found in \$PATH'
	dk run -d --net none --name c5 busybox sleep 1000
	dk run -d --net none --name c6 --runtime runc busybox sleep 1000
	# The daemon makes its exit code from the text: so it is the same for both.
	for program in nope /nope /etc/hostname; do
		rc=0
		mine=$(dk exec c5 $program 2>&1) || rc=$?
		mine="$rc $mine" rc=0
		out=$(dk exec c6 $program 2>&1) || rc=$?
		expect "$mine" "$rc $out"
	done
	dk rm -f c5 c6
}
