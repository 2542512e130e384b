#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# survey --format: what many hosts are looked after with gets what can be lent, and nothing else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

machine h100-x8
lendpci survey --format kubevirt --sysroot "$machine"
expect_status 0
expect_err ""
# Eight cards of one kind are one entry.
[[ ${out%%resourceName*} == 'permittedHostDevices:
  pciHostDevices:
  - pciVendorSelector: "10DE:2330"
    ' ]] || fail "expected KubeVirt's list"
[[ $(grep -c pciVendorSelector <<< "$out") == 1 ]] || fail "expected one kind of device"
grep -qE '^    resourceName: "host\.lendpci/[A-Z0-9]([A-Z0-9_]{0,61}[A-Z0-9])?"$' <<< "$out" || fail "expected a resource's name"

lendpci survey --format ansible --sysroot "$machine"
expect_status 0
expect_json '(.gpus | length) == 8 and (.lendable | length) == 8 and (.devices | map(.address)) == .gpus and (.version | type) == "string"'

# What cannot be lent is not offered.
machine no-iommu
lendpci survey --format kubevirt --sysroot "$machine"
expect_status 0
expect_out "permittedHostDevices: {}"
lendpci survey --format ansible --sysroot "$machine"
expect_json '.lendable == []'

lendpci survey --format xml --sysroot "$machine"
expect_status 2
expect_err "lendpci: --format: 'xml' is neither kubevirt nor ansible
hint: 'lendpci survey --help' shows how"
