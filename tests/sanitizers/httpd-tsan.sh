#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Starts httpd, which is built without a sanitizer, for modules that are built
# with the thread sanitizer. check-server.sh sets what is used here and names
# this file as HTTPD.
#
# The sanitizer sees what our modules read and write, and the mutexes of all,
# but not the atomic operations by which httpd passes the memory of a
# connection from thread to thread. MaxMemFree 1 (KB) unmaps the memory of a
# destroyed pool at once, so that the next request's is new to it; without
# that it takes any two requests at the same address for a race.
#
# ignore_noninstrumented_modules leaves out what httpd and APR do among
# themselves, report_signal_unsafe=0 that prefork ends inside of a signal
# handler, report_thread_leaks=0 that a stopping child leaves its threads.

TSAN_OPTIONS=report_thread_leaks=0:report_signal_unsafe=0:die_after_fork=0
TSAN_OPTIONS=$TSAN_OPTIONS:ignore_noninstrumented_modules=1:exitcode=0
LD_PRELOAD=$SANITIZER_RUNTIME
export TSAN_OPTIONS LD_PRELOAD

# shellcheck disable=SC2086   # no word or several
exec $SANITIZER_RUNNER "$SERVER_PROGRAM" -c 'MaxMemFree 1' "$@"
