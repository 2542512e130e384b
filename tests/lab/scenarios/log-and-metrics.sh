#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest's start and stop are told by 'lendpci log' from the real journal, found there by their fields, and counted by metrics.
# deadline: 150
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

counted() { lendpci metrics | sed -n "s/^lendpci_$1 //p"; }

lent_before=$(counted lent_total)
define_guest log1 "$GPU2"
start log1
turn_off log1
expect_driver "$GPU2" bochs-drm
expect_output "lent 1 function" lendpci log log1
expect_output "returned 1 function" lendpci log log1
expect_output "RETURNED" lendpci log log1 --times
expect_output "$GPU2" journalctl --quiet --output=cat "LENDPCI_ADDRESS=$GPU2" LENDPCI_DOMAIN=log1
expect_output "$GPU2" journalctl --quiet --output=verbose LENDPCI_EVENT=lent LENDPCI_STEP=unbind LENDPCI_DOMAIN=log1
[[ $(counted lent_total) == $((lent_before + 1)) ]] || fail "one more loan is not counted: $(lendpci metrics)"

# A refusal is the story of the last start, with its reason.
hold "/dev/stubborn-$STUBBORN" desktop
at_end "let_go desktop"
define_guest log2 "$STUBBORN"
refused "in use" virsh start log2
expect_output "in use" lendpci log log2
expect_output 'lendpci_refusals_total{reason="in-use"}' lendpci metrics
expect_no_loan
