#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian package builds, lintian has nothing against it, and it depends on every library that lendpci loads late,
# which no program of it names.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

requires dpkg-buildpackage dh lintian readelf
top=$(cd "$(dirname "$0")/../.." && pwd)
# A copy: the package is built beside the source, and two runs of this test would meet there.
mkdir "$work/tree"
(cd "$top" && tar --exclude=./build --exclude=./.git --exclude=./.cache -cf - .) | tar -xf - -C "$work/tree"
DEB_BUILD_OPTIONS=nocheck "$work/tree/packaging/build-deb" > "$work/log" 2>&1 || {
    tail -n 30 "$work/log"
    fail "the package did not build"
}
changes=$(echo "$work"/tree/build/deb/*.changes)
deb=$(echo "$work"/tree/build/deb/lendpci_*.deb)

out=$(lintian --allow-root --info --fail-on error,warning,info "$changes" 2>&1) || fail "lintian: $out"

depends=$(dpkg-deb --field "$deb" Depends)
packages=$(sed -n 's/^LEND_LATE_LIBRARY([A-Z0-9_]*, "\([^"]*\)".*/\1/p' "$top"/helper/core/base/late/*.c "$top"/helper/libvirt/late/*.c | sort -u)
[[ $(wc -w <<< "$packages") -ge 7 ]] || fail "expected the packages of the late libraries, got: $packages"
for package in $packages; do
    # "libkmod2", or "libkmod2t64" after a change of its ABI.
    grep -qE "(^| )$package(t64)?( |,|$)" <<< "$depends" || fail "expected $package in: $depends"
done

# The same list is in the programs themselves, for those who read it there (rpm, dh_dlopenlibdeps): a note for each library.
notes=$(readelf --string-dump=.note.dlopen "$LENDPCI" | grep -oE '"soname":\["[^"]*"\]' | sort -u)
(($(wc -l <<< "$notes") >= 8)) || fail "expected the libraries in .note.dlopen: $notes"
grep -qE 'FDO +0x[0-9a-f]+' <<< "$(readelf --notes "$LENDPCI" 2>&1)" || fail "expected notes of FDO's"

# One version for both.
version=$(dpkg-deb --field "$deb" Version)
lendpci --version
[[ $out == "lendpci $version" ]] || fail "the package is $version, and the program: $out"
