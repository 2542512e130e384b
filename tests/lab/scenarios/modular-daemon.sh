#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where there is virtqemud's socket, watch and the other verbs talk to it (Debian has no such daemon: libvirtd answers there).
# deadline: 120
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# libvirt's own choice: the socket of the driver's daemon comes before the one for all.
ln -s libvirt-sock /run/libvirt/virtqemud-sock
at_end "rm /run/libvirt/virtqemud-sock; systemctl restart lendpci.service"
systemctl restart lendpci.service
is_told() { journalctl --unit lendpci.service --boot --quiet --output=cat | tail -n 1 | grep -q "$1"; }
wait_for 30 "watch to be connected" is_told "watch: connected to libvirt"
ss --unix --processes | grep lendpci || true

define_guest t1
lendpci assign t1 02:00.0
virsh dumpxml --inactive t1 | sed '/<hostdev/,/<\/hostdev>/d' > "$LAB_RUN/without.xml"
virsh -q define "$LAB_RUN/without.xml"
is_repaired() { virsh dumpxml --inactive t1 | grep -q "ua-lendpci-0000-02-00-0"; }
wait_for 10 "the hostdev to come back" is_repaired

say "the daemon goes, with its socket, and comes back"
systemctl stop libvirtd.service libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket
wait_for 20 "watch to notice" is_told "the connection to libvirt is gone"
systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
wait_for 60 "watch to be connected again" is_told "watch: connected to libvirt"
virsh -q define "$LAB_RUN/without.xml"
wait_for 10 "the hostdev to come back" is_repaired
