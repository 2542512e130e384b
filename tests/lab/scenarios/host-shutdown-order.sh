#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# At the host's shutdown lendpci-turn-off acts while libvirtd lives and before libvirt-guests; stopping it alone does nothing.
# deadline: 240
# service: on
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

unit=lendpci-turn-off.service
systemctl --quiet is-active "$unit" || fail "$unit is not armed"
systemctl --quiet is-enabled "$unit" || fail "$unit is not enabled"
for earlier in libvirtd.service libvirt-guests.service virt-guest-shutdown.target; do
    [[ " $(systemctl show --property After --value "$unit") " == *" $earlier "* ]] || fail "$unit is not ordered after $earlier"
done

define_guest t1
define_guest t2
lendpci assign t1 01:00.0
lendpci assign t2 02:00.0
start t1
start t2

say "an upgrade: the units are stopped and started"
systemctl restart lendpci.service
systemctl --quiet is-active "$unit" || fail "$unit is not armed after the restart"
systemctl stop lendpci.service
is_running t1 || fail "t1 was turned off with the service"
systemctl start lendpci.service
expect_card_lent

say "what the unit does when the host goes down"
shim=$(mktemp -d) # not below /run, from which nothing can be executed
printf '#!/bin/sh\necho stopping\n' > "$shim/systemctl"
chmod 755 "$shim/systemctl"
command=$(systemctl cat "$unit" | sed -n "s/^ExecStop=.bin.sh -c '\(.*\)'$/\1/p" | sed 's/\$\$/$/g')
[[ $command == *"lendpci turn-off --all" ]] || fail "not understood: ExecStop=$command"
PATH=$shim:$PATH sh -c "$command --timeout 5" | tee "$LAB_RUN/turned-off"
rm -r "$shim"
grep -q "t1: .*its devices are home" "$LAB_RUN/turned-off"
grep -q "t2: .*its devices are home" "$LAB_RUN/turned-off"
expect_card_home
expect_driver "$GPU2" bochs-drm
expect_no_loan
