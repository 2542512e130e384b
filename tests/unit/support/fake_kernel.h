/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lend_fs;

/**
 * A kernel that binds and unbinds, behind the file-I/O seam.
 *
 * The plan: a temporary directory, in memory as /run and /sys are, is the root. These files are modelled, as the kernel
 * prints them:
 *
 *	sys/bus/pci/devices/ADDRESS/{vendor,device,subsystem_vendor,subsystem_device,class}
 *	sys/bus/pci/devices/ADDRESS/{driver,iommu_group}	links
 *	sys/bus/pci/devices/ADDRESS/driver_override		"(null)" when unset; a newline unsets it
 *	sys/bus/pci/devices/ADDRESS/{power/control,d3cold_allowed,reset_method}
 *	sys/bus/pci/devices/ADDRESS/{rom,resource,resourceN_resize}	where a test has put one
 *	sys/bus/pci/devices/ADDRESS/{sriov_numvfs,sriov_totalvfs,virtfnN,physfn}	likewise
 *	sys/bus/pci/drivers/DRIVER/{unbind,module}
 *	sys/bus/pci/drivers_probe				binds the override's driver, or the function's own
 *	sys/kernel/iommu_groups/GROUP/devices/ADDRESS
 *	sys/class/graphics/fbN/device				a link, as long as a driver has the function
 *	sys/class/vtconsole/vtcon0/{name,bind}			the dummy, which has the text consoles when nothing else
 *	sys/class/vtconsole/vtcon1/{name,bind}			fbcon, as long as there is a framebuffer
 *	proc/PID/{cmdline,stat,fd}				of processes that a test invents
 *
 * State lives in the tree alone, so that a child process changes it as the kernel would. What a driver does on its own
 * (which one probes by default, whether a probe fails) lies beside it under fake/.
 */
struct fake_kernel;

struct fake_kernel *fake_kernel_new(void);
void fake_kernel_free(struct fake_kernel *kernel);
const struct lend_fs *fake_kernel_fs(const struct fake_kernel *kernel);

/** A function with its ids "1234:1111", class 0x030000, in @group (-1: none), bound to @driver (NULL: none). */
void fake_function(struct fake_kernel *kernel, const char *address, unsigned class, int group, const char *driver);

/** @driver comes from @module: bochs-drm from bochs. */
void fake_module(struct fake_kernel *kernel, const char *module, const char *driver);

/**
 * From now on @driver makes a framebuffer when it has @address, at once if it has it now; NULL: no driver does any
 * more. The text consoles are on fb0, or on the first one there is.
 */
void fake_framebuffer(struct fake_kernel *kernel, const char *address, const char *driver);

/**
 * Firmware set up a framebuffer in @address's memory, and efifb draws there: the platform device
 * sys/bus/platform/devices/efi-framebuffer.0, with driver/unbind and bind, and "efifb" in proc/iomem.
 */
void fake_firmware_framebuffer(struct fake_kernel *kernel, const char *address);
#define FAKE_FIRMWARE_FRAMEBUFFER "efi-framebuffer.0"

/** fbcon's text consoles; the number is the one of a host whose last framebuffer never went. */
#define FAKE_CONSOLE "sys/class/vtconsole/vtcon1"

/**
 * The lab's card: 0000:01:00.0 on bochs-drm and .1 on snd_hda_intel, both in group 7; vfio-pci is loaded. The text
 * consoles are on its framebuffer, the only one.
 */
struct fake_kernel *fake_kernel_with_gpu(void);

void fake_attribute(struct fake_kernel *kernel, const char *path, const char *text);
void fake_link(struct fake_kernel *kernel, const char *path, const char *target);

/**
 * @address has @bar, 0 to 5, 64 bits wide and prefetchable, of @mib MiB, which can have the sizes of the bits of @sizes
 * (bit n: 1 MiB << n); the host has room for @room MiB of it. It can be resized while no driver has the function.
 */
void fake_resizable_bar(struct fake_kernel *kernel, const char *address, unsigned bar, unsigned mib, unsigned sizes,
			unsigned room);

/** @address, which needs a driver for it, can have @total virtual functions: those of its slot from function 1 on. */
void fake_virtual_functions(struct fake_kernel *kernel, const char *address, unsigned total);

/** @address has an option ROM of 64 KiB at @start, with these bytes in it, to be switched on before it is read. */
void fake_rom(struct fake_kernel *kernel, const char *address, uint64_t start, const void *bytes, size_t size);

void fake_remove(struct fake_kernel *kernel, const char *path);
/** What the driver link says now; "" for none. Borrowed until the next call. */
const char *fake_driver(struct fake_kernel *kernel, const char *address);
/** What the attribute says now, without newline. Borrowed until the next call. */
const char *fake_read(struct fake_kernel *kernel, const char *path);

/** Probes of @driver fail from now on, or work again. */
void fake_probe_fails(struct fake_kernel *kernel, const char *driver, bool fails);
/** Unbinding from @driver waits until the test removes it; the writer can be killed. */
void fake_unbind_hangs(struct fake_kernel *kernel, const char *driver, bool hangs);
/** Unbinding @address fails with -EIO. */
void fake_unbind_fails(struct fake_kernel *kernel, const char *address, bool fails);
/** A write to the attribute waits until the test lets it; "module/NAME" for the load of a module. */
void fake_attribute_hangs(struct fake_kernel *kernel, const char *path, bool hangs);
/** Nothing can be written to the journal any more. */
void fake_journal_is_full(struct fake_kernel *kernel, bool full);
/** @driver takes @ms to let a function go, and as long to take it. */
void fake_slow(struct fake_kernel *kernel, const char *driver, unsigned ms);
/** An attribute that takes a write and keeps its value. */
void fake_stuck_attribute(struct fake_kernel *kernel, const char *path);

/** A process with these arguments and, if @node is given, an open descriptor on it. */
void fake_process(struct fake_kernel *kernel, int pid, const char *command, const char *uuid, const char *node);
void fake_process_ends(struct fake_kernel *kernel, int pid);

/** The process @pid belongs to @unit and ends with it; fake/unit-states/UNIT then says "stopped" or "started". */
void fake_unit(struct fake_kernel *kernel, const char *unit, int pid);

/**
 * The process @pid closes what it has open when a card is announced to be gone. What was written to a uevent file is in
 * fake/uevents: "remove sys/bus/pci/devices/0000:01:00.0/drm/card0; add …; ".
 */
void fake_lets_go(struct fake_kernel *kernel, int pid);

enum fake_fault { FAKE_FAULT_NONE, FAKE_FAULT_FAIL, FAKE_FAULT_HANG, FAKE_FAULT_KILL };

/**
 * The @nth change from now on (1 is the next one) fails with -EIO, hangs until its writer is killed, or kills @victim
 * and its writer. 0 disarms.
 */
void fake_fault_at(struct fake_kernel *kernel, unsigned nth, enum fake_fault fault, int victim);
/** How many changes there were since the last fake_fault_at(). */
unsigned fake_changes(struct fake_kernel *kernel);

/** The state of all functions, framebuffers and consoles as text, to compare before and after. The caller's to free. */
char *fake_dump(struct fake_kernel *kernel);
