#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Benchmarks, each beside its Debian peer in the same run: bench/run.sh BUILD [NAME…] (default: all of them). Results go to
# bench/results/NAME.tsv (figure, ours, peer, ratio); what they are made of is in NOTES.md. One that fails is told at the
# end and stops none of the others.
set -u
build=$(realpath "${1:?usage: run.sh BUILD [NAME…]}")
shift
[ $# -gt 0 ] || set -- runtime daemon cli net logs monitor-pss load
cd "$(dirname "$0")" || exit
mkdir -p results

# Loading 1.3 GB beside dockerd.
load() {
	PEERS=$build/peers BUILD=$build
	# shellcheck source=bench/peers.sh
	. ./peers.sh
	peers_fetch
	{
		printf '# %s, %s cores, %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)"
		TARED=$build/bin/tared DOCKERD="env PATH=$PEERS/usr/bin:$PEERS/usr/sbin:$PATH $PEERS/usr/sbin/dockerd" \
			./load.sh -n "${ROUNDS:-1}" tared dockerd
	} | tee results/load.tsv
}

failed=
for name in "$@"; do
	echo "== $name"
	if [ "$name" = load ]; then
		(set -e && load) || failed="$failed $name"
	else
		TARE_BUILD=$build "./$name.sh" || failed="$failed $name"
	fi
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
