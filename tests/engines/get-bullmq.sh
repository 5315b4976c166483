#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Puts BullMQ into a directory, each of these majors into one of its own. What
# cannot be fetched is left out, and said.
#
# usage: get-bullmq.sh DIRECTORY MAJOR...
set -eu

directory=$1
shift
for major in "$@"; do
    test ! -d "$directory/$major/node_modules/bullmq" || continue
    echo "fetching BullMQ $major"
    mkdir -p "$directory/$major"
    timeout 300 npm install --prefix "$directory/$major" --no-audit --no-fund \
        --ignore-scripts --loglevel=error "bullmq@$major" ioredis@5 \
        >/dev/null 2>&1 || {
        echo "BullMQ $major cannot be fetched (npm)"
        rm -rf "${directory:?}/$major"
    }
done
