/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lendpci/know/host/address_width.h"

#include <stdio.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"

#define IOMMUS "sys/class/iommu"

/* A server with 512 CPUs prints 800 KiB. */
enum { CPUINFO_MAX = 8 * 1024 * 1024 };

/* What stands behind "NAME<tab>: " in @line, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	const size_t length = strlen(name);
	const char *colon;

	if (strncmp(line, name, length) != 0)
		return NULL;
	colon = line + length + strspn(line + length, "\t ");
	return strncmp(colon, ": ", 2) == 0 ? colon + 2 : NULL;
}

/* The first CPU speaks for all. */
static void read_cpu(const struct lend_fs *fs, struct lend_address_width *ret)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (lend_fs_read_all(fs, "proc/cpuinfo", CPUINFO_MAX, &text, NULL, NULL) < 0)
		return;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *value;
		unsigned bits;

		if ((value = value_of(line, "vendor_id")))
			ret->vendor = strcmp(value, "GenuineIntel") == 0   ? LEND_VENDOR_INTEL
				      : strcmp(value, "AuthenticAMD") == 0 ? LEND_VENDOR_AMD
									   : LEND_VENDOR_UNKNOWN;
		else if ((value = value_of(line, "flags")))
			ret->gib_pages = lend_text_has_word(value, "pdpe1gb");
		else if ((value = value_of(line, "address sizes")) && sscanf(value, "%2u bits physical", &bits) == 1) {
			if (bits >= 32 && bits <= 52)
				ret->cpu_bits = bits;
			return;
		}
	}
}

/* A register of VT-d, in hexadecimal without a prefix. */
static bool read_register(const struct lend_fs *fs, const char *name, const char *which, uint64_t *ret)
{
	char path[128], text[32];

	(void)snprintf(path, sizeof(path), IOMMUS "/%.64s/intel-iommu/%s", name, which);
	return lend_fs_read(fs, path, text, sizeof(text), NULL) == 0 && lend_text_to_u64(text, 16, ret) == 0;
}

static void read_iommu(const struct lend_fs *fs, const char *name, struct lend_address_width *ret)
{
	uint64_t value;

	if (read_register(fs, name, "cap", &value)) {
		const unsigned bits = (unsigned)(value >> 16 & 0x3f) + 1;

		if (!ret->iommu_bits || bits < ret->iommu_bits)
			ret->iommu_bits = bits;
	}
	if (read_register(fs, name, "ecap", &value)) {
		const bool snoops = value >> 7 & 1;

		ret->enforces_snoop = snoops && (!ret->snoop_known || ret->enforces_snoop);
		ret->snoop_known = true;
	}
}

void lend_address_width_read(const struct lend_fs *fs, struct lend_address_width *ret)
{
	_cleanup_(lend_fs_names_freep) char **names = NULL;

	*ret = (struct lend_address_width){ 0 };
	read_cpu(fs, ret);
	if (lend_fs_list(fs, IOMMUS, &names, NULL, NULL) < 0)
		return;
	for (char **name = names; *name; name++)
		read_iommu(fs, *name, ret);
}
