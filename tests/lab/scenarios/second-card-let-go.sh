#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With holders = release a desktop that listens to udev lets go of its second card for a VM, and has it again afterwards.
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

# What compositors do, in shell: every card is open, one that udev says is gone is closed, one that comes is opened.
mkdir -p "$LAB_BIN"
cat > "$LAB_BIN/desktop" << 'SCRIPT'
#!/bin/bash
# desktop FUNCTION [deaf]
node() {
    local card
    for card in "/sys/bus/pci/devices/$1"/drm/card*; do echo "/dev/dri/${card##*/}"; done
}
stdbuf --output=L udevadm monitor --udev --subsystem-match=drm | while read -r _ _ action path _; do
    [[ $path == */"$1"/drm/card* ]] || continue
    echo "$action"
done > "$2" &
exec 4< <(exec tail --follow --lines=+1 "$2")
exec 3<> "$(node "$1")" # last: it is not for the others to have
while read -r action <&4; do
    [[ $3 != deaf ]] || continue
    case $action in
    remove) exec 3>&- ;;
    add) sleep 0.1; exec 3<> "$(node "$1")" ;;
    esac
done
SCRIPT
chmod +x "$LAB_BIN/desktop"
open_desktop() {
    : > "$LAB_RUN/desktop.events"
    setsid "$LAB_BIN/desktop" "$GPU2" "$LAB_RUN/desktop.events" "$1" > /dev/null 2>&1 &
    desktop=$!
    wait_for 20 "the desktop to open the card" has_card
}
has_card() { [[ $(readlink "/proc/$desktop/fd/3") == /dev/dri/card* && -d /sys/bus/pci/devices/$GPU2/drm ]]; }
close_desktop() { kill -- -"$desktop" 2> /dev/null; wait "$desktop" 2> /dev/null; }
at_end 'close_desktop || true'

define_guest t1 "$GPU2"
open_desktop listens
refused "in use by desktop" virsh start t1
settings "holders = release" "holders_wait = 5s"
for _ in $(seq "$(rounds 3 10)"); do
    start t1
    expect_driver "$GPU2" vfio-pci
    [[ -d /proc/$desktop ]] || fail "the desktop ended"
    turn_off t1
    expect_driver "$GPU2" bochs-drm
    wait_for 20 "the desktop to have its card again" has_card
done
close_desktop || true

# One that does not listen keeps the card, and is named.
open_desktop deaf
refused "in use by desktop" virsh start t1
has_card || fail "the deaf desktop lost its card"
expect_driver "$GPU2" bochs-drm
[[ $(grep -c . "$LAB_RUN/desktop.events") -ge 2 ]] || fail "the card was not announced again: $(cat "$LAB_RUN/desktop.events")"
close_desktop || true
expect_no_loan
