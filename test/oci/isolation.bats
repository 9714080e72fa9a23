#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container sees and may do: namespaces, user, capabilities, limits, seccomp, devices.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }
setup() { oci_setup; }
teardown() { oci_teardown; }

status_field() { run_sh "grep '$1' /proc/self/status" | cut -f2; }

@test "new namespaces differ from the host's, others do not" {
	local ns
	run_sh 'for ns in pid net ipc uts mnt user cgroup; do echo $ns $(readlink /proc/self/ns/$ns); done' >"$T/out"
	for ns in pid net ipc uts mnt; do
		refute grep -Fxq "$ns $(on_host readlink /proc/self/ns/$ns)" "$T/out"
	done
	for ns in user cgroup; do
		grep -Fxq "$ns $(on_host readlink /proc/self/ns/$ns)" "$T/out"
	done
}

@test "it is pid 1, alone, in a session of its own" {
	expect "$(run_sh 'echo $$; set -- /proc/[0-9]*; echo $#; cut -d" " -f1,5,6 /proc/1/stat' | xargs)" "1 1 1 1 1"
}

@test "namespaces by path are joined" {
	nsenter -t "$HOST" -n -m unshare -n -i -u sh -c 'hostname joined; exec sleep 1000' </dev/null >/dev/null 2>&1 3>&- &
	local holder=$!
	wait_for sh -c "[ \"\$(cat /proc/$holder/comm)\" = sleep ]"
	config 'del(.hostname) | .linux.namespaces |= map(if .type == "network" then .path = "/proc/\($p)/ns/net"
		elif .type == "uts" then .path = "/proc/\($p)/ns/uts" else . end)' --argjson p $holder
	expect "$(run_sh 'hostname; readlink /proc/self/ns/net' | xargs)" "joined $(readlink /proc/$holder/ns/net)"
	# of the wrong type
	config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/\($p)/ns/uts" else . end)' --argjson p $holder
	fails 1 rt run -b "$B" "$C"
	kill $holder
}

@test "a pid namespace by path" {
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	cp "$B/config.json" "$T/first.json"
	config '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/\($p)/ns/pid" else . end)
		| .linux.cgroupsPath += "2" | .process.args = ["sh", "-c", "ls -d /proc/[0-9]* | wc -l"]' --argjson p "$(cat "$T/pid")"
	expect "$(rt run -b "$B" second)" 4
	expect "$(status)" running
	rm "$T/pid" "$T/first.json"
}

@test "loopback is up in a new network namespace" {
	expect_match "$(run_sh 'ip addr show lo')" "inet 127.0.0.1/8"
}

@test "hostname and domainname" {
	config '.hostname = "h1" | .domainname = "d1"'
	expect "$(run_sh 'hostname; cat /proc/sys/kernel/domainname' | xargs)" "h1 d1"
}

@test "user, groups, umask, home" {
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 6], umask: 18}'
	expect "$(run_sh 'id; echo $HOME; umask' | xargs)" "uid=1000(user) gid=1000(user) groups=5,6 /home/user 0022"
	config '.process.user = {uid: 4711, gid: 0}'
	expect "$(run_sh 'echo $HOME')" /
	config '.process.env += ["HOME=/own"]'
	expect "$(run_sh 'echo $HOME')" /own
}

@test "stdio belongs to the user" {
	config '.process.user = {uid: 1000, gid: 1000}'
	args sh -c 'echo again >/dev/stdout'
	expect "$(rt run -b "$B" "$C" | cat)" again
}

@test "capabilities: exactly the named, none when absent" {
	expect "$(status_field CapEff)" 0000000020000420
	expect "$(status_field CapPrm)" 0000000020000420
	expect "$(status_field CapBnd)" 0000000020000420
	expect "$(status_field CapInh)" 0000000000000000
	expect "$(status_field CapAmb)" 0000000000000000
	config '.process.capabilities = {"bounding": ["CAP_CHOWN"], "inheritable": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"],
		"effective": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]} | .process.user = {uid: 1000, gid: 1000}'
	expect "$(status_field 'Cap\(Eff\|Amb\)' | xargs)" "0000000000000001 0000000000000001"
	config '.process.capabilities = {"bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"]}'
	expect "$(status_field 'Cap\(Eff\|Bnd\)' | xargs)" "0000000000000000 0000000000000001"
	config 'del(.process.capabilities) | .process.user = {uid: 0, gid: 0}'
	expect "$(status_field 'Cap\(Eff\|Bnd\)' | xargs)" "0000000000000000 0000000000000000"
}

@test "a capability nobody knows is passed over, and said" {
	config '.process.capabilities |= with_entries(.value = ["CAP_CHOWN", "CAP_FOO"])'
	expect "$(status_field CapBnd 2>"$T/err")" 0000000000000001
	expect "$(grep -c 'level=warning msg="ignoring unknown or unavailable capabilities: \[CAP_FOO\]"' "$T/err")" 1
}

@test "no_new_privs" {
	expect "$(status_field NoNewPrivs)" 0
	config '.process.noNewPrivileges = true'
	expect "$(status_field NoNewPrivs)" 1
}

@test "rlimits; what may not be raised is logged" {
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0}]'
	expect "$(run_sh 'ulimit -Sn; ulimit -Hn; ulimit -c' | xargs)" "100 200 0"
	# So few that the making of a container would fail with them.
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4, hard: 4}]'
	expect "$(run_sh 'ulimit -n')" 4
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 1073741816}]'
	args sh -c 'ulimit -Sn; ulimit -Hn'
	on_host sh -c 'ulimit -n 3000; exec setpriv --bounding-set -sys_resource "$@"' sh "$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C" \
		>"$T/out" 2>"$T/err"
	expect "$(xargs <"$T/out")" "100 3000"
	grep -q 'RLIMIT_NOFILE: hard limit 1073741816 needs CAP_SYS_RESOURCE, taking 3000' "$T/err"
}

@test "oom_score_adj, scheduler, io priority, personality" {
	config '.process.oomScoreAdj = 321 | .process.scheduler = {policy: "SCHED_BATCH", nice: 5}
		| .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6} | .linux.personality = {domain: "LINUX32"}'
	expect "$(run_sh 'cat /proc/self/oom_score_adj; cut -d" " -f19,41 /proc/self/stat; uname -m; ionice -p $$' | xargs)" \
		"321 5 3 i686 best-effort: prio 6"
	config '.process.oomScoreAdj = -999'
	expect "$(run_sh 'echo ran' 2>/dev/null)" ran
}

@test "CPUs: not the caller's binding, but the cgroup's; of exec as execCPUAffinity says" {
	local all last=$(($(nproc) - 1))
	all=$(on_host awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
	args grep Cpus_allowed_list /proc/self/status
	expect "$(on_host taskset -c $last "$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C" | cut -f2)" "$all"
	config '.linux.resources.cpu = {cpus: "0"}'
	expect "$(on_host taskset -c $last "$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C" | cut -f2)" 0
	cp "$B/config.ok" "$B/config.json"
	config '.process.execCPUAffinity = {initial: "0", final: $l}' --arg l $last
	args sleep 1000
	create
	rt start "$C"
	expect "$(rt exec "$C" grep Cpus_allowed_list /proc/self/status | cut -f2)" $last
	jq -n '{cwd: "/", args: ["/bin/grep", "Cpus_allowed_list", "/proc/self/status"]}' >"$T/process.json"
	expect "$(on_host taskset -c 0 "$BIN/tare-runtime" --root "$RROOT" exec --process "$T/process.json" "$C" | cut -f2)" "$all"
	jq '.execCPUAffinity = {initial: "0"}' "$T/process.json" >"$T/process2.json"
	expect "$(rt exec --process "$T/process2.json" "$C" | cut -f2)" 0
	jq '.execCPUAffinity = {final: "9999"}' "$T/process.json" >"$T/process2.json"
	fails 255 rt exec --process "$T/process2.json" "$C"
	rm "$T/process.json" "$T/process2.json"
}

@test "labels the host cannot give are errors, a mount label is passed over" {
	# No machine of ours has SELinux on; AppArmor's own suite is test/vm/apparmor.bats.
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" "runc create failed: selinux label is specified in config, but selinux is disabled or not supported"
	cp "$B/config.ok" "$B/config.json"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	expect "$(run_sh 'grep -c context= /proc/self/mountinfo' || true)" 0
	cp "$B/config.ok" "$B/config.json"
	config '.process.apparmorProfile = "tare-nowhere"'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "^runc create failed: unable to start container process: error during container init: unable to apply apparmor profile: apparmor"
	[ -e /sys/kernel/security/apparmor ] ||
		expect_match "$(message)" "apparmor: config provided but apparmor not supported$"
	args sleep 1000
	cp "$B/config.ok" "$B/config.json"
	args sleep 1000
	create
	rt start "$C"
	fails 255 rt exec --process-label "system_u:system_r:container_t:s0" "$C" true
	expect_match "$(message)" "^exec failed: .*selinux label is specified in config, but selinux is disabled or not supported"
	fails 255 rt exec --apparmor tare-nowhere "$C" true
	expect_match "$(message)" "^exec failed: .*apparmor"
}

@test "signals of the caller do not stay ignored" {
	args grep -E 'Sig(Blk|Ign)' /proc/self/status
	expect "$(on_host sh -c 'trap "" HUP PIPE USR1; exec "$@"' sh "$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C" | cut -f2 | xargs)" \
		"0000000000000000 0000000000000000"
}

@test "limits arrive in the cgroup" {
	config '.linux.resources += {memory: {limit: 67108864, swap: 67108864, reservation: 33554432}, pids: {limit: 17},
		cpu: {shares: 512, quota: 50000, period: 100000, cpus: "0"}}'
	args sleep 1000
	create
	limit_is memory 67108864
	limit_is reservation 33554432
	limit_is swap 67108864 0
	limit_is pids 17
	limit_is shares 512 59
	limit_is quota 50000 "50000 100000"
	limit_is cpus 0
	# init is in, in every hierarchy
	refute grep -vE ":$CGROUP/c\$" "/proc/$(rt state "$C" | jq .pid)/cgroup"
}

@test "the process count limit holds" {
	config '.linux.resources.pids.limit = 3'
	expect_match "$(run_sh 'sleep 5 & sleep 5 & sleep 5 & sleep 5 & true' 2>&1)" "can't fork"
}

@test "a limit of one process is enough for a container with a user namespace" {
	config '.linux.resources.pids.limit = 1 | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
	expect_match "$(run_sh 'echo in; true & echo out' 2>&1)" "in.*can't fork"
	args sleep 1000
	create
	limit_is pids 1
}

@test "too much memory: killed, and create says so when it is init" {
	config '.linux.resources.memory = {limit: 8388608, swap: 8388608}'
	fails 137 run_sh 'tail /dev/zero & wait $!'
	config '.linux.resources.memory = {limit: 4096, swap: 4096}'
	fails 1 rt create -b "$B" "$C"
}

@test "a relative cgroups path counts from the caller's group; none means /ID" {
	config '.linux.cgroupsPath = "tare-test-rel-x/c"'
	args cat /proc/self/cgroup
	local own
	own=$(group_of pids on_host cat /proc/self/cgroup)
	# On v2 it is the group above: one with processes in it hands no controllers down.
	if cgroup_is_v2; then own=${own%/*}; fi
	expect "$(group_of pids rt run -b "$B" "$C")" "${own%/}/tare-test-rel-x/c"
	find /sys/fs/cgroup -depth -type d -name tare-test-rel-x -exec rmdir {} +
}

@test "a cgroup namespace begins at the container's group" {
	config '.linux.namespaces += [{type: "cgroup"}]'
	run_sh 'cat /proc/self/cgroup' >"$T/out"
	refute grep -vE ':/$' "$T/out"
}

@test "device rules: only the usual nodes may be opened" {
	config '.process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities.permitted += ["CAP_MKNOD"]
		| .process.capabilities.effective += ["CAP_MKNOD"]'
	run_sh 'head -c1 /dev/zero >/dev/null && echo zero; mknod /tmp/kmsg c 1 11 && echo made; cat /tmp/kmsg 2>&1' >"$T/out" || true
	expect "$(grep -cE '^(zero|made)$|Operation not permitted' "$T/out")" 3
	rm -f "$B/rootfs/tmp/kmsg"
	config '.linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 200, access: "rwm"}]
		| .linux.devices = [{path: "/dev/net/tun", type: "c", major: 10, minor: 200, fileMode: 384, uid: 5, gid: 6}]'
	expect "$(run_sh 'stat -c "%a %u %g %t:%T" /dev/net/tun')" "600 5 6 a:c8"
}

seccomp() { # SYSCALL ACTION
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: [$n], action: $a}]}' --arg n "$1" --arg a "$2"
}

@test "seccomp: a refused call fails, others do not" {
	config '.process.capabilities = ({"CAP_SYS_ADMIN": 1} | keys | {bounding: ., effective: ., permitted: .})'
	run_sh 'unshare -u true && echo free' | grep -q free
	seccomp unshare SCMP_ACT_ERRNO
	expect_match "$(run_sh 'unshare -u true 2>&1; echo still' | xargs)" "Operation not permitted.* still"
	expect "$(status_field 'Seccomp:')" 2
	seccomp unshare SCMP_ACT_KILL_PROCESS
	expect_match "$(run_sh 'unshare -u true; echo $?' 2>&1 | tail -1)" 159
}

@test "seccomp works for a plain user with and without no_new_privs" {
	config '.process.user = {uid: 1000, gid: 1000}'
	seccomp mkdir SCMP_ACT_ERRNO
	expect "$(status_field 'Seccomp:\|CapEff\|CapPrm' | xargs)" "0000000000000000 0000000000000000 2"
	config '.process.noNewPrivileges = true'
	expect "$(status_field 'Seccomp:\|CapEff\|NoNewPrivs' | xargs)" "0000000000000000 1 2"
}

@test "seccomp: programs are cached, a broken cache is no harm" {
	seccomp unshare SCMP_ACT_ERRNO
	run_sh true
	[ -n "$(ls "$T/run/seccomp")" ]
	local file
	for file in "$T"/run/seccomp/*; do echo garbage >"$file"; done
	expect "$(status_field 'Seccomp:')" 2
	seccomp unshare SCMP_ACT_NONSENSE
	fails 1 rt create -b "$B" "$C"
}

@test "a seccomp agent gets the listener and the state" {
	args sh -c 'mkdir /tmp/agent; echo $?'
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		listenerPath: $s, listenerMetadata: "meta", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' --arg s "$T/agent"
	"$BATS_TEST_DIRNAME/agent.py" "$T/agent" >"$T/out" 3>&- &
	wait_for test -S "$T/agent"
	expect "$(rt run -b "$B" "$C" 2>&1 | tail -1)" 1
	wait $!
	expect "$(jq -r '[.metadata, .fds[0], .state.id] | join(" ")' "$T/out")" "meta seccompFd $C"
	rm "$T/out"
}

@test "a user namespace with maps: root inside, somebody outside" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
	args sleep 1000
	create
	local pid
	pid=$(rt state "$C" | jq .pid)
	expect "$(stat -c '%u %g' "/proc/$pid/root/proc/1/task")" "100000 200000"
	rt delete -f "$C"
	expect "$(run_sh 'id -u; cat /proc/self/uid_map; ls -l /dev/null | cut -c1; echo x >/dev/null && echo ok' | xargs)" \
		"0 0 100000 65536 c ok"
	config '.process.user = {uid: 1000, gid: 1000}'
	expect "$(run_sh 'id -u')" 1000
}

@test "a user namespace by path, with the others new" {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	config '.linux.namespaces |= map(if .type == "user" then .path = "/proc/\($p)/ns/user" else . end)
		| del(.linux.uidMappings) | del(.linux.gidMappings) | .linux.cgroupsPath += "2"
		| .process.args = ["sh", "-c", "id -u; readlink /proc/self/ns/user; echo $$"]' --argjson p "$(cat "$T/pid")"
	expect "$(rt run -b "$B" second | xargs)" "0 $(readlink "/proc/$(cat "$T/pid")/ns/user") 1"
	rm "$T/pid"
}

@test "a time namespace with offsets" {
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 86400}}'
	local host inside
	host=$(cut -d. -f1 /proc/uptime)
	inside=$(run_sh 'cut -d. -f1 /proc/uptime')
	[ $((inside - host)) -ge 86400 ] && [ $((inside - host)) -lt 86500 ]
}

@test "sysctls of the container's namespaces only" {
	config '.linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "0", "kernel.shmmax": "12345"}'
	expect "$(run_sh 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmax' | xargs)" "0 12345"
	config '.linux.sysctl = {"kernel.panic": "1"}'
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" 'runc create failed: sysctl "kernel.panic" is not in a separate kernel namespace'
}

@test "LISTEN_FDS are handed over" {
	args sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
	echo data >"$T/text"
	expect "$(LISTEN_FDS=1 on_host "$BIN/tare-runtime" --root "$RROOT" run -b "$B" "$C" 3<"$T/text" | xargs)" "1 1 data"
	rm "$T/text"
}

@test "no descriptor of the host gets in" {
	args sh -c 'ls -l /proc/self/fd | grep -v "total" | wc -l'
	# 0, 1, 2 and ls's own
	expect "$(rt run -b "$B" "$C" 4</etc/passwd 9</)" 4
}

@test "a terminal by --console-socket" {
	config '.process.terminal = true | .process.consoleSize = {height: 25, width: 90}'
	args sh -c 'tty; stty size; ls -l /dev/console | cut -c1; echo hi >/dev/console; read x; echo "got $x"'
	on_host "$BATS_TEST_DIRNAME/console.py" "$T/console" $'typed\n' >"$T/tty" 3>&- &
	wait_for test -S "$T/console"
	create --console-socket "$T/console"
	rt start "$C"
	wait
	expect "$(xargs <"$T/tty")" "name /dev/ptmx typed /dev/pts/0 25 90 c hi got typed"
}

@test "a terminal in the foreground" {
	config '.process.terminal = true'
	args sh -c 'test -t 0 && tty; exit 4'
	fails 4 rt run -b "$B" "$C" </dev/null
	expect "$(tr -d '\r' <<<"$output")" /dev/pts/0
}
