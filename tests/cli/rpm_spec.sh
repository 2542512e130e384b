#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The rpm spec parses, is of this version, and wants every library that the build looks for. Building it takes Fedora.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

requires rpmspec
top=$here/../..
# Debian's rpm has none of Fedora's macros for systemd and CMake.
fedora=(--define '_unitdir /usr/lib/systemd/system' --define 'systemd_post true' --define 'systemd_preun true'
    --define 'systemd_postun_with_restart true' --define 'cmake cmake' --define 'cmake_build cmake --build .'
    --define 'cmake_install cmake --install .')
spec=$(rpmspec "${fedora[@]}" -P "$top/packaging/rpm/lendpci.spec" 2> "$work/err") || fail "rpmspec: $(< "$work/err")"
[[ ! -s $work/err ]] || fail "rpmspec warns: $(< "$work/err")"

lendpci --version
grep -qxE "Version: +${out#lendpci }" <<< "$spec" || fail "expected version ${out#lendpci } in the spec"
modules=$(sed -n 's/^lendpci_library([A-Z0-9_]* \(.*\))$/\1/p' "$top/CMakeLists.txt")
[[ $(wc -w <<< "$modules") -ge 8 ]] || fail "expected the libraries of CMakeLists.txt, got: $modules"
for module in $modules; do
    grep -qxE "BuildRequires: +pkgconfig\($module\)" <<< "$spec" || fail "expected pkgconfig($module) in the spec"
done
