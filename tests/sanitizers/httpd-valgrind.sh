#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Starts httpd under valgrind; every process writes what is wrong with it into
# a file of its own in $VALGRIND_LOGS. check-server.sh sets what is used here
# and names this file as HTTPD.
#
# valgrind knows nothing of APR's pools. With MaxMemFree 1 (KB) the memory of a
# destroyed pool is unmapped at once, and to touch it is an invalid access.
#
# mod_ssl feeds its random numbers from memory that nobody has written, on
# purpose; from there all that a TLS server does is "uninitialised". Such a
# server is watched for everything else.

undefined=yes
for word; do
    if [ -f "$word" ] && grep -q '^LoadModule ssl_module' "$word"; then
        undefined=no
    fi
done

exec valgrind -q --vgdb=no --fair-sched=yes --num-callers=30 \
    --undef-value-errors=$undefined --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --log-file="$VALGRIND_LOGS/%p" \
    "$SERVER_PROGRAM" -c 'MaxMemFree 1' "$@"
