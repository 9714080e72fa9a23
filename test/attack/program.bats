#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# CVE-2019-5736: a container gets hold of the runtime's file on the host, waits until nobody executes it, and overwrites
# it. Here the file is a copy.
load helpers

setup_file() { attack_start; }
teardown_file() { attack_end; }

setup() {
	oci_setup
	cp "$BIN/tare-runtime" "$T/tare-runtime"
	mkfifo "$B/rootfs/tmp/hold"
	config '.process.env += ["PATH=/bin"]'
}

teardown() {
	rm -f "$T/inside" "$B"/rootfs/tmp/{hold,over} "$B/rootfs/bin/steal"
	oci_teardown
	rm -f "$T/tare-runtime"
}

rt() { on_host "$T/tare-runtime" --root "$RROOT" "$@"; }

# The attacker at work in the container, and at the end what it got. It is not started by the file it is after, which
# would be busy then.
thief() {
	on_host "$BIN/tare-runtime" --root "$RROOT" exec "$C" attacker overwrite /bin/busybox "${1:-2}" </dev/null >"$T/inside" 2>&1 3>&- &
	wait_for grep -q ready "$T/inside"
}

caught() {
	wait
	cat "$T/inside"
	grep -qx "held some" "$T/inside" # or the attack was none
	refute grep "got it" "$T/inside"
	cmp "$T/tare-runtime" "$BIN/tare-runtime"
}

# The entry point is a script whose interpreter is the runtime that executes it.
@test "CVE-2019-5736: by #!/proc/self/exe" {
	printf '#!/proc/self/exe --log=/tmp/hold\n' >"$B/rootfs/bin/steal"
	chmod 755 "$B/rootfs/bin/steal"
	running
	thief
	rt exec "$C" /bin/steal </dev/null >/dev/null 2>&1 || true
	caught
}

@test "CVE-2019-5736: by executing /proc/self/exe" {
	running
	thief
	rt exec "$C" /proc/self/exe --log /tmp/hold list </dev/null >/dev/null 2>&1 || true
	caught
}

# As a container's own process: it becomes the runtime, in the hands of another in the same pid namespace.
@test "CVE-2019-5736: by /proc/self/exe as the container's process" {
	running
	config '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/\($p)/ns/pid" else . end)
		| .linux.cgroupsPath += "2"' --argjson p "$PID"
	args /proc/self/exe --log /tmp/hold list
	thief # last: it does not wait long
	rt run -d -b "$B" second </dev/null >/dev/null 2>&1 3>&-
	caught
	rt delete -f second
}

# With every right a privileged container has: looking into init while it waits, and all the mount calls there are.
@test "CVE-2019-5736: by a privileged container" {
	caps CAP_SYS_PTRACE CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_SYS_CHROOT CAP_MKNOD CAP_FOWNER
	args sleep 1000
	create
	thief 1
	sleep 0.3
	rt start "$C"
	local i
	for i in 1 2 3 4 5; do rt exec "$C" true; done
	caught
}
