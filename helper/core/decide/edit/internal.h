/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/qemu_arguments.h"
#include "lendpci/know/domain/xml.h"
#include "lendpci/know/pci/function.h"

/* Between the files of the editor: inject.c and withdraw.c are the whole, the others are named below. */

enum { GUEST_BUSES = 256, GUEST_SLOTS = 32, GUEST_FUNCTIONS = 8 };

/** A definition being edited. */
struct edit {
	xmlDoc *document;
	xmlNode *domain, *devices; /* borrowed from @document */
	bool pcie;                 /* the root is a pcie-root (q35, virt), not a pci-root (i440fx) */
	bool x86;
	unsigned long libvirt; /* which will read it */
	struct lend_policy policy;
	struct lend_qemu_arguments arguments; /* what QEMU gets past libvirt, as it was */
	bool igd_anywhere;                    /* Intel's graphics also where the guest does not look for them */
	const struct lend_templates *templates;
	struct lend_edit_report report;
};

/* document.c */
int edit_open(struct edit *edit, const char *xml, size_t size, struct lend_error *error);
void edit_clear(struct edit *edit);
int edit_close(struct edit *edit, const char *before, char **ret, struct lend_edit_report *ret_report,
	       struct lend_error *error);
int edit_out_of_memory(struct lend_error *error);
int edit_write_policy(struct edit *edit, struct lend_error *error);
void edit_remove_policy(struct edit *edit);
int edit_make_room(struct edit *edit, const struct lend_window *window, struct lend_error *error);

/* tree.c: nodes with their indentation, so that the text stays readable and comes out as it went in. */
void edit_append(xmlNode *parent, xmlNode *node);
void edit_insert_after(xmlNode *anchor, xmlNode *node);
void edit_insert_before(xmlNode *anchor, xmlNode *node);
void edit_replace(xmlNode *old, xmlNode *node);
void edit_remove(xmlNode *node);
xmlNode *edit_last_element(const xmlNode *parent);

/** Where the guest sees a device: its "pci" <address>. */
struct guest_address {
	uint64_t domain, bus, slot, function;
};

/* find.c: what the definition has. Nodes are borrowed; NULL for none. */
int edit_find_root_kind(struct edit *edit, struct lend_error *error);
xmlNode *edit_next_controller(const struct edit *edit, const xmlNode *after); /* PCI; after NULL: the first */
xmlNode *edit_pci_controller(const struct edit *edit, uint64_t index);
xmlNode *edit_highest_controller(const struct edit *edit);
xmlNode *edit_last_controller(const struct edit *edit); /* of any kind, in the order of the text */
uint64_t edit_index_of(const xmlNode *controller);      /* GUEST_BUSES: libvirt has yet to choose one */
const char *edit_alias_of(const xmlNode *device);
bool edit_is_ours(const xmlNode *device);
xmlNode *edit_next_hostdev(const struct edit *edit, const xmlNode *after); /* PCI; after NULL: the first */
xmlNode *edit_find_hostdev(const struct edit *edit, struct lend_address source);
bool edit_read_source(const xmlNode *hostdev, struct lend_address *ret);
bool edit_read_guest_address(const xmlNode *device, struct guest_address *ret);
const xmlNode *edit_device_at(const struct edit *edit, uint64_t bus, uint64_t slot, uint64_t function);
unsigned edit_count_tenants(const struct edit *edit, uint64_t bus, uint64_t slot); /* slot GUEST_SLOTS: in any */

/* renumber.c */
int edit_move_all(struct edit *edit, const struct lend_edit_move *moves, size_t count, struct lend_error *error);

/* root_port.c */
xmlNode *edit_our_port(const struct edit *edit, struct lend_address slot);
void edit_write_port_alias(struct lend_address slot, char *ret, size_t size);
int edit_find_root_place(const struct edit *edit, uint64_t first, bool is_port, uint64_t *ret_slot,
			 uint64_t *ret_function, struct lend_error *error);
int edit_find_port(struct edit *edit, struct lend_address source, uint64_t *ret_bus, struct lend_error *error);
void edit_remove_vacant_ports(struct edit *edit);

/* hostdev.c */
void edit_write_hostdev_alias(struct lend_address source, char *ret, size_t size);
int edit_add_hostdev(struct edit *edit, struct lend_policy_device *device, struct lend_error *error);
void edit_remove_hostdev(struct edit *edit, struct lend_address source);

/* rom.c */
int edit_check_rom(struct edit *edit, const struct lend_policy_device *wish, struct lend_error *error);
void edit_repair_rom(xmlNode *hostdev, const struct lend_policy_device *device);

/* igd.c */
int edit_find_igd_place(struct edit *edit, uint64_t *ret_slot, struct lend_error *error);
int edit_collect_ours(const struct edit *edit, struct lend_addresses *ret, struct lend_error *error);

/* pcihole64.c */
int edit_set_window(struct edit *edit, uint64_t bytes, struct lend_error *error); /* 0: what it was before */
void edit_forget_root(struct edit *edit);

/* shutdown.c */
int edit_set_stop(struct edit *edit, struct lend_error *error);
void edit_restore_stop(struct edit *edit);

/* maxphysaddr.c, mmio64.c, hotplug.c: each set to what is wanted, or with nothing wanted taken out again */
int edit_set_width(struct edit *edit, struct lend_width width, struct lend_error *error);
int edit_set_mmio64(struct edit *edit, uint64_t bytes, struct lend_error *error);
int edit_set_hotplug(struct edit *edit, bool off, struct lend_error *error);
