# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The peers, from Debian's packages, unpacked into $PEERS without installing them, and a dockerd in a
# private host. Sourced by the bench scripts after test/helpers.bash (host_start has run).

PEERS=${PEERS:-$BUILD/peers}

# Fetches docker.io, containerd and tini once.
peers_fetch() {
	[ -x "$PEERS/usr/sbin/dockerd" ] && return
	mkdir -p "$PEERS/deb"
	chmod 755 "$PEERS/deb"
	(cd "$PEERS/deb" && apt-get download -qq docker.io containerd tini libdevmapper1.02.1 >/dev/null 2>&1)
	for deb in "$PEERS"/deb/*.deb; do dpkg -x "$deb" "$PEERS"; done
	command -v docker >/dev/null || ln -s "$PEERS/usr/bin/docker" "${BIN:-$BUILD/bin}/docker"
}

# Starts dockerd in the private host; it answers on $DOCKERD_HOST when this returns.
dockerd_start() {
	mkdir -p "$T/dockerd"
	DOCKERD_HOST=unix://$T/dockerd.sock
	export DOCKERD_HOST
	echo '{}' >"$T/dockerd/daemon.json"
	on_host env PATH="$PEERS/usr/bin:$PEERS/usr/sbin:$PATH" LD_LIBRARY_PATH="$PEERS/lib/x86_64-linux-gnu" \
		"$PEERS/usr/sbin/dockerd" --data-root "$T/dockerd/data" --exec-root "$T/dockerd/run" \
		-H "$DOCKERD_HOST" --pidfile "$T/dockerd/pid" --config-file "$T/dockerd/daemon.json" \
		--cgroup-parent "$CGROUP-dockerd" </dev/null >"$T/dockerd/log" 2>&1 &
	local n=0
	until curl -fs --unix-socket "$T/dockerd.sock" http://d/_ping >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 400 ] || { tail -5 "$T/dockerd/log"; return 1; }
		sleep 0.05
	done
}

dockerd_stop() {
	local pid
	pid=$(cat "$T/dockerd/pid" 2>/dev/null) || return 0
	kill "$pid" && wait_gone "$pid"
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP-dockerd*" -exec rmdir {} + 2>/dev/null
	on_host sh -c "grep -o '$T/dockerd[^ ]*' /proc/self/mounts | sort -r | xargs -r umount -l" 2>/dev/null
	return 0
}
