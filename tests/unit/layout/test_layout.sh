#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# test_layout.sh SOURCE BUILD: the source as it is built now has no circle, no call or include upwards, no file or function
# that is too long, and no header without its module.
exec "$(dirname "$0")/check-layout" "$1" "$2"
