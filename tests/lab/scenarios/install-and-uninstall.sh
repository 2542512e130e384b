#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh twice changes nothing, --uninstall leaves nothing, and libvirt sees the hook again at once after.
# deadline: 400
# needs: fresh-lendpci
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

cd /usr/src/lendpci || exit

say "install again"
snapshot_files "$LAB_RUN/files-installed"
./install.sh
snapshot_files "$LAB_RUN/files-installed-twice"
expect_same "$LAB_RUN/files-installed" "$LAB_RUN/files-installed-twice" "the second installation"

say "uninstall"
./install.sh --uninstall
snapshot_files "$LAB_RUN/files-after-uninstall"
expect_same "$LAB_RUN/files-before-install" "$LAB_RUN/files-after-uninstall" "what --uninstall leaves"
./install.sh --uninstall # nothing there: harmless

say "install"
./install.sh
define_guest t1 "$GPU"
start t1
expect_card_lent
turn_off t1
expect_card_home
