# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The same requests to Debian's dockerd and to tared, side by side on one private host; what they answer is compared,
# with ids, times and addresses taken out. The peer is run anew each time, so nothing recorded can grow old.
load ../dropin/helpers

# parity_start: both daemons with the busybox image, neither with a bridge.
parity_start() {
	dropin_start docker.io containerd runc tini libdevmapper1.02.1
	mkdir "$T/docker"
	echo '{}' >"$T/docker/daemon.json"
	daemon_start dockerd dockerd --data-root "$T/docker/data" --exec-root "$T/docker/run" \
		-H "unix://$T/docker.sock" --pidfile "$T/docker/pid" --config-file "$T/docker/daemon.json" \
		--cgroup-parent "$CGROUP/d" --storage-driver overlay2 --iptables=false --bridge=none
	export DOCKER_CONFIG=$T/docker-config DOCKER_HOST=unix://$T/tare.sock
	tared_start
	wait_for peer docker version
	peer docker load -q -i "$(image_tar)" >"$T/load.log"
	image_load
}

parity_stop() {
	peer docker ps -aq | while read -r id; do peer docker rm -fv "$id" </dev/null >"$T/rm.log"; done
	daemon_stop dockerd
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP/d*" -exec rmdir {} + 2>/dev/null
	tared_stop
	host_end
}

# peer COMMAND…: with dockerd as its daemon
peer() { DOCKER_HOST=unix://$T/docker.sock SOCKET=$T/docker.sock on_host "$@"; }

# What differs from run to run, and the names the two data roots go by.
normal() {
	sed -E -e "s#$T/docker/data|$T/data#ROOT#g" -e 's/\b[0-9a-f]{64}\b/ID/g; s/\b[0-9a-f]{12}\b/SHORT/g' \
		-e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)/TIME/g'
}

# both FUNCTION [ARGUMENT…]: runs it once for each daemon ($SOCKET, $DOCKER_HOST); output and status must be the same.
both() {
	local theirs ours
	theirs=$(SOCKET=$T/docker.sock DOCKER_HOST=unix://$T/docker.sock run_noted "$@" | normal)
	ours=$(SOCKET=$T/tare.sock DOCKER_HOST=unix://$T/tare.sock run_noted "$@" | normal)
	[ "$theirs" = "$ours" ] && return 0
	diff -u --label dockerd --label tared <(echo "$theirs") <(echo "$ours")
	return 1
}

run_noted() {
	local rc=0
	"$@" 2>&1 || rc=$?
	echo "status $rc"
}

# call METHOD PATH [CURL ARGUMENT…]: the status, and the body with members in the order of their names: that changed over
# Docker's releases
call() {
	local method=$1 path=$2
	shift 2
	local answer
	answer=$(curl -s --max-time 60 --unix-socket "$SOCKET" -X "$method" -H content-type:application/json -w '\n%{http_code}' "$@" "http://d/v1.41$path")
	echo "${answer##*$'\n'}"
	jq -cS . <<<"${answer%$'\n'*}" 2>/dev/null || echo "${answer%$'\n'*}"
}

# shape [JQ FILTER]: each member's path with its type, of a JSON text
shape() {
	jq -r "${1:-.}"' | [paths(true) as $p | "\($p | map(if type == "number" then "[]" else . end) | join(".")) \(getpath($p) | type)"] | unique[]'
}
