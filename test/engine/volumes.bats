#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes over a daemon's ends, with faults, and parts of them. What dockerd does alike is test/parity/volumes.bats.
load ../helpers

setup_file() {
	host_start
	tared_start
	image_load
}

teardown_file() {
	tared_stop
	host_end
}

mounted() { on_host grep -c " $T/data/volumes/$1/_data " /proc/self/mountinfo || true; }

@test "a killed daemon knows who has and who mounts which" {
	tare run -d --name k1 --network none -v keep:/k --mount type=volume,source=tmp,target=/t,volume-opt=type=tmpfs,volume-opt=device=tmpfs \
		busybox sh -c 'echo in >/t/f; exec sleep 1000'
	expect "$(mounted tmp)" 1
	tared_kill9
	tared_start
	expect "$(tare exec k1 cat /t/f)" in
	expect_match "$(docker volume rm tmp 2>&1 || true)" 'remove tmp: volume is in use'
	docker run --rm --network none -v tmp:/t busybox cat /t/f
	expect "$(mounted tmp)" 1
	tare kill k1
	tare wait k1
	wait_for sh -c "[ \"\$(grep -c $T/data/volumes/tmp/_data /proc/$HOST/mountinfo)\" = 0 ]"
	tare rm k1
	docker volume rm tmp keep
}

@test "a create that fails leaves no volume, a volume create that fails neither" {
	local point
	for point in volume.create volume.publish create.files volume.mount; do
		tared_term
		TARE_FAULT=$point:1 tared_start
		run tare create -v new:/n -v /anon --mount type=volume,source=tm,target=/t,volume-opt=type=tmpfs,volume-opt=device=tmpfs busybox true
		expect "$point $status" "$point 1"
		expect "$(docker volume ls -q)" ""
		expect "$(ls "$T/data/tmp" | grep -c volume- || true)" 0
		expect "$(tare ps -aq)" ""
	done
	tared_term
	tared_start
}

@test "a part of a volume, directory or file" {
	tare run --rm --network none -v sub:/s busybox sh -c 'mkdir -p /s/a/b; echo one >/s/a/b/f; ln -s / /s/out; ln -s a/b /s/in'
	expect "$(docker run --rm --network none --mount type=volume,source=sub,target=/x,volume-subpath=a/b busybox cat /x/f)" one
	expect "$(docker run --rm --network none --mount type=volume,source=sub,target=/x,volume-subpath=in busybox cat /x/f)" one
	expect "$(docker run --rm --network none --mount type=volume,source=sub,target=/x,volume-subpath=a/b/f busybox cat /x)" one
	expect_match "$(docker run --rm --network none --mount type=volume,source=sub,target=/x,volume-subpath=none busybox true 2>&1 || true)" \
		'cannot access path .*/none: no such file or directory'
	expect_match "$(docker run --rm --network none --mount type=volume,source=sub,target=/x,volume-subpath=../x busybox true 2>&1 || true)" \
		'subpath must be a relative path within the volume'
	# The link leads to the volume's own root, not the machine's.
	expect "$(docker run --rm --network none --mount type=volume,source=sub,target=/x,volume-subpath=out busybox ls /x | tr '\n' ' ')" "a in out "
	docker volume rm sub
	expect "$(on_host grep -c mounts/volume- /proc/self/mountinfo || true)" 0
}

@test "what is being filled is not found half filled" {
	tare create --name h1 --network none -v half:/bin busybox true
	tare rm h1
	expect "$(docker run --rm --network none -v half:/x busybox sh -c 'ls /x | wc -l')" "$(docker run --rm --network none busybox sh -c 'ls /bin | wc -l')"
	docker volume rm half
}
