#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docker commit: what is in the image, and what happens to the container.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	host_start
	tared_start
	image_load
}

teardown_file() {
	tared_stop
	host_end
}

teardown() {
	local ids
	ids=$(docker ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || docker rm -f $ids >/dev/null
}

ctr() { # NAME SCRIPT: runs it in a container that goes on
	docker run -d --name "$1" --network none busybox sh -c "$2; touch /.done; exec sleep 1000" >/dev/null
	wait_for docker exec "$1" ls /.done
	docker exec "$1" rm /.done
}

@test "a new image has its parent's layers and one with what changed" {
	ctr c1 'mkdir -p /root/testfolder; echo hi >/root/testfolder/testfile'
	id=$(docker commit c1 new:1)
	expect_match "$id" '^sha256:[0-9a-f]{64}$'
	expect "$(docker inspect -f '{{.Id}} {{.Parent}} {{len .RootFS.Layers}}' new:1)" \
		"$id $(docker inspect -f '{{.Id}}' busybox) 2"
	expect "$(members new:1)" "$(printf '%s\n' \
		"5 700 0:0 0 0,0 'root' '' " "5 755 0:0 0 0,0 'root/testfolder' '' " \
		"0 644 0:0 3 0,0 'root/testfolder/testfile' '' ")"
	expect "$(docker run --rm --network none new:1 cat /root/testfolder/testfile)" hi
	expect "$(docker history -q --no-trunc new:1 | head -1)" "$id"
}

@test "deleted files, replaced directories, links, devices and odd owners come back as they were" {
	ctr c1 'cd /root; echo 1 >a; ln a b; ln -s /etc/x l; mknod p p; mknod n c 1 3; rm /etc/group; rm -r /home; mkdir /home
		echo 2 >/home/n; chown 70000:3000000 /home/n; chmod 4755 /home/n; mkdir -m 1777 t; echo x >"$(printf "\377\376")"'
	docker commit c1 new:1
	look='cd /; ls -Anl /root /home /etc | sed "s/ [A-Z][a-z][a-z] .*:.. / /"; stat -c "%h %i" /root/a | cut -d" " -f1; [ /root/a -ef /root/b ]'
	expect "$(docker run --rm --network none new:1 sh -c "$look; ls -A /home")" "$(docker exec c1 sh -c "$look; ls -A /home")"
	run -1 docker run --rm --network none new:1 ls /etc/group
	members new:1 | grep -F "'etc/.wh.group'"
	members new:1 | grep -F "'home/.wh..wh..opq'"
}

@test "file capabilities are kept" {
	ctr c1 'cp /bin/busybox /root/b'
	upper=$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' c1)
	setcap cap_net_raw+ep "$upper/root/b"
	docker commit c1 new:1
	members new:1 | grep -F SCHILY.xattr.security.capability
	top=$(docker inspect -f '{{.GraphDriver.Data.UpperDir}}' new:1)
	expect_match "$(getcap "$top/root/b")" cap_net_raw
}

@test "no change makes no layer" {
	docker create --name c1 --network none busybox true
	docker commit c1 empty
	expect "$(docker inspect -f '{{json .RootFS}}' empty)" "$(docker inspect -f '{{json .RootFS}}' busybox)"
	expect "$(config_of empty | jq -c '.history[-1] | del(.created)')" '{"created_by":"true","empty_layer":true}'
}

@test "author, comment, name and history" {
	docker create --name c1 --network none busybox true
	docker commit -a 'Me <me@x>' -m 'a <message>' c1 reg.example:5000/a/b:c
	expect "$(docker inspect -f '{{.Author}}|{{.Comment}}|{{json .RepoTags}}' reg.example:5000/a/b:c)" \
		'Me <me@x>|a <message>|["reg.example:5000/a/b:c"]'
	expect "$(docker history --format '{{.Comment}}' reg.example:5000/a/b:c | head -1)" 'a <message>'
	# Go's way of writing '<'
	config_of reg.example:5000/a/b:c | grep -F '"author":"Me \u003cme@x\u003e"'
}

@test "a commit without a name leaves a dangling image" {
	docker create --name c1 --network none busybox true
	id=$(docker commit c1)
	expect "$(docker inspect -f '{{json .RepoTags}}' "$id")" '[]'
}

@test "changes and the body's configuration" {
	docker create --name c1 --network none -e A=1 -l x=y --expose 80 busybox true
	docker commit -c 'ENV A=2 B="two words"' -c 'EXPOSE 81/udp' -c 'LABEL z=1' -c 'WORKDIR /w' -c 'USER 5' \
		-c 'VOLUME /v' -c 'HEALTHCHECK --retries=2 CMD true' -c 'ONBUILD RUN x' -c 'ENTRYPOINT ["/bin/echo"]' c1 t
	expect "$(docker inspect t | jq -cS '.[0].Config | del(.Env[] | select(startswith("PATH=")))')" \
		'{"Entrypoint":["/bin/echo"],"Env":["A=2","B=two words"],"ExposedPorts":{"80/tcp":{},"81/udp":{}},"Healthcheck":{"Retries":2,"Test":["CMD-SHELL","true"]},"Labels":{"x":"y","z":"1"},"OnBuild":["RUN x"],"User":"5","Volumes":{"/v":{}},"WorkingDir":"/w"}'
	id=$(api POST '/v1.50/commit?container=c1' -H 'Content-Type: application/json' -d '{"Cmd":["z"],"Labels":{"q":"1"}}' | jq -r .Id)
	expect "$(docker inspect "$id" | jq -cS '.[0].Config | {Cmd, Labels}')" '{"Cmd":["z"],"Labels":{"q":"1","x":"y"}}'
}

@test "what is wrong is refused in Docker's words, and nothing is left" {
	docker create --name c1 --network none busybox true
	before=$(store_world | sort)
	expect "$(api_status POST '/v1.50/commit?container=nosuch')" '404 No such container: nosuch'
	expect "$(api_status POST '/v1.50/commit')" '400 invalid name or ID supplied: ""'
	expect "$(api_status POST '/v1.50/commit?container=c1&repo=BAD')" \
		'400 invalid reference format: repository name (library/BAD) must be lowercase'
	expect "$(api_status POST '/v1.50/commit?container=c1&repo=a&tag=@')" '400 invalid tag format'
	expect "$(api_status POST '/v1.50/commit?container=c1&changes=RUN%20x')" '400 RUN is not a valid change command'
	expect "$(api_status POST '/v1.50/commit?container=c1&changes=STOPSIGNAL%20FOO')" '400 Invalid signal: FOO'
	expect "$(api_status POST '/v1.50/commit?container=c1' -H 'Content-Type: text/plain' -d x)" \
		"400 unsupported Content-Type header (text/plain): must be 'application/json'"
	expect "$(store_world | sort)" "$before"
}

@test "the container is frozen meanwhile, unless it shall not be, and goes on" {
	ctr c1 true
	since=$(date +%s.%N)
	docker commit c1 a:1
	docker commit --pause=false c1 a:2
	docker pause c1
	docker commit c1 a:3
	expect "$(docker inspect -f '{{.State.Status}}' c1)" paused
	docker unpause c1
	expect "$(docker events --since "$since" --until "$(date +%s.%N)" --format '{{.Type}} {{.Action}}' | paste -sd, -)" \
		'container pause,image tag,container commit,container unpause,image tag,container commit,container pause,image tag,container commit,container unpause'
	expect "$(docker inspect -f '{{.State.Status}}' c1)" running
	docker exec c1 true
	[ -z "$(find "$T/run" -name 'frozen-*')" ]
}

@test "the parent of a committed image stays until its child goes" {
	docker create --name c1 --network none busybox true
	docker tag busybox base:1
	docker commit c1 kid:1
	run -0 docker rmi base:1
	docker rm c1
	expect "$(docker images -q --no-trunc kid:1)" "$(docker inspect -f '{{.Id}}' kid:1)"
	docker rmi kid:1
	docker inspect busybox >/dev/null
}

@test "committing again and again stacks layers; the same files are stored once" {
	ctr c1 'echo 1 >/a; touch -d @1000 /a /'
	docker commit c1 s:1
	n=$(ls "$T/data/overlay2" | wc -l)
	docker commit c1 s:2
	expect "$(ls "$T/data/overlay2" | wc -l)" "$n"
	expect "$(docker inspect -f '{{.RootFS}}' s:1)" "$(docker inspect -f '{{.RootFS}}' s:2)"
	docker run --name c2 --network none s:1 sh -c 'echo 2 >/b'
	docker commit c2 s:3
	expect "$(docker inspect -f '{{len .RootFS.Layers}}' s:3)" 3
	expect "$(docker run --rm --network none s:3 cat /a /b | paste -sd' ' -)" '1 2'
}
