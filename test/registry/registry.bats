#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tare-xfer against docker-registry: plain, TLS, client certificates, basic and token authentication. No daemon.
bats_require_minimum_version 1.5.0
load ../helpers
load lib

setup_file() {
	host_start
	export TARE_XFER=$BIN/tare-xfer
	# What a name of a loopback address leads to would be insecure whatever it is.
	on_host ip addr add 10.99.0.1/32 dev lo
	printf '%s\n' '127.0.0.1 localhost near.test' '10.99.0.1 registry.test' >"$T/hosts"
	on_host mount --bind "$T/hosts" /etc/hosts
	registry_start 5000
	registry_start 5010 tls
	registry_start 5020 tls clients
	registry_start 5030 basic
	registry_start 5040 token
	registry_start 5050 token=3
	"$TOP/tools/mkimage.sh" --form oci --pack gzip --layers 3 --name a:1 "$T/a.tar"
	registry_push 5000 "$T/a.tar" lib/a 1
	registry_push 5000 "$T/a.tar" lib/a 2 --type docker
	registry_push 5010 "$T/a.tar" lib/a 1
	registry_push 5030 "$T/a.tar" lib/a 1 --auth alice:secret
	ctl get localhost:5000/lib/a 1 >"$T/m"
	layer=$(jq -r '.layers[0].digest' "$T/m")
	size=$(jq -r '.layers[0].size' "$T/m")
	config=$(jq -r .config.digest "$T/m")
	export layer size config
	mkdir -p "$T/certs.d"
}

teardown_file() {
	registries_stop
	on_host umount /etc/hosts
	host_end
}

ctl() { timeout 60 nsenter -t "$HOST" -n -m -- "$BUILD/test/registry/registryctl" --certs "$T/certs.d" "$@"; }

fails() { # EXPECTED COMMAND…: fails with exactly this on stderr's last line
	local want=$1
	shift
	run "$@"
	[ "$status" = 1 ]
	[ "${lines[-1]}" = "$want" ] || { printf 'got:      %s\nexpected: %s\n' "${lines[-1]}" "$want"; return 1; }
}

has() { case $1 in *"$2"*) ;; *) echo "not in: $1"; echo "wanted: $2"; return 1 ;; esac; }

digest_of() { sha256sum "$@" | sed 's/^/sha256:/; s/ .*//'; }

@test "a manifest by tag and by digest, whole and as a head" {
	local digest
	digest=$(digest_of "$T/m")
	run ctl get localhost:5000/lib/a "$digest"
	has "${lines[0]}" "application/vnd.oci.image.manifest.v1+json $digest"
	run ctl head 127.0.0.1:5000/lib/a 1
	[ "$output" = "# application/vnd.oci.image.manifest.v1+json $digest $(stat -c %s "$T/m")" ]
	run ctl get 127.0.0.1:5000/lib/a 2
	has "$output" application/vnd.docker.distribution.manifest.v2+json
}

@test "what is not there" {
	fails 'not found: manifest for 127.0.0.1:5000/lib/a:9 not found: manifest unknown: manifest unknown' ctl get 127.0.0.1:5000/lib/a 9
	fails 'not found: manifest for 127.0.0.1:5000/lib/a:9 not found: manifest unknown: manifest unknown' ctl head 127.0.0.1:5000/lib/a 9
	fails 'not found: repository 127.0.0.1:5000/no/such not found: name unknown: repository name not known to registry' ctl tags 127.0.0.1:5000/no/such
	fails "unavailable: Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused" ctl get 127.0.0.1:5999/a 1
	fails "unavailable: Get \"https://nosuch.invalid/v2/\": dial tcp: lookup nosuch.invalid: no such host" ctl get nosuch.invalid/a 1
}

@test "a layer into a file, a pipe, both" {
	ctl fetch 127.0.0.1:5000/lib/a "$layer" "$size" "$T/f1"
	[ "$(digest_of "$T/f1")" = "$layer" ]
	[ "$(ctl fetch 127.0.0.1:5000/lib/a "$layer" "$size" - pipe | digest_of)" = "$layer" ]
	[ "$(ctl fetch 127.0.0.1:5000/lib/a "$layer" "$size" "$T/f2" pipe | digest_of)" = "$layer" ]
	cmp "$T/f1" "$T/f2"
}

@test "a layer goes on where it stopped, the pipe gets all of it" {
	ctl fetch 127.0.0.1:5000/lib/a "$layer" "$size" "$T/f3"
	head -c 1000 "$T/f3" >"$T/f4"
	[ "$(ctl fetch 127.0.0.1:5000/lib/a "$layer" "$size" "$T/f4" pipe | digest_of)" = "$layer" ]
	cmp "$T/f3" "$T/f4"
	# nothing is left to fetch: not even asked
	[ "$(ctl fetch 127.0.0.1:5999/lib/a "$layer" "$size" "$T/f4" pipe | digest_of)" = "$layer" ]
}

@test "a size that is not the manifest's" {
	fails "invalid: filesystem layer verification failed for digest $layer: registry has $size bytes instead of $((size - 1))" \
		ctl fetch 127.0.0.1:5000/lib/a "$layer" $((size - 1)) "$T/f5"
	fails "invalid: filesystem layer verification failed for digest $layer: registry has $size bytes instead of $((size + 1))" \
		ctl fetch 127.0.0.1:5000/lib/a "$layer" $((size + 1)) "$T/f6"
}

@test "small blobs, and whether there is one" {
	[ "$(ctl blob 127.0.0.1:5000/lib/a "$config" 2>/dev/null | digest_of)" = "$config" ]
	[ "$(ctl find 127.0.0.1:5000/lib/a "$layer")" = "$size" ]
	[ "$(ctl find 127.0.0.1:5000/lib/a "sha256:$(printf %064d 7)")" = -1 ]
}

@test "all tags, referrers of one that has none" {
	[ "$(ctl tags 127.0.0.1:5000/lib/a | sort | paste -sd,)" = 1,2 ]
	ctl referrers 127.0.0.1:5000/lib/a "$layer" | jq -e '.manifests == []'
}

@test "referrers by their tag" {
	local subject
	subject=$(digest_of "$T/m")
	jq -n '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: []}' >"$T/index"
	ctl --push put 127.0.0.1:5000/lib/a "${subject/:/-}" application/vnd.oci.image.index.v1+json "$T/index"
	[ "$(ctl referrers 127.0.0.1:5000/lib/a "$subject" 2>/dev/null)" = "$(cat "$T/index")" ]
}

@test "an upload, a mount, a manifest" {
	local digest
	head -c 3000000 /dev/urandom >"$T/blob"
	digest=$(digest_of "$T/blob")
	ctl --push upload 127.0.0.1:5000/lib/b "$digest" <"$T/blob"
	[ "$(ctl find 127.0.0.1:5000/lib/b "$digest")" = 3000000 ]
	# from a pipe that is slow
	{ head -c 100 "$T/blob"; sleep 0.3; tail -c +101 "$T/blob"; } | ctl --push upload 127.0.0.1:5000/lib/c "$digest"
	[ "$(ctl find 127.0.0.1:5000/lib/c "$digest")" = 3000000 ]
	[ "$(ctl --push --mount-from lib/a mount 127.0.0.1:5000/lib/b "$layer" lib/a)" = mounted ]
	[ "$(ctl find 127.0.0.1:5000/lib/b "$layer")" = "$size" ]
	[ "$(ctl --push mount 127.0.0.1:5000/lib/b "sha256:$(printf %064d 7)" lib/a)" = "not mounted" ]
	fails 'invalid: digest invalid: provided digest did not match uploaded content' \
		ctl --push upload 127.0.0.1:5000/lib/b "sha256:$(printf %064d 7)" <"$T/blob"
	for blob in $(jq -r '.config.digest, .layers[].digest' "$T/m"); do
		ctl --push mount 127.0.0.1:5000/lib/new "$blob" lib/a
	done
	ctl --push put 127.0.0.1:5000/lib/new x application/vnd.oci.image.manifest.v1+json "$T/m"
	ctl get 127.0.0.1:5000/lib/new x 2>/dev/null | cmp - "$T/m"
}

@test "TLS: a private CA, and none" {
	# localhost is insecure whatever its certificate
	ctl get localhost:5010/lib/a 1 >/dev/null
	mkdir -p "$T/certs.d/registry.test:5010"
	fails 'internal: Get "https://registry.test:5010/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority' \
		ctl get registry.test:5010/lib/a 1
	cp "$T/certs/other.crt" "$T/certs.d/registry.test:5010/other.crt"
	fails 'internal: Get "https://registry.test:5010/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority' \
		ctl get registry.test:5010/lib/a 1
	cp "$T/certs/ca.crt" "$T/certs.d/registry.test:5010/ca.crt"
	ctl get registry.test:5010/lib/a 1 >/dev/null
	[ "$(ctl fetch registry.test:5010/lib/a "$layer" "$size" - pipe | digest_of)" = "$layer" ]
	ctl --insecure registry.test:5010 get registry.test:5010/lib/a 1 >/dev/null
	# http where https is expected
	fails 'internal: Get "https://registry.test:5000/v2/": http: server gave HTTP response to HTTPS client' \
		ctl get registry.test:5000/lib/a 1
	ctl --insecure registry.test:5000 get registry.test:5000/lib/a 1 >/dev/null
}

@test "TLS: HTTP/2 both ways" {
	local digest
	head -c 3000000 /dev/urandom >"$T/two"
	digest=$(digest_of "$T/two")
	{ head -c 1000 "$T/two"; sleep 0.3; tail -c +1001 "$T/two"; } | ctl --push upload localhost:5010/two "$digest"
	ctl fetch localhost:5010/two "$digest" 3000000 "$T/twice" pipe 2>/dev/null | cmp - "$T/two"
	grep -q '"PATCH /v2/two/.* HTTP/2.0" 202' "$T/registries/5010/log"
	grep -q '"GET /v2/two/.* HTTP/2.0" 200' "$T/registries/5010/log"
}

@test "a name that leads into an insecure network" {
	ctl get near.test:5000/lib/a 1 >/dev/null
	ctl get near.test:5010/lib/a 1 >/dev/null
	run ! ctl get registry.test:5000/lib/a 1
	ctl --insecure 10.99.0.0/24 get registry.test:5000/lib/a 1 >/dev/null
	run ! ctl --insecure 10.98.0.0/24 get registry.test:5000/lib/a 1
}

@test "TLS: client certificates" {
	local d=$T/certs.d/registry.test:5020
	mkdir -p "$d"
	cp "$T/certs/ca.crt" "$d/"
	run ctl get registry.test:5020/lib/a 1
	[ "$status" = 1 ]
	# TLS 1.3 tells only after the handshake; what the client notices first is luck
	[[ $output =~ 'remote error: tls: '|'broken pipe'|'connection reset' ]] || { echo "$output"; return 1; }
	cp "$T/certs/client.cert" "$d/"
	fails 'invalid: missing key client.key for client certificate client.cert. CA certificates must use the extension .crt' \
		ctl get registry.test:5020/lib/a 1
	cp "$T/certs/client.key" "$d/"
	fails 'not found: manifest for registry.test:5020/lib/a:1 not found: manifest unknown: manifest unknown' ctl get registry.test:5020/lib/a 1
}

@test "basic authentication" {
	fails 'unauthorized: Get "http://127.0.0.1:5030/v2/lib/a/manifests/1": no basic auth credentials' ctl get 127.0.0.1:5030/lib/a 1
	ctl --user alice --password secret get 127.0.0.1:5030/lib/a 1 >/dev/null
	run ctl --user alice --password wrong get 127.0.0.1:5030/lib/a 1
	[ "$status" = 1 ]
	has "$output" 'unauthorized: authentication required'
	[ "$(ctl --user alice --password secret --server 127.0.0.1:5030 login)" = "token " ]
	run ctl --user alice --password wrong --server 127.0.0.1:5030 login
	[ "$status" = 1 ]
	has "$output" 'unauthorized: '
}

@test "tokens: anonymous, by password, by refresh token" {
	local log=$T/registries/5040/tokens.log
	ctl blob 127.0.0.1:5000/lib/a "$config" 2>/dev/null >"$T/config"
	ctl --push --user alice --password secret upload 127.0.0.1:5040/public/a "$config" <"$T/config"
	[ "$(ctl find 127.0.0.1:5040/public/a "$config")" != -1 ]
	has "$(tail -1 "$log")" 'GET scope=repository:public/a:pull service=tests'
	fails "not found: pull access denied for 127.0.0.1:5040/private/a, repository does not exist or may require 'docker login': denied: requested access to the resource is denied" \
		ctl get 127.0.0.1:5040/private/a 1
	run ctl --user alice --password wrong get 127.0.0.1:5040/private/a 1
	has "$output" 'unauthorized: Get "http://127.0.0.1:5040/v2/private/a/manifests/1": unauthorized: incorrect username or password'
	[ "$(ctl --user alice --password secret --server 127.0.0.1:5040 login)" = "token refresh-alice" ]
	: >"$log"
	[ "$(ctl --identity refresh-alice find 127.0.0.1:5040/private/a "$layer")" = -1 ]
	has "$(cat "$log")" 'POST client_id=docker grant_type=refresh_token refresh_token=refresh-alice scope=repository:private/a:pull service=tests'
	run ctl --identity refresh-bob find 127.0.0.1:5040/private/a "$layer"
	has "$output" unauthorized
	touch "$T/registries/5040/no-get"
	[ "$(ctl --user alice --password secret find 127.0.0.1:5040/private/a "$layer")" = -1 ]
	has "$(tail -1 "$log")" 'POST access_type=online client_id=docker grant_type=password'
	rm "$T/registries/5040/no-get"
}

@test "tokens: a mount asks for both repositories at once" {
	: >"$T/registries/5040/tokens.log"
	[ "$(ctl --push --user alice --password secret --mount-from public/a mount 127.0.0.1:5040/other/b "$config" public/a)" = mounted ]
	has "$(cat "$T/registries/5040/tokens.log")" 'scope=repository:other/b:pull,push repository:public/a:pull service=tests'
}

@test "registries that want nothing take a login" {
	[ "$(ctl --user a --password b --server 127.0.0.1:5000 login)" = "token " ]
	fails 'unavailable: Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused' \
		ctl --user a --password b --server 127.0.0.1:5999 login
}

@test "many layers at once over few connections" {
	local i
	for i in $(seq 8); do
		ctl fetch 127.0.0.1:5000/lib/a "$layer" "$size" "$T/p$i" 2>/dev/null &
	done
	wait
	for i in $(seq 8); do cmp "$T/p$i" "$T/p1"; done
}

hosts_toml() { # DOMAIN: from stdin
	mkdir -p "$T/certs.d/$1"
	cat >"$T/certs.d/$1/hosts.toml"
}

@test "hosts.toml: any registry may have mirrors, with their own CA, headers and paths" {
	hosts_toml far.example <<-END
		server = "http://127.0.0.1:5999"
		[host."http://127.0.0.1:5998"]
		[host."https://registry.test:5010"]
		  capabilities = ["pull", "resolve"]
		  ca = "$T/certs/ca.crt"
		  [host."https://registry.test:5010".header]
		    X-Tests = "yes"
	END
	ctl --user u --password p get far.example/lib/a 1 2>/dev/null | cmp - "$T/m"
	[ "$(ctl fetch far.example/lib/a "$layer" "$size" - pipe | digest_of)" = "$layer" ]
	hosts_toml far.example <<-END
		server = "https://registry.test:5010"
		skip_verify = true
		[host."http://127.0.0.1:5000/v2/lib"]
		  override_path = true
		  capabilities = ["pull", "resolve"]
	END
	# lib/a is asked for as lib/lib/a at the first, where it is not
	ctl get far.example/lib/a 1 2>/dev/null | cmp - "$T/m"
	ctl get far.example/a 1 2>/dev/null | cmp - "$T/m"
	echo 'server = ' | hosts_toml far.example
	run ctl get far.example/lib/a 1
	[ "$status" = 1 ]
	has "$output" 'far.example/hosts.toml: line 1: a value is expected'
}

@test "hosts.toml: a client certificate" {
	hosts_toml far.example <<-END
		server = "https://registry.test:5020"
		ca = "$T/certs/ca.crt"
		client = [["$T/certs/client.cert", "$T/certs/client.key"]]
	END
	fails 'not found: manifest for far.example/lib/a:1 not found: manifest unknown: manifest unknown' ctl get far.example/lib/a 1
}

@test "a token that expires on the way is renewed" {
	local log=$T/registries/5050/tokens.log digest n
	digest=$(digest_of "$T/blob")
	ctl --push --user alice --password secret upload 127.0.0.1:5050/a "$digest" <"$T/blob"
	: >"$log"
	# tags of one process, seconds apart: tokens live three seconds
	ctl --user alice --password secret --times 3 --pause 2 find 127.0.0.1:5050/a "$digest" >"$T/out"
	[ "$(sort -u "$T/out")" = 3000000 ]
	n=$(wc -l <"$log")
	[ "$n" -ge 2 ] && [ "$n" -le 3 ]
}
