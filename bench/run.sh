#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All benchmarks, each beside its Debian peer in the same run: bench/run.sh BUILD. Results go to
# bench/results/*.tsv (figure, ours, peer, ratio).
set -eu
build=$(realpath "${1:?usage: run.sh BUILD}")
cd "$(dirname "$0")"
for script in runtime daemon net logs monitor-pss; do
	TARE_BUILD=$build "./$script.sh"
done
# Loading 1.3 GB beside dockerd.
PEERS=$build/peers
# shellcheck source=bench/peers.sh
. ./peers.sh
peers_fetch
{
	printf '# %s, %s cores, %s\n' "$(uname -r)" "$(nproc)" "$(date +%F)"
	TARED=$build/bin/tared DOCKERD="env PATH=$PEERS/usr/bin:$PEERS/usr/sbin:$PATH $PEERS/usr/sbin/dockerd" \
		./load.sh -n "${ROUNDS:-1}" tared dockerd
} | tee results/load.tsv
