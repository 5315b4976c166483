#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Unpacks Debian's wordpress into a directory, for test_wordpress.py. It is not
# installed: it would bring a server that runs.
#
# usage: get-wordpress.sh DIRECTORY
set -eu

directory=${1:?usage: get-wordpress.sh DIRECTORY}
test ! -e "$directory/usr/share/wordpress/wp-load.php" || exit 0
mkdir -p "$directory"
cd "$directory"
apt-get -qq download wordpress 2>/dev/null ||
    { echo 'wordpress cannot be had: its test is left out' >&2; exit 0; }
dpkg-deb -x wordpress_*.deb .
rm wordpress_*.deb
