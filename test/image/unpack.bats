#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Odd and hostile layers (layers.py) become what Debian's dockerd 20.10 makes of them, file by file: both load the same
# archives, then the trees are compared (tree.py). Where they are meant to differ is said below.
load ../dropin/helpers

setup_file() {
	dropin_start docker.io containerd tini libdevmapper1.02.1
	mkdir "$T/docker"
	echo '{}' >"$T/docker/daemon.json"
	daemon_start dockerd dockerd --data-root "$T/docker/data" --exec-root "$T/docker/run" \
		-H "unix://$T/docker.sock" --pidfile "$T/docker/pid" --config-file "$T/docker/daemon.json" \
		--cgroup-parent "$CGROUP/d" --storage-driver overlay2 --iptables=false --bridge=none
	export DOCKER_HOST=unix://$T/tare.sock
	tared_start
	wait_for dk version
	SINCE=$(date +%s)
	export SINCE
	python3 "$TOP/test/image/layers.py" "$T/archives"
}

teardown_file() {
	tared_stop
	daemon_stop dockerd
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP/d*" -exec rmdir {} + 2>/dev/null
	host_end
}

dk() { on_host docker -H "unix://$T/docker.sock" "$@"; }

# takes CLIENT NAME: whether it loads the archive
takes() { "$1" load -q -i "$T/archives/$2.tar" >"$T/said" 2>&1; }

@test "what both take looks the same" {
	local client name different=
	local names
	mapfile -t names <"$T/archives/both"
	for client in dk tare; do
		takes $client all || { cat "$T/said"; return 1; }
		# <no value>: an image without layers
		$client image inspect -f '{{index .Config.Labels "case"}} {{.Size}} {{.GraphDriver.Data.LowerDir}}:{{.GraphDriver.Data.UpperDir}}' "${names[@]}" |
			sed 's/<no value>//g' | on_host python3 "$TOP/test/image/tree.py" "$T/$client" "$SINCE"
	done
	expect "$(ls "$T/dk" | wc -l)" "${#names[@]}"
	for name in "${names[@]}"; do
		cmp -s "$T/dk/$name" "$T/tare/$name" && continue
		case $name in
		xattr-acl) # dockerd's files inherit the default list of a directory that their own layer brings
			[ "$(diff "$T/dk/$name" "$T/tare/$name" | grep -c "^[<>] 'd/g'")" -eq 2 ] &&
				[ "$(diff "$T/dk/$name" "$T/tare/$name" | grep -c '^[<>]')" -eq 2 ] && continue
			;;
		root-by-slash) # which is not the "." that dockerd does not look at, either
			[ "$(head -1 "$T/tare/$name")" = "-- layer '.' dir 0755 0:0 now" ] && continue
			;;
		xattr-other-spellings) # libarchive knows two more
			grep -q "^'f' .* security.selinux=[0-9a-f]* user.a=31$" "$T/tare/$name" && continue
			;;
		esac
		echo "== $name, dockerd and tare:"
		diff "$T/dk/$name" "$T/tare/$name" | cut -c1-300 | head -20
		different+=" $name"
	done
	[ -z "$different" ]
}

@test "what dockerd refuses, tare refuses, and nothing stays" {
	local name
	while read -r name; do
		refute takes dk "$name" || { echo "$name is taken"; return 1; }
		refute takes tare "$name" || { echo "$name is taken"; return 1; }
		[ -s "$T/said" ] # in words
		refute tare image inspect "$name" >/dev/null 2>&1
	done <"$T/archives/none"
}

@test "where they differ, it is known" {
	local name
	while read -r name; do
		refute takes dk "$name" || { echo "$name is taken"; return 1; }
		takes tare "$name" || { echo "$name: $(cat "$T/said")"; return 1; }
	done <"$T/archives/tare"
	while read -r name; do
		takes dk "$name" || { echo "$name: $(cat "$T/said")"; return 1; }
		refute takes tare "$name" || { echo "$name is taken"; return 1; }
	done <"$T/archives/dockerd"
}
