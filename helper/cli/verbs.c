/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of verbs and options. Verbs in the order in which a newcomer needs them. */
#include "cli/verb.h"

#include "lendpci/base/cleanup.h"

const struct lend_option lend_options[] = {
	{ "all", NULL, "every running domain that has a device of this host", LEND_OPTION_ALL,
	  offsetof(struct lend_call, all) },
	{ "connect", "URI", "talk to the libvirt at URI, as virsh does", LEND_OPTION_CONNECT,
	  offsetof(struct lend_call, connect) },
	{ "dry-run", NULL, "show what would change, as a diff, and change nothing", LEND_OPTION_DRY_RUN,
	  offsetof(struct lend_call, dry_run) },
	{ "force", NULL, "take a --mmio size that is too small, or another place for Intel graphics", LEND_OPTION_FORCE,
	  offsetof(struct lend_call, force) },
	{ "guest", "DOMAIN", "ask where the running DOMAIN has the memory of its devices", LEND_OPTION_GUEST,
	  offsetof(struct lend_call, guest) },
	{ "json", NULL, "print one JSON document", LEND_OPTION_JSON, offsetof(struct lend_call, json) },
	{ "mmio-high", "SIZE", "make the guest's window above 4 GiB that large, 64G, instead of computing it",
	  LEND_OPTION_MMIO, offsetof(struct lend_call, mmio_high) },
	{ "mmio-low", "SIZE", "count so much below 4 GiB, 512M, instead of computing it", LEND_OPTION_MMIO,
	  offsetof(struct lend_call, mmio_low) },
	{ "record", "DIR", "record this machine in DIR, for --sysroot and bug reports", LEND_OPTION_RECORD,
	  offsetof(struct lend_call, record) },
	{ "sysroot", "DIR", "look at the machine recorded in DIR instead of this one", LEND_OPTION_SYSROOT,
	  offsetof(struct lend_call, sysroot) },
	{ "take-group", NULL, "also take the devices of other slots that share an IOMMU group", LEND_OPTION_TAKE_GROUP,
	  offsetof(struct lend_call, take_group) },
	{ "timeout", "S", "wait at most S seconds for the guests", LEND_OPTION_TIMEOUT,
	  offsetof(struct lend_call, timeout) },
	{ "tree", NULL, "draw where everything is plugged, with its IOMMU group", LEND_OPTION_TREE,
	  offsetof(struct lend_call, tree) },
	{ "verbose", NULL, "tell more of each device", LEND_OPTION_VERBOSE, offsetof(struct lend_call, verbose) },
	{ "help", NULL, "show this help", 0, offsetof(struct lend_call, help) },
	{ "version", NULL, "show the version", 0, offsetof(struct lend_call, version) },
};
const size_t lend_option_count = LEND_ARRAY_SIZE(lend_options);

const struct lend_verb
	lend_verbs[] = {
		{
			.name = "survey",
			.arguments = "[DEVICE...]",
			.summary = "tell which devices can be lent, why not, and what they need",
			.description =
				"Judges the given devices, or every one that is no bridge: whether it can be lent with all reasons, its IOMMU group, its driver and who uses it, how it can be reset, how much address space it needs in a guest, and its location path.",
			.options = LEND_OPTION_JSON | LEND_OPTION_RECORD | LEND_OPTION_SYSROOT | LEND_OPTION_TREE |
				   LEND_OPTION_VERBOSE,
			.least = 0,
			.most = LEND_MANY,
			.run = lend_verb_survey,
		},
		{
			.name = "assign",
			.arguments = "DOMAIN DEVICE...",
			.summary = "give a domain PCI devices of this host",
			.description =
				"Writes the devices into DOMAIN's persistent definition: a policy in its metadata, a hostdev for each function, the guest's root port for each card, what the guest's firmware needs to find room for the card's memory, and what keeps a full stop a full stop, each with its reason. A graphics card brings its own audio and USB-C functions along. Refuses what can never be lent; what cannot be lent just now, or is assigned to another domain too, is a warning. It takes effect at the domain's next start.",
			.options = LEND_OPTION_CONNECT | LEND_OPTION_DRY_RUN | LEND_OPTION_FORCE | LEND_OPTION_MMIO |
				   LEND_OPTION_SYSROOT | LEND_OPTION_TAKE_GROUP,
			.least = 2,
			.most = LEND_MANY,
			.run = lend_verb_assign,
		},
		{
			.name = "unassign",
			.arguments = "DOMAIN [DEVICE...]",
			.summary = "take them out of the domain's definition again",
			.description =
				"Takes out exactly what assign put in, for the given devices or for all, and with the last device puts back what assign changed. A hostdev that was written by hand stays.",
			.options = LEND_OPTION_CONNECT | LEND_OPTION_DRY_RUN | LEND_OPTION_SYSROOT,
			.least = 1,
			.most = LEND_MANY,
			.run = lend_verb_unassign,
		},
		{
			.name = "check",
			.arguments = "DOMAIN",
			.summary = "tell whether a domain could start with its devices now",
			.description =
				"Checks all that the libvirt hook checks before a start, and changes nothing: the devices are there and are the cards that were assigned, their IOMMU groups are whole, nobody has them on loan, nobody uses them, no saved state is in the way, and the definition has nothing that libvirt, QEMU or the guest's firmware would stumble over.",
			.options = LEND_OPTION_CONNECT | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
			.least = 1,
			.most = 1,
			.run = lend_verb_check,
		},
		{
			.name = "status",
			.arguments = "",
			.summary = "tell what is on loan, to whom, since when",
			.description =
				"Lists each function on loan with its state: lent; lending or returning, while somebody is at work on it; stuck, when the host driver does not let go; unreturned, when it could not come home, with the reason. With --guest, tells where DOMAIN has each BAR of its devices, and which found no place (status 1); libvirt marks it as tainted (custom-monitor) for that.",
			.options = LEND_OPTION_CONNECT | LEND_OPTION_GUEST | LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
			.least = 0,
			.most = 0,
			.run = lend_verb_status,
		},
		{
			.name = "lend",
			.arguments = "DEVICE...",
			.summary = "move devices to vfio-pci by hand, without a domain",
			.description =
				"Does what the hook does before a start: the devices, and what their IOMMU groups force to go along, move from their host drivers to vfio-pci. They stay there, also while domains start and stop with them, until they are returned by hand.",
			.options = LEND_OPTION_DRY_RUN | LEND_OPTION_TAKE_GROUP,
			.least = 1,
			.most = LEND_MANY,
			.run = lend_verb_lend,
		},
		{
			.name = "return",
			.arguments = "DEVICE...",
			.summary = "bring devices home by hand",
			.description =
				"Brings devices back to the drivers that had them, with what went along with them. Also repairs a loan that could not come home by itself. Refuses while a domain uses the device.",
			.options = 0,
			.least = 1,
			.most = LEND_MANY,
			.run = lend_verb_return,
		},
		{
			.name = "reconcile",
			.arguments = "",
			.summary = "bring home what is on loan to a domain that is gone",
			.description =
				"Asks nobody, so it works when libvirt does not, and is safe at any moment: a domain keeps its devices until libvirt, which resets them, has seen its end.",
			.options = LEND_OPTION_JSON,
			.least = 0,
			.most = 0,
			.run = lend_verb_reconcile,
		},
		{
			.name = "turn-off",
			.arguments = "[DOMAIN...]",
			.summary = "turn domains off and see their devices home",
			.description =
				"Presses the power buttons of all the domains at once, waits (60 seconds, or shutdown_deadline of lendpci.conf), pulls the plug of those that still run, and checks that everything that was on loan is back with its host driver. The status is 1 when something is not.",
			.options = LEND_OPTION_ALL | LEND_OPTION_CONNECT | LEND_OPTION_TIMEOUT,
			.least = 0,
			.most = LEND_MANY,
			.run = lend_verb_turn_off,
		},
		{
			.name = "watch",
			.arguments = "",
			.summary = "keep what was assigned: what lendpci.service runs",
			.description =
				"Stays and listens to libvirt. When somebody edits a domain with a policy, or the host has numbered its PCI buses anew, its definition is brought back in line with the policy; when a domain ends, and at the start, devices that were left on loan come home. Domains without a policy are never touched, and removing the policy ends it.",
			.options = LEND_OPTION_CONNECT,
			.least = 0,
			.most = 0,
			.run = lend_verb_watch,
		},
		{
			.name = "doctor",
			.arguments = "",
			.summary = "tell whether this host is ready to lend, and what to do if not",
			.description =
				"Checks the host, one line each with ok, warn or fail: the IOMMU and interrupt remapping, vfio-pci, the hook and whether libvirt really runs it, lendpci.service, what happens to VMs at the host's shutdown, saved states, definitions, the only display, drivers that are known to hang, loans that need attention, and the configuration. The status is 1 when a check fails.",
			.options = LEND_OPTION_JSON | LEND_OPTION_SYSROOT,
			.least = 0,
			.most = 0,
			.run = lend_verb_doctor,
		},
		{
			.name = "inject",
			.arguments = "DEVICE...",
			.summary = "filter: a domain's XML in, the same with the devices out",
			.description =
				"Reads a domain's XML from standard input and writes it, with the devices assigned, to standard output. Needs no libvirt.",
			.options = LEND_OPTION_FORCE | LEND_OPTION_MMIO | LEND_OPTION_SYSROOT | LEND_OPTION_TAKE_GROUP,
			.least = 1,
			.most = LEND_MANY,
			.run = lend_verb_inject,
		},
	};
const size_t lend_verb_count = LEND_ARRAY_SIZE(lend_verbs);
