#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tare beside the stock docker client: the same arguments, the same fake engine, the same output, exit code and
# requests. No daemon, no root. A case file is a list of command lines (compare.py tells the form).

bats_require_minimum_version 1.5.0

setup_file() {
	cd "$BATS_TEST_DIRNAME" || return 1
	export TARE=${TARE_BUILD:?run this through test/run.sh or set TARE_BUILD}/bin/tare
}

compare() { "$BATS_TEST_DIRNAME/compare.py" "$TARE" "$BATS_TEST_DIRNAME/cases/$1.json"; }

@test "help pages, usage errors and what is said without a daemon" { compare help; }
@test "run and create send the request docker sends, or refuse in its words" { compare run_bodies; }
@test "lists: tables, columns, units, templates, filters; verbs on several objects" { compare lists; }
@test "inspect and its templates, typed and raw, with Go's errors" { compare inspect; }
@test "run, exec, attach, start -a and logs, with and without a terminal" { compare sessions; }

@test "pull, push, save, load, import, export, commit, prune, search, df: output, requests and files" { compare images; }
@test "volumes, stats, update, diff" { compare objects; }
@test "network create, connect and disconnect send what docker sends" { compare network; }
@test "context: names for daemons, kept as docker keeps them" { compare context; }
@test "login and logout: config.json, credential helpers, prompts on a terminal" { compare login; }

@test "manifest: lists as docker keeps and pushes them, the registry spoken to by tare-xfer" { compare manifest; }

@test "what docker has and this version has not says what to do instead" {
	run -1 "$TARE" build .
	[[ $output == *"cannot build images yet"* ]]
}

@test "the top-level help lists what exists, in docker's layout" {
	run -0 "$TARE" --help
	[[ $output == "Usage:  docker [OPTIONS] COMMAND"* ]]
	[[ $output == *"Common Commands:"*"  run         Create and run a new container from an image"*"Management Commands:"*"Commands:"*"Global Options:"* ]]
	[[ $output == *"  pull  "* && $output != *"  build  "* && $output != *"  swarm  "* ]]
}

@test "a start of tare costs few page faults" {
	# faults repeat where milliseconds do not; a sanitizer has its own
	local faults
	faults=$(python3 - "$TARE" <<'PY'
import os, sys
null = os.open("/dev/null", os.O_RDWR)
pid = os.posix_spawn(sys.argv[1], [sys.argv[1], "--version"], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
print(os.wait4(pid, 0)[2].ru_minflt)
PY
	)
	echo "faults: $faults"
	grep -q asan "$TARE" || [ "$faults" -le 130 ]
}
