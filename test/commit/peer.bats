#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The same commits, imports and diffs by Debian's dockerd and by tared: the same layers, configurations and answers. What
# differs on purpose (28's texts in place of 20.10's) is left out by name.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	"$TOP/tools/peers.sh" "$BUILD/peers" docker.io containerd tini runc libdevmapper1.02.1 3>&-
	host_start
	tared_start
	image_load
	mkdir -p "$T/dockerd"
	echo "{}" >"$T/dockerd/daemon.json"
	PEERS=$BUILD/peers
	on_host env PATH="$PEERS/usr/bin:$PEERS/usr/sbin:$PATH" LD_LIBRARY_PATH="$PEERS/lib/x86_64-linux-gnu" \
		"$PEERS/usr/sbin/dockerd" --data-root "$T/dockerd/data" --exec-root "$T/dockerd/run" --storage-driver overlay2 \
		-H "unix://$T/dockerd.sock" --pidfile "$T/dockerd/pid" --config-file "$T/dockerd/daemon.json" \
		--cgroup-parent "$CGROUP-dockerd" </dev/null >"$T/dockerd/log" 2>&1 3>&- &
	wait_for curl -fs --unix-socket "$T/dockerd.sock" http://d/_ping
	docker -H "unix://$T/dockerd.sock" load -q -i "$BUILD/busybox.tar"
	# both at the same files
	mkdir "$T/tree"
	echo root >"$T/tree/passwd"
	tar -C "$T/tree" --mtime=@0 --owner=0 --group=0 -cf "$T/in.tar" .
}

teardown_file() {
	local pid ids
	ids=$(docker -H "unix://$T/dockerd.sock" ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || docker -H "unix://$T/dockerd.sock" rm -f $ids >/dev/null
	pid=$(cat "$T/dockerd/pid")
	kill "$pid" && wait_gone "$pid"
	on_host sh -c "grep -o '$T/dockerd[^ ]*' /proc/self/mounts | sort -r | xargs -r umount -l" 2>/dev/null
	find /sys/fs/cgroup -depth -type d -path "*$CGROUP-dockerd*" -exec rmdir {} + 2>/dev/null
	tared_stop
	host_end
}

# What is an accident of the run: ids, times, versions, folders.
normal() {
	sed -E 's/[0-9a-f]{64}/ID/g; s/"Hostname":"[0-9a-f]{12}"/"Hostname":"ID"/g; s/"docker_version":"[^"]*",//
		s/20[0-9]{2}-[0-9-]*T[0-9:.]*Z/TIME/g'
}

# both FUNCTION: its output with either daemon is the same.
both() {
	local root
	root=$T/dockerd/data DOCKER_HOST=unix://$T/dockerd.sock "$1" 2>&1 | normal >"$T/theirs"
	root=$T/data "$1" 2>&1 | normal >"$T/ours"
	diff "$T/theirs" "$T/ours"
	[ -s "$T/ours" ]
}

ctr() { # SCRIPT
	docker rm -f c1 >/dev/null 2>&1
	docker run --name c1 --network none -e A=1 -l x=y --expose 80 busybox sh -c "$1"
}

@test "the layer of a commit, member by member" {
	layer() {
		ctr 'umask 022; mkdir -p /root/t /o/s; echo hi >/root/t/f; rm /etc/group; ln /root/t/f /root/hard; ln -s /no /root/soft
			mknod /root/p p; mknod /root/null c 1 3; rm -r /home; mkdir /home; echo x >/home/x; chown 70000:3000000 /home/x
			chmod 4711 /home/x; rm /bin/ls /bin/cat; ln /root/p /o/s/p; echo >"/root/$(printf "\303\274\377")"; mkdir -m 1777 /o/w'
		docker commit c1 new:1
		members new:1 "$root"
		cat "$(top_layer new:1 "$root")/size"
	}
	both layer
}

@test "the configuration of a commit, byte for byte" {
	configuration() {
		ctr true
		docker commit -a 'Me <me@x>' -m 'a & b' c1 new:1
		config_of new:1 "$root"
		docker commit -c 'ENV A=2 B="x y"' -c 'CMD a b' -c 'LABEL q=1 a=2' -c 'EXPOSE 90-91/udp' -c 'VOLUME /v' -c 'WORKDIR x' \
			-c 'HEALTHCHECK --interval=5s CMD true' -c 'ONBUILD RUN x' -c 'USER 7' c1 new:2
		config_of new:2 "$root"
		docker commit -c 'ENTRYPOINT ["/e"]' c1 new:3
		config_of new:3 "$root"
		docker run --name c2 new:2 true || true
		docker rm c2
	}
	both configuration
}

@test "an import, byte for byte" {
	imported() {
		docker import -m 'm <x>' -c 'CMD ["x"]' "$T/in.tar" imp:1
		config_of imp:1 "$root"
		docker inspect -f '{{.RootFS.Layers}}' imp:1 # not normalised away: the digest is compared below
	}
	both imported
	expect "$(docker inspect -f '{{.RootFS}}' imp:1)" "$(docker -H "unix://$T/dockerd.sock" inspect -f '{{.RootFS}}' imp:1)"
}

@test "refused changes" {
	refusals() {
		docker rm -f c1 >/dev/null 2>&1
		docker create --name c1 --network none busybox true >/dev/null
		for change in 'ENV B' 'LABEL a' '# c' 'USER' 'HEALTHCHECK' 'HEALTHCHECK FOO' 'HEALTHCHECK CMD' 'ONBUILD' \
			'ONBUILD ONBUILD RUN x' 'ONBUILD FROM x' 'ENV ${A' 'CMD [1]' 'WORKDIR' 'LABEL =x' 'VOLUME [""]' 'ENV A=1 B' \
			'HEALTHCHECK --interval=1us CMD x' 'HEALTHCHECK NONE x' "ENV A='x"; do
			docker commit -c "$change" c1 t:1 2>&1 | sed "s|^|$change: |"
		done
		# 28 names what 20.10 wrote in lower case, and lower-cases what that began with a capital
		for change in 'RUN x' 'FOO' 'SHELL ["a"]' 'EXPOSE abc' 'EXPOSE 80/foo'; do
			docker commit -c "$change" c1 t:1 2>&1 | tr A-Z a-z
		done
		docker inspect t:1
	}
	both refusals
}

@test "diff" {
	differences() {
		docker rm -f c1 base >/dev/null 2>&1
		docker run --name base --network none busybox sh -c 'mkdir -p /d/e/f /d/x /k; echo 1 >/d/e/1; echo 2 >/d/e/2; echo 3 >/d/x/3; rm /etc/group; echo k >/k/k; find /d /k -exec touch -d "2020-01-02 03:04:05" {} +'
		docker commit base base:1 >/dev/null
		for script in true 'echo 9 >/d/e/1; rm /d/e/2; mkdir -p /n/m; echo 5 >/n/m/5; rm -r /d/x' \
			'touch -r /d/e/1 /t; echo 1 >/d/e/1; touch -r /t /d/e/1; rm /t' 'chmod 600 /d/e/1; chown 5 /d/x; touch /d/e/2' \
			'rm -r /d; mkdir /d; echo 1 >/d/new; mkdir /d/x' 'rm -r /d; echo 1 >/d' 'rm -r /k; mkdir -p /k/k' \
			'echo new >/etc/group' 'mv /d/e/1 /d/e/3; ln /d/e/2 /d/e/4; chmod 1777 /tmp' 'rm /k/k; rmdir /k; mkdir /k' \
			'touch /d' 'chmod 700 /'; do
			echo "== $script"
			docker run --name c1 --network none base:1 sh -c "$script"
			docker diff c1 | LC_ALL=C sort -k2 # dockerd's order is that of a Go map
			docker rm c1 >/dev/null
		done
	}
	both differences
}
