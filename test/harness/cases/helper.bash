# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
equal() { [ "$1" = "$2" ] || { echo "not equal: $1 $2"; return 1; }; }
