#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.json that is broken, senseless or enormous: one clear sentence, quickly, and nothing is left.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

refused() { # TEXT: of config.json as it is
	fails 1 timeout 20 nsenter -t "$HOST" -n -m "$BIN/tare-runtime" --root "$RROOT" create -b "$B" "$C"
	expect_match "$(message)" "^runc create failed: $1"
	[ ! -e "$RROOT/$C" ]
}

@test "what is no JSON" {
	local text
	for text in '' '{' 'nul' '{"a":}' '[1,2' '{"a":1,}' '{"ociVersion":"1.0.2"}}' '"' '{"a":"\ud800"' "$(head -c 100 /dev/urandom | base64)"; do
		printf '%s' "$text" >"$B/config.json"
		refused '(invalid|unexpected)'
	done
	printf '{"ociVersion":"1.0.2","hostname":"a\0b"}' >"$B/config.json"
	refused '.*'
}

@test "nested too deep, cut off anywhere" {
	python3 -c 'print("[" * 200000 + "]" * 200000)' >"$B/config.json"
	refused '.*(deep|nest|invalid)'
	python3 -c 'print("{\"a\":" * 100000)' >"$B/config.json"
	refused '.*(deep|nest|invalid)'
	local n size
	size=$(stat -c %s "$B/config.ok")
	for n in 1 10 100 500 $((size / 2)) $((size - 3)); do
		head -c $n "$B/config.ok" >"$B/config.json"
		refused '.*(invalid|unexpected)'
	done
}

@test "members of the wrong kind are named" {
	local edit
	while IFS='|' read -r edit expected; do
		cp "$B/config.ok" "$B/config.json"
		config "$edit"
		refused "json: cannot unmarshal $expected"
	done <<-'E'
		.process.args = "sh"|string into Go struct field process.args of type \[\]string
		.process.user.uid = -1|number.* process.user.uid
		.process.user.uid = 4294967296|number.* process.user.uid
		.process.user.uid = "root"|string.* process.user.uid
		.process.terminal = 1|number.* process.terminal of type bool
		.mounts = {}|object.* mounts
		.mounts[0].options = [1]|number.* mounts.*options
		.linux.namespaces = "pid"|string.* linux.namespaces
		.linux.resources.pids.limit = "many"|string.* linux.resources.pids.limit
		.linux = []|array.* linux
		.hooks.prestart = {}|object.* hooks.prestart
		.root = "rootfs"|string.* root
		.annotations = {a: 1}|number.* annotations
	E
}

@test "values that make no sense" {
	local edit expected
	while IFS='|' read -r edit expected; do
		cp "$B/config.ok" "$B/config.json"
		config "$edit"
		refused "$expected"
	done <<-'E'
		del(.ociVersion)|`ociVersion` must be set
		.ociVersion = "9.9.9"|unsupported ociVersion
		del(.process)|process property must not be empty
		.process.cwd = ""|Cwd property must not be empty
		.process.cwd = "x"|Cwd must be an absolute path
		.process.args = []|args must not be empty
		.process.rlimits = [{type: "RLIMIT_FOO", hard: 1, soft: 1}]|.*invalid rlimit type: RLIMIT_FOO
		.process.rlimits = [{type: "RLIMIT_CPU", hard: 1, soft: 2}]|rlimit RLIMIT_CPU: soft limit is above the hard limit
		.process.scheduler = {policy: "SCHED_ODD"}|.*invalid scheduler policy: SCHED_ODD
		.process.ioPriority = {class: "x", priority: 1}|invalid ioPriority.Class: "x"
		.linux.personality = {domain: "VAX"}|invalid personality domain VAX
		.linux.namespaces += [{type: "odd"}]|namespace \{"odd" ""\} does not exist
		.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}]|user namespace mappings specified, but user namespace isn't enabled in the config
		.hostname = "a\u0000b"|a string contains a null byte
		.mounts += [{destination: "", type: "tmpfs"}]|mount destination must not be empty
		.mounts += [{destination: "/x", type: "nonsense", source: "x"}]|.*error mounting "x" to rootfs at "/x": mount nonsense: open filesystem: No such device
		.mounts += [{destination: "/", type: "tmpfs", source: "x"}]|.*mounting over the container's root is not possible
		.hooks = {prestart: [{path: "x"}]}|hook path "x" is not absolute
		.root.path = ""|root.path must not be empty
		.linux.sysctl = {"net..x": "1"}|.*invalid sysctl "net..x"
	E
}

@test "enormous: environment, annotations, mounts, arguments" {
	config '.process.env += [range(20000) | "V\(.)=\("x" * 20)"] | .annotations = ([range(20000) | {key: "k\(.)", value: "v"}] | from_entries)'
	args sh -c 'env | grep -c ^V'
	expect "$(rt run -b "$B" "$C")" 20000
	cp "$B/config.ok" "$B/config.json"
	config '.process.args = ["true", ("x" * 200000)]'
	fails 1 rt run -b "$B" "$C"
	expect_match "$(message)" "argument list too long"
	cp "$B/config.ok" "$B/config.json"
	config '.mounts += [range(300) | {destination: "/tmp/m\(.)", type: "tmpfs", source: "tmpfs"}]'
	args sh -c 'grep -c " /tmp/m" /proc/self/mountinfo'
	expect "$(rt run -b "$B" "$C")" 300
	rm -rf "$B"/rootfs/tmp/m*
	# More than is read at all.
	head -c 70M /dev/zero | tr '\0' ' ' >"$B/config.json"
	refused '.*'
}

@test "process.json of exec is checked alike" {
	args sleep 1000
	create
	rt start "$C"
	local text
	for text in '' '{' '[]' '{"args":"x"}' '{"cwd":"/","args":[]}' '{"cwd":"x","args":["true"]}' '{"cwd":"/","args":["a\u0000b"]}' \
		'{"cwd":"/","args":["true"],"scheduler":{}}'; do
		printf '%s' "$text" >"$T/process.json"
		fails 255 rt exec --process "$T/process.json" "$C"
		expect_match "$(message)" "^exec failed: "
	done
	rm "$T/process.json"
}
