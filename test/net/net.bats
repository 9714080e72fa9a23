#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The default bridge, host and none from outside. Every test is a host of its own.

setup() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return 1; }
	export TARE_BUILD=${TARE_BUILD:-$BATS_TEST_DIRNAME/../../build}
	export dir=$(mktemp -d "${TMPDIR:-/tmp}/tare-net-test.XXXXXX")
}

teardown() { rm -rf "$dir"; }

# inside SCRIPT: runs it in a new network and mount namespace
inside() {
	unshare -nm bash -euc "
		mount -t tmpfs tmpfs $dir
		ip link set lo up
		. $BATS_TEST_DIRNAME/lib.sh
		$1"
}

@test "docker0 is up with 172.17.0.1/16, no queue, and the host forwards" {
	inside '
	netctl setup
	[[ $(ip -4 -o addr show docker0) == *"inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0"* ]]
	[[ $(ip link show docker0) == *"<NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue"* ]]
	[[ $(ip link show docker0) != *qlen* ]]
	[[ $(ip -o link show docker0) == *link/ether\ 02:42:* ]]
	[[ $(cat /proc/sys/net/ipv4/ip_forward) == 1 ]]'
}

@test "the rules are those written down, also after a second and third setup" {
	inside '
	for i in 1 2 3; do
		netctl setup
		nft list ruleset >$dir/rules
		diff -u '"$BATS_TEST_DIRNAME"'/rules.golden $dir/rules
	done'
}

@test "containers reach each other and the gateway, and look as Docker makes them" {
	inside '
	create a bridge
	create b bridge
	[[ $ip_a == 172.17.0.2 && $ip_b == 172.17.0.3 && $mac_b == 02:42:ac:11:00:03 ]]
	[[ $if_a =~ ^veth[0-9a-f]{7}$ ]]
	in_ctr a bash -c "pings 172.17.0.1 && pings 172.17.0.3 && pings 127.0.0.1"
	in_ctr b bash -c "pings 172.17.0.2"
	pings 172.17.0.3
	link=$(in_ctr b ip -o link show eth0)
	[[ $link == *"mtu 1500 qdisc noqueue state UP"*"link/ether 02:42:ac:11:00:03"* && $link != *qlen* ]]
	[[ $(in_ctr b ip -o -4 addr show eth0) == *"inet 172.17.0.3/16 brd 172.17.255.255 scope global eth0"* ]]
	[[ $(in_ctr b ip route show default) == "default via 172.17.0.1 dev eth0 " ]]'
}

@test "a container has ::1 on lo and no IPv6 on eth0" {
	inside '
	create a bridge
	[[ -n $(in_ctr a ip -6 -o addr show lo) && -z $(in_ctr a ip -6 -o addr show eth0) ]]
	[[ $(in_ctr a cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6) == 1 ]]
	[[ $(in_ctr a cat /proc/sys/net/ipv6/conf/default/disable_ipv6) == 0 ]]'
}

@test "the lowest free address comes first, a released one at once" {
	inside '
	for c in a b c d; do create $c bridge; done
	netctl delete b
	create e bridge
	[[ $ip_e == 172.17.0.3 ]]
	create f bridge
	[[ $ip_f == 172.17.0.6 ]]'
}

@test "who gets a released address is reached at once" {
	inside '
	create peer bridge
	create old bridge
	in_ctr peer bash -c "pings $ip_old"
	for i in 1 2 3 4 5; do
		netctl delete old
		create old bridge
		[[ $ip_old == 172.17.0.3 ]]
		serve $key_old
		[[ $(in_ctr peer timeout 1 busybox nc $ip_old 80) == hello ]] || fail "round $i"
		stop_children
	done'
}

@test "a MAC and an address may be given" {
	inside '
	create a --ip=172.17.9.9 --mac=02:00:00:00:00:09 bridge
	[[ $ip_a == 172.17.9.9 && $(in_ctr a ip -o link show eth0) == *02:00:00:00:00:09* ]]
	refuse netctl create b --ip=172.17.9.9 bridge 2>$dir/err
	[[ $(cat $dir/err) == "netctl: Address already in use" ]]'
}

@test "to the world containers go masqueraded" {
	inside '
	make_world
	create a bridge
	in_ctr a bash -c "pings 10.9.0.2" || fail ping
	serve $dir/world
	[[ $(in_ctr a timeout 1 busybox nc 10.9.0.2 80) == hello ]]'
}

@test "without --ip-masq nothing is masqueraded" {
	inside '
	make_world
	options=(--ip-masq=false)
	create a bridge
	refuse in_ctr a bash -c "pings 10.9.0.2"
	in_world ip route add 172.17.0.0/16 via 10.9.0.1
	in_ctr a bash -c "pings 10.9.0.2"'
}

@test "from the world nobody reaches what is not published, from the host everybody" {
	inside '
	make_world
	create a bridge
	serve $key_a
	in_world ip route add 172.17.0.0/16 via 10.9.0.1
	[[ $(asks $ip_a) == hello ]]
	refuse in_world bash -c "timeout 1 busybox nc $ip_a 80"
	refuse in_world bash -c "pings $ip_a"
	in_ctr a bash -c "pings 10.9.0.2"'
}

@test "icc=false keeps containers from each other, not from host and world" {
	inside '
	make_world
	options=(--icc=false)
	create a bridge
	create b bridge
	refuse in_ctr a bash -c "pings $ip_b"
	in_ctr a bash -c "pings 172.17.0.1"
	in_ctr a bash -c "pings 10.9.0.2"
	pings $ip_b'
}

@test "DOCKER-USER comes first and is never flushed, ours and that of iptables" {
	inside '
	make_world
	create a bridge
	in_ctr a bash -c "pings 10.9.0.2"
	nft add rule ip tare DOCKER-USER ip saddr $ip_a drop
	netctl setup
	refuse in_ctr a bash -c "pings 10.9.0.2"
	nft flush chain ip tare DOCKER-USER
	in_ctr a bash -c "pings 10.9.0.2"
	nft add rule ip filter DOCKER-USER ip saddr $ip_a drop
	netctl setup
	refuse in_ctr a bash -c "pings 10.9.0.2"
	[[ $(nft list chain ip filter FORWARD | grep -c "jump DOCKER-USER") == 1 ]]'
}

@test "DOCKER-USER may accept what is not published" {
	inside '
	make_world
	create a bridge
	in_world ip route add 172.17.0.0/16 via 10.9.0.1
	nft add rule ip tare DOCKER-USER ip saddr 10.9.0.2 accept
	in_world bash -c "pings $ip_a"'
}

@test "iptables can list and change the chain it knows" {
	inside '
	netctl setup
	iptables-nft -I DOCKER-USER -s 9.9.9.9 -j DROP
	netctl setup
	[[ $(iptables-nft -S FORWARD) == *"-A FORWARD -j DOCKER-USER"* ]]
	[[ $(iptables-nft -S DOCKER-USER) == *"-s 9.9.9.9/32 -j DROP"* ]]
	[[ $(iptables-nft -S TARE-FORWARD) == *"-A TARE-FORWARD -o docker0 -j ACCEPT"*"-A TARE-FORWARD -i docker0 -j ACCEPT" ]]'
}

@test "a policy DROP of iptables does not cut containers off, and opens nothing" {
	inside '
	make_world
	nft add table ip filter
	nft add chain ip filter FORWARD "{ type filter hook forward priority 0; policy drop; }"
	nft add chain ip filter DOCKER-USER
	nft add rule ip filter FORWARD counter jump DOCKER-USER
	nft add rule ip filter FORWARD ip saddr 9.9.9.9 counter drop
	create a bridge
	netctl setup
	in_ctr a bash -c "pings 10.9.0.2"
	in_world ip route add 172.17.0.0/16 via 10.9.0.1
	refuse in_world bash -c "pings $ip_a"
	rules=$(nft list chain ip filter FORWARD | grep -oE "jump [A-Z-]+|9.9.9.9" | tr "\n" " ")
	[[ $rules == "jump DOCKER-USER jump TARE-FORWARD 9.9.9.9 " ]]
	nft add rule ip filter DOCKER-USER ip saddr $ip_a drop
	refuse in_ctr a bash -c "pings 10.9.0.2"'
}

@test "a host that tare made a router forwards nothing for others, one that was does" {
	inside '
	make_world
	touch $dir/other
	unshare --net=$dir/other true
	ip link add lan0 type veth peer name eth0
	ip link set eth0 netns $dir/other
	ip addr add 10.8.0.1/24 dev lan0; ip link set lan0 up
	nsenter --net=$dir/other ip addr add 10.8.0.2/24 dev eth0
	nsenter --net=$dir/other ip link set eth0 up
	nsenter --net=$dir/other ip route add default via 10.8.0.1
	in_world ip route add default via 10.9.0.1
	netctl setup
	refuse in_world bash -c "pings 10.8.0.2"
	nft delete table ip tare
	netctl setup
	in_world bash -c "pings 10.8.0.2"'
}

@test "with the packet filter on bridges (br_netfilter) containers still reach each other" {
	[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || return 0
	inside '
	echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
	create a bridge
	create b bridge
	in_ctr a bash -c "pings $ip_b"
	nft add rule ip tare DOCKER-USER ip saddr $ip_a counter
	in_ctr a bash -c "pings $ip_b"
	[[ $(nft list chain ip tare DOCKER-USER) == *"packets 1 "* ]]'
}

@test "--iptables=false makes no rule" {
	inside '
	options=(--iptables=false)
	create a bridge
	pings $ip_a
	[[ -z $(nft list ruleset) ]]'
}

@test "host and none are records only" {
	inside '
	create h host
	create n none
	[[ $key_h == "$ip_h" || -z $ip_h ]]
	[[ $(netctl networks) == *"host host "*" h="* && $(netctl networks) == *"none null "*" n="* ]]
	ip link add marker type bridge
	nsenter --net=$dir/run/netns/default ip link show marker
	netctl delete h
	netctl delete n
	[[ $(netctl networks) != *"h="* ]]
	nothing_left'
}

@test "what is deleted leaves nothing behind" {
	inside '
	netctl setup
	nft list ruleset >$dir/before
	for c in a b c; do create $c bridge; done
	for c in a b c; do netctl delete $c; done
	nothing_left
	nft list ruleset | diff $dir/before -
	[[ $(ip -o link | wc -l) == 2 ]]'
}

@test "deleting takes the interface from whoever still sits in the namespace" {
	inside '
	create a bridge
	background $key_a sleep 60
	in_it="nsenter --net=/proc/$!/ns/net ip -o link"
	until [[ $($in_it) == *eth0* ]]; do :; done
	netctl delete a
	nothing_left
	[[ $($in_it) == *lo* && $($in_it) != *eth0* ]]'
}

@test "after a restart networks keep their ids and containers their addresses" {
	inside '
	create a bridge
	ids=$(netctl networks | cut -d" " -f1-3)
	[[ $(netctl networks) == *"a=172.17.0.2"* ]]
	create b bridge
	[[ $ip_b == 172.17.0.3 && $(netctl networks | cut -d" " -f1-3) == "$ids" ]]
	in_ctr a bash -c "pings 172.17.0.3"
	netctl delete a
	create c bridge
	[[ $ip_c == 172.17.0.2 ]]'
}

@test "a sweep removes what nobody names, and only that" {
	inside '
	create a bridge
	create b bridge
	rm $dir/saved/a
	ip link add veth0123abc type veth peer name foreign
	ip link set veth0123abc master docker0
	touch $dir/run/netns/something
	netctl sweep
	[[ ! -e $key_a && -e $dir/run/netns/something && -e $key_b ]]
	refuse ip link show $if_a
	ip link show $if_b
	ip link show veth0123abc
	in_ctr b bash -c "pings 172.17.0.1"
	create c bridge
	[[ $ip_c == 172.17.0.2 ]]'
}

@test "whichever step fails, nothing is left and the next start works" {
	inside '
	netctl setup
	for step in record setup namespace netns mount veth address settle; do
		refuse env TARE_FAULT=net.$step:1 $TARE_BUILD/test/net/netctl $dir create a bridge 2>$dir/err || fail "$step did not fail"
		[[ $(cat $dir/err) == "netctl: injected fault: net.$step" ]] || fail "$(cat $dir/err)"
		nothing_left
		[[ $(netctl networks) != *"a="* ]]
	done
	create a bridge
	[[ $ip_a == 172.17.0.2 ]]'
}

@test "a bridge somebody deleted is made again" {
	inside '
	create a bridge
	ip link del docker0
	create b bridge
	in_ctr b bash -c "pings 172.17.0.1"'
}

@test "docker0 keeps the address it has; --bip gives it another" {
	inside '
	ip link add docker0 type bridge
	ip addr add 192.168.44.1/24 dev docker0
	create a bridge
	[[ $ip_a == 192.168.44.2 ]]
	netctl delete a
	options=(--bip=10.77.0.1/24 --fixed-cidr=10.77.0.128/25 --default-gateway=10.77.0.254)
	create b bridge
	[[ $ip_b == 10.77.0.128 && $(in_ctr b ip route show default) == "default via 10.77.0.254 dev eth0 " ]]
	[[ $(ip -4 -o addr show docker0) == *"inet 10.77.0.1/24"* && $(ip -4 -o addr show docker0) != *192.168* ]]'
}

@test "a subnet the host has a route to is not taken" {
	inside '
	ip link add lan0 type bridge
	ip addr add 172.17.5.5/24 dev lan0
	ip link set lan0 up
	create a bridge
	[[ $ip_a == 172.18.0.2 ]]'
}

@test "many at once, from several threads" {
	inside '
	netctl bench 100 8
	nothing_left
	create a bridge
	[[ $ip_a == 172.17.0.2 ]]'
}
