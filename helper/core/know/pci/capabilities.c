/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A function's capabilities, from its configuration space.
 *
 * The bytes come from hardware that may be broken: both lists are walked with a bound on the number of steps, and no
 * read goes behind the last byte.
 *
 * Each 4 bytes of sysfs' `config` are an access to the hardware, which in a VM leaves the guest: all of them take 11 to
 * 16 ms there. So only those that are asked for are read, and each once.
 */
#include "lendpci/know/pci/capabilities.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/trace.h"
#include "lendpci/know/pci/function.h"
#include "lendpci/know/pci/serial.h"

/* More steps than a list without a loop can have: 4 bytes for each capability at the least. */
enum { LIST_MAX = (PCI_CFG_SPACE_SIZE - PCI_STD_HEADER_SIZEOF) / 4 };
enum { EXTENDED_LIST_MAX = (PCI_CFG_SPACE_EXP_SIZE - PCI_CFG_SPACE_SIZE) / 8 };

/* Where the Device Serial Number's halves are: <linux/pci_regs.h> has no names for them. */
enum { DSN_LOW = 4, DSN_HIGH = 8 };

/* What is read at a time: most capabilities fit into it. */
enum { LINE = 16 };

struct config {
	uint8_t bytes[PCI_CFG_SPACE_EXP_SIZE];
	size_t size;
	int fd; /* where the lines that are not here yet come from; -1: all are here */
	const char *path;
	bool is_here[PCI_CFG_SPACE_EXP_SIZE / LINE];
};

/* As much as there is from @at on goes into its place. Returns the number of bytes; none is no failure. */
static size_t fetch(struct config *config, size_t at, size_t size)
{
	ssize_t n;

	do {
		n = pread(config->fd, config->bytes + at, size, (off_t)at);
	} while (n < 0 && errno == EINTR);
	lend_trace("read /%s: %zd bytes at 0x%zx", config->path, n, at);
	return n < 0 ? 0 : (size_t)n;
}

/* Little-endian reads; what is not there reads as 0. */
static uint32_t get(struct config *config, size_t at, size_t width)
{
	uint32_t value = 0;

	if (at + width > config->size)
		return 0;
	for (size_t line = at / LINE; config->fd >= 0 && line <= (at + width - 1) / LINE; line++) {
		if (!config->is_here[line])
			(void)fetch(config, line * LINE, LINE);
		config->is_here[line] = true;
	}
	for (size_t i = 0; i < width; i++)
		value |= (uint32_t)config->bytes[at + i] << (8 * i);
	return value;
}

/* The kernel gives out the header alone without root, and a conventional device has no more than 256 bytes. */
static void grow(struct config *config, size_t size)
{
	if (config->fd >= 0 && fetch(config, size - 4, 4) == 4)
		config->size = size;
}

static enum lend_pci_kind kind_of(uint32_t express_flags)
{
	switch ((express_flags & PCI_EXP_FLAGS_TYPE) >> 4) {
	case PCI_EXP_TYPE_ENDPOINT:
		return LEND_KIND_ENDPOINT;
	case PCI_EXP_TYPE_LEG_END:
		return LEND_KIND_LEGACY_ENDPOINT;
	case PCI_EXP_TYPE_RC_END:
		return LEND_KIND_INTEGRATED_ENDPOINT;
	case PCI_EXP_TYPE_ROOT_PORT:
		return LEND_KIND_ROOT_PORT;
	case PCI_EXP_TYPE_UPSTREAM:
		return LEND_KIND_UPSTREAM_PORT;
	case PCI_EXP_TYPE_DOWNSTREAM:
		return LEND_KIND_DOWNSTREAM_PORT;
	case PCI_EXP_TYPE_PCI_BRIDGE:
	case PCI_EXP_TYPE_PCIE_BRIDGE:
		return LEND_KIND_PCI_BRIDGE;
	case PCI_EXP_TYPE_RC_EC:
		return LEND_KIND_EVENT_COLLECTOR;
	default:
		return LEND_KIND_UNKNOWN;
	}
}

static void parse_list(struct config *config, struct lend_capabilities *ret)
{
	size_t at = get(config, PCI_CAPABILITY_LIST, 1) & ~3U;

	if (!(get(config, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return;
	for (int steps = 0; at >= PCI_STD_HEADER_SIZEOF && steps < LIST_MAX; steps++) {
		switch (get(config, at + PCI_CAP_LIST_ID, 1)) {
		case PCI_CAP_ID_MSI:
			ret->msi = true;
			break;
		case PCI_CAP_ID_MSIX:
			ret->msix = true;
			break;
		case PCI_CAP_ID_EXP:
			ret->kind = kind_of(get(config, at + PCI_EXP_FLAGS, 2));
			ret->flr |= (get(config, at + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR) != 0;
			break;
		case PCI_CAP_ID_AF:
			ret->flr |= (get(config, at + PCI_AF_CAP, 1) & PCI_AF_CAP_FLR) != 0;
			break;
		default:
			break;
		}
		at = get(config, at + PCI_CAP_LIST_NEXT, 1) & ~3U;
	}
}

static void parse_resizable(struct config *config, size_t at, struct lend_capabilities *ret)
{
	size_t count = (get(config, at + PCI_REBAR_CTRL, 4) & PCI_REBAR_CTRL_NBAR_MASK) >> PCI_REBAR_CTRL_NBAR_SHIFT;

	ret->resizable_count = 0;
	for (size_t i = 0; i < count && i < LEND_ARRAY_SIZE(ret->resizable); i++, at += 8) {
		uint64_t low = (get(config, at + PCI_REBAR_CAP, 4) & 0xfffffff0) >> 4;
		uint32_t control = get(config, at + PCI_REBAR_CTRL, 4);
		uint64_t high = control >> 16; /* sizes above 128 TiB, as bit 28 and up */
		uint32_t size = (control & 0x3f00) >> PCI_REBAR_CTRL_BAR_SHIFT;
		uint8_t bar = (uint8_t)(control & PCI_REBAR_CTRL_BAR_IDX);

		if (bar > 5 || size > 43)
			continue;
		ret->resizable[ret->resizable_count++] = (struct lend_resizable){
			.bar = bar,
			.size = UINT64_C(1) << (20 + size),
			.sizes = low | high << 28,
		};
	}
}

static uint64_t serial_at(struct config *config, size_t at)
{
	const uint64_t serial = (uint64_t)get(config, at + DSN_HIGH, 4) << 32 | get(config, at + DSN_LOW, 4);

	return lend_serial_is_valid(serial) ? serial : 0;
}

static void parse_extended_list(struct config *config, struct lend_capabilities *ret)
{
	size_t at = PCI_CFG_SPACE_SIZE;

	for (int steps = 0; at >= PCI_CFG_SPACE_SIZE && steps < EXTENDED_LIST_MAX; steps++) {
		uint32_t header = get(config, at, 4);

		switch (PCI_EXT_CAP_ID(header)) {
		case PCI_EXT_CAP_ID_ACS:
			ret->acs = true;
			ret->acs_enabled = (uint16_t)get(config, at + PCI_ACS_CTRL, 2);
			break;
		case PCI_EXT_CAP_ID_REBAR:
			parse_resizable(config, at, ret);
			break;
		case PCI_EXT_CAP_ID_DSN:
			ret->serial = serial_at(config, at);
			break;
		default:
			break;
		}
		at = PCI_EXT_CAP_NEXT(header);
	}
}

static bool all_ones(struct config *config)
{
	for (size_t i = 0; i < config->size && i < PCI_STD_HEADER_SIZEOF; i++)
		if (get(config, i, 1) != 0xff)
			return false;
	return config->size > 0;
}

static void parse(struct config *config, struct lend_capabilities *ret)
{
	*ret = (struct lend_capabilities){ .answers = !all_ones(config) };
	if (!ret->answers || config->size < PCI_STD_HEADER_SIZEOF)
		return;
	ret->multifunction = get(config, PCI_HEADER_TYPE, 1) & 0x80;
	ret->intx = get(config, PCI_INTERRUPT_PIN, 1) != 0;

	grow(config, PCI_CFG_SPACE_SIZE);
	if (config->size < PCI_CFG_SPACE_SIZE)
		return;
	ret->known = true;
	ret->kind = LEND_KIND_CONVENTIONAL;
	parse_list(config, ret);

	/* Conventional PCI has no extended space, so there is nothing in it that could be missed. */
	ret->extended = ret->kind == LEND_KIND_CONVENTIONAL;
	if (!ret->extended)
		grow(config, PCI_CFG_SPACE_EXP_SIZE);
	if (config->size < PCI_CFG_SPACE_EXP_SIZE)
		return;
	ret->extended = true;
	parse_extended_list(config, ret);
}

void lend_capabilities_parse(const uint8_t *bytes, size_t size, struct lend_capabilities *ret)
{
	struct config config = { .size = size < sizeof(config.bytes) ? size : sizeof(config.bytes), .fd = -1 };

	if (config.size)
		memcpy(config.bytes, bytes, config.size);
	parse(&config, ret);
}

int lend_capabilities_read(const struct lend_fs *fs, struct lend_address address, struct lend_capabilities *ret,
			   struct lend_error *error)
{
	const struct lend_function_path path = lend_function_path(address, "config");
	_cleanup_close_ int fd = lend_fs_open_to_read(fs, path.text, error);
	struct config config = { .fd = fd, .path = path.text };

	if (fd < 0 && fd != -ENOENT && fd != -EACCES && fd != -EPERM)
		return fd;
	if (fd >= 0) {
		config.size = fetch(&config, 0, PCI_STD_HEADER_SIZEOF);
		memset(config.is_here, true, PCI_STD_HEADER_SIZEOF / LINE);
	}
	parse(&config, ret);
	return 0;
}

bool lend_capabilities_isolate(const struct lend_capabilities *capabilities)
{
	const uint16_t needed = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;

	return capabilities->acs && (capabilities->acs_enabled & needed) == needed;
}
