#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Configurations nobody should have to read: broken, huge, and with hooks that bite. Each ends in bounded time, in a container
# or in an error that says what is wrong.
load helpers

setup_file() { attack_start; }
teardown_file() { attack_end; }

setup() {
	oci_setup
	rm -f "$T"/hook.*
}

teardown() { oci_teardown; }

# within SECONDS COMMAND…: its exit code in $code, its output in $T/out
within() {
	code=0
	on_host timeout -s KILL "$1" "$BIN/tare-runtime" --root "$RROOT" "${@:2}" </dev/null >"$T/out" 2>&1 3>&- || code=$?
}

# An error with a message, and no other end.
an_error() {
	within 10 create -b "$B" "$C"
	output=$(tail -c 4096 "$T/out" | tr -d '\0')
	[ $code -eq 1 ] && [ -n "$(message)" ] || { echo "code $code: $(head -c 300 "$T/out")"; return 1; }
	[ ! -e "$RROOT/$C" ]
}

@test "malformed JSON" {
	local text
	while IFS= read -r text; do
		printf '%b' "$text" >"$B/config.json"
		an_error || { echo "for: $text"; return 1; }
	done <<-'E'

		{
		}
		[]
		null
		1e999
		"text
		{"process"
		{"process":
		{"process":{}}
		{"process":[]}
		{"process":{"args":"sh"}}
		{"process":{"args":[1]},"root":{"path":"rootfs"}}
		{"process":{"args":[null]}}
		{"ociVersion":"1.0.0","process":{"args":["sh"],"cwd":"/","user":{"uid":-1}},"root":{"path":"rootfs"}}
		{"ociVersion":"1.0.0","process":{"args":["sh"],"cwd":"/","user":{"uid":99999999999999999999}},"root":{"path":"rootfs"}}
		{"ociVersion":"1.0.0","process":{"args":["sh"],"cwd":"/"},"root":"rootfs"}
		{"ociVersion":"1.0.0","process":{"args":["sh"],"cwd":"/"},"root":{"path":"rootfs"},"mounts":{}}
		{"ociVersion":"1.0.0","process":{"args":["sh"],"cwd":"/"},"root":{"path":"rootfs"},"linux":{"namespaces":[{"type":"mount","path":7}]}}
		{"ociVersion":"1.0.0","process":{"args":["sh"],"cwd":"/"},"root":{"path":"rootfs"},"linux":{"namespaces":[{"type":"nonsense"}]}}
		{"ociVersion":"1.0.0","process":{"args":["s\u0000h"],"cwd":"/"},"root":{"path":"rootfs"}}
		{"a":1,}
		{'a':1}
		{"a":NaN}
		{"a":"\ud800"} x
		\0\0\0\0
		\xff\xfe{\0}\0
		\x80\x81\x82
		/* comment */
	E
	head -c 100000 /dev/urandom >"$B/config.json"
	an_error
	head -c 1500 "$B/config.ok" >"$B/config.json"
	an_error
	# All is well but one thing.
	while IFS= read -r text; do
		{ printf '%b' "${text%@*}"; cat "$B/config.ok"; printf '%b' "${text#*@}"; } >"$B/config.json"
		an_error || { echo "for: $text"; return 1; }
	done <<-'E'
		@x
		@,
		@}
		@{}
		@\0
		[@]
		\xef\xbb\xbf@
		/* comment */@
		@ // comment
	E
	while IFS= read -r text; do
		sed "$text" "$B/config.ok" >"$B/config.json"
		an_error || { echo "for: $text"; return 1; }
	done <<-'E'
		s/"rootfs"/'rootfs'/
		s/"rootfs"/"rootfs",/
		s/"rootfs"/"root\tfs"/
		s/"rootfs"/"rootfs\xff"/
		s/"path"/path/
		s/false/False/
		s/false/07/
		s/"cwd"/"cwd": NaN, "cwd"/
	E
}

@test "JSON nested a million deep" {
	head -c 1000000 /dev/zero | tr '\0' '[' >"$B/config.json"
	an_error
	{ printf '{"process":'; head -c 1000000 /dev/zero | tr '\0' '['; } >"$B/config.json"
	an_error
	python3 -c 'print("{\"a\":" * 500000 + "1" + "}" * 500000)' >"$B/config.json"
	an_error
}

@test "a configuration of more than 64 MiB" {
	{ printf '{"annotations":{"a":"'; head -c 70000000 /dev/zero | tr '\0' x; printf '"}}'; } >"$B/config.json"
	an_error
	expect_match "$(message)" "larger than"
	truncate -s 100G "$B/config.json"
	an_error
}

huge() { # PYTHON-STATEMENT on c
	python3 -c "import json,sys; c = json.load(open('$B/config.ok')); exec(sys.argv[1]); json.dump(c, open('$B/config.json', 'w'))" "$1"
}

# Either way is good, as long as it is one of the two.
runs_or_fails() {
	within 20 run -b "$B" "$C"
	[ $code -le 1 ] || { echo "code $code: $(head -c 300 "$T/out")"; return 1; }
	[ $code -eq 0 ] || [ -n "$(output=$(tail -c 4096 "$T/out"); message)" ]
}

mounts() { # N: so many binds, each on a directory of its own, which are not on a disk
	huge "c['mounts'] += [{'destination': '/m/%d' % i, 'type': 'bind', 'source': '/usr', 'options': ['bind']} for i in range($1)]"
	mkdir "$B/rootfs/m"
	on_host mount -t tmpfs -o nr_inodes=0,mode=755 tmpfs "$B/rootfs/m"
	within "$2" run -b "$B" "$C"
	on_host umount -l "$B/rootfs/m"
	rmdir "$B/rootfs/m"
}

@test "20,000 mounts" {
	mounts 20000 30
	expect $code 0
}

@test "more mounts than the kernel has room for (sysctl fs.mount-max)" {
	mounts $(($(cat /proc/sys/fs/mount-max) + 1)) 60
	expect $code 1
	output=$(tail -c 4096 "$T/out")
	expect_match "$(message)" "error mounting .* [Nn]o space left on device"
}

@test "100,000 environment variables, and two million" {
	huge 'c["process"]["env"] += ["V%d=x" % i for i in range(100000)]'
	runs_or_fails
	huge 'c["process"]["env"] += ["V%d=x" % i for i in range(2000000)]'
	runs_or_fails
	expect_match "$(cat "$T/out")" "argument list too long"
}

@test "100,000 of everything else" {
	huge 'c["process"]["args"] = ["true"] * 100000'
	runs_or_fails
	huge 'c["process"]["args"] = ["true", "x" * 40000000]'
	runs_or_fails
	huge 'c["annotations"] = {"a%d" % i: "x" for i in range(100000)}'
	runs_or_fails
	huge 'c["annotations"] = {"a": "x" * 30000000}'
	runs_or_fails
	huge 'c["process"]["user"]["additionalGids"] = list(range(100000))'
	runs_or_fails
	huge 'c["linux"]["maskedPaths"] = ["/proc/keys"] * 1000 + ["/no/such/%d" % i for i in range(99000)]'
	runs_or_fails
	huge 'c["linux"]["sysctl"] = {"net.ipv4.conf.x%d" % i: "1" for i in range(100000)}'
	runs_or_fails
	huge 'c["linux"]["namespaces"] += [{"type": "uts", "path": "/proc/self/ns/uts"}] * 100000'
	runs_or_fails
	huge 'c["mounts"] += [{"destination": "/" + "d/" * 50000, "type": "tmpfs"}]'
	runs_or_fails
	huge 'c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [{"containerID": i, "hostID": i, "size": 1} for i in range(100000)]; c["linux"]["namespaces"] += [{"type": "user"}]'
	runs_or_fails
}

# ---- hooks ----

hook() { # NAME SCRIPT [TIMEOUT]
	config '.hooks[$n] += [{path: "/bin/sh", args: ["sh", "-c", $s], env: ["PATH=/usr/bin:/bin"]} + (if $t == 0 then {} else {timeout: $t} end)]' \
		--arg n "$1" --arg s "cat >/dev/null; R='$BIN/tare-runtime --root $RROOT'; T=$T; $2" --argjson t "${3:-0}"
}

# A hook that calls the runtime on the container that waits for it.
@test "hooks that turn on their own container: look at it, start it, kill it" {
	hook createRuntime "\$R state $C >\$T/hook.state; \$R list >/dev/null; \$R kill $C USR1; true" 5
	args sleep 1000
	within 10 create -b "$B" "$C"
	expect $code 0
	expect "$(jq -r .id "$T/hook.state")" "$C"
	rt delete -f "$C"
	cp "$B/config.ok" "$B/config.json"
	hook createRuntime "\$R kill $C KILL"
	an_error
}

# delete -f, exec and start wait for the lock that create holds; or they know better.
@test "hooks that delete their own container" {
	local name
	for name in prestart createRuntime createContainer; do
		cp "$B/config.ok" "$B/config.json"
		hook $name "\$R delete -f $C"
		an_error || { echo "in $name"; return 1; }
	done
}

@test "a hook that makes a container like its own, again and again" {
	mkdir "$T/nest"
	cat >"$T/nest/again" <<-'E'
		cd "$T/nest" && echo x >>depth
		n=$(wc -l <depth)
		[ "$n" -le 6 ] || exit 1
		mkdir "$n"
		jq --arg n "$n" --arg r "$B/rootfs" '.linux.cgroupsPath += "-" + $n | .root.path = $r' "$B/config.json" >"$n/config.json"
		exec "$BIN/tare-runtime" --root "$RROOT" create -b "$n" "again$n" </dev/null >"$n/out" 2>&1
	E
	hook createRuntime "export T=$T B=$B BIN=$BIN RROOT=$RROOT; exec sh $T/nest/again" 15
	within 20 create -b "$B" "$C"
	expect $code 1
	expect "$(ls "$RROOT")" ""
	tail -n 3 "$T"/nest/*/out
	expect "$(wc -l <"$T/nest/depth")" 7
	rm -r "$T/nest"
}

@test "hooks that hang: a timeout ends them, with what they left running" {
	local start=$SECONDS
	hook createRuntime 'sleep 1000 & sleep 1000' 1
	an_error
	expect_match "$(message)" 'hook ran past specified timeout of 1.0s'
	[ $((SECONDS - start)) -lt 8 ]
}

# Who waits for a hook without timeout can be killed, and takes the unfinished container along.
@test "a hook that hangs without a timeout: killing create is enough" {
	hook createRuntime 'echo up >$T/hook.up; exec sleep 1000'
	rt create -b "$B" "$C" </dev/null >"$T/out" 2>&1 3>&- &
	wait_for test -s "$T/hook.up"
	local pid
	pid=$(pgrep -f -- "--root $RROOT create -b $B $C" | head -1)
	kill -9 "$pid"
	wait $! || true
	rt delete -f "$C"
	[ ! -e "$RROOT/$C" ]
	pgrep -P 1 -f "sleep 1000" -u root | while read -r left; do
		! tr '\0' '\n' <"/proc/$left/environ" | grep -q "^TARE_BUILD=$BUILD" || kill "$left"
	done
}

@test "hooks that flood their output, close everything, or do not read" {
	hook createRuntime 'head -c 20000000 /dev/zero; head -c 20000000 /dev/zero >&2; exit 1'
	an_error
	[ "$(wc -c <"$T/out")" -lt 100000 ]
	cp "$B/config.ok" "$B/config.json"
	hook createRuntime 'exec 0<&- 1>&- 2>&-; sleep 0.1; exit 0'
	args true
	within 10 run -b "$B" "$C"
	expect $code 0
}
