#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The thread pools of other libraries, as far as they are installed.
#
# usage: peers.sh cflags|libs|missing
set -eu

# pkg-config's name, ours, Debian's package
peers='glib-2.0:GLIB:libglib2.0-dev libuv:UV:libuv1-dev'

for peer in $peers; do
    name=${peer%%:*}
    rest=${peer#*:}
    if ! pkg-config --exists "$name" 2>/dev/null; then
        test "$1" != missing || echo "${rest#*:}"
        continue
    fi
    case $1 in
        cflags) echo "-DHAVE_${rest%:*} $(pkg-config --cflags "$name")" ;;
        libs) pkg-config --libs "$name" ;;
    esac
done
