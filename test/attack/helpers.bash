# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Attacks on tare-runtime: the bundle of ../oci/helpers.bash with the attacker's program (attacker.c) in it, and a
# file of the host, $SECRET, that no container is meant to reach.
load ../oci/helpers

attack_start() {
	oci_start
	cp "$BUILD/test/attack/attacker" "$B/rootfs/bin/attacker"
	echo "the host's" >"$T/secret"
	export SECRET=$T/secret
}

attack_end() { oci_end; }

# caps NAME…: the container's capabilities, all sets but inheritable and ambient
caps() {
	config '.process.capabilities = ($c | split(" ") | {bounding: ., effective: ., permitted: .})' --arg c "$*"
}

# running: a container that sleeps
running() {
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	PID=$(cat "$T/pid")
	rm "$T/pid"
}

# inside COMMAND…: runs in the container in the background, its output in $T/inside
inside() { rt exec "$C" "$@" </dev/null >"$T/inside" 2>&1 3>&- & }

# execs N: so many short processes
execs() {
	local i
	for ((i = 0; i < $1; i++)); do rt exec "$C" true; done
}

# refused REGEX: create fails with that in its message. It writes to a file: a container made after all would hold a pipe.
refused() {
	local rc=0
	rt create -b "$B" "$C" </dev/null >"$T/refused" 2>&1 3>&- || rc=$?
	output=$(cat "$T/refused")
	rm "$T/refused"
	[ $rc -eq 1 ] || { echo "exit code $rc: $output"; return 1; }
	expect_match "$(message)" "$1"
}
