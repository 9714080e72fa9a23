#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many clients at once at the same few containers: whatever the order, each call is answered, nothing is left
# behind, and the daemon may be told to reload or to end in the midst of it. What a thread sanitizer is for.

load ../helpers

setup_file() { host_start; tared_start; image_load; }
teardown_file() { tared_stop; host_end; }

# call METHOD PATH [BODY]: the status; 000 when there was no answer.
call() {
	curl -s -o /dev/null -m 60 -w '%{http_code}\n' --unix-socket "$T/tare.sock" -X "$1" \
		${3:+-H 'Content-Type: application/json' -d "$3"} "http://d$2"
}

# One client: every verb on every name, beginning elsewhere than the others.
client() { # number rounds
	local verbs=(start stop?t=0 json restart?t=0 'logs?stdout=1' pause top unpause kill wait?condition=not-running 'rename?name=moved')
	local round name verb method
	for ((round = 0; round < $2; round++)); do
		name=crowd$(((round + $1) % 3))
		call POST "/containers/create?name=$name" \
			'{"Image":"busybox","Cmd":["sh","-c","echo hello; sleep 0.2"],"HostConfig":{"RestartPolicy":{"Name":"on-failure"}}}'
		for verb in "${verbs[@]:$((($1 + round) % 4))}"; do
			case $verb in json | logs* | top) method=GET ;; *) method=POST ;; esac
			call $method "/containers/$name/$verb"
		done
		call GET '/containers/json?all=1'
		call DELETE "/containers/moved?force=1"
		call DELETE "/containers/$name?force=1"
	done
}

runner() { # rounds: what the others do beside
	local round id
	for ((round = 0; round < $1; round++)); do
		call GET /info
		call GET /networks
		tare run --rm busybox true || true
		id=$(api POST "/containers/crowd$((round % 3))/exec" -H 'Content-Type: application/json' \
			-d '{"Cmd":["true"],"Detach":true}' | jq -r .Id)
		call POST "/exec/$id/start" '{"Detach":true}'
		call GET "/exec/$id/json"
		call POST "/images/busybox/tag?repo=crowd&tag=$round"
		call DELETE "/images/crowd:$round"
		[ -z "${RELOADS:-}" ] || kill -HUP "$TARED"
		[ -z "${RELOADS:-}" ] || kill -USR1 "$TARED"
	done
}

sessions() { # rounds: clients that stay, and what ends under them
	local round
	for ((round = 0; round < $1; round++)); do
		tare run --rm -i busybox cat <<<hello || true
		tare run -d --name talk busybox sh -c 'seq 1 500; sleep 0.3' || true
		tare logs -f talk &
		tare attach talk &
		tare exec talk echo hi || true
		docker exec -t talk echo hi || true
		tare rm -f talk
		wait
		tare container prune -f || true
	done
}

crowd() { # rounds: all of them at once
	local n
	for n in 0 1 2 3; do client "$n" "$1" >"$T/client.$n" 2>&1 & done
	runner "$1" >"$T/client.4" 2>&1 &
	sessions "$1" >"$T/sessions" 2>&1 &
	tare load -q -i "$BUILD/busybox.tar" >/dev/null 2>&1 &
}

no_containers() { [ -z "$(tare ps -aq)" ]; }

@test "every call of a crowd is answered, and none by an internal error" {
	curl -sN --unix-socket "$T/tare.sock" http://d/events >"$T/events" &
	local events=$!
	RELOADS=1 crowd 4
	local jobs
	mapfile -t jobs < <(jobs -p | grep -vx "$events")
	wait "${jobs[@]}"
	kill "$events"
	expect "$(grep -hE '^(000|501)$' "$T"/client.*)" ''
	# dockerd too answers 500 to the one, and logs an exec in a container that ends meanwhile
	expect "$(grep level=error "$T/tared.log" | grep -vE 'is not paused"$| msg="exec ')" ''
	wait_for no_containers
	tare run --rm busybox true
}

@test "a daemon told to end amid a crowd ends, and the next one finds everything in order" {
	crowd 4
	local jobs
	mapfile -t jobs < <(jobs -p)
	wait_for test -s "$T/client.4"
	tared_term
	wait "${jobs[@]}" || true
	tared_start
	local ids
	ids=$(tare ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || tare rm -f $ids
	tare run --rm busybox true
}

@test "a request that does not end is left behind by a daemon that ends" {
	tared_term
	tared_start --shutdown-timeout 1
	tare run -d --name deaf busybox sh -c 'trap "touch /heard" TERM; while :; do sleep 0.1; done' >/dev/null
	tare stop -t 60 deaf >/dev/null 2>&1 &
	wait_for tare exec deaf test -e /heard
	tared_term
	wait $! || true
	tared_start
	expect "$(tare inspect -f '{{.State.Status}}' deaf)" running
	tare rm -f deaf
}

@test "a restart that is due is dropped by a daemon that ends, and made up for by the next" {
	tare run -d --name again --restart always busybox false >/dev/null
	wait_for restarted 4
	tared_term
	tared_start
	wait_for restarted 1
	tare rm -f again
}

restarted() { [ "$(tare inspect -f '{{.RestartCount}}' again)" -ge "$1" ]; }
