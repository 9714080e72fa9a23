#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One data root, worked on in turn by Debian's dockerd (20.10 of bookworm, 26.1 of trixie; overlay2) and by tared: what one
# left is listed, run, saved and removed by the other, and what tared does not know is as it was.
load ../helpers
load ../registry/lib

bats_require_minimum_version 1.5.0

setup_file() {
	export OLD=$BUILD/peers NEW=${TARE_CACHE:-$HOME/.cache/tare}/trixie
	"$TOP/tools/peers.sh" "$OLD" docker.io containerd tini libdevmapper1.02.1 runc 3>&-
	"$TOP/tools/peers.sh" -s trixie "$NEW" docker.io docker-cli containerd runc tini libc6 libseccomp2 libsystemd0 \
		libcap2 libselinux1 libpcre2-8-0 3>&-
	host_start
	unset DOCKER_CONFIG
	registry_start 5000
	export ARCHIVE=$T/x.tar
	"$TOP/tools/mkimage.sh" --layers 3 --name a:1 --label purpose=test "$ARCHIVE"
	mkdir "$T/context"
	printf 'FROM a:1\nLABEL x=y\nRUN echo hi >/hello\nENV A=b\nRUN rm /hello; echo b >/b\n' >"$T/context/Dockerfile"
}

teardown_file() {
	registries_stop
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP*" -exec rmdir {} + 2>/dev/null
	host_end
}

teardown() {
	[ ! -e "$T/dockerd.pid" ] || dockerd_stop
	[ ! -e "$T/tared.pid" ] || tared_term
	rm -rf "$T/data" && mkdir "$T/data"
}

# dockerd_start PEER: on the data root of all; it sees the peer's files over /usr, in a mount namespace of its own
dockerd_start() {
	local tries=0
	echo '{}' >"$T/daemon.json"
	# shellcheck disable=SC2016
	on_host unshare -m sh -c 'mount -t overlay -o "lowerdir=$0/usr:/usr" overlay /usr && mount -t tmpfs tmpfs /run &&
		LD_LIBRARY_PATH=$0/lib/x86_64-linux-gnu exec dockerd "$@"' "$1" --data-root "$T/data" --exec-root "$T/docker-run" \
		-H "unix://$T/docker.sock" --pidfile "$T/dockerd.pid" --config-file "$T/daemon.json" --cgroup-parent "$CGROUP/d" \
		--storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none </dev/null >>"$T/dockerd.log" 2>&1 3>&- &
	until curl -fs --unix-socket "$T/docker.sock" http://d/_ping >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || { tail -20 "$T/dockerd.log"; return 1; }
		sleep 0.05
	done
}

dockerd_stop() {
	local pid
	pid=$(cat "$T/dockerd.pid")
	kill "$pid" && wait_gone "$pid"
	rm -f "$T/dockerd.pid"
}

dk() { docker -H "unix://$T/docker.sock" "$@"; }

tared_begin() { tared_start --bridge=none --iptables=false; }

# What is dockerd's alone.
foreign() {
	(cd "$T/data" && sha256sum network/files/local-kv.db volumes/metadata.db && find buildkit -type f -exec sha256sum {} + | sort)
}

# Images dockerd made in all its ways, and two containers.
fill() {
	dk load -qi "$ARCHIVE" >/dev/null
	DOCKER_BUILDKIT=0 dk build -q --network none -t built:1 "$T/context" >/dev/null 2>&1
	# the client of BuildKit is in 20.10's docker
	DOCKER_BUILDKIT=1 DOCKER_HOST=unix://$T/docker.sock "$OLD/usr/bin/docker" build -q -t kit:1 - >/dev/null <<-'END'
		FROM a:1
		COPY --from=built:1 /b /copied
		LABEL kit=yes
	END
	dk create --name c1 --network none a:1 sleep 100 >/dev/null
	dk commit c1 com:1 >/dev/null
	dk run --network none --name c2 built:1 sh -c 'echo of-c2 >/mine'
	dk tag a:1 localhost:5000/z:2
	tar -C "$T/context" -c . | dk import - imported:1 >/dev/null
	# pulled ones, by tag and by digest
	dk tag built:1 127.0.0.1:5000/theirs:1
	dk push -q 127.0.0.1:5000/theirs:1 >/dev/null
	dk pull -q 127.0.0.1:5000/theirs:1 >/dev/null
	digest=$(dk inspect -f '{{index .RepoDigests 0}}' 127.0.0.1:5000/theirs:1)
	dk tag built:1 127.0.0.1:5000/theirs:2
	expect_match "$digest" '^127.0.0.1:5000/theirs@sha256:'
}

# lists: names and ids of all images, containers and their states
lists() { # docker -H …
	"$@" images -a --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}' | sort
	"$@" ps -a --no-trunc --format '{{.ID}} {{.Names}} {{.Image}} {{.State}}' | sort
}

in_turn() { # PEER
	local before digest
	dockerd_start "$1"
	fill
	before=$(lists dk)
	dockerd_stop
	foreign >"$T/foreign"

	# tared on what dockerd left: sound, all there, run, saved, used, removed
	expect "$("$BIN/tared" --data-root "$T/data" --fsck | tail -1 | sed 's/.*: //')" "0 findings"
	tared_begin
	expect "$(lists docker)" "$before"
	expect "$(docker run --rm --network none built:1 cat /b)" b
	expect "$(docker run --rm --network none kit:1 cat /copied)" b
	docker history -q kit:1 >/dev/null
	expect "$(docker start -a c2; docker inspect -f '{{.State.ExitCode}}' c2)" 0
	docker run --rm --network none "$digest" cat /b | grep -qx b
	expect_match "$(docker pull 127.0.0.1:5000/theirs:1)" 'Image is up to date'
	docker tag kit:1 127.0.0.1:5000/ours:1
	docker push -q 127.0.0.1:5000/ours:1 >/dev/null
	docker rmi 127.0.0.1:5000/ours:1 >/dev/null
	docker rmi com:1 >/dev/null
	docker rm c1 >/dev/null
	docker tag kit:1 ours:1
	docker load -qi "$ARCHIVE" >/dev/null
	"$TOP/tools/mkimage.sh" --layers 4 --name four:4 --form old "$T/y.tar"
	docker load -qi "$T/y.tar" >/dev/null
	docker create --name c3 --network none four:4 sh -c 'cat /etc/layer; echo of-c3 >/mine' >/dev/null
	before=$(lists docker)
	tared_term
	foreign | cmp - "$T/foreign"

	# dockerd on what tared left
	dockerd_start "$1"
	expect "$(lists dk)" "$before"
	expect "$(dk start -a c3)" 4
	expect "$(dk run --rm --network none four:4 cat /etc/layer)" 4
	expect "$(dk run --rm --network none ours:1 cat /copied)" b
	expect "$(dk run --rm --network none "$digest" cat /b)" b
	dk rmi ours:1 kit:1 >/dev/null
	expect "$(dk run --rm --network none 127.0.0.1:5000/ours:1 cat /copied 2>/dev/null)" b
	dk save four:4 | tar -tf - >/dev/null
	# the layers' archives come out with the bytes they came in with
	expect "$(dk save a:1 | diffids)" "$(diffids <"$ARCHIVE")"
	dk cp c2:/mine - | tar -xO | grep -qx of-c2
	dk commit c3 of-dockerd:1 >/dev/null
	dk rmi imported:1 >/dev/null
	dk rm c2 >/dev/null
	dockerd_stop

	# and back: nothing is left but what should be
	tared_begin
	expect "$(docker run --rm --network none of-dockerd:1 cat /mine)" of-c3
	docker rm c3 >/dev/null
	for _ in 1 2 3; do docker images -aq | sort -u | xargs -r docker rmi -f >/dev/null 2>&1 || true; done # children first
	expect "$(docker images -aq)" ""
	tared_term
	expect "$("$BIN/tared" --data-root "$T/data" --fsck | tail -1 | sed 's/.*: //')" "0 findings"
	dockerd_start "$1"
	expect "$(dk images -aq; dk ps -aq)" ""
}

# The diff ids an archive's layers really have.
diffids() {
	local dir layer
	dir=$(mktemp -d "$T/save.XXXXXX")
	tar -C "$dir" -x
	jq -r '.[0].Layers[]' "$dir/manifest.json" | while read -r layer; do sha256sum <"$dir/$layer"; done
	rm -r "$dir"
}

@test "dockerd 20.10 and tared in turn on one data root" { in_turn "$OLD"; }
@test "dockerd 26.1 and tared in turn on one data root" { in_turn "$NEW"; }

# Two copies of one root; the same questions and removals to both.
ask_both() { # PEER API-VERSION
	dockerd_start "$OLD"
	dk load -qi "$ARCHIVE" >/dev/null
	DOCKER_BUILDKIT=0 dk build -q --network none -t built:1 "$T/context" >/dev/null 2>&1
	dk create --name c1 --network none a:1 sleep 100 >/dev/null
	dk commit c1 com:1 >/dev/null
	dk run --network none --name c2 built:1 true
	dk tag a:1 localhost:5000/z:2
	dockerd_stop
	cp -a "$T/data" "$T/copy"
	dockerd_start "$1"
	python3 "$BATS_TEST_DIRNAME/ask.py" "$T/docker.sock" "$2" >"$T/theirs"
	dockerd_stop
	rm -rf "$T/data"
	mv "$T/copy" "$T/data"
	tared_begin
	python3 "$BATS_TEST_DIRNAME/ask.py" "$T/tare.sock" "$2" >"$T/ours"
	diff "$T/theirs" "$T/ours"
}

@test "images asked for, tagged, removed, pruned: tared answers as dockerd 20.10 does" { ask_both "$OLD" 1.41; }
@test "images asked for, tagged, removed, pruned: tared answers as dockerd 26.1 does" { ask_both "$NEW" 1.45; }

@test "a fresh data root has the folders and modes dockerd's has" {
	tared_begin
	tree() { (cd "$T/data" && find . -maxdepth 1 -mindepth 1 -type d -printf '%f %m\n'; find image -maxdepth 3 -type d -printf '%p %m\n') | grep -vE '^(containerd|trust) ' | sort; }
	tree >"$T/ours"
	tared_term
	rm -rf "$T/data" && mkdir "$T/data"
	dockerd_start "$NEW"
	expect "$(tree | comm -23 - "$T/ours")" ""
}
