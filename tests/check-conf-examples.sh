#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Each conf-examples/*.conf is accepted by the server as it stands there. It
# finds what it may rely on: an MPM, and the names
#   BUILD     our modules            MODULES   the server's modules
#   ROOT      an empty directory     PORT      a port
#
# usage: check-conf-examples.sh BUILD-DIRECTORY
set -eu

build=$(cd "${1:?usage: check-conf-examples.sh BUILD-DIRECTORY}" && pwd)
APXS=${APXS:-apxs}
httpd=$($APXS -q SBINDIR)/$($APXS -q PROGNAME)
modules=$($APXS -q LIBEXECDIR)
cd "$(dirname "$0")/.."

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$root/logs" "$root/htdocs"

server_config() {   # a configuration file -> the one that surrounds it
    cat <<END
ServerRoot "$root"
ServerName localhost
PidFile logs/pid
ErrorLog logs/error_log
Define BUILD "$build"
Define MODULES "$modules"
Define ROOT "$root"
Define PORT 8080
END
    # Where an MPM or another of these is compiled in, it is no file.
    for name in mpm_event authz_core; do
        test ! -f "$modules/mod_$name.so" ||
            echo "LoadModule ${name}_module \"$modules/mod_$name.so\""
    done
    echo "Include \"$1\""
}

failed=
for example in conf-examples/*.conf; do
    server_config "$PWD/$example" >"$root/httpd.conf"
    # An example that stands alone loads the MPM itself, which is no fault; a
    # name that nobody defined is one, though the server only warns.
    if $httpd -t -f "$root/httpd.conf" >"$root/said" 2>&1 &&
        ! grep -v 'is already loaded, skipping' "$root/said" |
        grep ':warn\]\|:error\]\|is not defined'; then
        echo "$example: accepted"
    else
        echo "$example: refused" >&2
        cat "$root/said" >&2
        failed=yes
    fi
done
test -z "$failed"
