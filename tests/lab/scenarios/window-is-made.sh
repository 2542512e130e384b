#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two cards of 32 and 8 GiB: OVMF's own window of 32 GiB drops the larger one; assigned, both have their place. What cannot fit is refused.
# deadline: 400
# machine: crowded
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# An Intel CPU of 40 bits: OVMF does not believe them, and takes its old fixed window.
intel="<cpu mode='custom' match='exact' check='none'><model fallback='allow'>SandyBridge</model></cpu>"

# port NAME COMMAND...: QEMU's access to the guest's I/O ports. The guest's firmware is idle in its shell by then.
port() { virsh qemu-monitor-command "$1" --hmp "${*:2}" | tr -d '\r' | sed -n 's/^port.*= //p'; }

# address_of NAME GIB: what the guest's firmware wrote into the BAR of so many GiB, 0 for nothing; read from the guest's
# configuration space, without lendpci.
address_of() {
    local bus slot bar register at=0 place=0
    read -r bus slot bar < <(virsh qemu-monitor-command "$1" '{"execute": "query-pci"}' | jq -r ".. | objects |
        select(.regions?) | . as \$device | .regions[] | select(.type == \"memory\" and .size == $2 * 1073741824) |
        \"\(\$device.bus) \(\$device.slot) \(.bar)\"") || { echo 0; return; }
    for register in 0 1; do
        port "$1" o /w 0xcf8 "$((0x80000000 | bus << 16 | slot << 11 | (0x10 + 4 * (bar + register))))"
        at=$(port "$1" i /w 0xcfc)
        place=$((place | (at & (register ? -1 : ~15)) << 32 * register))
    done
    echo "$place"
}
# One that was only asked for its size reads as all ones, which is less than nothing here.
is_placed() { (($(address_of "$1" "$2") > 0)); }

say "as virt-manager would write them"
define_guest t1 --ovmf --cpu "$intel" "$HUGEBAR" "$BIGBAR"
start t1
wait_for 150 "OVMF to place the smaller one" is_placed t1 8
printf '8 GiB at 0x%x, 32 GiB at 0x%x\n' "$(address_of t1 8)" "$(address_of t1 32)"
! is_placed t1 32 || fail "the 32 GiB fit after all: this scenario shows nothing"
refused "t1: $HUGEBAR: BAR 2 (32 GiB, 64-bit prefetchable) has no place in the guest" lendpci status --guest t1
turn_off t1
virsh -q undefine --nvram t1

say "assigned"
define_guest t1 --ovmf --cpu "$intel"
lendpci assign t1 "$HUGEBAR" "$BIGBAR" | tee "$LAB_RUN/guest-assigned"
grep -q "t1: X-PciMmio64Mb 64 GiB" "$LAB_RUN/guest-assigned" || fail "assign did not make a window"
virsh dumpxml --inactive t1 > "$LAB_RUN/guest-t1.assigned"
virt-xml-validate "$LAB_RUN/guest-t1.assigned" domain
start t1
wait_for 200 "OVMF to place both" is_placed t1 32
printf '8 GiB at 0x%x, 32 GiB at 0x%x\n' "$(address_of t1 8)" "$(address_of t1 32)"
is_placed t1 8 || fail "now the smaller one has no place"
(($(address_of t1 32) >= 64 << 30 && $(address_of t1 32) < 128 << 30)) || fail "not in the window from 64 to 128 GiB"
expect_output "t1: $HUGEBAR: both BARs have their place" lendpci status --guest t1
turn_off t1

say "a window of one's own that is too small, and a CPU with too few address bits"
define_guest t2 --ovmf --cpu "$intel" --qemu "-fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=32768"
refused "the domain's own X-PciMmio64Mb gives them 32 GiB" lendpci assign t2 "$HUGEBAR" "$BIGBAR"
define_guest t3 --cpu "<cpu mode='host-passthrough'><maxphysaddr mode='emulate' bits='36'/></cpu>"
refused "but 36 address bits end at 64 GiB" lendpci assign t3 "$HUGEBAR" "$BIGBAR"
expect_no_loan
