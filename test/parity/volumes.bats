#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes beside dockerd's.
load helpers

setup_file() { parity_start; }
teardown_file() { parity_stop; }

made() {
	call POST /volumes/create -d '{"Name":"v1","Labels":{"a":"b"}}'
	call POST /volumes/create -d '{"Name":"v1"}'
	call GET /volumes/v1
	call POST /volumes/create -d '{"Name":"v2","DriverOpts":{"type":"tmpfs","device":"tmpfs","o":"size=1m,uid=1000"}}'
	call GET /volumes/v2
	call POST /volumes/create -d '{}' | jq 'if type == "object" then .Name = (.Name | length) | del(.Mountpoint, .Labels) else . end' 2>/dev/null
	docker volume ls --format '{{.Driver}} {{.Scope}}' | sort | uniq -c
	docker volume ls -q --filter label=a=b
	docker volume ls -q --filter name=v --filter driver=local
	docker volume ls -q --filter dangling=false
	docker volume rm v1 v2
	call GET /volumes/v1
	call DELETE /volumes/v1
	call DELETE '/volumes/v1?force=1'
	docker volume prune -f | tail -1
}

@test "create, inspect, list, remove" { both made; }

refused() {
	local name
	for name in x '!bad' a/b ..; do
		call POST /volumes/create -d "{\"Name\":\"$name\"}"
	done
	call POST /volumes/create -d '{"Name":"r1","DriverOpts":{"nope":"1"}}'
	call POST /volumes/create -d '{"Name":"r1","DriverOpts":{"type":"tmpfs"}}'
	call POST /volumes/create -d '{"Name":"r1","DriverOpts":{"device":"tmpfs"}}'
	call POST /volumes/create -d '{"Name":"r1","Driver":"nope"}'
	call GET /volumes/r1
	docker create --name r2 -v r1:/data:wrong busybox
	docker create --name r2 -v r1:/ busybox
	docker create --name r2 --mount type=volume,source=r1 busybox
	docker create --name r2 --mount type=volume,source=r1,target=/d --mount type=volume,source=r1,target=/d busybox
	docker create --pull never --name r2 --volume-driver nope -v r1:/data busybox
	docker create --pull never --name r2 --mount type=volume,source=r1,target=/d,volume-driver=nope busybox
	docker create --pull never --name r2 --volumes-from nobody busybox
	docker volume rm -f r1 >/dev/null
}

@test "what is refused, and in which words" { both refused; }

used() {
	docker run --rm --net none -v u1:/data busybox sh -c 'echo hello >/data/file'
	docker run --rm --net none -v u1:/data:ro busybox sh -c 'cat /data/file; touch /data/x 2>&1'
	docker create --name holder --net none -v u1:/data --mount type=volume,source=u2,target=/two,readonly busybox true
	docker inspect -f '{{json .Mounts}}' holder | jq -cS 'sort_by(.Destination)[] | del(.Source)'
	docker volume rm u1
	docker run --rm --net none --volumes-from holder busybox sh -c 'cat /data/file; touch /two/x 2>&1'
	docker run --rm --net none --volumes-from holder:ro busybox touch /data/y
	docker run --rm --net none --volumes-from holder:shared busybox true
	docker volume ls -q --filter dangling=false
	docker volume ls -q --filter dangling=true
	docker rm -v holder
	docker volume ls -q
	docker volume rm u1 u2
}

@test "a container has it: content stays, removal waits, others share it" { both used; }

filled() {
	docker run --rm --net none -v f1:/bin busybox true
	docker run --rm --net none -v f1:/x busybox sh -c 'ls /x | wc -l; stat -c "%a %u %g" /x'
	docker create --name f3 --net none -v f2:/bin:nocopy busybox && docker rm f3
	docker run --rm --net none -v f2:/x busybox sh -c 'ls /x | wc -l'
	docker volume rm f1 f2
}

@test "an empty volume is filled from the image" { both filled; }

mounted() {
	docker volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=1m,mode=0700 m1
	docker run --rm --net none -v m1:/data busybox sh -c 'grep " /data " /proc/mounts | cut -d" " -f1,3; stat -c %a /data; touch /data/x'
	docker run --rm --net none -v m1:/data busybox ls /data
	mkdir -p "$T/shared"; echo s >"$T/shared/f"
	docker volume create --opt type=none --opt device="$T/shared" --opt o=bind m2
	docker run --rm --net none -v m2:/data busybox cat /data/f
	docker volume create --opt type=none --opt device=/nowhere --opt o=bind m3
	docker run --rm --net none -v m3:/data busybox true 2>&1 | grep -o 'failed to mount local volume.*' | sed 's/, [fd][la].*: \([^:]*\)$/: \1/; s/No such/no such/; s/: mount [^:]*: \([^:]*\)$/: \1/'
	docker volume rm m1 m2 m3
}

@test "options mount something while a container runs" { both mounted; }

pruned() {
	docker run --net none --name p1 -v /anon -v named:/n busybox true
	call POST /volumes/prune
	docker rm p1 >/dev/null
	call POST '/volumes/prune?filters={"label":["none"]}' -g
	call POST /volumes/prune | jq -c 'if type == "object" then .VolumesDeleted |= sort else . end'
	docker volume ls -q
}

@test "prune" { both pruned; }

measured() {
	docker run --rm --net none -v d1:/data busybox sh -c 'head -c 5000 /dev/zero >/data/f; ln /data/f /data/g'
	docker create --name d2 -v d1:/data busybox true >/dev/null
	call GET /system/df | tail -1 | jq -c '.Volumes | map(del(.CreatedAt, .Mountpoint))'
	docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}}' | grep Volumes
	docker rm d2
	docker volume rm d1
}

@test "disk usage" { both measured; }

seen_events() {
	local from
	from=$(date +%s.%N)
	docker run --rm --net none -v e1:/data busybox true
	docker volume rm e1
	sleep 0.2
	docker events --since "$from" --until "$(date +%s.%N)" --filter type=volume --format '{{.Action}} {{json .Actor}}' |
		jq -cR 'split(" ") | [.[0], (.[1] | fromjson | .Attributes | del(.container))]'
}

@test "events" { both seen_events; }
