#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --json: one array, the fields that programs count on, and what makes each machine special.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

# survey NAME [DEVICE...]
survey() {
    rm -rf "${work:?}/$1"
    machine "$1"
    lendpci survey --json --sysroot "$machine" "${@:2}"
    expect_status 0
    expect_err ""
}

for description in "$here"/../data/machines/*.machine; do
    survey "$(basename "$description" .machine)"
    expect_json 'length > 0 and all(.[];
        (.address | test("^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$"))
        and (.location_path | test("^PCIROOT\\([0-9A-F:]+\\)(#PCI\\([0-9A-F]{4}\\)|#PCIROOT\\([0-9A-F]+\\))+$"))
        and (.vendor, .device | test("^0x[0-9a-f]{4}$")) and (.class | test("^0x[0-9a-f]{6}$"))
        and (.name | type == "string") and (.driver | type == "string" or . == null)
        and (.iommu_group | type == "number" or . == null)
        and ([.address] - .functions == [])
        and (.iommu_group == null or ([.address] - .group_members == []))
        and (.assignable == all(.reasons[]; .severity != "error"))
        and all(.reasons[]; (.code | test("^[a-z0-9-]+$")) and (.text | length > 0)
            and (.severity | IN("error", "warning", "info")))
        and (.holders | type == "array") and (.reset | type == "array")
        and (.mmio.low % 1048576 == 0) and (.mmio.high >= 0)
        and all(.bars[]; .size > 0 and (.bits | IN(32, 64)) and (.index | IN(range(7)))
            and (.prefetchable, .resizable | type == "boolean")))'
    # Bridges are not asked for.
    expect_json 'all(.[]; (.class | startswith("0x06") | not) or (.class | startswith("0x0680")))'
done

# A bridge that is named is judged all the same.
survey lab 0000:00:01.0
expect_json '.[0] | .assignable == false and any(.reasons[]; .code == "bridge" and .severity == "error")'

# A slot is all its functions, a location path is one.
survey lab 01:00
expect_json 'map(.address) == ["0000:01:00.0", "0000:01:00.1"]'
survey lab 'PCIROOT(0)#PCI(0100)#PCI(0001)'
expect_json 'map(.address) == ["0000:01:00.1"]'

# The kernel's list says "bus"; the kernel's reset says ENOTTY.
survey lab 01:00.0
expect_json '.[0].reset == [] and any(.[0].reasons[]; .code == "reset-together")'
survey lab 03:00.0
expect_json '.[0].reset == ["flr", "bus"] and .[0].assignable and .[0].reasons == []'

# Nothing of an H100 has to be below 4 GiB; ReBAR's sizes are told.
survey h100 4b:00.0
expect_json '.[0].mmio == {low: 0, high: (((128 * 1024) + 16 + 32) * 1048576)}'
expect_json '.[0].bars[1] | .index == 2 and .resizable and .prefetchable and .bits == 64 and (.sizes | length == 12)'
survey rtx-4090 01:00.0
expect_json '.[0].mmio == {low: (17 * 1048576), high: ((32768 + 32) * 1048576)}'

# Two equal cards, told apart; null for a number that is none, and where the configuration space is root's to read.
survey twins 01:00 02:00.0 03:00.0
expect_json 'map(.serial) == ["90-e2-ba-ff-ff-11-22-30", "90-e2-ba-ff-ff-11-22-30", "90-e2-ba-ff-ff-44-55-60", null]'
truncate -s 64 "$machine/sys/bus/pci/devices/0000:01:00.0/config"
lendpci survey --json --sysroot "$machine" 01:00.0
expect_json '.[0].serial == null'

survey vmd 10000:e1:00.0
expect_json '.[0] | .location_path == "PCIROOT(0)#PCI(0E00)#PCIROOT(E0)#PCI(0600)#PCI(0000)" and (.assignable | not)'
survey no-iommu 02:00.0
expect_json '.[0] | .iommu_group == null and .group_members == [] and .reasons[0].code == "no-iommu"'
survey sriov 03:00.1
expect_json '.[0] | .virtual and .functions == ["0000:03:00.1"] and .assignable'
