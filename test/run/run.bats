#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run, exec, attach and the rest of a container's life, with the stock docker client and with tare.
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

teardown() {
	local ids
	ids=$(tare ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || tare rm -f $ids >/dev/null
}

# exit_code COMMAND…: prints it, whatever the command says
exit_code() {
	local rc=0
	"$@" >/dev/null 2>&1 || rc=$?
	echo $rc
}

plain_run() {
	expect "$($CLI run --rm busybox echo hi)" hi
	expect "$($CLI run --rm busybox sh -c 'echo out; echo err >&2' 2>/dev/null)" out
	expect "$($CLI run --rm busybox sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" err
	expect "$($CLI ps -aq)" ""
}
@test "run --rm prints what the process prints, on both streams, and leaves nothing" { each_client plain_run; }

exit_codes() {
	expect "$(exit_code "$CLI" run --rm busybox true)" 0
	expect "$(exit_code "$CLI" run --rm busybox sh -c 'exit 42')" 42
	expect "$(exit_code "$CLI" run --rm busybox sh -c 'sh -c "kill -9 \$\$"; exit $?')" 137
	expect "$(exit_code "$CLI" run --rm busybox nosuch)" 127
	expect "$(exit_code "$CLI" run --rm busybox /etc)" 126
	expect "$(exit_code "$CLI" run --rm busybox /etc/passwd)" 126
	expect "$(exit_code "$CLI" run --rm nosuchimage true)" 125
	expect "$(exit_code "$CLI" run --nosuchflag busybox)" 125
	expect "$(exit_code "$CLI" run --rm -w relative busybox true)" 125
	expect "$($CLI ps -aq)" ""
}
@test "exit codes: the process's, 128+n, 125, 126, 127" { each_client exit_codes; }

start_error_text() {
	local out
	out=$($CLI run --rm busybox nosuch 2>&1) || true
	expect_match "$out" 'docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nosuch": executable file not found in \$PATH'
	out=$($CLI run --rm busybox /etc 2>&1) || true
	expect_match "$out" 'exec: "/etc": (is a directory|permission denied)'
}
@test "a program that is not there is refused in docker's words" { each_client start_error_text; }

environment_flags() {
	expect "$($CLI run --rm -e A=1 -e B busybox sh -c 'echo $A-$B')" 1-
	expect "$(B=2 $CLI run --rm -e A=1 -e B busybox sh -c 'echo $A-$B')" 1-2
	printf 'X=from file\n# comment\nY\n' >"$T/env"
	expect "$(Y=env $CLI run --rm --env-file "$T/env" busybox sh -c 'echo $X $Y')" "from file env"
	expect "$($CLI run --rm -w /a/b busybox pwd)" /a/b
	expect "$($CLI run --rm -u 1000:2000 busybox id -u)" 1000
	expect "$($CLI run --rm -u 1000:2000 busybox id -g)" 2000
	expect "$($CLI run --rm -u nobody busybox id -un)" nobody
	expect "$($CLI run --rm -h box busybox hostname)" box
	expect "$($CLI run --rm --entrypoint echo busybox a b)" "a b"
	expect "$($CLI run --rm busybox sh -c 'echo $PATH')" /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	expect "$($CLI run --rm busybox sh -c 'echo $HOME $HOSTNAME' | awk '{print $1, length($2)}')" "/root 12"
	expect_match "$($CLI run --rm -u nosuchuser busybox true 2>&1 || true)" 'unable to find user nosuchuser: no matching entries in passwd file'
}
@test "-e --env-file -w -u -h --entrypoint and the default environment" { each_client environment_flags; }

stdin_is_piped() {
	expect "$(echo piped | $CLI run --rm -i busybox cat)" piped
	expect "$(head -c 3000000 /dev/zero | $CLI run --rm -i busybox wc -c)" 3000000
	expect "$(echo lost | $CLI run --rm busybox cat)" ""
}
@test "stdin is piped in with -i, closed at its end, and not taken without" { each_client stdin_is_piped; }

large_output() {
	expect "$($CLI run --rm busybox sh -c 'head -c 5000000 /dev/zero | tr "\0" x' | wc -c)" 5000000
}
@test "five megabytes without a newline arrive whole" { each_client large_output; }

volumes() {
	mkdir -p "$T/vol"
	echo data >"$T/vol/f"
	expect "$($CLI run --rm -v "$T/vol:/v" busybox cat /v/f)" data
	$CLI run --rm -v "$T/vol:/v" busybox sh -c 'echo new > /v/g'
	expect "$(cat "$T/vol/g")" new
	expect_match "$($CLI run --rm -v "$T/vol:/v:ro" busybox sh -c 'echo x > /v/h' 2>&1 || true)" 'Read-only file system'
	$CLI run --rm -v "$T/fresh-$CLI:/v" busybox true
	[ -d "$T/fresh-$CLI" ] # -v makes the missing folder
	expect_match "$($CLI run --rm --mount "type=bind,src=$T/none,dst=/v" busybox true 2>&1 || true)" \
		'invalid mount config for type "bind": bind source path does not exist: '
}
@test "-v host:ctr[:ro]; a missing source is made for -v, refused for --mount" { each_client volumes; }

networks() {
	expect "$($CLI run --rm --network host busybox cat /proc/net/dev | grep -c docker0)" 1
	expect "$($CLI run --rm --network none busybox ip -o link | wc -l)" 1
	expect_match "$($CLI run --rm busybox ip route)" 'default via 172.17.0.1 dev eth0'
	expect "$($CLI run --rm busybox ping -c 1 -w 5 172.17.0.1 | grep -c '1 packets received')" 1
	local id
	id=$($CLI run -d --name n1 -h myhost --add-host other:1.2.3.4 busybox sleep 100)
	expect "$($CLI exec n1 cat /etc/hosts | awk '{print $1, $2}')" "127.0.0.1 localhost
::1 localhost
fe00:: ip6-localnet
ff00:: ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
1.2.3.4 other
172.17.0.2 myhost"
	$CLI rm -f n1 >/dev/null
	expect_match "$($CLI run --rm --network nosuch busybox true 2>&1 || true)" 'network nosuch not found'
	expect_match "$($CLI run --rm -p 8080:80 busybox true 2>&1 || true)" 'published ports'
}
@test "--network bridge, host, none; hosts file; what is not there is said clearly" { each_client networks; }

limits() {
	local out
	out=$($CLI run --rm --memory 64m --cpus 0.5 --pids-limit 33 busybox sh -c '
		cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu*/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max 2>/dev/null ||
		cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max /sys/fs/cgroup/pids.max' | tr '\n' ' ')
	expect_match "$out" '^67108864 50000.* 33 $'
	expect_match "$($CLI run --rm --memory 1m busybox true 2>&1 || true)" 'Minimum memory limit allowed is 6MB'
	expect "$(exit_code "$CLI" run --rm --memory 32m --memory-swap 32m busybox sh -c 'x=$(head -c 100000000 /dev/zero | tr "\0" x); echo ${#x}')" 137
}
@test "--memory, --cpus, --pids-limit are in the container's cgroup; too much memory ends it with 137" { each_client limits; }

capabilities() {
	expect "$($CLI run --rm busybox awk '/CapEff/ {print $2}' /proc/self/status)" 00000000a80425fb
	expect "$($CLI run --rm --cap-drop ALL busybox awk '/CapEff/ {print $2}' /proc/self/status)" 0000000000000000
	expect "$($CLI run --rm --cap-add SYS_TIME --cap-drop CHOWN busybox awk '/CapEff/ {print $2}' /proc/self/status)" 00000000aa0425fa
	expect "$($CLI run --rm -u 1000 busybox awk '/CapEff/ {print $2}' /proc/self/status)" 0000000000000000
	expect_match "$($CLI run --rm --cap-add NOSUCH busybox true 2>&1 || true)" 'invalid CapAdd: unknown capability: "CAP_NOSUCH"'
	expect "$($CLI run --rm busybox awk '/^Seccomp:/ {print $2}' /proc/self/status)" 2
	expect "$($CLI run --rm --privileged busybox awk '/^Seccomp:/ {print $2}' /proc/self/status)" 0
	expect "$($CLI run --rm busybox sh -c 'unshare -m true 2>&1 | grep -c "Operation not permitted"')" 1
	$CLI run --rm --privileged busybox sh -c 'mkdir /m && mount -t tmpfs t /m'
	expect_match "$($CLI run --rm --read-only busybox touch /x 2>&1 || true)" 'Read-only file system'
	$CLI run --rm --read-only --tmpfs /tmp busybox touch /tmp/x
	expect "$($CLI run --rm busybox sh -c 'cat /proc/kcore | wc -c; ls /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/domainname' 2>/dev/null | tr '\n' ' ')" "0 0 "
}
@test "capabilities, seccomp, masked and read-only paths, --privileged, --read-only" { each_client capabilities; }

lifecycle() {
	local id
	id=$($CLI create --name l1 busybox sleep 1000)
	expect "$($CLI inspect -f '{{.State.Status}}' l1)" created
	expect "$($CLI start l1)" l1
	expect "$($CLI stop -t 1 l1)" l1
	expect "$($CLI inspect -f '{{.State.Status}} {{.State.ExitCode}}' l1)" "exited 137"
	expect "$($CLI restart -t 0 l1)" l1
	expect "$($CLI kill -s KILL l1)" l1
	expect "$($CLI wait l1)" 137
	expect_match "$($CLI kill l1 2>&1 || true)" "is not running"
	expect "$($CLI rm l1)" l1
	expect_match "$($CLI rm l1 2>&1 || true)" 'No such container: l1'
	$CLI run -d --name l2 --stop-signal USR1 busybox sh -c 'trap "exit 9" USR1; while :; do sleep 0.1; done' >/dev/null
	sleep 0.3
	$CLI stop l2 >/dev/null
	expect "$($CLI inspect -f '{{.State.ExitCode}}' l2)" 9
	expect "$($CLI start -a l2 & sleep 1; $CLI kill l2 >/dev/null; wait)" ""
	$CLI rm -f l2 >/dev/null
}
@test "create, start, stop, restart, kill, wait, rm and what they say" { each_client lifecycle; }

conflicts() {
	$CLI run -d --name c1 busybox sleep 100 >/dev/null
	expect_match "$($CLI run --name c1 busybox true 2>&1 || true)" 'Conflict. The container name "/c1" is already in use by container "[0-9a-f]{64}". You have to remove \(or rename\) that container to be able to reuse that name.'
	expect_match "$($CLI rm c1 2>&1 || true)" 'cannot remove container "/?c1": container is running: stop the container before removing or force remove'
	expect_match "$($CLI rmi busybox 2>&1 || true)" 'conflict: unable to remove repository reference "busybox" \(must force\) - container [0-9a-f]{12} is using its referenced image [0-9a-f]{12}'
	expect_match "$($CLI run --name -bad busybox true 2>&1 || true)" 'Invalid container name \(-bad\), only \[a-zA-Z0-9\]\[a-zA-Z0-9_.-\] are allowed'
	$CLI rm -f c1 >/dev/null
}
@test "conflicts are refused in docker's words" { each_client conflicts; }

execs() {
	$CLI run -d --name x1 busybox sleep 1000 >/dev/null
	expect "$($CLI exec x1 echo hi)" hi
	expect "$(exit_code "$CLI" exec x1 sh -c 'exit 5')" 5
	expect "$($CLI exec -e A=b -w /tmp -u 1000 x1 sh -c 'echo $A $(pwd) $(id -u)')" "b /tmp 1000"
	expect "$(echo in | $CLI exec -i x1 cat)" in
	$CLI exec -d x1 sh -c 'echo done > /flag'
	wait_for "$CLI" exec x1 test -e /flag
	expect_match "$($CLI top x1)" 'PID.*
.*sleep 1000'
	expect "$(on_terminal "$CLI exec -it x1 tty")" /dev/pts/0
	expect "$(exit_code "$CLI" exec nosuch true)" 1
	$CLI stop -t 0 x1 >/dev/null
	expect_match "$($CLI exec x1 true 2>&1 || true)" 'container [0-9a-f]{64} is not running'
	$CLI rm x1 >/dev/null
}
@test "exec with its flags, detached, with stdin, with a terminal" { each_client execs; }

on_terminal() { # SHELL LINE: run on a pty; prints what came, without the pty's own characters
	script -qec "$1" /dev/null </dev/null | tr -d '\r\004\b' | sed 's/\^[@D]//g'
}

terminals() {
	expect "$(on_terminal "stty rows 33 cols 77; $CLI run --rm -it busybox stty size")" "33 77"
	expect "$(on_terminal "$CLI run --rm -it busybox tty")" /dev/pts/0
	expect_match "$(echo | $CLI run --rm -it busybox true 2>&1 || true)" 'the input device is not a TTY'
}
@test "-it gives a real terminal of the right size" { each_client terminals; }

detach_keys() {
	cat >"$T/detach.exp" <<-EXP
		set timeout 10
		spawn $CLI run -it --name d1 busybox sh
		expect "/ # "
		send "echo mark-\\\$((40+2))\r"
		expect "mark-42"
		send "\x03"
		expect "/ # "
		send "\x10\x11"
		expect eof
	EXP
	command expect -f "$T/detach.exp" >"$T/detach.out" 2>&1 || cat "$T/detach.out"
	expect "$($CLI inspect -f '{{.State.Status}}' d1)" running
	cat >"$T/attach.exp" <<-EXP
		set timeout 10
		spawn $CLI attach d1
		send "\r"
		expect "/ # "
		send "exit 3\r"
		expect eof
		exit [lindex [wait] 3]
	EXP
	local rc=0
	command expect -f "$T/attach.exp" >"$T/attach.out" 2>&1 || rc=$?
	[ "$rc" = 3 ] || { cat "$T/attach.out"; return 1; }
	$CLI rm d1 >/dev/null
}
@test "ctrl-c, ctrl-p ctrl-q, attach again, exit code" { each_client detach_keys; }

start_attached() {
	$CLI create --name a1 busybox sh -c 'echo first; exit 4' >/dev/null
	local rc=0 out
	out=$($CLI start -a a1) || rc=$?
	expect "$out $rc" "first 4"
	$CLI rm a1 >/dev/null
}
@test "start -a shows the output and the exit code" { each_client start_attached; }

signals() {
	$CLI run --name sig busybox sh -c 'trap "echo caught; exit 6" INT; echo ready; while :; do sleep 0.1; done' >"$T/sig.out" &
	local client=$! rc=0
	wait_for grep -q ready "$T/sig.out"
	kill -INT $client
	wait $client || rc=$?
	$CLI run --rm --name killed busybox sleep 100 &
	client=$!
	wait_for sh -c "[ \"\$($CLI inspect -f '{{.State.Running}}' killed)\" = true ]"
	$CLI kill -s TERM killed >/dev/null # ignored by PID 1 without a handler
	$CLI kill -s KILL killed >/dev/null
	local killed=0
	wait $client || killed=$?
	expect $killed 137
	expect "$(cat "$T/sig.out")" "ready
caught"
	expect $rc 6
	$CLI rm sig >/dev/null
}
@test "signals to the client are passed on to the process" { each_client signals; }

images() {
	expect_match "$($CLI images | head -1)" '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$'
	$CLI tag busybox other/name:v1
	expect "$($CLI images --format '{{.Repository}}:{{.Tag}}' other/name)" other/name:v1
	expect "$($CLI image inspect -f '{{.Id}}' other/name:v1)" "$($CLI image inspect -f '{{.Id}}' busybox)"
	expect "$($CLI rmi other/name:v1)" "Untagged: other/name:v1"
	expect_match "$($CLI rmi nosuch 2>&1 || true)" 'No such image: nosuch:latest'
	expect_match "$($CLI image inspect nosuch 2>&1 || true)" 'No such image: nosuch'
	expect_match "$($CLI tag busybox BAD 2>&1 || true)" 'invalid reference format'
}
@test "images, tag, image inspect, rmi" { each_client images; }

same_output() { # the same command gives the same bytes with both clients
	local docker tare
	docker=$(docker "$@" 2>&1) || true
	tare=$(tare "$@" 2>&1) || true
	[ "$docker" = "$tare" ] || { echo "differs: $*"; diff <(echo "$docker") <(echo "$tare"); return 1; }
}
@test "docker and tare print the same bytes" {
	docker run -d --name same busybox sleep 1000
	same_output ps --no-trunc --format '{{json .Names}} {{.Ports}} {{.Image}} {{.Mounts}}'
	same_output inspect same
	same_output image inspect busybox
	same_output inspect --format '{{json .Config}}' same
	same_output inspect nosuch
	same_output images --no-trunc
	same_output network ls
	same_output network inspect bridge host none
	same_output logs same
	same_output logs nosuch
	same_output top same -o pid,cmd # not how busy it is
	same_output port same
	same_output rm same
	same_output stop nosuch
	same_output run
	same_output run --rm nosuchimage:1 true
	same_output nosuchcommand
	same_output ps --nosuch
	docker rm -f same
}

@test "version and info say what they should" {
	expect "$(docker version --format '{{.Server.APIVersion}} {{.Server.Os}}')" "1.50 linux"
	local version=1
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || version=2
	expect "$(docker info --format '{{.Driver}} {{.CgroupVersion}} {{.DefaultRuntime}} {{.Containers}} {{.Images}}')" "overlay2 $version runc 0 1"
	expect_match "$(tare version)" 'Client:.*
Server'
}
