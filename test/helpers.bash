# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What every black-box suite stands on: one private host (network, mount namespace and cgroup) a file, and
# a tared in it. load ../helpers in setup_file's file, then:
#
#	setup_file() { host_start; tared_start; image_load; }
#	teardown_file() { tared_stop; host_end; }      # host_end fails if anything was left behind
#
# docker and tare talk to it: DOCKER_HOST is exported. Run a test's body with both clients: each_client f.

BUILD=${TARE_BUILD:?run this through test/run.sh or set TARE_BUILD}
BIN=$BUILD/bin
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$BIN:$PATH

# The private host: a process that holds the namespaces. $T is its scratch folder.
host_start() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/tare-test-XXXXXX")
	CGROUP=/tare-test-${T##*-}
	unshare -n -m --propagation private sleep 7200 </dev/null >/dev/null 2>&1 3>&- &
	HOST=$!
	# unshare has become sleep once its namespaces are ready.
	until [ "$(cat /proc/$HOST/comm 2>/dev/null)" = sleep ]; do kill -0 $HOST || return 1; done
	on_host ip link set lo up
	export T CGROUP HOST
	export DOCKER_HOST=unix://$T/tare.sock DOCKER_CONFIG=$T/docker-config TARE_ROOT=$T/data TARE_RUN=$T/run
	mkdir -p "$DOCKER_CONFIG" "$T/data" "$T/run"
	# Sanitized builds write what they find beside the test's files; host_end reads it.
	export ASAN_OPTIONS=log_path=$T/san:log_exe_name=1 UBSAN_OPTIONS=log_path=$T/san:log_exe_name=1:print_stacktrace=1
	export TSAN_OPTIONS=log_path=$T/san:log_exe_name=1 LSAN_OPTIONS=log_path=$T/san:log_exe_name=1:exitcode=0
}

on_host() { nsenter -t "$HOST" -n -m -- "$@"; }

# host_end: everything must be gone but the holder itself.
host_end() {
	local left
	left=$(host_leftovers; sanitizer_reports)
	kill "$HOST" 2>/dev/null
	wait "$HOST" 2>/dev/null
	cgroups_remove
	[ -z "$left" ] || cp "$T/tared.log" "$BUILD/tared.failed.log" 2>/dev/null
	rm -rf "$T"
	[ -z "$left" ] || { echo "left behind:"; echo "$left"; return 1; }
}

# Reports of sanitized programs. Memory still held at exit counts in the daemon, which lives long, only.
# tare-layer, confined, reports to the daemon's log.
sanitizer_reports() {
	local file
	sed -n '/ERROR: [A-Za-z]*Sanitizer\|WARNING: ThreadSanitizer\|runtime error:/,$p' "$T/tared.log" 2>/dev/null | head -200
	for file in "$T"/san.*; do
		[ -e "$file" ] || continue
		case $file in
		*/san.tared.*) cat "$file" ;;
		*) grep -lE 'ERROR: AddressSanitizer|runtime error|WARNING: ThreadSanitizer' "$file" >/dev/null && cat "$file" ;;
		esac
	done
}

# What a stopped daemon without containers may not leave: mounts, processes, interfaces, cgroups.
host_leftovers() {
	on_host cat /proc/self/mountinfo | grep -F " $T/" | sed 's/^/mount: /'
	local file line
	grep -alsF -e "$T" /proc/[0-9]*/cmdline | while read -r file; do
		line=$({ tr '\0' ' ' <"$file"; } 2>/dev/null)
		case $line in '' | nsenter* | bash* | bats* | cat* | tr* | grep*) ;; *) echo "process ${file//[!0-9]/}: $line" ;; esac
	done
	on_host ip -o link | awk -F': ' '$2 !~ /^(lo|docker0|tunl0|sit0|ip6tnl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6gre0)/ { print "link: " $2 }'
	find /sys/fs/cgroup -depth -mindepth 3 -path "*$CGROUP/*" -type d 2>/dev/null | sed 's/^/cgroup: /'
}

# With what is still in them, which has been told of by then.
cgroups_remove() {
	local frozen
	find /sys/fs/cgroup -path "*$CGROUP*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -9 2>/dev/null
	while read -r frozen; do
		echo THAWED >"$frozen"
		sleep 0.2
	done < <(find /sys/fs/cgroup -path "*$CGROUP*" -name freezer.state -exec grep -l FROZEN {} + 2>/dev/null)
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP*" -exec rmdir {} + 2>/dev/null
	return 0
}

# tared_start [flags…]: returns when it answers. TARED is its pid; its log is $T/tared.log.
tared_start() {
	on_host "$BIN/tared" --data-root "$T/data" --exec-root "$T/run" -H "unix://$T/tare.sock" \
		--pidfile "$T/tared.pid" --cgroup-parent "$CGROUP" "$@" </dev/null >>"$T/tared.log" 2>&1 3>&- &
	local tries=0
	until tare version >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt 300 ]; then
			cat "$T/tared.log"
			return 1
		fi
		sleep 0.02
	done
	TARED=$(cat "$T/tared.pid")
	export TARED
}

# tared_stop: removes every container first, so that a leak shows in host_end.
tared_stop() {
	local ids
	ids=$(tare ps -aq 2>/dev/null)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || tare rm -f $ids >/dev/null
	tared_term
}

# Ends the daemon alone; containers go on.
tared_term() {
	local pid
	pid=$(cat "$T/tared.pid")
	kill "$pid"
	wait_gone "$pid"
}

tared_kill9() {
	local pid
	pid=$(cat "$T/tared.pid")
	kill -9 "$pid"
	wait_gone "$pid"
}

wait_gone() { # pid: until it is gone or a zombie of ours with all its threads, at most 10 s
	local n=0
	while kill -0 "$1" 2>/dev/null && grep -qs '^State:[[:space:]]*[^Z]' /proc/"$1"/task/*/status; do
		n=$((n + 1))
		[ $n -lt 500 ] || { echo "process $1 does not end"; return 1; }
		sleep 0.02
	done
	return 0
}

# wait_for COMMAND…: until it succeeds, at most 10 s.
wait_for() {
	local n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 200 ] || { echo "waited in vain for: $*"; return 1; }
		sleep 0.05
	done
}

# image_load: the busybox image, made once a build.
image_load() {
	[ -s "$BUILD/busybox.tar" ] || "$TOP/tools/mkimage.sh" "$BUILD/busybox.tar"
	tare load -q -i "$BUILD/busybox.tar"
}

api() { # METHOD PATH [curl args…]: the raw API; prints the body
	local method=$1 path=$2
	shift 2
	curl -s --unix-socket "$T/tare.sock" -X "$method" "http://d$path" "$@"
}

api_status() { # METHOD PATH [curl args…]: prints the status, a blank and the body's message
	local method=$1 path=$2 out
	shift 2
	out=$(curl -s --unix-socket "$T/tare.sock" -X "$method" -w '\n%{http_code}' "http://d$path" "$@")
	printf '%s %s\n' "${out##*$'\n'}" "$(jq -r .message 2>/dev/null <<<"${out%$'\n'*}")"
}

# each_client FUNCTION: runs it twice, with $CLI docker and tare; failures name the client. TARE_CLIENTS: which there are.
each_client() {
	for CLI in ${TARE_CLIENTS:-docker tare}; do
		echo "with $CLI" # shown when it fails; no "||" here, it would switch errexit off in the function
		"$1"
	done
}

# expect ACTUAL EXPECTED: equality with both shown.
expect() {
	[ "$1" = "$2" ] || { printf 'got:      %q\nexpected: %q\n' "$1" "$2"; return 1; }
}

expect_match() { # ACTUAL REGEX
	[[ $1 =~ $2 ]] || { printf 'got:     %q\npattern: %q\n' "$1" "$2"; return 1; }
}

# refute COMMAND…: it fails. A bare "!" is heard at the end of a test only: errexit does not mind it.
refute() {
	! "$@"
}
