/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct lend_error;
struct lend_fs;

/** Where libvirt looks for the hook: a real file there, whatever the prefix. */
#define LEND_HOOK_PATH "etc/libvirt/hooks/qemu.d/lendpci"

/** Whose IOMMU the host has, which decides what to put on the kernel's command line. */
enum lend_cpu { LEND_CPU_OTHER, LEND_CPU_INTEL, LEND_CPU_AMD };

enum lend_hook_file {
	LEND_HOOK_MISSING,
	LEND_HOOK_NO_FILE, /* a symbolic link, which AppArmor resolves to where libvirt may run nothing; or a folder */
	LEND_HOOK_NOT_EXECUTABLE,
	LEND_HOOK_IN_PLACE,
};

/**
 * What it depends on, beside the PCI functions, whether a host can lend: its kernel, the hook, the daemon, and who does
 * what to the VMs when the host goes down.
 */
struct lend_readiness {
	enum lend_cpu cpu;
	bool has_iommu;         /* the kernel has IOMMU groups */
	bool firmware_has_one;  /* ACPI describes an IOMMU: DMAR or IVRS */
	char switched_off[32];  /* the word of the kernel's command line that keeps it off, "" for none */
	bool remaps_interrupts; /* seen in /proc/interrupts */
	bool unsafe_interrupts; /* vfio_iommu_type1 lends without that, as its administrator told it to */
	bool has_vfio;          /* vfio-pci is loaded, built in, or a module of the running kernel */

	enum lend_hook_file hook;
	int64_t hook_changed;   /* seconds since the epoch: when the file came to be what it is, 0 without one */
	char daemon[16];        /* "libvirtd" or "virtqemud", "" when neither runs */
	int64_t daemon_started; /* seconds since the epoch */

	bool service_runs;        /* lendpci watch */
	bool turns_off;           /* lendpci-turn-off.service is enabled */
	bool guests_enabled;      /* libvirt-guests.service is enabled */
	char guests_action[16];   /* its ON_SHUTDOWN: "suspend" or "shutdown" */
	char daemon_save[16];     /* qemu.conf's auto_shutdown_try_save, "" when it is not set; libvirt 11.2 */
	char daemon_shutdown[16]; /* auto_shutdown_try_shutdown */
	char daemon_poweroff[16]; /* auto_shutdown_poweroff */
};

/**
 * Reads it. What is missing or cannot be read is false, 0 or "": the judging is for lend_doctor_checks_evaluate().
 *
 * Source: /proc/cpuinfo, /proc/cmdline, /proc/interrupts (remapped ones are named IR-…), /sys/firmware/acpi/tables,
 * modules.dep(5); libvirt-guests(8), its script, and /etc/libvirt/qemu.conf.
 */
void lend_readiness_read(const struct lend_fs *fs, struct lend_readiness *ret);
