#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plain libvirt with one function of the card alone: the error that users meet.
# needs: nothing
# deadline: 90
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

define_guest t1 "$GPU"
refused "is not viable" virsh start t1
expect_card_home
