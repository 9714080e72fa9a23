# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
load ../helpers

# The folder of an image's last layer in layerdb, below a data root (default: tared's).
top_layer() { # IMAGE [DATA-ROOT]
	local chain='' diff
	for diff in $(docker inspect -f '{{range .RootFS.Layers}}{{.}} {{end}}' "$1"); do
		[ -z "$chain" ] || diff=sha256:$(printf '%s %s' "$chain" "$diff" | sha256sum | cut -d' ' -f1)
		chain=$diff
	done
	echo "${2:-$T/data}/image/overlay2/layerdb/sha256/${chain#sha256:}"
}

# The members of an image's last layer.
members() { "$BATS_TEST_DIRNAME/members.py" "$(top_layer "$@")"; }

# An image's configuration as it lies on disk.
config_of() { # IMAGE [DATA-ROOT]
	local id
	id=$(docker inspect -f '{{.Id}}' "$1")
	cat "${2:-$T/data}/image/overlay2/imagedb/content/sha256/${id#sha256:}"
}

# What images, layers and names there are, and what is in the way to be some.
store_world() {
	(cd "$T/data" && find image overlay2 tmp -mindepth 1 -maxdepth 4 -printf '%y %p\n' | grep -vE '/committed$')
	cat "$T/data/image/overlay2/repositories.json" 2>/dev/null
}

# Removal of trees goes on in the background.
world_is() { [ "$(store_world | sort)" = "$1" ]; }
