#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Health checks beside dockerd's.
load helpers

setup_file() { parity_start; }
teardown_file() { parity_stop; }

health_is() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = "$2" ]; }

# The state without times.
seen() { docker inspect "$1" | jq -c '.[0].State.Health | .Log |= (map([.ExitCode, .Output]) | unique)'; }

healthy() {
	docker run -d --name h1 --net none --health-cmd 'echo fine; test -e /ok' --health-interval 100ms --health-retries 2 busybox sh -c 'touch /ok; exec sleep 1000' >/dev/null
	docker ps --format '{{.Names}} {{.Status}}' | sed 's/Up.*s(/Up (/; s/Up [^(]*/Up /'
	wait_for health_is h1 healthy
	docker ps --filter health=healthy --format '{{.Status}}' | sed 's/Up [^(]*/Up /'
	seen h1
	docker exec h1 rm /ok
	wait_for health_is h1 unhealthy
	seen h1 | jq -c .Status
	docker ps -q --filter health=healthy
	docker exec h1 touch /ok
	wait_for health_is h1 healthy
	docker stop -t 0 h1
	seen h1 | jq -c .Status
	docker start h1
	docker rm -f h1
}

@test "starting, healthy, unhealthy, and back" { both healthy; }

failing() {
	docker run -d --name h2 --net none --health-cmd 'echo part; exec sleep 100' --health-interval 100ms --health-timeout 300ms --health-retries 1 busybox sleep 1000 >/dev/null
	wait_for health_is h2 unhealthy
	docker inspect h2 | jq -c '.[0].State.Health.Log[0] | [.ExitCode, (.Output | startswith("Health check exceeded timeout (300ms)"))]'
	docker exec h2 ps | grep -c 'sleep 100$'
	docker rm -f h2
	docker run -d --name h3 --net none --health-cmd 'yes 0123456789 | head -c 10000' --health-interval 100ms busybox sleep 1000 >/dev/null
	wait_for health_is h3 healthy
	docker inspect -f '{{(index .State.Health.Log 0).Output}}' h3 | wc -c
	docker inspect -f '{{(index .State.Health.Log 0).Output}}' h3 | tail -c 10
	docker rm -f h3
	docker run --name h4 --no-healthcheck --net none busybox true
	docker inspect -f '{{json .State.Health}} {{json .Config.Healthcheck}}' h4
	docker rm h4
}

@test "timeouts, long output, none" { both failing; }

refused() {
	call POST /containers/create -d '{"Image":"busybox","Healthcheck":{"Test":["CMD","x"],"Interval":1}}'
	call POST /containers/create -d '{"Image":"busybox","Healthcheck":{"Test":["CMD","x"],"Timeout":1}}'
	call POST /containers/create -d '{"Image":"busybox","Healthcheck":{"Test":["CMD","x"],"StartPeriod":1}}'
	call POST /containers/create -d '{"Image":"busybox","Healthcheck":{"Test":["CMD","x"],"Retries":-1}}'
}

@test "what is refused" { both refused; }

# The exec's end and what follows from it are told by two threads: in any order.
seen_events() {
	local from
	from=$(date +%s.%N)
	docker run -d --name h5 --net none --health-cmd 'true' --health-interval 100ms busybox sleep 1000 >/dev/null
	wait_for health_is h5 healthy
	docker rm -f h5 >/dev/null
	docker events --since "$from" --until "$(date +%s.%N)" --filter container=h5 --format '{{.Action}}' | head -6 | grep -v attach | sort
}

@test "events" { both seen_events; }

@test "a new daemon goes on asking, and knows what was" {
	tare run -d --name h6 --network none --health-cmd 'test -e /ok' --health-interval 200ms --health-retries 1 busybox sh -c 'touch /ok; exec sleep 1000'
	wait_for health_is h6 healthy
	tared_kill9
	tared_start
	health_is h6 healthy
	tare exec h6 rm /ok
	wait_for health_is h6 unhealthy
	tare rm -f h6
}

@test "a daemon does not wait for a probe when it ends" {
	tare run -d --name h7 --network none --health-cmd 'sleep 600' --health-interval 100ms --health-timeout 600s busybox sleep 1000
	wait_for sh -c 'tare top h7 | grep -q "sleep 600"'
	tared_term
	tared_start
	tare rm -f h7
}
