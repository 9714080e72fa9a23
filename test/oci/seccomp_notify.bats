#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Seccomp: the agent of SCMP_ACT_NOTIFY, every action, flag and architecture; beside runc where it can do the same.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }

teardown() {
	rm -f "$T/agent" "$T/states"
	oci_teardown
}

# seccomp SYSCALL ACTION [JSON merged into the profile]
seccomp() {
	config '.linux.seccomp = ({defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: [$n], action: $a}]} + $more)' --arg n "$1" --arg a "$2" --argjson more "${3:-{\}}"
}

notify() { seccomp mkdir SCMP_ACT_NOTIFY "$(jq -nc --arg s "$T/agent" '{listenerPath: $s, listenerMetadata: "meta"}')"; }

agent() { # [CONNECTIONS [ANSWER]]
	"$BATS_TEST_DIRNAME/agent.py" "$T/agent" "$@" >"$T/states" 3>&- &
	AGENT=$!
	wait_for test -S "$T/agent"
}

@test "the agent refuses, fakes, or lets go on" {
	local row
	notify
	for row in "refuse 1 no" "fake 0 no" "continue 0 yes"; do
		set -- $row
		agent 1 "$1"
		expect "$(run_sh 'mkdir /tmp/asked 2>/dev/null; echo $?; test -d /tmp/asked && echo yes || echo no' | xargs)" "$2 $3"
		wait $AGENT
		rm -rf "$B/rootfs/tmp/asked"
	done
}

@test "what the agent is told, as the runtime spec has it" {
	notify
	config '.annotations = {"a.b": "c"}'
	agent 3
	args sleep 1000
	# init makes its directory itself
	args sh -c 'mkdir /tmp/x; sleep 1000'
	create --pid-file "$T/pid"
	rt start "$C"
	rt exec "$C" mkdir /tmp/y || true
	rt exec -d --pid-file "$T/pid2" "$C" sh -c 'mkdir /tmp/z; sleep 1000' </dev/null >/dev/null 2>&1
	wait $AGENT
	expect "$(jq -c '[.ociVersion != null, .fds, .metadata, .state.id, .state.bundle, .state.annotations]' "$T/states" | sort -u)" \
		"[true,[\"seccompFd\"],\"meta\",\"$C\",\"$B\",{\"a.b\":\"c\"}]"
	# init's own, and of what is executed beside: whose call it is, and which container's
	expect "$(jq -c '[.pid, .state.pid, .state.status]' "$T/states" | sed -n 1p)" "[$(cat "$T/pid"),$(cat "$T/pid"),\"creating\"]"
	expect "$(jq -c '[.pid, .state.pid, .state.status]' "$T/states" | sed -n 3p)" "[$(cat "$T/pid2"),$(cat "$T/pid"),\"running\"]"
	rm "$T/pid" "$T/pid2"
}

@test "runc tells its agent the same" {
	notify
	# without cgroups: on v2 runc's mount of them takes options from the host's
	config '.ociVersion = "1.0.2" | .mounts |= map(select(.type != "cgroup")) | .process.noNewPrivileges = true
		| .process.args = ["sh", "-c", "mkdir /tmp/x; exit 3"]'
	local shape='[(keys | sort), .fds, .metadata, .state.status, (.state | keys | sort)] | tostring'
	agent
	fails 3 rt run -b "$B" "$C"
	wait $AGENT
	local ours
	ours=$(jq -r "$shape" "$T/states")
	agent
	fails 3 peer runc run -b "$B" "$C"
	wait $AGENT
	expect "$ours" "$(jq -r "$shape" "$T/states")"
}

@test "works with and without no_new_privs, for root and others" {
	local nnp uid
	for nnp in true false; do
		for uid in 0 1000; do
			notify
			config '.process.noNewPrivileges = $n | .process.user = {uid: $u, gid: $u}' --argjson n $nnp --argjson u $uid
			agent 1 fake
			expect "$(run_sh 'mkdir /nowhere/x && echo faked')" faked
			wait $AGENT
		done
	done
}

@test "no agent, no path: errors, and nothing is left" {
	notify
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'failed to connect with seccomp agent specified in the seccomp profile'
	config 'del(.linux.seccomp.listenerPath)'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'seccomp listenerPath is not set'
	seccomp write SCMP_ACT_NOTIFY
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'SCMP_ACT_NOTIFY cannot be used for the write syscall'
	seccomp mkdir SCMP_ACT_ALLOW '{"defaultAction": "SCMP_ACT_NOTIFY"}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'SCMP_ACT_NOTIFY cannot be used as default action'
	[ ! -e "$RROOT/$C" ]
}

@test "every action" {
	local row
	while read -r action expected; do
		seccomp mkdir "$action" '{}'
		expect "$action $(run_sh 'mkdir /tmp/x 2>/dev/null; echo $?; rmdir /tmp/x 2>/dev/null' 2>/dev/null | head -1)" "$action $expected"
	done <<-'E'
		SCMP_ACT_ALLOW 0
		SCMP_ACT_LOG 0
		SCMP_ACT_ERRNO 1
		SCMP_ACT_TRACE 1
		SCMP_ACT_TRAP 159
		SCMP_ACT_KILL 159
		SCMP_ACT_KILL_THREAD 159
		SCMP_ACT_KILL_PROCESS 159
	E
	# errno by number; the default's too
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}'
	expect_match "$(run_sh 'mkdir /tmp/x 2>&1')" "No space left"
}

@test "conditions on arguments" {
	# mkdir with mode 0777 & ~0 only: busybox mkdir -m 700 makes 0700 later
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO",
		args: [{index: 1, value: 10, op: "SCMP_CMP_EQ"}]}]}'
	expect "$(run_sh 'trap : USR1 USR2; kill -USR2 $$ && echo two; kill -USR1 $$ 2>/dev/null || echo one')" $'two\none'
	config '.linux.seccomp.syscalls[0].args[0] = {index: 1, value: 8, valueTwo: 8, op: "SCMP_CMP_MASKED_EQ"}'
	expect "$(run_sh 'trap : USR1 USR2; kill -USR2 $$ 2>/dev/null || echo masked')" masked
}

@test "flags: those named are set, unknown ones refused, none means SPEC_ALLOW" {
	local flags=$T/flags.trace
	trace() { on_host strace -f -e trace=seccomp -o "$flags" "$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C"; }
	seccomp mkdir SCMP_ACT_ERRNO '{"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]}'
	trace
	grep -q 'SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_LOG, {len=' "$flags"
	seccomp mkdir SCMP_ACT_ERRNO '{"flags": []}'
	trace
	grep -q 'SECCOMP_SET_MODE_FILTER, 0, {len=' "$flags"
	seccomp mkdir SCMP_ACT_ERRNO
	trace
	grep -q 'SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, {len=' "$flags"
	seccomp mkdir SCMP_ACT_ERRNO '{"flags": ["SECCOMP_FILTER_FLAG_ODD"]}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'seccomp flag "SECCOMP_FILTER_FLAG_ODD" not known to runc'
	rm "$flags"
}

@test "WAIT_KILLABLE_RECV goes with a listener" {
	notify
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_TSYNC"]'
	agent 1 fake
	expect "$(run_sh 'mkdir /nowhere/x && echo faked')" faked
	wait $AGENT
}

@test "architectures: all names are known, odd ones refused" {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $a, syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}' \
		--argjson a "$(rt features | jq -c '.linux.seccomp.archs | map(select(. != "SCMP_ARCH_PARISC" and . != "SCMP_ARCH_PARISC64" and . != "SCMP_ARCH_LOONGARCH64"))
			| map(select(test("X86|X32")))')"
	expect "$(run_sh 'mkdir /tmp/x 2>/dev/null; echo $?')" 1
	config '.linux.seccomp.architectures = ["SCMP_ARCH_VAX"]'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'string SCMP_ARCH_VAX is not a valid arch for seccomp'
}

@test "an empty profile is none, an unknown call is passed over" {
	config '.linux.seccomp = {}'
	expect "$(run_sh 'grep Seccomp: /proc/self/status' | cut -f2)" 0
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["nonsense", "mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	expect "$(run_sh 'mkdir /tmp/x 2>/dev/null; echo $?')" 1
}

@test "the order: no_new_privs and the filter bind setuid programs, the filter comes after all else" {
	# All that making a process takes but the last calls may be refused.
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mount", "move_mount", "open_tree", "fsopen", "fsmount",
		"fsconfig", "mount_setattr", "pivot_root", "umount2", "setns", "unshare", "sethostname", "setdomainname", "setgroups", "setresuid",
		"setresgid", "chdir", "umask", "keyctl", "socket", "symlinkat", "mknodat", "set_mempolicy", "personality"], action: "SCMP_ACT_KILL_PROCESS"}]}
		| .process.noNewPrivileges = true | .process.user = {uid: 1000, gid: 1000}'
	expect "$(run_sh 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status' | cut -f2 | xargs)" "1 2"
}

@test "runc gives the same answers" {
	local row ours
	for row in '{"defaultAction":"SCMP_ACT_ODD"}' \
		'{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":0,"op":"SCMP_CMP_ODD"}]}]}'; do
		cp "$B/config.ok" "$B/config.json"
		config '.ociVersion = "1.0.2" | .linux.seccomp = $p' --argjson p "$row"
		fails 1 rt create -b "$B" "$C"
		ours=$(message)
		fails 1 peer runc create -b "$B" "$C"
		expect "${ours##*: }" "$(message | sed 's/.*: //')"
	done
	cp "$B/config.ok" "$B/config.json"
	seccomp mkdir SCMP_ACT_TRAP
	config '.ociVersion = "1.0.2"'
	ours=$(run_sh 'mkdir /tmp/x 2>/dev/null; echo $?')
	expect "$(peer runc run -b "$B" "$C")" "$ours"
}
