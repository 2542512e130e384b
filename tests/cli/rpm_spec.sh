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

# Every file that the Debian package has, but for the hook's copy and what is Debian's own, is in %files: rpmbuild refuses
# what is not listed.
files=$(sed -n '/^%files/,/^%changelog/p' <<< "$spec")
for path in /usr/bin/lendpci /etc/libvirt/hooks/qemu.d/lendpci /usr/libexec/lendpci/ /usr/share/lendpci/ /usr/share/man/ \
    /usr/lib/dracut/modules.d/91lendpci/ /usr/share/bash-completion/ /usr/share/fish/ /usr/share/zsh/; do
    grep -qF -- "$path" <<< "$files" || fail "expected $path in the spec's files: $files"
done
for unit in "$top"/helper/data/*.service.in; do
    grep -qF "/$(basename "$unit" .in)" <<< "$files" || fail "expected $(basename "$unit" .in) in the spec's files"
done
