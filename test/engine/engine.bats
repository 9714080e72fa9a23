#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The engine's corners: volumes of images, namespaces of the host and of others, pause, events, what a
# new daemon finds.
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
	volume_image
}

teardown_file() {
	tared_stop
	host_end
}

teardown() {
	local ids
	ids=$(tare ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || tare rm -f -v $ids >/dev/null
}

# An image that declares VOLUME /data (made in the image, mode 1770) and /etc, EXPOSE and HEALTHCHECK.
volume_image() {
	mkdir -p "$T/layers/1/data/sub" "$T/layers/1/bin" "$T/layers/1/etc"
	cp "$(command -v busybox)" "$T/layers/1/bin/busybox"
	local applet
	for applet in sh ls cat stat sleep true touch; do ln -sf busybox "$T/layers/1/bin/$applet"; done
	echo seed >"$T/layers/1/data/seed"
	chmod 1770 "$T/layers/1/data"
	"$TOP/tools/mkimage.sh" --from "$T/layers" --name vol:latest "$T/vol.tar"
	python3 - "$T/vol.tar" "$T/vol2.tar" <<'PY'
import hashlib, io, json, sys, tarfile
old = tarfile.open(sys.argv[1])
manifest = json.load(old.extractfile('manifest.json'))
config = json.load(old.extractfile(manifest[0]['Config']))
config.setdefault('config', {}).update(Volumes={'/data': {}, '/etc': {}}, ExposedPorts={'6379/tcp': {}},
                                       Healthcheck={'Test': ['CMD', 'true']})
text = json.dumps(config).encode()
new = tarfile.open(sys.argv[2], 'w')
def add(name, data):
    member = tarfile.TarInfo(name)
    member.size = len(data)
    new.addfile(member, io.BytesIO(data))
manifest[0]['Config'] = hashlib.sha256(text).hexdigest() + '.json'
add(manifest[0]['Config'], text)
for i, layer in enumerate(manifest[0]['Layers']):
    data = old.extractfile(layer).read()
    manifest[0]['Layers'][i] = '%d/layer.tar' % i
    add(manifest[0]['Layers'][i], data)
add('manifest.json', json.dumps(manifest).encode())
new.close()
PY
	tare load -q -i "$T/vol2.tar" >/dev/null
}

volumes_left() { find "$T/data/volumes" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l; }

@test "VOLUME of an image: filled with its mode, listed, gone with --rm and rm -v, kept by rm" {
	tare run -d --name v1 vol sleep 1000 >/dev/null
	expect "$(tare exec v1 cat /data/seed)" seed
	expect "$(tare exec v1 stat -c %a /data)" 1770
	expect "$(tare inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.Driver}} {{.RW}};{{end}}' v1)" \
		"volume /data local true;volume /etc local true;"
	tare exec v1 touch /data/new
	expect "$(tare inspect -f '{{range .Mounts}}{{.Source}} {{end}}' v1 | cut -d' ' -f1 | xargs ls | sort | xargs)" "new seed sub"
	expect "$(tare ps --format '{{.Ports}}')" 6379/tcp
	tare rm -f -v v1
	expect "$(volumes_left)" 0
	tare run --rm vol true
	expect "$(volumes_left)" 0
	tare create --name v2 vol true
	tare rm v2
	expect "$(volumes_left)" 2
	rm -rf "$T"/data/volumes/*
}

@test "what is not carried out is refused by name, before anything is made" {
	expect_match "$(tare run --rm --gpus all busybox true 2>&1 || true)" 'device requests .* are not available'
	expect_match "$(tare run --rm --log-driver syslog busybox true 2>&1 || true)" 'log driver syslog is not available'
	expect_match "$(tare run --rm --network container:x busybox true 2>&1 || true)" "another container's network"
	expect "$(tare ps -aq)" ""
	expect "$(volumes_left)" 0
}

@test "namespaces: of the host, of another container, shared memory that others may join" {
	tare run -d --name n1 --ipc shareable --shm-size 8m --init busybox sleep 1000 >/dev/null
	expect_match "$(tare exec n1 df /dev/shm)" 'shm +8192'
	expect_match "$(tare run --rm --pid container:n1 busybox ps)" '1 root +/sbin/docker-init -- sleep 1000'
	expect "$(tare run --rm --uts host busybox hostname)" "$(hostname)"
	expect "$(tare run --rm --pid host busybox cat "/proc/$HOST/comm")" sleep
	expect_match "$(tare run --rm --pid container:nosuch busybox true 2>&1 || true)" 'No such container: nosuch'
	tare stop -t 0 n1
	expect_match "$(tare run --rm --pid container:n1 busybox true 2>&1 || true)" 'cannot join PID namespace of a non running container'
	tare start n1
	expect_match "$(tare exec n1 df /dev/shm)" 'shm +8192'
}

@test "pause, unpause, and a stop that thaws" {
	tare run -d --name p1 busybox sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done' >/dev/null
	tare pause p1
	expect_match "$(tare pause p1 2>&1 || true)" 'Container [0-9a-f]{64} is already paused'
	expect_match "$(tare exec p1 true 2>&1 || true)" 'Container p1 is paused, unpause the container before exec'
	expect_match "$(tare ps --format '{{.Status}}')" 'Up .* \(Paused\)'
	tared_kill9
	tared_start
	expect "$(tare inspect -f '{{.State.Status}}' p1)" paused
	tare unpause p1
	expect_match "$(tare unpause p1 2>&1 || true)" 'Container [0-9a-f]{64} is not paused'
	tare pause p1
	tare stop -t 5 p1
	expect "$(tare inspect -f '{{.State.Status}} {{.State.ExitCode}}' p1)" "exited 9"
}

@test "an exec that outlives the daemon still has its exit code" {
	tare run -d --name e1 busybox sleep 1000 >/dev/null
	(rc=0; tare exec e1 sh -c 'echo one; sleep 1; echo two; exit 7' >"$T/exec.out" || rc=$?; echo $rc >"$T/exec.rc") &
	local client=$!
	wait_for grep -q one "$T/exec.out"
	tared_kill9
	tared_start
	wait $client
	expect "$(xargs <"$T/exec.out")" "one two"
	expect "$(cat "$T/exec.rc")" 7
}

@test "events tell a container's life, in order" {
	local since until
	since=$(date +%s)
	tare run --rm --name ev --label tier=web busybox true
	until=$(($(date +%s) + 1)) # whole seconds: that is what docker sends
	run docker events --since "$since" --until $until --filter label=tier=web --format '{{.Action}}'
	expect "$(echo "$output" | xargs)" "create attach start die destroy"
	run docker events --since "$since" --until $until --filter container=ev --filter event=die \
		--format '{{.Actor.Attributes.exitCode}} {{.Actor.Attributes.image}} {{.Actor.Attributes.tier}}'
	expect "$output" "0 busybox web"
	run docker events --since "$since" --until $until --filter type=network --format '{{.Action}} {{.Actor.Attributes.name}}'
	expect "$(echo "$output" | tail -2 | xargs)" "connect bridge disconnect bridge"
}

@test "top is an event" {
	local since
	since=$(date +%s)
	tare run -d --name tp busybox sleep 1000 >/dev/null
	tare top tp >/dev/null
	tare rm -f tp
	run docker events --since "$since" --until $(($(date +%s) + 1)) --filter container=tp --format '{{.Action}}'
	expect "$(echo "$output" | xargs)" "create start top kill die destroy"
}

@test "ps: filters" {
	tare run -d --name f1 --label a=1 busybox sleep 1000 >/dev/null
	tare run --name f2 --label a=2 busybox sh -c 'exit 3' || true
	tare create --name g3 vol true >/dev/null
	names() { tare ps -a --format '{{.Names}}' "$@" | xargs; }
	expect "$(names)" "g3 f2 f1"
	expect "$(names --filter status=running)" f1
	expect "$(names --filter exited=3)" f2
	expect "$(names --filter name=^/f)" "f2 f1"
	expect "$(names --filter label=a)" "f2 f1"
	expect "$(names --filter label=a=2)" f2
	expect "$(names --filter ancestor=vol)" g3
	expect "$(names --filter before=f2)" f1
	expect "$(names --filter since=f1)" "g3 f2"
	expect "$(names --filter volume=/data)" g3
	expect "$(names --filter network=bridge --filter label=a=1)" f1
	expect "$(names -n 1)" g3
	expect_match "$(names --filter colour=red 2>&1 || true)" "invalid filter 'colour'"
	expect "$(docker container prune -f --filter label=a=2 | grep -c "$(tare inspect -f '{{.Id}}' f1)")" 0
	expect "$(names)" "g3 f1"
}

@test "a removal that fails leaves a dead container, which can be removed again" {
	tared_term
	TARE_FAULT=remove.root:1 tared_start
	tare create --name d1 busybox true >/dev/null
	run tare rm d1
	[ "$status" -ne 0 ]
	expect "$(tare inspect -f '{{.State.Status}} {{.State.Dead}}' d1)" "dead true"
	expect_match "$(tare start d1 2>&1 || true)" 'marked for removal'
	tare rm d1
	expect "$(tare ps -aq)" ""
}

@test "what is promised of an image waits until the image is on disk" {
	mkdir -p "$T/late/1/bin"
	cp "$(command -v busybox)" "$T/late/1/bin/true"
	"$TOP/tools/mkimage.sh" --from "$T/late" --name late:1 "$T/late.tar"
	tared_term
	TARE_FAULT=image.settle:1 tared_start
	tare load -q -i "$T/late.tar" >/dev/null
	expect_match "$(tare create --name l1 late:1 /bin/true 2>&1 || true)" 'injected fault: image.settle'
	expect_match "$(tare tag late:1 late:2 2>&1 || true)" 'injected fault: image.settle'
	tare run --rm late:1 /bin/true
	expect "$(tare ps -aq)" ""
	tared_term
	tared_start
	tare tag late:1 late:2
	tare create --name l1 late:1 /bin/true >/dev/null
	tare rm l1 >/dev/null
	tare rmi late:1 late:2 >/dev/null
}

@test "what a create left half-made is removed at the next start" {
	local id
	id=$(printf 'ab%.0s' {1..32})
	tared_term
	mkdir -p "$T/data/containers/$id"
	echo '{}' >"$T/data/containers/$id/hostconfig.json"
	tared_start
	[ ! -e "$T/data/containers/$id" ]
	expect "$(tare ps -aq)" ""
}

@test "a container of docker's with more than this version does is not started without it" {
	local id
	id=$(tare create --name old busybox true)
	tared_term
	python3 - "$T/data/containers/$id/hostconfig.json" <<'PY'
import json, sys
config = json.load(open(sys.argv[1]))
config['PortBindings'] = {'80/tcp': [{'HostIp': '', 'HostPort': '8080'}]}
config['FromTheFuture'] = 1
json.dump(config, open(sys.argv[1], 'w'))
PY
	tared_start
	expect_match "$(tare start old 2>&1 || true)" 'published ports \(-p, -P\) are not available in this version'
	expect "$(tare inspect -f '{{.State.Status}}' old)" created
	tare rename old older
	expect "$(jq .FromTheFuture "$T/data/containers/$id/hostconfig.json")" 1
}
