# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The API by curl alone: a private daemon, its image, and small words for requests.
# shellcheck source=test/helpers.bash
load ../helpers

# api_start [flags…]: as tared_start, but needs no client.
api_start() {
	on_host "$BIN/tared" --data-root "$T/data" --exec-root "$T/run" -H "unix://$T/tare.sock" \
		--pidfile "$T/tared.pid" --cgroup-parent "$CGROUP" --config-file "$T/daemon.json" "$@" \
		</dev/null >>"$T/tared.log" 2>&1 3>&- &
	wait_for api GET /_ping -f || { cat "$T/tared.log"; return 1; }
	TARED=$(cat "$T/tared.pid")
	export TARED
}

api_begin() {
	host_start
	echo '{}' >"$T/daemon.json"
	api_start "$@"
}

api_end() {
	local id
	for id in $(api GET '/containers/json?all=1' | jq -r '.[].Id'); do
		api DELETE "/containers/$id?force=1&v=1"
	done
	tared_term
	host_end
}

api_load() {
	[ -s "$BUILD/busybox.tar" ] || "$TOP/tools/mkimage.sh" "$BUILD/busybox.tar"
	api POST '/images/load?quiet=1' -H 'Content-Type: application/x-tar' --data-binary "@$BUILD/busybox.tar" >/dev/null
}

post() { # PATH JSON: prints the body
	api POST "$1" -H 'Content-Type: application/json' -d "$2"
}

post_status() { # PATH JSON: prints status and message
	api_status POST "$1" -H 'Content-Type: application/json' -d "$2"
}

run_ctr() { # NAME COMMAND…: makes and starts one of busybox; prints its id
	local name=$1 id
	shift
	id=$(jq -n --args '{Image: "busybox", Cmd: $ARGS.positional, StopTimeout: 0}' -- "$@" |
		api POST "/containers/create?name=$name" -H 'Content-Type: application/json' -d @- | jq -r .Id)
	api POST "/containers/$id/start"
	echo "$id"
}

headers() { # METHOD PATH: the head of the answer, without carriage returns
	local out
	out=$(curl -s -i -X "$1" --unix-socket "$T/tare.sock" "http://d$2" --max-time 5 "${@:3}" | tr -d '\r' | sed '/^$/q')
	printf '%s\n' "$out"
}

# raw BYTES: sends them as they are (printf escapes) and prints what comes until the server closes.
raw() {
	python3 - "$T/tare.sock" "$1" <<'EOF'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode().decode("unicode_escape").encode("latin1"))
s.shutdown(socket.SHUT_WR)
while data := s.recv(65536):
    sys.stdout.buffer.write(data)
EOF
}
