# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# A host of its own for each test: sourced by a shell that `inside` (net.bats) started in a new network
# and mount namespace. $dir is the data directory, a tmpfs that dies with the test.

netctl() { "$TARE_BUILD/test/net/netctl" "$dir" "${options[@]}" "$@"; }
options=()

# create CTR ARGS… : sets key_CTR, ip_CTR, mac_CTR, if_CTR
create() {
	local line
	line=$(netctl create "$@")
	read -r _ ip mac key ifname <<<"$line"
	printf -v "ip_$1" %s "${ip%/*}"
	printf -v "mac_$1" %s "$mac"
	printf -v "key_$1" %s "$key"
	printf -v "if_$1" %s "$ifname"
}

# in_ctr CTR CMD… : runs CMD in its network namespace
in_ctr() {
	local key=key_$1
	shift
	nsenter --net="${!key}" -- "$@"
}

# world: another machine, 10.9.0.2, on the network of this one, 10.9.0.1; it knows no route to containers
make_world() {
	touch "$dir/world"
	unshare --net="$dir/world" true
	ip link add up0 type veth peer name eth0
	ip link set eth0 netns "$dir/world"
	ip addr add 10.9.0.1/24 dev up0
	ip link set up0 up
	in_world ip addr add 10.9.0.2/24 dev eth0
	in_world ip link set eth0 up
}
in_world() { nsenter --net="$dir/world" -- "$@"; }

pings() { busybox ping -c 1 -W 1 "$1" >/dev/null; }
export -f pings

# background NETNS CMD… : runs it there until the test ends; its pid is in $!
background() {
	nsenter --net="$1" -- "${@:2}" &
	children+=($!)
}
children=()
stop_children() { [ ${#children[@]} = 0 ] || kill "${children[@]}" 2>/dev/null; children=(); }
trap stop_children EXIT

# serve NETNS : a server on its port 80 that says hello
serve() {
	background "$1" busybox nc -ll -p 80 -e /bin/echo hello
	for _ in $(seq 50); do
		nsenter --net="$1" grep -q ':0050 .* 0A ' /proc/net/tcp /proc/net/tcp6 && return
		read -rt 0.02 <> <(:) || true
	done
	return 1
}

# asks HOST : what the server there says within a second
asks() { timeout 1 busybox nc "$1" 80; }

# bash -e does not see a failing "! cmd": refuse CMD… does
refuse() {
	if "$@"; then fail "should have failed: $*"; fi
}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# nothing_left: no interface, namespace or mount of a container; waits for what the kernel does behind
nothing_left() {
	[ -z "$(ip -o link show type veth | grep -v up0)" ] || fail "interface: $(ip -o link show type veth)"
	[ -z "$(find "$dir/run/netns" -type f ! -name default)" ] || fail "namespace: $(ls "$dir/run/netns")"
	! grep -E "$dir/run/netns/[0-9a-f]{12} " /proc/self/mounts || fail mount
}
