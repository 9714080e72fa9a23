#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tare-xfer against a registry that breaks, lies, stalls and leads astray (faulty.py). No daemon.
bats_require_minimum_version 1.5.0
load ../helpers
load lib

setup_file() {
	host_start
	export TARE_XFER=$BIN/tare-xfer
	registry_faulty 5100
	D=$T/registries/5100
	layer=$(jq -r '.layers[0].digest' "$D/manifest")
	size=$(jq -r '.layers[0].size' "$D/manifest")
	config=$(jq -r .config.digest "$D/manifest")
	export D layer size config
}

teardown_file() {
	registries_stop
	host_end
}

setup() { : >"$D/log"; }

ctl() { timeout 60 nsenter -t "$HOST" -n -m -- "$BUILD/test/registry/registryctl" --stall 1 "$@"; }

digest_of() { sha256sum "$@" | sed 's/^/sha256:/; s/ .*//'; }

has() { case $1 in *"$2"*) ;; *) echo "not in: $1"; echo "wanted: $2"; return 1 ;; esac; }

fails() { # EXPECTED COMMAND…: fails with this on stderr's last line
	local want=$1
	shift
	run "$@"
	[ "$status" = 1 ]
	[ "${lines[-1]}" = "$want" ] || { printf 'got:      %s\nexpected: %s\n' "${lines[-1]}" "$want"; return 1; }
}

# comes HOW: the layer arrives whole in the file and through the pipe
comes() {
	rm -f "$T/f"
	[ "$(ctl fetch "127.0.0.1:5100/$1/x" "$layer" "$size" "$T/f" pipe 2>"$T/words" | digest_of)" = "$layer" ] ||
		{ cat "$T/words"; return 1; }
	cmp "$T/f" "$D/layer"
	[ "$(ctl fetch "127.0.0.1:5100/$1/x" "$layer" "$size" - pipe 2>/dev/null | digest_of)" = "$layer" ]
}

@test "nothing is wrong" {
	comes good
	# one request each: nothing is fetched twice
	[ "$(grep -c 'GET .*/blobs/' "$D/log")" = 2 ]
}

@test "connections that break: it goes on by Range from where it was" {
	comes drop
	[ "$(grep -o 'range=bytes=[0-9]*' "$D/log" | sort -u | wc -l)" -ge 3 ]
	has "$(cat "$T/words")" '# retry in 1'
}

@test "breaks and knows no Range: what is known is skipped" {
	comes norange
}

@test "breaks and answers with another range, or refuses any" {
	rm -f "$T/f"
	fails "invalid: $layer: registry answers with another range than asked for" ctl fetch 127.0.0.1:5100/badrange/x "$layer" "$size" "$T/f"
	cmp -n "$(stat -c %s "$T/f")" "$T/f" "$D/layer"
	comes no416
}

@test "never a byte: all attempts are used, and told" {
	rm -f "$T/f"
	run ctl --attempts 2 fetch 127.0.0.1:5100/dropall/x "$layer" "$size" "$T/f"
	[ "$status" = 1 ]
	has "$output" '# retry in 1'
	has "${lines[-1]}" "unavailable: Get \"http://127.0.0.1:5100/v2/dropall/x/blobs/$layer\": "
	# libcurl asks again by itself when a connection that was kept turns out to be dead
	[ "$(grep -c 'GET.*blobs' "$D/log")" -le 4 ]
}

@test "silence ends it: then it goes on" {
	comes stall
}

@test "slow is not silent" {
	ctl --stall 1 fetch 127.0.0.1:5100/slow/x "$layer" "$size" - pipe 2>/dev/null | cmp - "$D/layer"
}

@test "sizes: short, long, without length, without end" {
	fails "invalid: filesystem layer verification failed for digest $layer: registry has $((size - 1000)) bytes instead of $size" \
		ctl fetch 127.0.0.1:5100/short/x "$layer" "$size" "$T/f1"
	fails "invalid: filesystem layer verification failed for digest $layer: registry has $((size + 1000)) bytes instead of $size" \
		ctl fetch 127.0.0.1:5100/long/x "$layer" "$size" "$T/f2"
	comes chunked
	run ctl fetch 127.0.0.1:5100/endless/x "$layer" "$size" "$T/f3"
	has "${lines[-1]}" "invalid: filesystem layer verification failed for digest $layer: registry sends"
	[ "$(stat -c %s "$T/f3")" -le "$size" ]
}

@test "another byte: whoever asked hashes it" {
	ctl fetch 127.0.0.1:5100/digest/x "$layer" "$size" "$T/wrong" 2>/dev/null
	[ "$(digest_of "$T/wrong")" != "$layer" ]
}

@test "429: with Retry-After, without, and for an hour" {
	ctl get 127.0.0.1:5100/late429/x 1 2>/dev/null | cmp - "$D/manifest"
	ctl get 127.0.0.1:5100/busy429/x 1 2>/dev/null | cmp - "$D/manifest"
	fails 'unavailable: toomanyrequests: You have reached your pull rate limit.' ctl get 127.0.0.1:5100/rate429/x 1
	[ "$(grep -c rate429 "$D/log")" = 1 ]
}

@test "500: passing and lasting" {
	ctl get 127.0.0.1:5100/fail500/x 1 2>/dev/null | cmp - "$D/manifest"
	fails 'unavailable: received unexpected HTTP status: 500 Internal Server Error' ctl get 127.0.0.1:5100/dead500/x 1
}

@test "a redirect to another host: credentials stay at home" {
	local out
	out=$(ctl --token very-secret fetch 127.0.0.1:5100/redirect/x "$layer" "$size" - pipe 2>/dev/null | digest_of)
	[ "$out" = "$layer" ]
	grep -q '^GET .*authorization=Bearer very-secret' "$D/log"
	grep -q '^other GET' "$D/log"
	run ! grep 'other.*secret$' "$D/log"
	grep -q '^other.*authorization=None' "$D/log"
}

@test "redirects in a circle, and to what is no web" {
	fails 'invalid: http://127.0.0.1:5100/v2/loop/x/manifests/1: stopped after 10 redirects' ctl get 127.0.0.1:5100/loop/x 1
	run ctl fetch 127.0.0.1:5100/plain/x "$layer" "$size" - pipe
	has "$output" 'registry redirects to a place that is no URL'
}

@test "documents: cut off, without end, of another digest" {
	ctl get 127.0.0.1:5100/json/x 1 2>/dev/null | head -c 1 | grep -q '{' # the caller parses
	fails "invalid: http://127.0.0.1:5100/v2/huge/x/manifests/1: answer is larger than 4194304 bytes" ctl get 127.0.0.1:5100/huge/x 1
	fails "invalid: manifest verification failed for digest $(digest_of "$D/manifest")" ctl get 127.0.0.1:5100/swap/x "$(digest_of "$D/manifest")"
	fails "invalid: http://127.0.0.1:5100/v2/good/x/blobs/$layer: answer is larger than 1048576 bytes" ctl blob 127.0.0.1:5100/good/x "$layer"
}

@test "no HTTP, no end of headers, challenges nobody can read" {
	run ctl get 127.0.0.1:5100/garbage/x 1
	[ "$status" = 1 ]
	has "$output" 'Get "http://127.0.0.1:5100/v2/garbage/x/manifests/1": '
	fails 'invalid: net/http: server response headers exceeded 65536 bytes' ctl get 127.0.0.1:5100/heads/x 1
	fails 'unauthorized: unauthorized: authentication required' ctl get 127.0.0.1:5100/noauth/x 1
}

@test "what a registry says cannot command a terminal" {
	run ctl get 127.0.0.1:5100/weird/x 1
	[ "$status" = 1 ]
	run ! grep -P '[\x00-\x08\x0b-\x1f\x7f]' <<<"$output"
}

@test "tags: pages, a page elsewhere, a page that leads to itself" {
	[ "$(ctl tags 127.0.0.1:5100/pages/x | paste -sd,)" = t0,u0,t1,u1,t2,u2 ]
	fails 'invalid: list of tags: the next page is not at the registry' ctl tags 127.0.0.1:5100/evilpage/x
	run ! grep '^other GET /v2/x/tags' "$D/log"
	fails 'invalid: list of tags: a page leads to itself' ctl tags 127.0.0.1:5100/looppage/x
}

@test "HEAD is not known: GET tells the same" {
	run ctl head 127.0.0.1:5100/noheads/x 1
	[ "$output" = "# application/vnd.oci.image.manifest.v1+json $(digest_of "$D/manifest") $(stat -c %s "$D/manifest")" ]
}

@test "mirrors: the first that has it; the registry itself at last; without credentials" {
	ctl --user u --password p --mirror http://127.0.0.1:5199 --mirror http://127.0.0.1:5100 get good/x 1 2>/dev/null | cmp - "$D/manifest"
	grep -q 'GET /v2/good/x/manifests/1 .*authorization=None' "$D/log"
	fails 'unavailable: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host' \
		ctl --mirror http://127.0.0.1:5199 get good/x 1
	# not for pushing
	run ctl --push --mirror http://127.0.0.1:5100 find good/x "$layer"
	has "$output" registry-1.docker.io
}

@test "foreign layers: by URL, else from the registry" {
	local url="http://127.0.0.1:5100/v2/good/x/blobs/$layer"
	ctl --token secret fetch 127.0.0.1:5100/dead500/x "$layer" "$size" - pipe http://127.0.0.1:5199/x "$url" 2>/dev/null | cmp - "$D/layer"
	run ! grep 'good.*Bearer secret' "$D/log"
	ctl fetch 127.0.0.1:5100/good/x "$layer" "$size" - pipe http://127.0.0.1:5199/x 2>/dev/null | cmp - "$D/layer"
}

@test "a proxy: asked for what is far, passed over for what is near" {
	ctl --http-proxy http://127.0.0.1:5199 get 127.0.0.1:5100/good/x 1 >/dev/null
	run ctl --insecure far.test --http-proxy http://127.0.0.1:5100 --https-proxy http://127.0.0.1:5199 get far.test/good/x 1
	has "$(cat "$D/log")" 'GET http://far.test/v2/'
	run ctl --insecure far.test --http-proxy http://127.0.0.1:5199 --no-proxy .test,far.test get far.test/good/x 1
	has "$output" 'no such host'
}

@test "the reader goes away" {
	run bash -c "nsenter -t $HOST -n -- $BUILD/test/registry/registryctl fetch 127.0.0.1:5100/endless/x $layer -1 - pipe | head -c 10 | wc -c"
	has "$output" 10
}

@test "it is nobody, holds nothing, and can start and write nothing" {
	local pid
	nsenter -t "$HOST" -n -m -- "$BUILD/test/registry/registryctl" fetch 127.0.0.1:5100/slow/x "$layer" "$size" - 2>/dev/null &
	for _ in $(seq 100); do
		pid=$(pgrep -P $! -x tare-xfer) && grep -q '^NoNewPrivs:	1' "/proc/$pid/status" && break
		sleep 0.02
	done
	grep -q '^Uid:	65534	65534	65534	65534' "/proc/$pid/status"
	grep -q '^Gid:	65534	65534	65534	65534' "/proc/$pid/status"
	grep -q '^Groups:	 *$' "/proc/$pid/status"
	grep -q '^CapBnd:	0000000000000000' "/proc/$pid/status"
	grep -q '^CapPrm:	0000000000000000' "/proc/$pid/status"
	grep -q '^NoNewPrivs:	1' "/proc/$pid/status"
	sleep 0.1 # the filter comes last
	if ! grep -q __asan "$TARE_XFER"; then grep -q '^Seccomp:	2' "/proc/$pid/status"; fi
	[ "$(stat -c %U "/proc/$pid/environ")" = root ] # not dumpable
	[ -z "$(tr -d '\0' <"/proc/$pid/environ")" ]
	wait
}
