#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A card is more than a function: what is on it elsewhere, what its group takes along, and what it needs to work. Survey
# names it, assign brings it or says it, check repeats what can still be done.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=libvirt.sh
. "$here/libvirt.sh"
requires jq

reason() { jq -r --arg code "$1" '.[0].reasons[] | select(.code == $code) | .text' <<< "$out"; }

# --- Intel's Arc has its audio function behind another port of its own switch -------------------------

machine arc-a770
lendpci survey --sysroot "$machine" --json 03:00.0
[[ $(reason companions) == "0000:04:00.0 (audio) goes along with it" ]] || fail "expected the audio function"
lendpci survey --sysroot "$machine" 04:00.0
expect_line "  same card   0000:03:00.0"
libvirt_with "$here/../data/domains/q35.xml"
lendpci_on "$machine" assign t1 03:00.0 --connect "$uri"
expect_status 0
expect_line "t1: 0000:04:00.0 goes along, the audio function of 0000:03:00.0"
lendpci inject --sysroot "$machine" 03:00.0 < "$here/../data/domains/q35.xml"
[[ $(grep -c "<alias name='ua-lendpci-0000-0[34]-00-0'/>" <<< "$out") == 2 ]] || fail "expected both hostdevs"
[[ $(grep -c "<alias name='ua-lendpci-port-" <<< "$out") == 2 ]] || fail "expected a port for each"
# The audio function alone is no graphics card: nothing comes with it.
lendpci inject --sysroot "$machine" 04:00.0 < "$here/../data/domains/q35.xml"
[[ $out != *ua-lendpci-0000-03-00-0* ]] || fail "expected the graphics to stay"

# --- one in a case at a Thunderbolt port --------------------------------------------------------------

machine egpu
lendpci survey --sysroot "$machine" --json 24:00.0
[[ $(reason external) == "it is an external graphics card: "* ]] || fail "expected the card to be called external"
[[ $(reason companions) == "0000:25:00.0 (audio) goes along with it" ]] || fail "expected the audio function"
# Two graphics cards behind one switch are no card, and a chipset's parts are none either.
sed -e 's/class 040300/class 038000/' "$here/../data/machines/egpu.machine" > "$work/two.machine"
mkdir "$work/two"
"$MAKE_MACHINE" "$work/two.machine" "$work/two"
lendpci survey --sysroot "$work/two" 24:00.0
[[ $out != *"same card"* ]] || fail "expected two cards"

# --- an NVLink fabric: its GPUs need the switches, or a fabric manager --------------------------------

machine hgx-h100
fabric="it is on an NVLink fabric with 2 GPUs (NVSwitch 0000:05:00.0 and 1 more): in a guest CUDA fails with error 802 until a fabric manager has set up its links"
lendpci survey --sysroot "$machine" --json 1b:00.0
expect_json '.[0].assignable'
[[ $(reason nvlink-fabric) == "$fabric" ]] || fail "expected the fabric to be told"
lendpci survey --sysroot "$machine" --json 06:00.0
[[ $(reason nvlink-fabric) == "it is a switch of an NVLink fabric with 2 GPUs: "* ]] || fail "expected the switch to be told"
libvirt_with "$here/../data/domains/q35.xml"
lendpci assign t1 43:00.0 --dry-run --sysroot "$machine" --connect "$uri"
expect_status 0
[[ $err == *"t1: warning: 0000:43:00.0: $fabric"$'\n'"hint: assign the NVSwitches along"* ]] || fail "expected assign to warn"
# With the switches the guest's own fabric manager does it.
lendpci inject --sysroot "$machine" 05:00.0 06:00.0 1b:00.0 43:00.0 < "$here/../data/domains/q35.xml"
expect_status 0
[[ $err != *fabric* ]] || fail "expected no warning"
sed -e "s|</devices>|<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0x1b' slot='0' function='0'/></source></hostdev></devices>|" \
    "$here/../data/domains/q35.xml" > "$work/by-hand.xml"
libvirt_with "$work/by-hand.xml"
lendpci check t1 --sysroot "$machine" --connect "$uri"
expect_status 0
[[ $err == *"t1: warning: 0000:1b:00.0: $fabric"* ]] || fail "expected check to warn"

# --- what the IOMMU group takes along is told, and who uses it ----------------------------------------

machine gtx-1080
lendpci inject --sysroot "$machine" 01:00.1 < "$here/../data/domains/q35.xml"
expect_status 0
expect_err "standard input: note: 0000:01:00.0: goes along, as its IOMMU group 2 demands; the host has it now, through nvidia
standard input: warning: 0000:01:00.0: it is the host's only display: the host has no screen while it is lent
hint: make sure that you can reach the host over the network"
machine held/sound-server
lendpci inject --sysroot "$machine" 01:00.0 < "$here/../data/domains/q35.xml"
expect_status 0
[[ $(grep -c "in use by pipewire" <<< "$err") == 2 ]] || fail "expected the card and its audio function to be in use"

# --- nvidia_drm inside the kernel: told before the start that would wait for it -----------------------

machine held/kernel-user
sed "s/bus='0x1b'/bus='1'/" "$work/by-hand.xml" > "$work/held.xml"
libvirt_with "$work/held.xml"
lendpci check t1 --sysroot "$machine" --connect "$uri"
[[ $err == *"t1: warning: 0000:01:00.0: nvidia_drm has it open inside the kernel"* ]] || fail "expected check to warn"
