/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is this host ready to lend? A table of checks over what is known, in the order in which things have to be right. */
#include "lendpci/decide/doctor_checks.h"

#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/know/host/readiness.h"
#include "lendpci/know/leftovers/leftovers.h"
#include "lendpci/know/pci/inventory.h"

#define GRUB "in /etc/default/grub, then update-grub or grub2-mkconfig, and boot"

const char *lend_check_level_name(enum lend_check_level level)
{
	static const char *const names[] = {
		[LEND_CHECK_OK] = "ok", [LEND_CHECK_WARN] = "warn", [LEND_CHECK_FAIL] = "fail"
	};

	return names[level];
}

static void check_iommu(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_readiness *host = facts->host;

	if (host->has_iommu) {
		TELL(ret->text, "the IOMMU is on");
		return;
	}
	ret->level = LEND_CHECK_FAIL;
	TELL(ret->text, "the IOMMU is off: no device can be lent");
	if (*host->switched_off)
		TELL(ret->hint, "take %s off the kernel's command line, " GRUB, host->switched_off);
	else if (!host->firmware_has_one)
		TELL(ret->hint, "switch it on in the firmware's setup, where it is called %s",
		     host->cpu == LEND_CPU_INTEL ? "VT-d"
		     : host->cpu == LEND_CPU_AMD ? "IOMMU or AMD-Vi"
						 : "VT-d, AMD-Vi or IOMMU");
	else if (host->cpu == LEND_CPU_INTEL)
		TELL(ret->hint, "put intel_iommu=on on the kernel's command line: GRUB_CMDLINE_LINUX " GRUB);
	else
		TELL(ret->hint,
		     "AMD's is on by itself where firmware lets it: look for AMD-Vi in 'dmesg', and in the firmware's setup");
}

static void check_interrupts(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (facts->host->remaps_interrupts) {
		TELL(ret->text, "interrupts are remapped");
		return;
	}
	if (facts->host->has_iommu && facts->host->unsafe_interrupts) {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text,
		     "interrupts are not remapped, and allow_unsafe_interrupts lets the kernel lend all the same: a VM that is not trusted could forge them");
		TELL(ret->hint, "lend to VMs that you trust only, or look for a firmware update");
		return;
	}
	/* Without an IOMMU there is nothing to remap with, and one failure is enough. */
	ret->level = facts->host->has_iommu ? LEND_CHECK_FAIL : LEND_CHECK_WARN;
	TELL(ret->text, "interrupts are not remapped: the kernel refuses to lend, since a VM could forge them");
	TELL(ret->hint,
	     "take intremap=off or nointremap off the kernel's command line, and look for a firmware update");
}

static void check_vfio(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (facts->host->has_vfio) {
		TELL(ret->text, "the running kernel has vfio-pci");
		return;
	}
	ret->level = LEND_CHECK_FAIL;
	TELL(ret->text, "the running kernel has no vfio-pci module");
	TELL(ret->hint, "after an update of the kernel's package boot into the new one; else install one with it");
}

static void check_hook(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	static const char *const problems[] = {
		[LEND_HOOK_MISSING] = "is not there: VMs start with nobody looking after their devices",
		[LEND_HOOK_NO_FILE] = "is no regular file: AppArmor lets libvirt run a real file only",
		[LEND_HOOK_NOT_EXECUTABLE] = "is not executable: libvirt passes it over in silence",
	};

	if (facts->host->hook == LEND_HOOK_IN_PLACE) {
		TELL(ret->text, "/" LEND_HOOK_PATH " is in place");
		return;
	}
	ret->level = LEND_CHECK_FAIL;
	TELL(ret->text, "/" LEND_HOOK_PATH " %s", problems[facts->host->hook]);
	if (facts->host->hook == LEND_HOOK_NOT_EXECUTABLE)
		TELL(ret->hint, "chmod 755 /" LEND_HOOK_PATH);
	else
		TELL(ret->hint, "install lendpci again: ./install.sh puts it there and reloads libvirt");
}

/* libvirt runs only hooks that were there when it started or was last reloaded, and says nothing about others. */
static void check_hook_seen(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_readiness *host = facts->host;
	const char *daemon = *host->daemon ? host->daemon : "libvirt";

	if (facts->hook_runs == LEND_ANSWER_YES) {
		TELL(ret->text, "%s runs the hook: proven by a start that could not be", daemon);
	} else if (facts->hook_runs == LEND_ANSWER_NO) {
		ret->level = LEND_CHECK_FAIL;
		TELL(ret->text, "%s does not run the hook, and starts VMs without it", daemon);
		TELL(ret->hint, "systemctl restart %s; running VMs are not touched", daemon);
	} else if (!*host->daemon) {
		TELL(ret->text, "neither libvirtd nor virtqemud runs: it will see the hook when it starts");
	} else if (host->hook_changed > host->daemon_started) {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text, "the hook is newer than the start of %s, which sees it only if it was reloaded since",
		     daemon);
		TELL(ret->hint, "systemctl reload %s; running VMs are not touched", daemon);
	} else {
		TELL(ret->text, "%s started after the hook was there", daemon);
	}
}

static void check_hook_denied(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (facts->denied == LEND_ANSWER_NO) {
		TELL(ret->text, "neither AppArmor nor SELinux kept the hook from anything since boot");
		return;
	}
	if (facts->denied == LEND_ANSWER_UNKNOWN) {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text, "not checked for AppArmor or SELinux denials: the system's journal cannot be read");
		return;
	}
	ret->level = LEND_CHECK_FAIL;
	TELL(ret->text, "the hook was denied something since boot: %s", facts->denial);
	TELL(ret->hint,
	     "AppArmor: add the rule to /etc/apparmor.d/local/usr.sbin.libvirtd; SELinux: restorecon -v /" LEND_HOOK_PATH);
}

static void check_service(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (facts->host->service_runs) {
		TELL(ret->text, "lendpci.service runs");
		return;
	}
	ret->level = LEND_CHECK_WARN;
	TELL(ret->text, "lendpci.service does not run: nobody repairs edited definitions and lost loans");
	TELL(ret->hint, "systemctl enable --now lendpci.service; 'journalctl -u lendpci' tells why it ended");
}

static void check_sleep(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (facts->host->service_runs) {
		TELL(ret->text, "lendpci.service keeps the host from sleeping while a device is lent");
		return;
	}
	ret->level = LEND_CHECK_WARN;
	TELL(ret->text,
	     "without lendpci.service the host may sleep while a device is lent, which its VM may not survive");
	TELL(ret->hint, "systemctl enable --now lendpci.service");
}

static bool is_set(const char *scope)
{
	return *scope && strcmp(scope, "none") != 0;
}

/* Who turns VMs off when the host goes down, and who acts first. */
static void check_host_shutdown(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	const struct lend_readiness *host = facts->host;

	if (host->turns_off && host->guests_enabled) {
		TELL(ret->text,
		     "at the host's shutdown lendpci-turn-off acts first, then libvirt-guests with what is left (ON_SHUTDOWN=%s)",
		     host->guests_action);
	} else if (host->turns_off) {
		TELL(ret->text, "at the host's shutdown lendpci-turn-off acts first, then libvirt itself");
	} else if (host->guests_enabled && strcmp(host->guests_action, "shutdown") == 0) {
		TELL(ret->text, "at the host's shutdown libvirt-guests acts first and shuts VMs down");
	} else if (host->guests_enabled) {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text,
		     "at the host's shutdown libvirt-guests acts first and tries to save VMs (ON_SHUTDOWN=%s), which fails with devices",
		     host->guests_action);
		TELL(ret->hint,
		     "set ON_SHUTDOWN=shutdown in /etc/default/libvirt-guests or /etc/sysconfig/libvirt-guests");
	} else if (is_set(host->daemon_save)) {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text,
		     "at the host's shutdown libvirt tries to save VMs (auto_shutdown_try_save=%s), which fails with devices",
		     host->daemon_save);
		TELL(ret->hint, "set auto_shutdown_try_save = \"none\" in /etc/libvirt/qemu.conf");
	} else if (is_set(host->daemon_shutdown) || is_set(host->daemon_poweroff)) {
		TELL(ret->text, "at the host's shutdown libvirt itself turns VMs off (auto_shutdown in qemu.conf)");
	} else {
		ret->level = LEND_CHECK_WARN;
		TELL(ret->text, "at the host's shutdown nobody shuts VMs down: they are killed");
		TELL(ret->hint, "systemctl enable --now lendpci.service, which brings lendpci-turn-off.service along");
	}
}

static void check_settings(const struct lend_doctor_facts *facts, struct lend_check *ret)
{
	if (!facts->settings_problem) {
		TELL(ret->text, "the configuration in /etc/lendpci is valid");
		return;
	}
	ret->level = LEND_CHECK_FAIL;
	TELL(ret->text, "%s", facts->settings_problem);
	TELL(ret->hint, "no VM with a device starts until it is put right; lendpci(1) tells the settings");
}

static bool asks_for_proof(const struct lend_doctor_facts *facts)
{
	return facts->host->hook == LEND_HOOK_IN_PLACE;
}

static bool asks_for_denials(const struct lend_doctor_facts *facts)
{
	return facts->denied != LEND_ANSWER_NOT_ASKED;
}

static bool has_lent(const struct lend_doctor_facts *facts)
{
	return facts->lent_count > 0;
}

static bool has_sessions(const struct lend_doctor_facts *facts)
{
	return facts->session_count > 0;
}

static bool has_reserved(const struct lend_doctor_facts *facts)
{
	return facts->inventory->reserved.count || facts->reserved_problems;
}

static bool has_leftovers(const struct lend_doctor_facts *facts)
{
	return facts->leftovers && facts->leftovers->count;
}

static const struct {
	const char *name;
	void (*check)(const struct lend_doctor_facts *facts, struct lend_check *ret);
	bool (*applies)(const struct lend_doctor_facts *facts); /* NULL: always */
} checks[] = {
	{ "iommu", check_iommu, NULL },
	{ "interrupt-remapping", check_interrupts, NULL },
	{ "vfio-pci", check_vfio, NULL },
	{ "hook", check_hook, NULL },
	{ "hook-seen", check_hook_seen, asks_for_proof },
	{ "hook-denied", check_hook_denied, asks_for_denials },
	{ "service", check_service, NULL },
	{ "sleep", check_sleep, has_lent },
	{ "host-shutdown", check_host_shutdown, NULL },
	{ "saved-states", doctor_check_saved, NULL },
	{ "definitions", doctor_check_definitions, NULL },
	{ "host-display", doctor_check_display, NULL },
	{ "drivers", doctor_check_drivers, NULL },
	{ "sessions", doctor_check_sessions, has_sessions },
	{ "reserved", doctor_check_reserved, has_reserved },
	{ "leftovers", doctor_check_leftovers, has_leftovers },
	{ "loans", doctor_check_loans, NULL },
	{ "settings", check_settings, NULL },
};

_Static_assert(LEND_ARRAY_SIZE(checks) <= LEND_CHECKS_MAX, "a checkup has room for every check");

void lend_doctor_checks_evaluate(const struct lend_doctor_facts *facts, struct lend_doctor_checks *ret)
{
	*ret = (struct lend_doctor_checks){ 0 };
	for (size_t i = 0; i < LEND_ARRAY_SIZE(checks); i++) {
		struct lend_check *check = &ret->checks[ret->count];

		if (checks[i].applies && !checks[i].applies(facts))
			continue;
		*check = (struct lend_check){ .name = checks[i].name };
		checks[i].check(facts, check);
		ret->failed |= check->level == LEND_CHECK_FAIL;
		ret->count++;
	}
}
