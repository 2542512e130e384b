#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian package: apt installs it, it is upgraded while a guest has a card, and purge leaves nothing.
# deadline: 240
# needs: nothing
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

apt() { DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends "$@"; }
# What dpkg and apt note about every package is theirs.
snapshot() { snapshot_files "$1.all" && grep -v -E '^/var/lib/(dpkg|apt)/' "$1.all" > "$1"; }

wait_for 240 "the package to be built (package.log)" test -e /lab/packaged
[[ $(< /lab/packaged) == yes ]] || fail "the package did not build (package.log)"
# dpkg has the initramfs made anew for a package with a hook in it, which takes minutes here and is not what is looked at.
sed -i 's/^update_initramfs=.*/update_initramfs=no/' /etc/initramfs-tools/update-initramfs.conf
at_end "sed -i 's/^update_initramfs=.*/update_initramfs=yes/' /etc/initramfs-tools/update-initramfs.conf"
define_guest t1 "$GPU"
snapshot "$LAB_RUN/files-before-package"

say "apt install ./lendpci.deb"
apt install /lab/lendpci.deb
[[ -x $HOOK && ! -L $HOOK ]] || fail "no hook in $HOOK"
systemctl --quiet is-active lendpci.service || fail "lendpci.service does not run"
systemctl --quiet is-enabled lendpci-reserve.service lendpci-vfs.service || fail "not enabled for the boot"
lendpci doctor || true

say "the package's hook lends the card"
start t1
expect_card_lent

say "upgrade while the guest has it"
dpkg-deb --raw-extract /lab/lendpci.deb "$LAB_RUN/next"
sed -i 's/^Version: .*/Version: 99.0/' "$LAB_RUN/next/DEBIAN/control"
# Another hook by its checksum, as a newer version's is.
echo >> "$LAB_RUN/next/usr/libexec/lendpci/hooks/lendpci"
dpkg-deb -Znone --build "$LAB_RUN/next" "$LAB_RUN/next.deb"
dpkg --install "$LAB_RUN/next.deb"
expect_card_lent
expect_loan "$GPU" lent
cmp "$HOOK" /usr/libexec/lendpci/hooks/lendpci
is_running t1 || fail "the upgrade ended the guest"
systemctl --quiet is-active lendpci.service || fail "lendpci.service does not run after the upgrade"

say "it is not removed while the guest has it"
refused "devices are on loan" apt purge lendpci
expect_card_lent
turn_off t1
expect_card_home
expect_no_loan

say "apt purge lendpci"
mkdir -p /etc/lendpci
echo 'holders = wait' > /etc/lendpci/lendpci.conf
apt purge lendpci
expect_card_home
[[ ! -e /run/lendpci ]] || fail "/run/lendpci is left"
[[ -z $(systemctl list-units --all --plain --no-legend 'lendpci*') ]] || fail "a unit is left"
snapshot "$LAB_RUN/files-after-purge"
expect_same "$LAB_RUN/files-before-package" "$LAB_RUN/files-after-purge" "what purge leaves"
