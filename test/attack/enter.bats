#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks on the process that enters a running container (exec), by what is in there already.
load helpers

setup_file() { attack_start; }
teardown_file() { attack_end; }
setup() { oci_setup; }

teardown() {
	rm -f "$T/inside"
	oci_teardown
}

# A container that watches for newcomers, and what it got from them.
watched_by() { # VERB ARGUMENTS…
	running
	inside attacker "$@"
	wait_for grep -q ready "$T/inside"
	local end=$((SECONDS + 2))
	while [ $SECONDS -lt $end ]; do execs 5; done
	wait
	cat "$T/inside"
	expect_match "$(tail -1 "$T/inside")" "^seen [1-9]" # or the attack was none
}

# CVE-2016-9962: a process of the container opens what belongs to one that is entering, by its /proc/PID/{exe,root,cwd,fd}.
@test "CVE-2016-9962: an entering process keeps its file and descriptors to itself" {
	watched_by peek 3 "$SECRET"
	expect_match "$(tail -1 "$T/inside")" " exe 0 reached 0 $"
}

# The same by ptrace: as root, with the capabilities Docker gives.
@test "CVE-2016-9962: an entering process cannot be traced" {
	caps CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_SETUID CAP_SETGID CAP_KILL CAP_MKNOD
	watched_by trace 3
	expect_match "$(tail -1 "$T/inside")" " traced 0$"
}

# With CAP_SYS_PTRACE the kernel hides nothing: then there must be nothing of the host's to be had.
@test "CVE-2016-9962: with CAP_SYS_PTRACE the host is still out of reach" {
	caps CAP_SYS_PTRACE CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH
	watched_by peek 3 "$SECRET"
	expect_match "$(tail -1 "$T/inside")" " reached 0 $"
}

# A container that waits for its start has nothing of the host's in its hands, either: who shares its pid namespace and
# may look (CAP_SYS_PTRACE) would go to the host through a directory among its descriptors.
@test "CVE-2016-9962: a waiting init holds no way to the host" {
	caps CAP_SYS_PTRACE CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH
	args sleep 1000
	create
	rt exec "$C" attacker look 1 "$SECRET" >"$T/inside"
	expect "$(cat "$T/inside")" "seen 1 exe 1 reached 0 "
}
