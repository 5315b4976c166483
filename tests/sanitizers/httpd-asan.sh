#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Starts httpd, which is built without a sanitizer, for modules that are built
# with the address and undefined behaviour sanitizers. check-server.sh sets
# what is used here and names this file as HTTPD.
#
# What they find goes to stderr, which is the error log, and ends the process:
# the test fails by its error log. They see malloc() and the stack, but not
# what APR's pools hand out. With MaxMemFree 1 (KB) the memory of a destroyed
# pool is unmapped at once: whoever still reads a request that is gone crashes
# there; mod_crash.c does the same to pools without a parent. handle_segv=2
# shows who it was, whatever handlers httpd installs, but not on the pool's
# threads, where all signals are blocked: valgrind does.
#
# Prefork's many children, which all leave at the same time, are not searched
# for leaks: that takes longer than the parent waits. The calls of malloc() are
# the same ones under every MPM.

DETECT_LEAKS=${DETECT_LEAKS:-1}
for word; do
    if [ -f "$word" ] && grep -q '^LoadModule mpm_prefork' "$word"; then
        DETECT_LEAKS=0
    fi
done

ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1
ASAN_OPTIONS=$ASAN_OPTIONS:strict_string_checks=1:detect_leaks=$DETECT_LEAKS
ASAN_OPTIONS=$ASAN_OPTIONS:handle_segv=2:handle_sigbus=2:handle_sigfpe=2
UBSAN_OPTIONS=abort_on_error=1:print_stacktrace=1
LSAN_OPTIONS=suppressions=$LEAK_SUPPRESSIONS:print_suppressions=0
LD_PRELOAD=$SANITIZER_RUNTIME
export ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS LD_PRELOAD

# shellcheck disable=SC2086   # no word or several
exec $SANITIZER_RUNNER "$SERVER_PROGRAM" -c 'MaxMemFree 1' "$@"
