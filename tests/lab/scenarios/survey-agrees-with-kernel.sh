#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# On a host with a switch, virtual functions, a port without ACS and a card that nothing resets, survey says what the kernel then does.
# deadline: 300
# machine: crowded
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

devices=/sys/bus/pci/devices
VF=0000:0e:00.1
at_end "echo 0 > $devices/$VIRTUAL_NVME/sriov_numvfs"
echo 2 > "$devices/$VIRTUAL_NVME/sriov_numvfs"
udevadm settle --timeout=30
lendpci survey --json > "$LAB_RUN/survey.json"
lendpci survey

# surveyed FUNCTION FILTER: what survey says of it.
surveyed() { jq -c --arg address "$1" ".[] | select(.address == \$address) | $2" "$LAB_RUN/survey.json"; }

# says FUNCTION FILTER: a jq expression that is true of it.
says() { [[ $(surveyed "$1" "$2") == true ]] || fail "$1: not so: $2: $(surveyed "$1" .)"; }
reason() { says "$1" ".reasons | any(.code == \"$2\" and (.text | contains(\"${3:-}\")))"; }
no_reason() { says "$1" ".reasons | all(.code != \"$2\")"; }

say "groups, read from the kernel"
jq -r '.[] | [.address, .iommu_group, (.group_members | join(" "))] | @tsv' "$LAB_RUN/survey.json" > "$LAB_RUN/groups"
(($(wc -l < "$LAB_RUN/groups") > 15)) || fail "the survey is short: $(cat "$LAB_RUN/groups")"
while IFS=$'\t' read -r function group members; do
    [[ $(basename "$(readlink "$devices/$function/iommu_group")") == "$group" ]] || fail "$function: group $group"
    # Bridges are in a group, too; survey lists what is in it, whatever it is.
    kernels=$(find "$devices/$function/iommu_group/devices/" -mindepth 1 -printf '%f\n' | sort | tr '\n' ' ')
    [[ "$members " == "$kernels" ]] || fail "$function: group members $members, the kernel has $kernels"
done < "$LAB_RUN/groups"

reason "$LEAKING_GPU" acs-missing "$LEAKING_PORT"
reason "$SHARED_GPU" group-shared "$SHARED_DISK"
# QEMU's switch has no ACS either, and yet the kernel keeps what is behind its two ports apart.
reason "$SWITCHED_GPU" acs-missing 0000:0b:00.0
reason "$SWITCHED_GPU2" acs-missing 0000:0b:01.0
says "$SWITCHED_GPU" ".group_members | all(. != \"$SWITCHED_GPU2\")"
for function in "$GPU2" "$GPU"; do no_reason "$function" acs-missing; done
says "$VF" '.virtual and .assignable and (.bars | length > 0)'
reason "$VIRTUAL_NVME" vfs-enabled "2 of its virtual functions"

# on_vfio FUNCTION, off_vfio FUNCTION: by the kernel's files alone.
on_vfio() {
    echo vfio-pci > "$devices/$1/driver_override"
    if [[ -e $devices/$1/driver ]]; then echo "$1" > "$devices/$1/driver/unbind"; fi
    echo "$1" > /sys/bus/pci/drivers_probe || true # a driver that refuses is what the caller looks for
}
off_vfio() {
    echo > "$devices/$1/driver_override"
    if [[ -e $devices/$1/driver ]]; then echo "$1" > "$devices/$1/driver/unbind"; fi
    echo "$1" > /sys/bus/pci/drivers_probe
}

# viable FUNCTION: whether VFIO would give its group to a VM (VFIO_GROUP_GET_STATUS).
viable() {
    python3 - "/dev/vfio/$(basename "$(readlink "$devices/$1/iommu_group")")" << 'PYTHON'
import fcntl, struct, sys
with open(sys.argv[1], "rb+", buffering=0) as group:
    size, flags = struct.unpack("II", fcntl.ioctl(group, 0x3b67, struct.pack("II", 8, 0)))
sys.exit(0 if flags & 1 else 1)
PYTHON
}

say "whether a group can be lent, asked of VFIO"
modprobe vfio-pci
for function in "$GPU2" "$SHARED_GPU" "$LEAKING_GPU" "$SWITCHED_GPU" "$ROOT_GPU" "$VF"; do
    verdict=no
    on_vfio "$function"
    expect_driver "$function" vfio-pci
    if viable "$function"; then verdict=yes; fi
    off_vfio "$function"
    echo "$function: viable: $verdict"
    [[ $(surveyed "$function" .assignable) == "$([[ $verdict == yes ]] && echo true || echo false)" ]] ||
        fail "$function: VFIO says viable: $verdict, survey: $(surveyed "$function" .assignable)"
done
on_vfio "$VIRTUAL_NVME"
expect_driver "$VIRTUAL_NVME" none # VFIO does not take it while it has virtual functions
off_vfio "$VIRTUAL_NVME"
expect_driver "$VIRTUAL_NVME" nvme
says "$VIRTUAL_NVME" '.assignable == false'

# can_reset FUNCTION: the kernel resets it, with no driver on it.
can_reset() {
    local rc=0
    [[ -e $devices/$1/reset ]] || return 1
    echo "$1" > "$devices/$1/driver/unbind"
    echo 1 > "$devices/$1/reset" || rc=1
    echo "$1" > /sys/bus/pci/drivers_probe
    return "$rc"
}

say "whether it can be reset, by resetting it"
echo 0 > "$devices/$VIRTUAL_NVME/sriov_numvfs"
for function in "$GPU" "$GPU2" "$NVME" "$VIRTUAL_NVME" "$STUBBORN" "$LEAKING_GPU" "$SWITCHED_GPU" "$ROOT_GPU"; do
    verdict=no
    if can_reset "$function"; then verdict=yes; fi
    echo "$function: can be reset: $verdict"
    [[ $(surveyed "$function" '.reset | length > 0') == "$([[ $verdict == yes ]] && echo true || echo false)" ]] ||
        fail "$function: resetting it: $verdict, survey: $(surveyed "$function" .reset)"
done
reason "$GPU" reset-together "the other functions of 0000:02:00"
reason "$ROOT_GPU" no-reset
