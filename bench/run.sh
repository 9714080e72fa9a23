#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All benchmarks, each beside its Debian peer in the same run: bench/run.sh BUILD. Results go to
# bench/results/*.tsv (figure, ours, peer, ratio).
set -eu
build=$(realpath "${1:?usage: run.sh BUILD}")
cd "$(dirname "$0")"
for script in runtime daemon load net logs monitor-pss; do
	[ ! -x "$script.sh" ] || TARE_BUILD=$build "./$script.sh"
done
