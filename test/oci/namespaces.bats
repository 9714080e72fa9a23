#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every kind of namespace, made and joined by path, alone and together; and what follows a container into them.
load helpers

setup_file() { oci_start; }
teardown_file() { oci_end; }

setup() {
	oci_setup
	HOLDER=
}

teardown() {
	[ -z "$HOLDER" ] || kill "$HOLDER"
	oci_teardown
}

KINDS="cgroup ipc mnt net pid time user uts"

# hold UNSHARE-OPTIONS: a process with namespaces of its own, $HOLDER
hold() {
	nsenter -t "$HOST" -n -m unshare "$@" sh -c 'exec sleep 1000' </dev/null >/dev/null 2>&1 3>&- &
	HOLDER=$!
	wait_for sh -c "[ \"\$(cat /proc/$HOLDER/comm)\" = sleep ]"
}

# by_path TYPE FILE [PID]: joins it, adding the type if need be
by_path() {
	config '.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: "/proc/\($p)/ns/\($f)"}]' \
		--arg t "$1" --arg f "$2" --argjson p "${3:-$HOLDER}"
}

userns() {
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
}

ids_of() { local k; for k in $KINDS; do readlink "/proc/$1/ns/$k"; done; }

@test "all eight made: none is the host's" {
	userns
	config '.linux.namespaces += [{type: "cgroup"}, {type: "time"}]'
	args sleep 1000
	create
	local kind pid
	pid=$(rt state "$C" | jq .pid)
	for kind in $KINDS; do
		[ "$(readlink "/proc/$pid/ns/$kind")" != "$(on_host readlink "/proc/self/ns/$kind")" ] || { echo $kind; return 1; }
	done
	# What is executed in it is in all of them, at every state.
	expect "$(rt exec "$C" sh -c "for k in $KINDS; do readlink /proc/self/ns/\$k; done")" "$(ids_of "$pid")"
	rt start "$C"
	expect "$(rt exec "$C" sh -c "for k in $KINDS; do readlink /proc/self/ns/\$k; done")" "$(ids_of "$pid")"
}

@test "each kind by path, without a user namespace" {
	hold --mount --net --ipc --uts --cgroup --time --propagation private
	local kind
	for kind in net:network ipc:ipc uts:uts cgroup:cgroup time:time; do
		cp "$B/config.ok" "$B/config.json"
		config 'del(.hostname)'
		by_path "${kind#*:}" "${kind%:*}"
		echo "$kind"
		# Children of one that unshared time are in it, not itself.
		expect "$(run_sh "readlink /proc/self/ns/${kind%:*}")" "$(readlink "/proc/$HOLDER/ns/${kind%:*}")"
	done
}

@test "a mount namespace by path: the root file system is found and mounted there" {
	hold --mount --propagation private
	# As the host's, so nothing is shared out of it.
	by_path mount mnt
	expect "$(run_sh 'readlink /proc/self/ns/mnt; ls -d /bin; grep -c . /proc/self/mountinfo' | head -2 | xargs)" \
		"$(readlink "/proc/$HOLDER/ns/mnt") /bin"
}

@test "a user namespace by path with host-owned namespaces by path" {
	userns
	args sleep 1000
	create --pid-file "$T/pid"
	local first
	first=$(cat "$T/pid")
	hold --net --uts
	cp "$B/config.ok" "$B/config.json"
	config 'del(.hostname) | .linux.cgroupsPath += "2" | .mounts |= map(select(.type != "sysfs" and .type != "cgroup"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	by_path network net
	by_path uts uts
	by_path user user "$first"
	args sh -c 'id -u; for k in net user uts; do readlink /proc/self/ns/$k; done'
	expect "$(rt run -b "$B" second | xargs)" \
		"0 $(readlink "/proc/$HOLDER/ns/net") $(readlink "/proc/$first/ns/user") $(readlink "/proc/$HOLDER/ns/uts")"
	rm "$T/pid"
}

@test "all of another container's namespaces" {
	userns
	config '.linux.namespaces += [{type: "cgroup"}]'
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	local first kind
	first=$(cat "$T/pid")
	cp "$B/config.ok" "$B/config.json"
	config 'del(.hostname) | .linux.cgroupsPath += "2"'
	for kind in net:network ipc:ipc uts:uts cgroup:cgroup pid:pid user:user; do by_path "${kind#*:}" "${kind%:*}" "$first"; done
	args sh -c 'for k in cgroup ipc net pid user uts; do readlink /proc/self/ns/$k; done; set -- /proc/[0-9]*; echo $#'
	expect "$(rt run -b "$B" second | xargs)" \
		"$(for kind in cgroup ipc net pid user uts; do readlink "/proc/$first/ns/$kind"; done | xargs) 2"
	rm "$T/pid"
}

@test "maps besides a user namespace's path must be its own" {
	userns
	args sleep 1000
	create --pid-file "$T/pid"
	config '.linux.cgroupsPath += "2" | .process.args = ["id", "-u"]'
	by_path user user "$(cat "$T/pid")"
	rt run -b "$B" second >"$T/out" 2>"$T/err"
	expect "$(cat "$T/out")" 0
	grep -q 'level=warning msg="config.json has both a userns path to join and a matching userns mapping' "$T/err"
	config '.linux.uidMappings[0].hostID = 5'
	fails 1 rt run -b "$B" second
	expect_match "$(message)" "user namespaces enabled, but both namespace path and non-matching mapping specified"
	rm "$T/pid"
}

@test "several maps; ids of the process and of its group list go through them" {
	config '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}, {containerID: 10, hostID: 300000, size: 5}]
		| .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 1000}]
		| .process.user = {uid: 11, gid: 12, additionalGids: [13]}'
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	expect "$(awk '/^(Uid|Gid|Groups):/ { print $2 }' "/proc/$(cat "$T/pid")/status" | xargs)" "300001 200012 200013"
	expect "$(rt exec -u 3:4 "$C" id | cut -d' ' -f1,2)" "uid=3 gid=4"
	fails 255 rt exec -u 15 "$C" id
	expect_match "$(message)" "cannot set uid to unmapped user in user namespace"
	rm "$T/pid"
}

@test "a time namespace: both clocks, also in exec and by path" {
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 86400}, monotonic: {secs: -10, nanosecs: 5}}'
	args sleep 1000
	create --pid-file "$T/pid"
	rt start "$C"
	expect "$(rt exec "$C" cat /proc/1/timens_offsets | xargs)" "monotonic -10 5 boottime 86400 0"
	local now
	now=$(cut -d. -f1 /proc/uptime)
	[ "$(rt exec "$C" cut -d. -f1 /proc/uptime)" -ge $((now + 86400)) ]
	cp "$B/config.ok" "$B/config.json"
	config '.linux.cgroupsPath += "2" | .process.args = ["cut", "-d.", "-f1", "/proc/uptime"]'
	by_path time time "$(cat "$T/pid")"
	[ "$(rt run -b "$B" second)" -ge $((now + 86400)) ]
	rm "$T/pid"
}

@test "time offsets the kernel does not take are an error" {
	config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: -999999999}}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "timens_offsets"
}

@test "runc refuses the same combinations in the same words" {
	# what runc 1.1 knows
	local edit
	for edit in \
		'.linux.namespaces += [{type: "pid"}]' \
		'.linux.sysctl = {"kernel.sem": "1"} | .linux.namespaces |= map(select(.type != "ipc"))' \
		'.linux.sysctl = {"kernel.hostname": "x"}' \
		'.linux.sysctl = {"vm.swappiness": "1"}' \
		'.hostname = "x" | .linux.namespaces |= map(select(.type != "uts"))' \
		'.linux.rootfsPropagation = "odd"' \
		'.linux.devices = [{path: "/dev/x", type: "q", major: 1, minor: 1}]'; do
		cp "$B/config.ok" "$B/config.json"
		config "$edit"
		fails 1 rt create -b "$B" "$C"
		local ours
		ours=$(message)
		fails 1 peer runc create -b "$B" "$C"
		expect "$ours" "$(message)"
	done
}

@test "sysctls: by dots, by slashes, of an interface with a dot in its name" {
	hold --net
	nsenter -t "$HOLDER" -n ip link add name a type veth peer name b.5
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/conf/b.5/log_martians": "1", "kernel.domainname": "dom"}'
	by_path network net
	expect "$(run_sh 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/b.5/log_martians /proc/sys/kernel/domainname' | xargs)" "1 1 dom"
	# by path, but it is the caller's
	by_path network net "$HOST"
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" 'sysctl "net[./]ipv4[./].*" not allowed in host network namespace'
}

@test "sysctls of a user namespace" {
	userns
	config '.linux.sysctl = {"user.max_uts_namespaces": "7"} | .mounts |= map(select(.type != "cgroup"))'
	expect "$(run_sh 'cat /proc/sys/user/max_uts_namespaces')" 7
}

@test "a network device moves in, with its addresses, under another name" {
	on_host ip link add nd0 type veth peer name nd1
	on_host ip addr add 10.9.8.7/24 dev nd0
	on_host ip addr add fd00:9::7/64 dev nd0 nodad
	on_host ip link set nd0 up
	config '.linux.netDevices = {"nd0": {"name": "eth0"}, "nd1": {}}'
	args sleep 1000
	create
	refute on_host ip link show nd0
	rt start "$C"
	expect "$(rt exec "$C" ip -o addr show eth0 | awk '$3 ~ /^inet/ && $4 !~ /^fe80/ { print $4 }' | sort | xargs)" "10.9.8.7/24 fd00:9::7/64"
	expect_match "$(rt exec "$C" ip link show eth0)" "UP"
	rt exec "$C" ip link show nd1
	rt delete -f "$C"
}

@test "network devices that cannot move" {
	config '.linux.netDevices = {"nd7": {}}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "move netDevice nd7 to namespace /proc/[0-9]+/ns/net: link not found for interface nd7 on runtime namespace"
	# a name that is taken
	on_host ip link add nd0 type veth peer name nd1
	config '.linux.netDevices = {"nd0": {"name": "lo"}}'
	fails 1 rt create -b "$B" "$C"
	expect_match "$(message)" "fail to move network device nd0: lo exists there"
	on_host ip link show nd0
	on_host ip link del nd0
	config '.linux.netDevices = {"nd0": {"name": "a b"}}'
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" 'runc create failed: invalid network device name "a b"'
	config '.linux.netDevices = {"nd0": {}} | .linux.namespaces |= map(select(.type != "network"))'
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" 'runc create failed: unable to move network devices without a NET namespace'
}

@test "memory policy: for init and exec" {
	config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
	args sleep 1000
	create
	rt start "$C"
	grep -q '^[0-9a-f]* bind=static:0' "/proc/$(rt state "$C" | jq .pid)/numa_maps"
	rt exec "$C" sh -c 'head -1 /proc/self/numa_maps' | grep -q ' bind=static:0'
	rt delete -f "$C"
	config '.linux.memoryPolicy = {mode: "MPOL_PREFERRED"}'
	run_sh 'head -1 /proc/self/numa_maps' | grep -qE ' (local|default)'
}

@test "memory policies that make no sense" {
	local row
	while IFS='|' read -r policy text; do
		config '.linux.memoryPolicy = $p' --argjson p "$policy"
		fails 1 rt create -b "$B" "$C"
		expect_match "$(message)" "^runc create failed: $text"
	done <<-'E'
		{"mode": "MPOL_ODD"}|invalid memory policy mode "MPOL_ODD"
		{"mode": "MPOL_BIND"}|memory policy mode requires at least one node but got 0
		{"mode": "MPOL_LOCAL", "nodes": "0"}|memory policy mode requires 0 nodes but got 1
		{"mode": "MPOL_BIND", "nodes": "x"}|invalid memory policy nodes "x"
		{"mode": "MPOL_BIND", "nodes": "0", "flags": ["x"]}|invalid memory policy flag "x"
		{"mode": "MPOL_BIND", "nodes": "77"}|unable to start container process: error during container init: set_mempolicy: Invalid argument
	E
}

@test "cache classes: refused where there is no resctrl" {
	config '.linux.intelRdt = {closID: "x", l3CacheSchema: "L3:0=f"}'
	fails 1 rt create -b "$B" "$C"
	expect "$(message)" 'runc create failed: intelRdt is specified in config, but Intel RDT is not enabled'
}

@test "the caller's session keyring stays outside, exec enters the container's" {
	local ours
	ours="grep -c ' _ses[.]$C:' /proc/keys"
	config '.linux.maskedPaths -= ["/proc/keys"]'
	args sleep 1000
	create
	rt start "$C"
	expect "$(rt exec "$C" sh -c "$ours")" 1
	rt delete -f "$C"
	C=${C}b # a key that is gone may still be listed
	create --no-new-keyring
	rt start "$C"
	expect "$(rt exec "$C" grep -c " _ses[.]$C:" /proc/keys || true)" 0
}
