#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore through the real CRIU.
load ../oci/helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() {
	rm -rf "$T/img" "$T/work"
	oci_teardown
}

@test "CRIU knows this kernel" { on_host criu check; }

@test "a counter goes on from where it was, through the real CRIU" {
	args sh -c 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; sleep 0.1; done'
	rt run -d -b "$B" "$C" </dev/null 2>&1 | cat >"$T/out" 3>&- &
	wait_for grep -q 5 "$B/rootfs/tmp/count"
	rt checkpoint --image-path "$T/img" --work-path "$T/work" "$C"
	fails 1 rt state "$C"
	local before
	before=$(cat "$B/rootfs/tmp/count")
	rt restore -d -b "$B" --image-path "$T/img" --work-path "$T/work" "$C" </dev/null 2>&1 | cat >"$T/out" 3>&- &
	wait_for is_status running
	wait_for sh -c "[ \$(cat '$B/rootfs/tmp/count') -gt $((before + 3)) ]"
	expect "$(rt exec "$C" sh -c 'echo $PPID; cat /proc/1/comm' | xargs)" "0 sh"
	rm "$B/rootfs/tmp/count"
}
