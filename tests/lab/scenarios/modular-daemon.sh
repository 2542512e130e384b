#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where there is virtqemud's socket, watch and the other verbs talk to it (Debian has no such daemon: libvirtd answers there).
# deadline: 120
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# The one socket is called as the other, so that only who looks for that finds it. libvirt's client does, of itself.
modular() {
    wait_for 20 "libvirtd's socket" test -S /run/libvirt/libvirt-sock
    mv /run/libvirt/libvirt-sock /run/libvirt/virtqemud-sock
}
restart_sockets() { systemctl "$1" libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service; }
told() { journalctl --unit lendpci.service --boot --quiet --output=cat | grep -c "$1" || true; }
has_told() { (($(told "$1") > $2)); }

at_end "rm -f /run/libvirt/virtqemud-sock; systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service;
    systemctl start libvirtd.socket libvirtd.service; systemctl restart lendpci.service"
before=$(told "watch: connected to libvirt")
modular
systemctl restart lendpci.service
wait_for 30 "watch to be connected" has_told "watch: connected to libvirt" "$before"

define_guest t1
lendpci assign t1 02:00.0 # as root, without being told where libvirt is
virsh dumpxml --inactive t1 | sed '/<hostdev/,/<\/hostdev>/d' > "$LAB_RUN/without.xml"
virsh -q define "$LAB_RUN/without.xml"
is_repaired() { virsh dumpxml --inactive t1 | grep -q "ua-lendpci-0000-02-00-0"; }
wait_for 10 "the hostdev to come back" is_repaired

say "the daemon goes, with its socket, and comes back"
before=$(told "watch: connected to libvirt")
gone=$(told "lost the connection to libvirt")
restart_sockets stop
rm -f /run/libvirt/virtqemud-sock
wait_for 20 "watch to notice" has_told "lost the connection to libvirt" "$gone"
restart_sockets start
modular
wait_for 90 "watch to be connected again" has_told "watch: connected to libvirt" "$before"
virsh -q define "$LAB_RUN/without.xml"
wait_for 10 "the hostdev to come back" is_repaired
