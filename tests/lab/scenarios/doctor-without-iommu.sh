#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# On a host whose IOMMU is off doctor says so, and what to put on or take off the kernel's command line.
# machine: no-iommu
# deadline: 60
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

lendpci doctor > "$LAB_RUN/doctor" && fail "doctor is content"
cat "$LAB_RUN/doctor"
grep -q "^fail  iommu: the IOMMU is off: no device can be lent" "$LAB_RUN/doctor" || fail "doctor does not tell of the IOMMU"
grep -q "hint: take intel_iommu=off off the kernel's command line" "$LAB_RUN/doctor" || fail "doctor does not tell what to do"
(($(grep -c '^fail' "$LAB_RUN/doctor") == 1)) || fail "one fault, but several failures"
