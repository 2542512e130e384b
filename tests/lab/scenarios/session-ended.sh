#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With stop_sessions the desktop's user is logged out for the VM, one who came by network stays, and the display manager is back.
# deadline: 240
# shellcheck source=tests/lab/host/lib.sh
. /lab/host/lib.sh

systemctl --quiet is-active dbus.service || systemctl start dbus.service
card=/dev/dri/by-path/pci-$GPU-card sound=/dev/snd/by-path/pci-$AUDIO
mkdir -p "$LAB_BIN" /run/systemd/user/default.target.wants
for program in compositor sound shell; do cp /bin/sleep "$LAB_BIN/$program"; done
useradd --create-home --groups video,audio lab
user=$(id --user lab)

# The sound server is a unit of the user's own manager, which outlives the session.
cat > /run/systemd/user/lab-sound.service << UNIT
[Service]
ExecStart=/bin/sh -c 'until test -w $sound; do sleep 0.2; done; exec $LAB_BIN/sound infinity 3<> $sound'
UNIT
ln -s ../lab-sound.service /run/systemd/user/default.target.wants/lab-sound.service

# The display manager opens a session for the user on a terminal, in it the compositor, and has nothing of the card itself.
cat > "$LAB_BIN/log-in" << SCRIPT
#!/bin/sh
until test -w $card; do sleep 0.2; done
exec $LAB_BIN/compositor infinity 3<> $card
SCRIPT
cat > "$LAB_BIN/display-manager" << SCRIPT
#!/bin/sh
systemd-run --quiet --collect --unit=lab-login --property=PAMName=login --property=User=lab \
    --property=StandardInput=tty --property=TTYPath=/dev/tty7 $LAB_BIN/log-in
exec sleep infinity
SCRIPT
chmod +x "$LAB_BIN"/*
cat > /run/systemd/system/lab-dm.service << UNIT
[Service]
ExecStart=$LAB_BIN/display-manager
UNIT
ln -s lab-dm.service /run/systemd/system/display-manager.service
at_end "systemctl --quiet stop lab-dm.service; loginctl terminate-user lab || true
    rm -rf /run/systemd/user/lab-sound.service /run/systemd/user/default.target.wants/lab-sound.service
    rm -f /run/systemd/system/lab-dm.service /run/systemd/system/display-manager.service; systemctl daemon-reload
    wait_for 30 'the user to be gone' user_is_gone; userdel --remove lab 2> /dev/null || true"
user_is_gone() { ! pgrep --uid lab > /dev/null && ! systemctl --quiet is-active "user@$user.service"; }
systemctl daemon-reload

has_open() { lsof_of "$1" | grep -q "$2"; }
lsof_of() { pgrep --exact "$1" | while read -r pid; do readlink "/proc/$pid/fd/3"; done; }
desktop_is_up() { has_open compositor /dev/dri && has_open sound /dev/snd; }

systemctl start lab-dm.service
wait_for 30 "the desktop" desktop_is_up
# As sshd has it: a session without a seat.
systemd-run --quiet --collect --unit=lab-network --property=PAMName=login --property=User=lab "$LAB_BIN/shell" infinity
wait_for 10 "a session over the network" pgrep --exact shell
shell=$(pgrep --exact shell)

define_guest t1 "$GPU" "$AUDIO"
refused "in use by compositor" virsh start t1
settings "holders = stop"
refused "stop_sessions = yes" virsh start t1
desktop_is_up || fail "a refused start ended the desktop"

settings "holders = stop" "stop_sessions = yes"
for _ in $(seq "$(rounds 2 10)"); do
    start t1
    expect_card_lent
    ! systemctl --quiet is-active lab-dm.service || fail "the display manager runs beside the VM"
    ! pgrep --exact compositor || fail "the compositor runs beside the VM"
    ! pgrep --exact sound || fail "the sound server runs beside the VM"
    [[ $(pgrep --exact shell) == "$shell" ]] || fail "the session over the network was ended"

    turn_off t1
    expect_card_home
    systemctl --quiet is-active lab-dm.service || fail "the display manager was not started again"
    wait_for 30 "the desktop after the loan" desktop_is_up
done
expect_no_loan
