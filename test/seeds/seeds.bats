#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What people type from tutorials, with both clients: rows S6–S24, S46, S53–S61, S69–S76.
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

busy() { # NAME [flags…]: a container that sleeps
	local name=$1
	shift
	$CLI run -d --name "$name" "$@" busybox sleep 1000
}

detached_run_prints_the_id() { # S6
	local id
	id=$($CLI run -itd --name s6 busybox sh)
	expect_match "$id" '^[0-9a-f]{64}$'
	expect "$($CLI inspect -f '{{.Config.Tty}} {{.Config.OpenStdin}} {{.State.Status}}' s6)" "true true running"
	expect "$($CLI rm -f s6)" s6
}
@test "run -itd prints the 64-digit id and keeps terminal and stdin (S6)" { each_client detached_run_prints_the_id; }

ps_table() { # S7, S53
	local id out
	id=$(busy s7)
	out=$($CLI ps)
	expect_match "$(head -1 <<<"$out")" '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$'
	expect_match "$(sed -n 2p <<<"$out")" "^${id:0:12} +busybox +\"sleep 1000\" +(Less than a second|[0-9]+ seconds?) ago +Up (Less than a second|[0-9]+ seconds?) +s7$"
	$CLI run -d --name s53 busybox sh -c 'echo a long command; sleep 1000' >/dev/null
	expect "$($CLI ps --filter name=s53 --format '{{.Command}}')" '"sh -c '"'"'echo a long …"'
	$CLI rm -f s7 s53 >/dev/null
}
@test "ps prints docker's table and cuts the command at 20 characters (S7, S53)" { each_client ps_table; }

namespaces_of_the_pid() { # S8, S9, S13
	local id pid ns
	id=$(busy s8)
	pid=$($CLI inspect "${id:0:12}" --format='{{.State.Pid}}')
	expect_match "$pid" '^[1-9][0-9]*$'
	for ns in ipc mnt net pid user uts cgroup; do [ -e "/proc/$pid/ns/$ns" ]; done
	for ns in ipc mnt net pid uts; do
		[ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink "/proc/1/ns/$ns")" ] || { echo "$ns is the host's"; return 1; }
	done
	$CLI rm -f s8 >/dev/null
	[ ! -e "/proc/$pid/cmdline" ]
}
@test "inspect gives a host pid with namespaces of its own; it is gone with the container (S8, S9, S13)" { each_client namespaces_of_the_pid; }

nsenter_net() { # S10
	local pid out
	busy s10 >/dev/null
	pid=$($CLI inspect s10 -f '{{.State.Pid}}')
	out=$(nsenter -t "$pid" --net busybox ifconfig)
	expect_match "$out" 'eth0 .*HWaddr 02:42:AC:11:00:02'
	expect_match "$out" 'inet addr:172.17.0.2 +Bcast:172.17.255.255 +Mask:255.255.0.0'
	expect_match "$out" 'UP BROADCAST RUNNING.*MTU:1500'
	expect_match "$out" 'txqueuelen:0'
	expect_match "$out" 'inet addr:127.0.0.1'
	$CLI rm -f s10 >/dev/null
}
@test "nsenter --net sees eth0 with address, MAC and queue as docker's (S10)" { each_client nsenter_net; }

nsenter_mount() { # S11, S12, S58
	local pid
	busy s11 -h box >/dev/null
	pid=$($CLI inspect s11 -f '{{.State.Pid}}')
	expect "$(nsenter -t "$pid" --uts --mount sh -c 'hostname; ls /')" "box
$($CLI exec s11 ls /)"
	nsenter -t "$pid" --mount mkdir /okkk
	$CLI exec s11 test -d /okkk
	# network namespace not joined: the host's docker0 is what its tools see
	expect_match "$(on_host nsenter -t "$pid" --uts --mount busybox ip addr show docker0)" '172.17.0.1/16'
	$CLI rm -f s11 >/dev/null
}
@test "nsenter joins per namespace (S11, S12, S58)" { each_client nsenter_mount; }

rm_all() { # S14
	local ids
	busy a1 >/dev/null
	$CLI create --name a2 busybox true >/dev/null
	ids=$($CLI ps -aq)
	expect "$(wc -l <<<"$ids")" 2
	# shellcheck disable=SC2046
	expect "$($CLI rm $($CLI ps -aq) -f)" "$ids"
	expect "$($CLI ps -aq)" ""
}
@test "rm \$(ps -aq) -f prints the short ids given (S14)" { each_client rm_all; }

network_ls() { # S15
	local out
	out=$($CLI network ls | sed 's/  */ /g; s/^[0-9a-f]\{12\} /ID /; s/ $//')
	expect "$out" "NETWORK ID NAME DRIVER SCOPE
ID bridge bridge local
ID host host local
ID none null local"
}
@test "network ls lists bridge, host and none (S15)" { each_client network_ls; }

network_inspect() { # S16, S17
	local id net out
	net=$($CLI network ls -q --filter name=bridge | head -1)
	id=$(busy s17)
	out=$($CLI network inspect "$net")
	expect "$(sed -nE 's/^ {8}"([A-Za-z0-9]+)":.*/\1/p' <<<"$out" | xargs)" \
		"Name Id Created Scope Driver EnableIPv4 EnableIPv6 IPAM Internal Attachable Ingress ConfigFrom ConfigOnly Containers Options Labels"
	expect_match "$(tr -d '[:space:]' <<<"$out")" \
		'"IPAM":\{"Driver":"default","Options":null,"Config":\[\{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"\}\]\}'
	expect "$(jq -r '.[0].Containers | keys[0]' <<<"$out")" "$id"
	expect "$(jq -r --arg id "$id" '.[0].Containers[$id] | [.Name, .IPv4Address, .IPv6Address, .MacAddress] | join(" ")' <<<"$out")" \
		"s17 172.17.0.2/16  02:42:ac:11:00:02"
	expect_match "$(jq -r --arg id "$id" '.[0].Containers[$id].EndpointID' <<<"$out")" '^[0-9a-f]{64}$'
	expect_match "$out" '^\[
    \{
        "Name": "bridge",'
	$CLI rm -f s17 >/dev/null
}
@test "network inspect has docker's keys, indent and containers (S16, S17)" { each_client network_inspect; }

inspect_formats() { # S18–S22
	local id
	id=$(busy s18)
	expect "$($CLI inspect s18 --format='{{.Id}}')" "$id"
	expect "$($CLI inspect s18 --format='{{.State.Status}}')" running
	expect "$($CLI inspect s18 --format='{{.NetworkSettings.IPAddress}}')" 172.17.0.2
	expect "$($CLI inspect s18 --format='{{.State.Status}}' --format='{{.Name}}')" /s18
	expect "$($CLI inspect s18 --format='{{.NetworkSettings.IPAddress}}  {{.Id}}')" "172.17.0.2  $id"
	$CLI rm -f s18 >/dev/null
}
@test "inspect --format: id, status, address, last one wins, blanks kept (S18–S22)" { each_client inspect_formats; }

addresses_in_order() { # S23
	local n
	for n in 1 2 3; do busy "s23-$n" >/dev/null; done
	expect "$($CLI ps -q | while read -r i; do $CLI inspect "$i" --format='{{.Name}} {{.NetworkSettings.IPAddress}}'; done)" \
		"/s23-3 172.17.0.4
/s23-2 172.17.0.3
/s23-1 172.17.0.2"
	$CLI rm -f s23-1 >/dev/null
	busy s23-4 >/dev/null
	expect "$($CLI inspect s23-4 -f '{{.NetworkSettings.IPAddress}}')" 172.17.0.2
	$CLI rm -f s23-2 s23-3 s23-4 >/dev/null
}
@test "addresses are the lowest free ones; ps -q is newest first (S23)" { each_client addresses_in_order; }

ping_between() { # S24, S25
	busy p1 >/dev/null
	busy p2 >/dev/null
	expect_match "$($CLI exec p1 ping -c 1 -w 5 172.17.0.3)" '1 packets received'
	local out
	out=$($CLI exec p1 ping -c 1 p2 2>&1) && return 1
	expect "$out" "ping: bad address 'p2'"
	$CLI rm -f p1 p2 >/dev/null
}
@test "containers on the bridge reach each other by address, not by name (S24, S25)" { each_client ping_between; }

network_none() { # S31's shape
	expect "$($CLI run --rm --network none busybox ifconfig -a | grep -o '^[a-z0-9]*')" lo
	expect_match "$($CLI run --rm --network none busybox ping -c 1 -w 2 172.17.0.1 2>&1 || true)" 'sendto: Network (is )?unreachable'
	expect "$($CLI ps -aq)" ""
}
@test "--network none has only lo" { each_client network_none; }

data_root() { # S46, S71
	expect "$(ls "$TARE_ROOT/image/overlay2" | tr '\n' ' ')" "distribution imagedb layerdb repositories.json "
	local id
	id=$($CLI images -q --no-trunc busybox | head -1)
	id=${id#sha256:}
	expect "$(sha256sum <"$TARE_ROOT/image/overlay2/imagedb/content/sha256/$id" | cut -d' ' -f1)" "$id"
	local dir
	for dir in "$TARE_ROOT"/overlay2/*; do
		[ "${dir##*/}" = l ] && continue
		[ -d "$dir/diff" ] && [ -s "$dir/link" ]
		expect "$(readlink "$TARE_ROOT/overlay2/l/$(cat "$dir/link")")" "../${dir##*/}/diff"
	done
}
@test "the data root is in Docker's layout; a config's name is its digest (S46, S71)" { each_client data_root; }

logs_of_a_container() { # S54
	$CLI run --name s54 busybox sh -c 'echo one; echo two >&2' >/dev/null 2>&1
	expect "$($CLI logs s54 2>/dev/null)" one
	expect "$($CLI logs s54 2>&1 >/dev/null)" two
	$CLI run -d --name s54f busybox sh -c 'for i in 1 2 3; do echo line $i; sleep 0.1; done' >/dev/null
	expect "$(timeout 10 "$CLI" logs s54f -f)" "line 1
line 2
line 3"
	local line
	line=$(head -1 "$TARE_ROOT/containers/$($CLI inspect -f '{{.Id}}' s54f)/$($CLI inspect -f '{{.Id}}' s54f)-json.log")
	expect_match "$line" '^\{"log":"line 1\\n","stream":"stdout","time":"[0-9T:.-]+Z"\}$'
	$CLI rm s54 s54f >/dev/null
}
@test "logs, logs -f after the name, json-file on disk (S54)" { each_client logs_of_a_container; }

exec_missing() { # S56
	local out rc=0
	busy s56 >/dev/null
	out=$($CLI exec s56 nosuch 2>&1) || rc=$?
	expect "$rc" 127
	expect_match "$out" 'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in \$PATH: unknown'
	rc=0
	out=$($CLI exec s56 /etc 2>&1) || rc=$?
	expect "$rc" 126
	$CLI rm -f s56 >/dev/null
}
@test "exec of what is not there or not executable: 127, 126, docker's text (S56)" { each_client exec_missing; }

host_sees_processes() { # S57, S74, S75, S76, S77
	local id pid parent rc=0
	id=$(busy s57)
	pid=$($CLI inspect -f '{{.State.Pid}}' s57)
	wait_for grep -q ^sleep "/proc/$pid/cmdline" # the exec itself comes after start has answered
	expect "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 1000 "
	parent=$(awk '/^PPid/ { print $2 }' "/proc/$pid/status")
	expect_match "$(tr '\0' ' ' <"/proc/$parent/cmdline")" 'tare-monitor'
	expect "$($CLI exec s57 hostname)" "${id:0:12}"
	expect "$($CLI exec s57 sh -c 'echo $$ > /dev/null; cat /proc/1/cmdline' | tr '\0' ' ')" "sleep 1000 "
	kill -9 "$pid"
	expect "$($CLI wait s57)" 137
	expect_match "$($CLI ps -a --filter name=s57 --format '{{.Status}}')" '^Exited \(137\) '
	$CLI rm s57 >/dev/null
}
@test "processes are the host's; the monitor is their parent; kill -9 gives 137; hostname is the short id (S57, S74–S77)" { each_client host_sees_processes; }

ps_all() { # S60
	$CLI run --name e0 busybox true
	$CLI run --name e3 busybox sh -c 'exit 3' || true
	$CLI create --name ec busybox true >/dev/null
	expect "$($CLI ps -a --format '{{.Names}} {{.Status}}' | sed 's/) .* ago$/)/')" "ec Created
e3 Exited (3)
e0 Exited (0)"
	expect "$($CLI ps -q)" ""
	$CLI rm e0 e3 ec >/dev/null
}
@test "ps -a shows Exited (n) and Created (S60)" { each_client ps_all; }

own_layer() { # S61, S72
	$CLI run --name w1 busybox sh -c 'echo x > /file; rm /bin/vi'
	refute $CLI run --rm busybox test -e /file
	$CLI run --rm busybox test -e /bin/vi
	local upper
	upper=$($CLI inspect -f '{{.GraphDriver.Data.UpperDir}}' w1)
	expect "$(cat "$upper/file")" x
	expect "$(stat -c '%F %t %T' "$upper/bin/vi")" "character special file 0 0"
	$CLI rm w1 >/dev/null
}
@test "each container has its own layer; deletions are whiteouts (S61, S72)" { each_client own_layer; }

root_mount() { # S69, S70
	local a b
	a=$($CLI run --rm busybox sh -c 'mount | grep "^overlay on / "')
	expect_match "$a" '^overlay on / type overlay \(rw,relatime,lowerdir=.*upperdir=.*workdir=.*\)$'
	busy r1 >/dev/null
	busy r2 >/dev/null
	a=$($CLI inspect -f '{{.GraphDriver.Data.LowerDir}}' r1)
	b=$($CLI inspect -f '{{.GraphDriver.Data.LowerDir}}' r2)
	expect_match "$a" '-init/diff:'
	expect "${a#*:}" "${b#*:}"
	$CLI rm -f r1 r2 >/dev/null
}
@test "the root is an overlay; containers of an image share its layers (S69, S70)" { each_client root_mount; }
