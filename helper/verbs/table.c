/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of verbs, in the order in which a newcomer needs them. */
#include "verbs/table.h"

#include "lendpci/base/cleanup.h"

/* It would move the whole table whenever a row comes. */
/* clang-format off */
static const struct lend_verb verbs[] = {
	{
		.name = "survey",
		.arguments = "[DEVICE...]",
		.summary = "say which devices can be lent, why not, and what they need",
		.description =
			"Lists what this host has, but for bridges, one line each: graphics cards first, then NVMe drives; whether it can be lent (yes; warning; not now, while something passing is in the way; no), its IOMMU group and its driver. For each device given, or with --verbose for all, says why, who uses it, how it can be reset, how much address space it needs in a guest, and its location path.",
		.options = LEND_OPTION_ALL | LEND_OPTION_FORMAT | LEND_OPTION_GPU | LEND_OPTION_HTML | LEND_OPTION_JSON |
			   LEND_OPTION_RECORD | LEND_OPTION_SVG | LEND_OPTION_SYSROOT | LEND_OPTION_TREE | LEND_OPTION_VERBOSE,
		.least = 0,
		.most = LEND_MANY,
		.run = lend_verb_survey,
	},
	{
		.name = "assign",
		.arguments = "DOMAIN DEVICE...",
		.summary = "give a domain PCI devices of this host",
		.description =
			"Writes the devices into DOMAIN's persistent definition: the assignment in its metadata, a hostdev for each function, a root port in the guest for each card, the address space that the guest's firmware needs for the card's BARs, and settings that make a shutdown release the devices. Prints each change with its reason. A graphics card's own audio and USB-C functions are included. Refuses what can never be lent; warns of what cannot be lent just now or is also assigned to another domain. Takes effect the next time DOMAIN starts.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_CONNECT | LEND_OPTION_DRY_RUN | LEND_OPTION_FORCE |
			   LEND_OPTION_MMIO | LEND_OPTION_REBAR | LEND_OPTION_ROM | LEND_OPTION_ROM_BAR |
			   LEND_OPTION_SYSROOT | LEND_OPTION_TAKE_GROUP,
		.least = 2,
		.most = LEND_MANY,
		.run = lend_verb_assign,
	},
	{
		.name = "unassign",
		.arguments = "DOMAIN [DEVICE...]",
		.summary = "remove devices from a domain's definition",
		.description =
			"Removes exactly what assign added, for the devices given or for all. With the last device, settings that assign changed get their old values. A hostdev that somebody else wrote stays as it is.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_CONNECT | LEND_OPTION_DRY_RUN | LEND_OPTION_SYSROOT,
		.least = 1,
		.most = LEND_MANY,
		.run = lend_verb_unassign,
	},
	{
		.name = "check",
		.arguments = "DOMAIN",
		.summary = "say whether a domain could start with its devices now",
		.description =
			"Makes every check that the libvirt hook makes before a start, and changes nothing: the devices are there and are the cards that were assigned, their IOMMU groups are complete, nobody has them on loan or uses them, no saved state would be restored instead, and the definition has nothing that libvirt, QEMU or the guest's firmware would stumble over. Then lists the steps that a start would take, in order, each with what it finds now and would set.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_CONNECT | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
		.least = 1,
		.most = 1,
		.run = lend_verb_check,
	},
	{
		.name = "status",
		.arguments = "",
		.summary = "show what is on loan, to whom, and since when",
		.description =
			"Lists each function on loan with its state: lent; lending or returning, while a start or stop is in progress; stuck, when the host driver does not let go; unreturned, when it could not be given back, with the reason; newer, when a newer lendpci wrote the entry, which only that one can undo. With --verbose, also shows what will be undone for each, in order. With --guest, shows where the running DOMAIN placed each BAR of its devices, and which have no address (status 1). libvirt marks a domain that was asked so as tainted (custom-monitor).",
		.options = LEND_OPTION_CONNECT | LEND_OPTION_GUEST | LEND_OPTION_JSON | LEND_OPTION_SYSROOT |
			   LEND_OPTION_VERBOSE,
		.least = 0,
		.most = 0,
		.run = lend_verb_status,
	},
	{
		.name = "attach",
		.arguments = "DOMAIN DEVICE...",
		.summary = "give devices to a running domain, until it is shut down",
		.description =
			"Makes the same checks as a start, moves the devices to vfio-pci and plugs them into the running guest. A graphics card's own audio and USB-C functions are included, and whole IOMMU groups go along. The definition stays as it is: 'lendpci assign' changes that. When libvirt cannot plug them in, they are back with the host. They come home when they are detached, or when DOMAIN is shut down. Each function needs a free root port in a q35 guest, and address space that the guest's firmware left there.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_CONNECT | LEND_OPTION_DRY_RUN | LEND_OPTION_TAKE_GROUP |
			   LEND_OPTION_TIMEOUT,
		.least = 2,
		.most = LEND_MANY,
		.run = lend_verb_attach,
	},
	{
		.name = "detach",
		.arguments = "DOMAIN DEVICE...",
		.summary = "take devices back from a running domain",
		.description =
			"Asks the guest to let the devices go, with the rest of their cards and IOMMU groups that it has, waits (60 seconds, or shutdown_deadline of lendpci.conf), and gives them back to the host. What the guest does not let go in time stays with it. Devices that are assigned to DOMAIN come back to it with its next start.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_CONNECT | LEND_OPTION_TIMEOUT,
		.least = 2,
		.most = LEND_MANY,
		.run = lend_verb_detach,
	},
	{
		.name = "log",
		.arguments = "[DOMAIN]",
		.summary = "tell what happened at a domain's last start and stop",
		.description =
			"Tells from the system journal, in order and with times, what lendpci did and said since DOMAIN was started last; without DOMAIN, of the domain that was last started or stopped. With --times, also how long each step took, to lend and to return. The status is 1 when nothing is logged.",
		.options = LEND_OPTION_JSON | LEND_OPTION_TIMES,
		.least = 0,
		.most = 1,
		.run = lend_verb_log,
	},
	{
		.name = "lend",
		.arguments = "DEVICE...",
		.summary = "move devices to vfio-pci by hand, without a domain",
		.description =
			"Does what the hook does before a start: moves the devices, with every function that their IOMMU groups require, from their host drivers to vfio-pci. They stay there until they are returned by hand, even when domains with them start and stop meanwhile.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_DRY_RUN | LEND_OPTION_JSON | LEND_OPTION_TAKE_GROUP,
		.least = 1,
		.most = LEND_MANY,
		.run = lend_verb_lend,
	},
	{
		.name = "return",
		.arguments = "DEVICE...",
		.summary = "give devices back to the host by hand",
		.description =
			"Gives devices back to the drivers that had them, together with the functions that were lent with them. Also finishes a return that failed. Refuses while a domain uses the device.",
		.options = LEND_OPTION_QUIET,
		.least = 1,
		.most = LEND_MANY,
		.run = lend_verb_return,
	},
	{
		.name = "reconcile",
		.arguments = "",
		.summary = "bring devices home whose VM is gone",
		.description =
			"Brings devices home whose VM is gone. Works without libvirt, and is safe at any time: a domain keeps its devices until libvirt, which resets them, has noticed that it ended.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_JSON,
		.least = 0,
		.most = 0,
		.run = lend_verb_reconcile,
	},
	{
		.name = "turn-off",
		.arguments = "[DOMAIN...]",
		.summary = "turn domains off and check that their devices come home",
		.description =
			"Asks the guests of all the domains at once to shut down (ACPI), waits (60 seconds, or shutdown_deadline of lendpci.conf), powers off those that still run, and checks that everything on loan is back with its host driver. The status is 1 when something is not.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_ALL | LEND_OPTION_CONNECT | LEND_OPTION_TIMEOUT,
		.least = 0,
		.most = LEND_MANY,
		.run = lend_verb_turn_off,
	},
	{
		.name = "watch",
		.arguments = "",
		.summary = "keep definitions as assigned; run by lendpci.service",
		.description =
			"Runs until it is stopped and listens to libvirt. When a domain with an assignment was edited, or the host's PCI bus numbers have changed, its definition is repaired; when a domain ends, and when the service starts, devices that were left on loan are returned. Domains without an assignment are never changed, and removing the assignment from the metadata ends it.",
		.options = LEND_OPTION_CONNECT,
		.least = 0,
		.most = 0,
		.run = lend_verb_watch,
	},
	{
		.name = "doctor",
		.arguments = "",
		.summary =
			"check whether this host is ready to lend, and say what to do if not",
		.description =
			"Checks the host, one line each with ok, warn or fail: the IOMMU and interrupt remapping, vfio-pci, the hook and whether libvirt really runs it, lendpci.service, what happens to VMs at the host's shutdown, saved states, definitions, the only display, drivers that are known to hang, loans that need attention, and the configuration. The status is 1 when a check fails.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
		.least = 0,
		.most = 0,
		.run = lend_verb_doctor,
	},
	{
		.name = "reserve",
		.arguments = "[DEVICE...]",
		.summary = "keep the host's drivers off devices from the next boot on",
		.description =
			"From the next boot on no host driver gets the devices, also for a moment: a VM that is started with the host finds them free. Known by where they are plugged in and by what they are: another card in the same place is the host's. A graphics card's own audio and USB-C functions are included. Drivers in the initramfs are kept off too, where update-initramfs or dracut makes it; drivers that are built into the kernel are not. Without a DEVICE, shows what is reserved.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
		.least = 0,
		.most = LEND_MANY,
		.run = lend_verb_reserve,
	},
	{
		.name = "unreserve",
		.arguments = "DEVICE...",
		.summary = "let the host have reserved devices again, from the next boot on",
		.description =
			"Ends what reserve began, for the devices given; a card that is not there any more is named by its location path.",
		.options = LEND_OPTION_QUIET,
		.least = 1,
		.most = LEND_MANY,
		.run = lend_verb_unreserve,
	},
	{
		.name = "vfs",
		.arguments = "[DEVICE COUNT]",
		.summary = "give a device virtual functions, now and at each boot",
		.description =
			"Has DEVICE's driver make COUNT virtual functions (SR-IOV), now and at each boot before VMs start; 0 takes them away for good. Each is a device of its own, to be assigned like any other, while DEVICE stays the host's. Another COUNT is refused while one of those that are there is on loan or in use. Without arguments, shows what is made at each boot; with --all, as the host's boot does, makes it.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_ALL | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
		.least = 0,
		.most = 2,
		.run = lend_verb_vfs,
	},
	{
		.name = "rom",
		.arguments = "DEVICE FILE",
		.summary = "read a device's option ROM into a file, or check such a file",
		.description =
			"Reads the option ROM out of DEVICE into FILE, unless FILE is there already; then checks FILE: its signature, the checksum of a legacy BIOS image, which devices it is for, whether BIOS or UEFI firmware runs it, and whether it is whole. A ROM read while its card shows the host's screen is mostly the copy that the host's BIOS keeps (shadowed) and is told as such. Nothing is read while the device is on loan. The status is 1 when no guest's firmware would run FILE. Give it to a guest with 'lendpci assign --rom FILE'.",
		.options = LEND_OPTION_QUIET | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
		.least = 2,
		.most = 2,
		.run = lend_verb_rom,
	},
	{
		.name = "inject",
		.arguments = "DEVICE...",
		.summary = "filter: a domain's XML in, the same with the devices added out",
		.description =
			"Reads a domain's XML from standard input and writes it, with the devices assigned, to standard output. Works without libvirt.",
		.options = LEND_OPTION_FORCE | LEND_OPTION_MMIO | LEND_OPTION_REBAR | LEND_OPTION_ROM |
			   LEND_OPTION_ROM_BAR | LEND_OPTION_SYSROOT | LEND_OPTION_TAKE_GROUP,
		.least = 1,
		.most = LEND_MANY,
		.run = lend_verb_inject,
	},
	{
		.name = "run",
		.arguments = "-- QEMU...",
		.summary = "run QEMU without libvirt, with devices on loan",
		.description =
			"Lends each --device, and what goes along with it, as a domain's start does; runs the command QEMU behind '--' with the devices added to it, each card in a root port where the machine is q35, and with the address space that the guest's firmware needs for them; and returns the devices when it ends. Signals are passed on to QEMU, and its exit status back. If this process is killed, lendpci.service brings the devices home once QEMU is gone. With --dry-run, makes the checks and prints the command.",
		.options = LEND_OPTION_DEVICE | LEND_OPTION_DRY_RUN | LEND_OPTION_SYSROOT | LEND_OPTION_TAKE_GROUP,
		.least = 1,
		.most = LEND_MANY,
		.run = lend_verb_run,
	},
	{
		.name = "metrics",
		.arguments = "",
		.summary = "print what Prometheus collects: loans, refusals, durations",
		.description =
			"Prints, in Prometheus' text format, the functions on loan by state and those that should be home and are not; and, from the system journal since the host was booted, how many loans were made and came home, how many starts were refused and why, and how long the steps took. lendpci-metrics.timer writes it into the folder of node_exporter's textfile collector.",
		.options = LEND_OPTION_SYSROOT,
		.least = 0,
		.most = 0,
		.run = lend_verb_metrics,
	},
	{
		.name = "help",
		.arguments = "[COMMAND]",
		.summary = "explain a command, or list them all",
		.description = "Shows what COMMAND does and its options, as its --help does.",
		.options = 0,
		.least = 0,
		.most = 1,
		.run = lend_verb_help,
	},
};
/* clang-format on */

const struct lend_verbs lend_all_verbs = { verbs, LEND_ARRAY_SIZE(verbs) };
