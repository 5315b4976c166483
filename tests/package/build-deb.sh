#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes a Debian source tree of this one, with tests/package/debian as its
# debian/, and builds source and binary packages of it.
#
# DEBEMAIL, if set, is the maintainer's address, SOURCE_DATE_EPOCH the date.
#
# usage: build-deb.sh DIRECTORY VERSION      (the directory is made anew)
set -eu

out=${1:?usage: build-deb.sh DIRECTORY VERSION}
version=${2:?usage: build-deb.sh DIRECTORY VERSION}
maintainer=${DEBEMAIL:-mod-crosstown@example.org}
cd "$(dirname "$0")/../.."

name=libapache2-mod-crosstown
rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)
tree=$out/$name-$version
changed=$(stat -c %Y include/mod_crosstown.h)
date=$(date -R -d "@${SOURCE_DATE_EPOCH:-$changed}")

tar -c --exclude=__pycache__ --exclude=.pytest_cache \
    --transform "s,^,$name-$version/," --sort=name --owner=0 --group=0 \
    Makefile README.md LICENSE mod_crosstown.c include lib conf-examples \
    tests | gzip -9n >"$out/${name}_$version.orig.tar.gz"
tar -C "$out" -xf "$out/${name}_$version.orig.tar.gz"

cp -r tests/package/debian "$tree/debian"
for template in "$tree/debian/control" "$tree/debian/changelog.in"; do
    sed -e "s|@VERSION@|$version|g" -e "s|@MAINTAINER@|$maintainer|g" \
        -e "s|@DATE@|$date|g" "$template" >"$out/filled"
    mv "$out/filled" "${template%.in}"
done
rm "$tree/debian/changelog.in"

# The variables of the make that calls are not for the package's.
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD
cd "$tree"
if ! dpkg-buildpackage --no-sign >"$out/log" 2>&1; then
    tail -n 40 "$out/log" >&2
    exit 1
fi
ls "$out"/*.deb
