#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore. What CRIU is asked for is read from a stand-in that speaks its RPC (criu.py); a container goes
# through the real one where the kernel is one that Debian's CRIU knows: in test/vm/criu.bats.
load helpers

setup_file() {
	oci_start
	export CRIU_LOG=$T/criu.log CRIU=$BATS_TEST_DIRNAME/criu.py
}
teardown_file() { oci_end; }
setup() {
	oci_setup
	: >"$CRIU_LOG"
	unset CRIU_SAY
}
teardown() {
	rm -rf "$T/img" "$T/work" "$T/vol"
	oci_teardown
}

rc_() { rt --criu "$CRIU" "$@"; }

asked() { jq -r --argjson t "$1" 'select(.type == $t) | '"$2" "$CRIU_LOG"; }

run_sleep() {
	args sleep 1000
	rt run -d -b "$B" "$C" </dev/null >"$T/out" 2>&1
}

@test "without CRIU it says so, and the container goes on" {
	run_sleep
	fails 1 on_host env PATH=/nowhere "$BIN/tare-runtime" --root "$RROOT" checkpoint --image-path "$T/img" "$C"
	expect "$(message)" 'CRIU version check failed: exec: "criu": executable file not found in $PATH'
	is_status running
	fails 1 rt --criu /nowhere/criu checkpoint --image-path "$T/img" "$C"
	expect "$(message)" 'CRIU version check failed: exec: "/nowhere/criu": no such file or directory'
	rt delete -f "$C"
	fails 1 rt --criu /nowhere/criu restore -b "$B" --image-path "$T/img" "$C"
	expect "$(message)" 'CRIU version check failed: exec: "/nowhere/criu": no such file or directory'
	fails 1 rt state "$C"
}

@test "only what runs can be dumped; options that make no sense" {
	args sleep 1000
	create
	fails 1 rc_ checkpoint --image-path "$T/img" "$C"
	expect "$(message)" "Container cannot be checkpointed in created state"
	rt start "$C"
	mkdir -p "$T/img"
	fails 1 rc_ checkpoint --image-path "$T/img" --parent-path /x "$C"
	expect "$(message)" "--parent-path must be relative"
	fails 1 rc_ checkpoint --image-path "$T/img" --parent-path x "$C"
	expect "$(message)" "invalid --parent-path: stat $T/img/x: no such file or directory"
	fails 1 rc_ checkpoint --image-path "$T/img" --page-server x "$C"
	expect "$(message)" "Use --page-server ADDRESS:PORT to specify page server"
	fails 1 rc_ checkpoint --image-path "$T/img" --page-server x:y "$C"
	expect "$(message)" "Invalid port number"
	fails 1 rc_ checkpoint --image-path "$T/img" --manage-cgroups-mode x "$C"
	expect "$(message)" "Invalid manage cgroups mode"
	fails 1 rc_ checkpoint --image-path "$T/img" --empty-ns x "$C"
	expect "$(message)" 'namespace "x" is not supported'
	fails 1 rc_ checkpoint --image-path "$T/img" --lazy-pages --status-fd 77 "$C"
	expect "$(message)" "invalid --status-fd argument 77: bad file descriptor"
	CRIU_SAY=old fails 1 rc_ checkpoint --image-path "$T/img" --lazy-pages "$C"
	expect "$(message)" "criu is missing features: [LazyPages]"
	fails 1 rc_ checkpoint nobody
	expect "$(message)" "container does not exist"
	rt kill "$C" KILL
	until_stopped
	fails 1 rc_ checkpoint --image-path "$T/img" "$C"
	expect "$(message)" "Container cannot be checkpointed in stopped state"
}

@test "a dump asks for what runc asks for, and the container is gone" {
	mkdir "$T/vol"
	config '.mounts += [{"destination": "/vol/", "type": "bind", "source": $v, "options": ["rbind"]}]' --arg v "$T/vol"
	config '.annotations = {"org.criu.config": "/etc/my.conf"}'
	run_sleep
	local pid
	pid=$(rt state "$C" | jq .pid)
	rc_ checkpoint --image-path "$T/img" --work-path "$T/work" --tcp-established --ext-unix-sk --shell-job --file-locks \
		--link-remap --tcp-skip-in-flight --auto-dedup --manage-cgroups-mode full --page-server '[::1]:99' "$C"
	fails 1 rt state "$C"
	expect "$(asked 1 '.opts | [.pid, .root, .log_file, .manage_cgroups_mode, .empty_ns, .config_file] | @csv')" \
		"$pid,\"$B/rootfs\",\"dump.log\",4,1073741824,\"/etc/my.conf\""
	expect "$(asked 1 '.opts | [.tcp_established, .ext_unix_sk, .shell_job, .file_locks, .link_remap, .tcp_skip_in_flight,
		.auto_dedup, .notify_scripts, .orphan_pts_master, .leave_running, .lazy_pages] | @csv')" 1,1,1,1,1,1,1,1,1,0,0
	expect "$(asked 1 '.opts.ps | @csv')" '"::1",99'
	expect_match "$(asked 1 .opts.freeze_cgroup)" "^/sys/fs/cgroup.*$CGROUP/c\$"
	expect "$(asked 1 '[.opts.ext_mnt[] | select(.[0] == "/vol" or .[0] == "/proc/keys") | join("=")] | sort | join(" ")')" \
		"/proc/keys=/dev/null /vol=/vol"
	expect "$(jq length "$T/img/descriptors.json")" 3
	expect "$(asked 10 '.args | join(" ")')" "swrk 3"
}

@test "it may go on running, and be dumped step by step" {
	run_sleep
	rc_ checkpoint --image-path "$T/img" --pre-dump "$C"
	expect "$(asked 4 .opts.pid)" "$(rt state "$C" | jq .pid)"
	mkdir "$T/img/parent"
	rc_ checkpoint --image-path "$T/img" --parent-path parent --leave-running "$C"
	is_status running
	expect "$(asked 1 '.opts | [.parent_img, .track_mem, .leave_running] | @csv')" '"parent",1,1'
	rc_ checkpoint --image-path "$T/img" --lazy-pages --status-fd 3 --leave-running "$C" 3>"$T/out"
	expect "$(asked 1 '.opts.lazy_pages' | tail -1)" 1
}

@test "a dump that fails says why, and the container goes on" {
	run_sleep
	CRIU_SAY=fail fails 1 rc_ checkpoint --image-path "$T/img" "$C"
	expect "$(message)" "criu failed: type DUMP errno 22"
	expect_match "$output" 'level=warning msg="3:\(00.1\) Error \(criu/x.c:1\): no luck"'
	CRIU_SAY=die fails 1 rc_ checkpoint --image-path "$T/img" "$C"
	expect "$(message)" "unexpected EOF"
	CRIU_SAY=junk fails 1 rc_ checkpoint --image-path "$T/img" "$C"
	expect "$(message)" "criu's answer is not understood"
	is_status running
}

images() { # what a dump would have left
	mkdir -p "$T/img"
	echo '["pipe:[77]","/dev/null","pipe:[78]"]' >"$T/img/descriptors.json"
}

@test "restore: a container in its groups, with its hooks, pid file and state" {
	images
	mkdir "$T/vol"
	config '.mounts += [{"destination": "/vol", "type": "bind", "source": $v, "options": ["rbind"]}]' --arg v "$T/vol"
	config '.hooks = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", $c]}]}' --arg c "cat >$T/hook; mount -t tmpfs tmpfs $T/vol"
	rc_ restore -d -b "$B" --image-path "$T/img" --pid-file "$T/pid" --lsm-profile apparmor:x "$C" </dev/null >"$T/out" 2>&1
	is_status running
	local pid
	pid=$(cat "$T/pid")
	expect "$(rt state "$C" | jq .pid)" "$pid"
	expect "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1000 "
	grep -q "$CGROUP/c\$" "/proc/$pid/cgroup"
	expect "$(jq -r '[.id, .status, .pid] | @csv' "$T/hook")" "\"$C\",\"creating\",$pid"
	expect "$(asked 2 '.opts | [.rst_sibling, .evasive_devices, .manage_cgroups_mode, .log_file, .lsm_profile, .root] | @csv')" \
		"1,1,3,\"restore.log\",\"apparmor:x\",\"$RROOT/$C/criu-root\""
	expect "$(asked 2 '.opts.inherit_fd | map(join("=")) | join(" ")')" "pipe:[77]=0 pipe:[78]=2"
	expect "$(asked 2 '[.opts.ext_mnt[] | select(.[0] == "/vol" or .[0] == "/dev/null")] | unique | map(join("=")) | join(" ")')" \
		"/dev/null=/dev/null /vol=$T/vol"
	asked 2 '.opts.cg_root[] | .[1]' | grep -q "$CGROUP/c\$"
	# The hook's mount is the host's; of ours nothing is left.
	on_host mountpoint -q "$T/vol"
	on_host umount "$T/vol"
	[ ! -e "$RROOT/$C/criu-root" ]
	rt pause "$C"
	rt resume "$C"
	rt kill "$C" KILL
	until_stopped
	rt delete "$C"
	rm "$T/pid" "$T/hook"
}

@test "restore in the foreground ends with the container's code" {
	images
	rc_ restore -b "$B" --image-path "$T/img" "$C" </dev/null >"$T/out" 2>&1 3>&- &
	wait_for is_status running
	rt kill "$C" TERM
	local rc=0
	wait $! || rc=$?
	expect $rc 143
	fails 1 rt state "$C"
}

@test "restore: namespaces by path, a terminal" {
	images
	config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" elif .type == "uts" then .path = "/proc/self/ns/uts" else . end) | del(.hostname)'
	config '.process.terminal = true'
	python3 "$BATS_TEST_DIRNAME/console.py" "$T/tty.sock" >"$T/tty" 3>&- &
	wait_for test -S "$T/tty.sock"
	CRIU_SAY=tty rc_ restore -d -b "$B" --image-path "$T/img" --console-socket "$T/tty.sock" "$C" </dev/null >"$T/out" 2>&1
	expect "$(asked 2 '.opts.inherit_fd[] | select(.[0] == "extRootNetNS") | .[1]')" 4
	expect "$(asked 2 '.opts.join_ns | map(join("=")) | join(" ")')" "uts=/proc/self/ns/uts"
	rt delete -f "$C"
	wait
}

@test "a restore that fails leaves nothing" {
	fails 1 rc_ restore -b "$B" --image-path "$T/img" "$C"
	expect "$(message)" "open $T/img/descriptors.json: no such file or directory"
	images
	local say
	for say in fail die junk; do
		CRIU_SAY=$say fails 1 rc_ restore -b "$B" --image-path "$T/img" "$C"
		fails 1 rt state "$C"
	done
	fails 1 rc_ restore -b /nowhere --image-path "$T/img" "$C"
	expect "$(message)" "chdir /nowhere: no such file or directory"
	echo '{' >"$T/img/descriptors.json"
	fails 1 rc_ restore -b "$B" --image-path "$T/img" "$C"
	expect "$(message)" "descriptors.json is not understood"
	images
	config '.hooks = {"createRuntime": [{"path": "/bin/false"}]}'
	fails 1 rc_ restore -b "$B" --image-path "$T/img" "$C"
	run_sleep_other
	fails 1 rc_ restore -b "$B" --image-path "$T/img" "$C"
	expect "$(message)" "container with given ID already exists"
}

@test "each step of a restore fails once, and nothing is left" {
	images
	local step
	for step in version seccomp cgroup root criu; do
		fails 1 env TARE_FAULT=restore.$step:1 nsenter -t "$HOST" -n -m "$BIN/tare-runtime" --root "$RROOT" --criu "$CRIU" \
			restore -b "$B" --image-path "$T/img" "$C" </dev/null
		fails 1 rt state "$C"
		[ -z "$(find /sys/fs/cgroup -mindepth 2 -path "*$CGROUP/*" -type d)" ]
	done
	fails 1 env TARE_FAULT=criu.start:1 nsenter -t "$HOST" -n -m "$BIN/tare-runtime" --root "$RROOT" --criu "$CRIU" \
		restore -b "$B" --image-path "$T/img" "$C" </dev/null
	[ ! -e "$RROOT/$C" ]
}

run_sleep_other() {
	cp "$B/config.ok" "$B/config.json"
	run_sleep
}
