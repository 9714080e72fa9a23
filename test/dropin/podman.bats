#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Debian's podman with tare-runtime, through conmon.
load helpers

setup_file() {
	dropin_start podman conmon libgpgme11 libassuan0 libsubid4 libyajl2 golang-github-containers-common \
		golang-github-containers-image
	# Locks of a host are there for all its users: this one gets its own.
	on_host mount -t tmpfs tmpfs /dev/shm
	mkdir "$T/podman"
	echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$T/podman/policy.json"
	cat >"$T/podman/containers.conf" <<-END
		[containers]
		cgroupns = "private"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime_supports_json = ["tare"]
		[engine.runtimes]
		tare = ["$RUNTIME"]
		[network]
		network_backend = "cni"
	END
	printf '[storage]\ndriver = "vfs"\nrunroot = "%s"\ngraphroot = "%s"\n' "$T/podman/run" "$T/podman/root" >"$T/podman/storage.conf"
	export CONTAINERS_CONF=$T/podman/containers.conf CONTAINERS_STORAGE_CONF=$T/podman/storage.conf
	pm load -q --signature-policy "$T/podman/policy.json" -i "$(image_tar)" >"$T/load.log"
}

teardown_file() {
	pm rm -af -t 0 >/dev/null
	on_host sh -c "grep -o ' $T/[^ ]*' /proc/self/mounts | sort -r | xargs -r umount"
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP/p*" -exec rmdir {} + 2>/dev/null
	host_end
}

setup() { : >"$T/calls"; }

pm() { on_host podman --root "$T/podman/root" --runroot "$T/podman/run" --tmpdir "$T/podman/tmp" --runtime tare "$@"; }

# run [OPTIONS] IMAGE…: in this test's own group
run() { pm run --net none --cgroup-parent "$CGROUP/p" "$@"; }

state_is() { [ "$(state_of "$1")" = "$2" ]; }

state_of() { pm inspect -f '{{.State.Status}}' "$1"; }

@test "podman run gives output and exit code" {
	expect "$(run --rm busybox echo hello)" hello
	local rc=0
	run --rm busybox sh -c 'exit 7' || rc=$?
	expect $rc 7
	called 'create --bundle .* --pid-file '
}

@test "exec, pause, update, top, stats, kill, rm" {
	run -d --name c2 --memory 128m busybox sleep 1000
	expect "$(pm exec c2 echo inside)" inside
	local rc=0 pid
	pm exec -u 1000:1000 -w /tmp -e A=b c2 sh -c 'test "$(id -u) $PWD $A" = "1000 /tmp b" && exit 5' || rc=$?
	expect $rc 5
	pm pause c2
	expect "$(state_of c2)" paused
	pm unpause c2
	expect "$(state_of c2)" running
	pid=$(pm inspect -f '{{.State.Pid}}' c2)
	expect "$(memory_limit "$pid")" 134217728
	pm update --memory 64m --memory-swap 64m c2
	expect "$(memory_limit "$pid")" 67108864
	pm top c2 | grep -q 'sleep 1000'
	pm stats --no-stream --no-reset c2 | grep -q c2
	pm kill c2
	wait_for state_is c2 exited
	expect "$(pm inspect -f '{{.State.ExitCode}}' c2)" 137
	pm start c2
	pm rm -f -t 0 c2
	no_process "$pid"
	called 'exec --pid-file .* --process .* --detach '
	called 'update --resources='
	called 'pause '
	called 'resume '
	called 'kill .* 9$'
	called 'delete --force '
}

@test "a terminal" {
	local out
	out=$(script -qec "$(printf '%q ' nsenter -t "$HOST" -n -m -- podman --root "$T/podman/root" --runroot "$T/podman/run" \
		--tmpdir "$T/podman/tmp" --runtime tare run --rm -it --net none --cgroup-parent "$CGROUP/p" busybox sh -c "tty; sleep 1")" /dev/null </dev/null) # time for podman to attach
	expect_match "$out" /dev/pts/0
	called 'create .*--console-socket '
}

@test "descriptors, volumes, tmpfs, user namespaces" {
	mkdir "$T/vol"
	echo data >"$T/vol/file"
	expect "$(run --rm -v "$T/vol:/v:ro" busybox cat /v/file)" data
	expect "$(run --rm --preserve-fds 1 busybox sh -c 'cat <&3' 3<"$T/vol/file")" data
	run --rm --read-only --tmpfs /t busybox sh -c '! touch /x 2>/dev/null && touch /t/x'
	expect "$(run --rm --uidmap 0:100000:1000 --gidmap 0:100000:1000 busybox awk '{print $2, $3}' /proc/self/uid_map)" "100000 1000"
	rm -r "$T/vol"
}

@test "what cannot be run is told in runc's words" {
	local rc=0 out
	out=$(run --rm busybox nope 2>&1) || rc=$?
	expect $rc 127
	expect_match "$out" 'exec: "nope": executable file not found in \$PATH'
	run -d --name c5 busybox sleep 1000
	rc=0
	out=$(pm exec c5 nope 2>&1) || rc=$?
	expect $rc 127
	expect_match "$out" 'exec: "nope": executable file not found in \$PATH'
	pm rm -f -t 0 c5
}
