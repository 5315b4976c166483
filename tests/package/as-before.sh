#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes of the packages of this directory the one that there was before 1.3.1,
# in ./before: all modules in the first one.
#
# usage: as-before.sh PACKAGE PART...
set -eu

package=${1:?usage: as-before.sh PACKAGE PART...}
shift
rm -rf before
mkdir -p before/tree
dpkg-deb -R "$package"_*.deb before/tree
for part in "$@"; do
    dpkg-deb -R "$package-$part"_*.deb before/part
    rm -r before/part/usr/share
    cat before/part/DEBIAN/conffiles >>before/tree/DEBIAN/conffiles
    for script in postinst prerm postrm; do
        # What dh_apache2 has put in: the same lines for another module.
        sed '1{/^#!/d}; /^set -e/d' "before/part/DEBIAN/$script" \
            >>"before/tree/DEBIAN/$script"
    done
    rm -r before/part/DEBIAN
    cp -r before/part/* before/tree
    rm -r before/part
done
sed -i -e 's/^Version:.*/Version: 1.3.0-1/' -e '/^Recommends:/,/^[A-Z]/{
    /^Recommends:/d; /^ /d
}' before/tree/DEBIAN/control
dpkg-deb --root-owner-group -b before/tree before
rm -r before/tree
