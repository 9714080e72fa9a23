#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hooks: when, where, with what, and what their failure does.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }

setup() {
	oci_setup
	rm -f "$T"/hook.*
}

teardown() { oci_teardown; }

# hook NAME SCRIPT: appended
hook() {
	config '.hooks[$n] += [{path: "/bin/sh", args: ["sh", "-c", $s], env: ["T=\($t)", "PATH=/usr/bin:/bin"]}]' \
		--arg n "$1" --arg s "$2" --arg t "$T"
}

@test "order, status and namespaces" {
	local name
	for name in prestart createRuntime createContainer poststart poststop; do
		hook $name "cat >\$T/hook.$name; echo $name >>\$T/hook.order"
	done
	# In the container: its own /bin/sh and root.
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "cat >/tmp/hook.start; ls / >/tmp/hook.ls"]}]'
	args sleep 1000
	create
	expect "$(xargs <"$T/hook.order")" "prestart createRuntime createContainer"
	[ ! -e "$B/rootfs/tmp/hook.start" ]
	rt start "$C"
	wait_for test -s "$B/rootfs/tmp/hook.ls"
	rt delete -f "$C"
	expect "$(xargs <"$T/hook.order")" "prestart createRuntime createContainer poststart poststop"
	for name in prestart createRuntime createContainer; do
		expect "$(jq -r '[.id, .status, .bundle] | join(" ")' "$T/hook.$name")" "$C creating $B"
		expect "$(jq -r '.pid > 1' "$T/hook.$name")" true
	done
	expect "$(jq -r .status "$B/rootfs/tmp/hook.start" "$T/hook.poststart" "$T/hook.poststop" | xargs)" "created running stopped"
	grep -qx busybox <(ls "$B/rootfs/bin") && grep -qx tmp "$B/rootfs/tmp/hook.ls"
	rm "$B"/rootfs/tmp/hook.*
}

@test "createRuntime is in the runtime's namespaces, createContainer in the container's before pivot" {
	hook createRuntime 'cat >/dev/null; readlink /proc/self/ns/net /proc/self/ns/mnt >$T/hook.runtime'
	hook createContainer 'cat >/dev/null; readlink /proc/self/ns/net /proc/self/ns/mnt >$T/hook.container; grep -c " $T/bundle/rootfs/proc " /proc/self/mountinfo >$T/hook.mounted'
	args sleep 1000
	create --pid-file "$T/pid"
	expect "$(cat "$T/hook.runtime")" "$(on_host readlink /proc/self/ns/net /proc/self/ns/mnt)"
	expect "$(cat "$T/hook.container")" "$(readlink "/proc/$(cat "$T/pid")/ns/net" "/proc/$(cat "$T/pid")/ns/mnt")"
	expect "$(cat "$T/hook.mounted")" 1
	rm "$T/pid"
}

@test "the environment is exactly the named one" {
	config '.hooks.createRuntime = [{path: "/usr/bin/env", args: ["env", "sh", "-c", "env >$OUT"], env: ["OUT=\($t)/hook.env", "A=1"]}]' --arg t "$T"
	create
	grep -vE '^(PWD|SHLVL|_|OLDPWD)=' "$T/hook.env" | sort | xargs | grep -qx "A=1 OUT=$T/hook.env"
}

@test "without one: the caller's outside, the container's inside; and where they start" {
	local name
	config '.process.env += ["INNER=1"] | .process.cwd = "/root" | .hooks = ([{path: "/bin/sh",
		args: ["sh", "-c", "echo $OUTER,$INNER,$(pwd) >\($t)/hook.$NAME; cat >/dev/null"]}] as $h
		| ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] | map({(.): ($h | map(.args[2] |= .))}) | add)' --arg t "$T"
	for name in prestart createRuntime createContainer poststart poststop; do
		config '.hooks[$n][0].args[2] |= sub("[$]NAME"; $n)' --arg n $name
	done
	config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo $OUTER,$INNER,$(pwd) >/tmp/hook.start"]}]'
	export OUTER=1
	seen() { (cd "$T" && head -n 1 hook.prestart hook.createRuntime hook.createContainer hook.poststart hook.poststop "$B/rootfs/tmp/hook.start" | grep , | xargs); }
	(cd /usr && rt run -b "$B" "$C")
	local ours
	ours=$(seen)
	expect "$ours" "1,,$B 1,,$B ,1,$B/rootfs 1,,$B 1,,$B ,1,/root"
	rm "$T"/hook.* "$B/rootfs/tmp/hook.start"
	config '.ociVersion = "1.0.2"'
	(cd /usr && peer runc run -b "$B" "$C")
	expect "$ours" "$(seen)"
	rm "$B/rootfs/tmp/hook.start"
}

@test "a hook that fails: create fails in runc's words and leaves nothing" {
	local name
	for name in prestart createRuntime createContainer; do
		cp "$B/config.ok" "$B/config.json"
		hook $name 'cat >/dev/null; echo out; echo err >&2; exit 3'
		fails 1 rt create -b "$B" "$C"
		expect_match "$output" 'runc create failed: unable to start container process: error during container init: error running hook #0: error running hook: exit status 3, stdout: out'
		[ ! -e "$RROOT/$C" ]
	done
	cp "$B/config.ok" "$B/config.json"
	config '.hooks.createRuntime = [{path: "/bin/true"}, {path: "/nope"}]'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'error running hook #1: fork/exec /nope: no such file or directory$'
}

@test "poststart failing ends the container; poststop failing is only told" {
	hook poststart 'exit 1'
	args sleep 1000
	create
	fails 1 rt start "$C"
	expect_match "$(message)" '^error running hook #0: error running hook: exit status 1'
	[ ! -e "$RROOT/$C" ]
	fails 1 rt run -d -b "$B" "$C"
	[ ! -e "$RROOT/$C" ]
	cp "$B/config.ok" "$B/config.json"
	hook poststop 'exit 1'
	rt run -b "$B" "$C" 2>"$T/err"
	grep -q 'error running hook #0' "$T/err"
}

@test "timeouts" {
	hook createRuntime 'sleep 1000'
	config '.hooks.createRuntime[0].timeout = 1'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'error running hook #0: hook ran past specified timeout of 1.0s$'
	refute pgrep -f 'sleep 1000 .*hook'
}

@test "a hook that reads nothing, writes much, or leaves a child does not block" {
	config '.annotations = {big: ("x" * 100000)}'
	hook createRuntime 'head -c 300000 /dev/zero; sleep 3 & exit 0'
	local before
	before=$(date +%s%N)
	create
	[ $((($(date +%s%N) - before) / 1000000)) -lt 2500 ]
}

@test "a startContainer hook that fails is told on stderr, 255" {
	config '.hooks.startContainer = [{path: "/bin/false"}]'
	create
	rt start "$C"
	until_stopped
	expect_match "$(cat "$T/err")" 'error running hook #0: error running hook: exit status 1'
	fails 1 rt run -b "$B" other
}
