#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The daemon's own life: options, sockets, signals, one at a time.
load api

setup_file() {
	api_begin
	api_load
}
teardown_file() {
	TARED=$(cat "$T/tared.pid")
	api_end
}
# Tests put new daemons in the place of the first one.
setup() { TARED=$(cat "$T/tared.pid"); }

@test "a second daemon does not start" {
	run on_host "$BIN/tared" --data-root "$T/data" --exec-root "$T/run" -H "unix://$T/tare.sock" --pidfile "$T/tared.pid" \
		--config-file "$T/daemon.json"
	expect "$status" 1
	expect "$output" "failed to start daemon, ensure docker is not running or delete $T/tared.pid: process with PID $TARED is still running"
	run on_host "$BIN/tared" --data-root "$T/data" --exec-root "$T/run2" -H "unix://$T/b.sock" --pidfile "$T/b.pid" \
		--config-file "$T/daemon.json"
	expect "$status" 1
	expect "$output" "failed to start daemon: another daemon works on data root $T/data"
	[ ! -e "$T/b.sock" ]
	[ ! -e "$T/b.pid" ]
	expect "$(api GET /_ping)" OK
	expect "$(cat "$T/tared.pid")" "$TARED"
}

@test "flags and daemon.json: unknown, conflicting, validated" {
	run "$BIN/tared" --nonsense
	expect "$status:$output" '1:unknown flag: --nonsense'
	echo '{"debug":true,"nonsense":1}' >"$T/bad.json"
	run "$BIN/tared" --config-file "$T/bad.json" --validate
	expect "$output" "unable to configure the Docker daemon with file $T/bad.json: the following directives don't match any configuration option: nonsense"
	echo '{"debug":true}' >"$T/good.json"
	run "$BIN/tared" --config-file "$T/good.json" --debug=false --validate
	expect_match "$output" 'specified both as a flag and in the configuration file: debug: \(from flag: false, from file: true\)'
	run "$BIN/tared" --config-file "$T/good.json" --validate
	expect "$status:$output" '0:configuration OK'
	run "$BIN/tared" --config-file "$T/nosuch.json" --validate
	expect "$status" 1
	run "$BIN/tared" --version
	expect_match "$output" '^tared version '
	run "$BIN/tared" --help
	expect_match "$output" '--data-root string +Root directory'
}

@test "the socket is for root and the group alone" {
	expect "$(stat -c '%a %U' "$T/tare.sock")" '660 root'
}

@test "HUP reads daemon.json again, USR1 tells what threads do" {
	expect "$(api GET /info | jq .Debug)" false
	echo '{"debug":true}' >"$T/daemon.json"
	kill -HUP "$TARED"
	wait_for debug_is true
	expect "$(api GET "/events?since=0&until=$(date +%s.%N)&filters=%7B%22type%22:%5B%22daemon%22%5D%7D" | jq -r .Action)" reload
	echo '{}' >"$T/daemon.json"
	kill -HUP "$TARED"
	wait_for debug_is false
	kill -USR1 "$TARED"
	wait_for grep -q 'thread [0-9]*: ' "$T/tared.log"
}

debug_is() { [ "$(api GET /info | jq .Debug)" = "$1" ]; }

@test "containers outlive the daemon, whether it is told to end or killed" {
	local id pid
	id=$(run_ctr lives sleep 1000)
	pid=$(api GET "/containers/$id/json" | jq .State.Pid)
	tared_term
	[ ! -e "$T/tare.sock" ]
	[ ! -e "$T/tared.pid" ]
	kill -0 "$pid"
	api_start
	expect "$(api GET "/containers/$id/json" | jq -c '[.State.Running,.State.Pid]')" "[true,$pid]"
	tared_kill9
	api_start
	expect "$(api GET "/containers/$id/json" | jq -c '[.State.Running,.State.Pid]')" "[true,$pid]"
	api DELETE "/containers/$id?force=1"
}

@test "ending does not wait for streams, but for verbs" {
	run_ctr slow sh -c 'trap "sleep 1; exit 3" TERM; while :; do sleep 0.1; done'
	api GET /events -D "$T/events.head" -o /dev/null &
	api POST '/containers/slow/wait' -D "$T/wait.head" -o /dev/null &
	wait_for test -s "$T/events.head" -a -s "$T/wait.head"
	api POST '/containers/slow/stop?t=10' &
	local stopping=$! begun
	# The stop is under way once its signal was sent.
	wait_for sh -c "curl -s --unix-socket $T/tare.sock 'http://d/events?since=1&until='\$(date +%s.%N) | grep -q '\"kill\"'"
	begun=$(date +%s%N)
	tared_term
	[ $((($(date +%s%N) - begun) / 1000000)) -lt 5000 ]
	wait $stopping
	api_start
	expect "$(api GET /containers/slow/json | jq -c '[.State.Status,.State.ExitCode]')" '["exited",3]'
	api DELETE /containers/slow
}

@test "tcp on loopback works with dockerd's warning, beyond it is refused" {
	run on_host "$BIN/tared" --data-root "$T/data2" --exec-root "$T/run2" -H tcp://0.0.0.0:2375 --pidfile "$T/b.pid" \
		--config-file "$T/daemon.json"
	expect "$status" 1
	expect_match "$output" 'does not listen without TLS beyond the loopback address'
	on_host "$BIN/tared" --data-root "$T/data2" --exec-root "$T/run2" -H tcp://127.0.0.1:2375 --pidfile "$T/b.pid" \
		--config-file "$T/daemon.json" --bridge none --iptables=false </dev/null >"$T/b.log" 2>&1 3>&- &
	wait_for on_host curl -sf http://127.0.0.1:2375/_ping
	expect "$(on_host curl -s http://127.0.0.1:2375/info | jq -r '.Warnings[]' | grep -c 'API is accessible on http://127.0.0.1:2375 without encryption')" 1
	grep -q 'Binding to IP address without --tlsverify is insecure' "$T/b.log"
	expect "$(on_host curl -s http://127.0.0.1:2375/networks | jq -r '.[].Name' | sort | tr '\n' ' ')" 'host none '
	local pid
	pid=$(cat "$T/b.pid")
	kill "$pid"
	wait_gone "$pid"
}

@test "systemd: sockets are taken from it, and it is told when we are ready" {
	python3 - "$T" "$BIN/tared" "$HOST" <<'EOF'
import os, socket, subprocess, sys, http.client
t, tared, host = sys.argv[1:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(t + "/notify")
notify.settimeout(5)
listener = socket.socket(socket.AF_UNIX)
listener.bind(t + "/passed.sock")
listener.listen()
def child():
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", NOTIFY_SOCKET=t + "/notify")
args = [tared, "--data-root", t + "/data3", "--exec-root", t + "/run3", "-H", "fd://", "--pidfile", t + "/c.pid",
        "--config-file", t + "/daemon.json", "--bridge", "none", "--iptables=false"]
# exec keeps the pid: nsenter enters and becomes the daemon.
p = subprocess.Popen(["sh", "-c", 'LISTEN_PID=$$ exec nsenter -t %s -n -m -- "$@"' % host, "sh"] + args,
                     preexec_fn=child, close_fds=False, stderr=subprocess.DEVNULL)
assert notify.recv(100) == b"READY=1"
c = http.client.HTTPConnection("d")
c.sock = socket.socket(socket.AF_UNIX)
c.sock.connect(t + "/passed.sock")
c.request("GET", "/_ping")
assert c.getresponse().read() == b"OK"
p.terminate()
assert notify.recv(100) == b"STOPPING=1"
assert p.wait(10) == 0
assert os.path.exists(t + "/passed.sock")
EOF
	run on_host "$BIN/tared" --data-root "$T/data3" --exec-root "$T/run3" -H fd:// --pidfile "$T/c.pid" --config-file "$T/daemon.json"
	expect_match "$output" 'no sockets found via socket activation: make sure the service was started by systemd'
}

@test "defaults of the daemon reach containers that say nothing" {
	tared_term
	api_start --log-driver none --default-ulimit nofile=100:200 --dns 192.0.2.1 --init
	expect "$(api GET /info | jq -r .LoggingDriver)" none
	post '/containers/create?name=plain' '{"Image":"busybox","Cmd":["true"]}' >/dev/null
	expect "$(api GET /containers/plain/json | jq -c '.HostConfig | [.LogConfig.Type,.Ulimits,.Dns,.Init]')" \
		'["none",[{"Name":"nofile","Hard":200,"Soft":100}],["192.0.2.1"],true]'
	post '/containers/create?name=says' '{"Image":"busybox","Cmd":["true"],"HostConfig":{"LogConfig":{"Type":"json-file"},"Init":false,"Dns":["192.0.2.2"]}}' >/dev/null
	expect "$(api GET /containers/says/json | jq -c '.HostConfig | [.LogConfig.Type,.Dns,.Init]')" '["json-file",["192.0.2.2"],false]'
	api DELETE /containers/plain
	api DELETE /containers/says
	tared_term
	api_start
}
