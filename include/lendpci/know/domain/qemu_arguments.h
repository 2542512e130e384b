/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lendpci/know/pci/address.h"

struct lend_error;
struct _xmlNode;

/** A host function that an argument of the domain's own gives to QEMU, past libvirt. */
struct lend_vfio_argument {
	struct lend_address address;
	char option[16]; /* "device", "set", "global", "drive" or "blockdev"; "" for a property of <qemu:override> */
	char text[200];  /* the option's value, cut to fit a message */
};

/** One X-PciMmio64Mb: `-fw_cfg name=opt/ovmf/X-PciMmio64Mb,string=65536` in any spelling. */
struct lend_window_argument {
	const struct _xmlNode *value; /* borrowed: the <qemu:arg> behind -fw_cfg */
	uint64_t bytes;               /* 0 unless @is_number */
	bool is_number;               /* OVMF takes it: decimal, at most 2^24 MiB */
	char content[64];             /* of string=, cut */
	char file[256];               /* of file=; "" without one */
};

/** What <qemu:commandline> says that bears on lent devices. */
struct lend_qemu_arguments {
	struct lend_vfio_argument *vfio;
	size_t vfio_count;
	struct lend_window_argument *windows;
	size_t window_count;
	bool has_hole;    /* -global …-pcihost.pci-hole64-size=… */
	uint64_t hole;    /* bytes */
	char config[256]; /* of -readconfig, a file that nobody but QEMU reads; "" without one */
};
void lend_qemu_arguments_clear(struct lend_qemu_arguments *arguments);

/**
 * Reads the arguments that @domain hands to QEMU as they are, as QEMU does: one or two dashes, words in any order, the
 * first without its name, the last of several of one name, ",," for a comma, JSON. What is not understood is passed
 * over: QEMU will say it. A function is given by vfio-pci, its host= or sysfsdev= set by -set, -global or
 * <qemu:override>, and by QEMU's own driver for NVMe. Only -ENOMEM.
 *
 * Source: libvirt's docs/drvqemu.rst; QEMU's qemu-options.hx, util/qemu-option.c, hw/core/qdev-properties-system.c
 * (host=), hw/vfio/pci.c (sysfsdev=); OVMF's QemuFwCfgSimpleParserLib.
 */
int lend_qemu_arguments_read(const struct _xmlNode *domain, struct lend_qemu_arguments *ret, struct lend_error *error);

/** What OVMF makes of the value @content of X-PciMmio64Mb, in bytes. False when it ignores it. */
bool lend_window_content_parse(const char *content, uint64_t *ret);
