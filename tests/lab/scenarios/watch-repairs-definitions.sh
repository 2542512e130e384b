#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A definition edited by hand is right again by itself, also after libvirtd was killed; without a policy nothing is touched.
# deadline: 240
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

has_card() { (($(virsh dumpxml --inactive "$1" | grep -c 'ua-lendpci-0000-01-00') == 2)); }
is_watching() { [[ $(systemctl show --property StatusText lendpci.service) == *"Watching $1 domain"* ]]; }
repairs() { journalctl --unit lendpci.service --boot --quiet | grep -c 'in line with its assignment again' || true; }
has_repaired() { (($(repairs) == before + $1)); }

systemctl --quiet is-active lendpci.service || fail "lendpci.service does not run"
define_guest t1
lendpci assign t1 01:00.0 --mmio-high 64G
wait_for 20 "watch to know t1" is_watching 1

say "a hostdev is removed with virsh"
before=$(repairs)
virsh dumpxml --inactive t1 | sed '/<hostdev/,/<\/hostdev>/d' > "$LAB_RUN/without.xml"
virsh -q define "$LAB_RUN/without.xml"
wait_for 10 "the hostdevs to come back" has_card t1

say "the window is lost"
virsh dumpxml --inactive t1 | sed '/<pcihole64/d' > "$LAB_RUN/without.xml"
virsh -q define "$LAB_RUN/without.xml"
wait_for 10 "the window to come back" sh -c 'virsh dumpxml --inactive t1 | grep -q "<pcihole64"'
wait_for 10 "both repairs to be told" has_repaired 2

say "libvirtd is killed"
systemctl kill --signal=KILL libvirtd.service
wait_for 60 "libvirtd" virsh -q list
wait_for 60 "watch to be there again" is_watching 1
virsh -q define "$LAB_RUN/without.xml"
wait_for 10 "the window to come back" sh -c 'virsh dumpxml --inactive t1 | grep -q "<pcihole64"'

say "the policy is taken out"
lendpci unassign t1
virsh dumpxml --inactive t1 > "$LAB_RUN/plain.xml"
virsh -q define "$LAB_RUN/plain.xml"
sleep 2 # nothing may happen, which no state shows
virsh dumpxml --inactive t1 > "$LAB_RUN/later.xml"
expect_same "$LAB_RUN/plain.xml" "$LAB_RUN/later.xml" "the definition without a policy"
