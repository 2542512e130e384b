#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# status reads the journal, changes nothing, and tells damaged entries too.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
requires jq

machine lab
lendpci status --sysroot "$machine"
expect_status 0
expect_out "nothing is on loan"
lendpci status --sysroot "$machine" --json
expect_status 0
expect_out "[]"

loans=$machine/run/lendpci/loans
mkdir -p "$loans"
cat > "$loans/0000:01:00.0.json" << 'END'
{
  "version": 1, "function": "0000:01:00.0", "state": "unreturned", "domain": "win11",
  "uuid": "11111111-2222-3333-4444-555555555555", "since": 1700000000, "started": true,
  "vendor": 4660, "device": 4369, "why": "0000:01:00.0: bochs-drm does not take it",
  "keeper": { "pid": 500, "starttime": 5000 }, "hanging": { "pid": 0, "starttime": 0 },
  "before": {
    "driver": "bochs-drm", "driver_override": "", "module": "bochs", "power_control": "auto",
    "d3cold_allowed": "1", "reset_method": "bus", "units": ""
  }
}
END
echo '{ "version": 1' > "$loans/0000:01:00.1.json"

lendpci status --sysroot "$machine"
expect_status 0
expect_line "FUNCTION       SINCE                 STATE       HOST DRIVER       DOMAIN"
expect_line "0000:01:00.0   2023-11-14T22:13:20Z  unreturned  bochs-drm         win11"
expect_line "               0000:01:00.0: bochs-drm does not take it"
grep -q '^0000:01:00.1 .*damaged' <<< "$out" || fail "expected the damaged entry"

lendpci status --sysroot "$machine" --json
expect_status 0
expect_json '.[0] == {address: "0000:01:00.0", domain: "win11", uuid: "11111111-2222-3333-4444-555555555555",
    host_driver: "bochs-drm", state: "unreturned", since: "2023-11-14T22:13:20Z",
    why: "0000:01:00.0: bochs-drm does not take it"}'
lendpci status --sysroot "$machine" --verbose
expect_line "               then: take it from vfio-pci"
expect_line "               then: give it back to bochs-drm"
expect_line "               then: let it sleep again as before (power/control on -> auto, d3cold_allowed 0 -> 1)"
lendpci status --sysroot "$machine" --verbose --json
expect_json '.[0].steps | map(.step) == ["probe", "unbind", "power"]'
expect_json '.[1].state == "damaged" and .[1].host_driver == null'
[[ -e $loans/0000:01:00.1.json ]] || fail "expected the damaged entry to be left where it is"
