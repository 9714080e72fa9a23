#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Image and registry commands of tare through a real tared and a real registry, each beside the stock client.

bats_require_minimum_version 1.5.0
load ../pull/lib

setup_file() {
	pull_setup
	"$TOP/tools/mkimage.sh" --layers 3 --form oci --pack gzip --name a:1 "$T/gzip.tar"
	registry_push 5000 "$T/gzip.tar" test/gzip 1
	registry_push 5000 "$T/gzip.tar" test/gzip 2
}

teardown_file() { pull_teardown; }

teardown() {
	# shellcheck disable=SC2046
	docker rmi -f $(docker images -aq | sort -u) >/dev/null 2>&1 || true
}

# both SETUP ARG…: the same command by both clients, from the same state, says the same.
both() {
	local setup=$1 client
	shift
	for client in docker tare; do
		# shellcheck disable=SC2046
		docker rmi -f $(docker images -aq | sort -u) >/dev/null 2>&1 || true
		eval "$setup" >/dev/null
		"$client" "$@" >"$T/$client.out" 2>"$T/$client.err" </dev/null || echo "exit $?" >>"$T/$client.err"
	done
	# layers come in any order
	diff <(sort "$T/docker.out") <(sort "$T/tare.out")
	diff <(sort "$T/docker.err") <(sort "$T/tare.err")
}

@test "pull, by tag, digest and all tags, and what is not there" {
	both true pull "$R/test/gzip:1"
	both true pull -q "$R/test/gzip:1"
	both true pull -a "$R/test/gzip"
	both "docker pull -q $R/test/gzip:1" pull "$R/test/gzip:1"
	both true pull "$R/test/gzip:none"
	both true pull "$R/none/none"
	both true run --rm --net none "$R/test/gzip:1" echo works
	both true run --rm --net none --pull never "$R/test/gzip:1" echo works
}

@test "push, again, and to another name" {
	both "docker pull -q $R/test/gzip:1; docker tag $R/test/gzip:1 $R/test/\$client:new" push "$R/test/gzip:1"
	both "docker pull -q $R/test/gzip:1" push -q "$R/test/gzip:1"
	both "docker pull -q $R/test/gzip:1" push "$R/test/none:1"
}

@test "save, load, rmi, tag, history, images" {
	local client
	docker pull -q "$R/test/gzip:1" >/dev/null
	for client in docker tare; do
		"$client" save -o "$T/$client.tar" "$R/test/gzip:1"
		expect "$(stat -c %a "$T/$client.tar")" 600
		"$client" save "$R/test/gzip:1" >"$T/$client.stream.tar"
		cmp "$T/$client.tar" "$T/$client.stream.tar"
	done
	cmp "$T/docker.tar" "$T/tare.tar"
	both true load -i "$T/tare.tar"
	both true load -q -i "$T/docker.tar"
	both "docker load -i $T/tare.tar" images --digests
	both "docker load -i $T/tare.tar" history "$R/test/gzip:1"
	both "docker load -i $T/tare.tar" tag "$R/test/gzip:1" other:tag
	both "docker load -i $T/tare.tar" rmi "$R/test/gzip:1"
	both "docker load -i $T/tare.tar" image prune -a -f
	both "docker load -i $T/tare.tar" system df
	both "docker load -i $T/tare.tar" system df -v
}

@test "manifest lists go to the registry and come back" {
	local client
	for client in docker tare; do
		on_host env DOCKER_CONFIG="$DOCKER_CONFIG" "$client" manifest create --insecure "$R/test/gzip:$client" "$R/test/gzip:1"
		on_host env DOCKER_CONFIG="$DOCKER_CONFIG" "$client" manifest annotate --arch arm64 --os linux "$R/test/gzip:$client" "$R/test/gzip:1"
		on_host env DOCKER_CONFIG="$DOCKER_CONFIG" "$client" manifest push -p --insecure "$R/test/gzip:$client" >"$T/$client.out"
		on_host env DOCKER_CONFIG="$DOCKER_CONFIG" "$client" manifest inspect --insecure "$R/test/gzip:$client" >>"$T/$client.out"
	done
	diff "$T/docker.out" "$T/tare.out"
}
