/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's command line, in and out. QEMU's qemu-options.hx: options with one dash or two, properties after commas.
 *
 * Words are only looked at, never changed but for the CPU's address width, which has no option of its own.
 */
#include "run/qemu_command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assignment/make.h"
#include "cli/markup.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/mmio/window.h"

/* Beyond what people give their own ports. */
enum { CHASSIS = 200 };

static bool is_option(const char *word, const char *name)
{
	if (*word++ != '-')
		return false;
	word += *word == '-';
	return strcmp(word, name) == 0;
}

const char *lend_qemu_command_find(const struct lend_qemu_command *command, const char *option)
{
	const char *value = NULL;

	for (size_t i = 1; i + 1 < command->count; i++)
		if (is_option(command->arguments[i], option))
			value = command->arguments[i + 1];
	return value;
}

static bool has_flag(const struct lend_qemu_command *command, const char *option)
{
	for (size_t i = 1; i < command->count; i++)
		if (is_option(command->arguments[i], option))
			return true;
	return false;
}

/* Copies property @name of "q35,accel=kvm" to @ret; the first property may stand without its name. */
static bool property(const char *value, const char *name, bool may_be_first, char *ret, size_t size)
{
	bool is_first = true;

	for (const char *at = value; at && *at; is_first = false) {
		const size_t length = strcspn(at, ","), key = strcspn(at, "=");

		if (key < length && strlen(name) == key && strncmp(at, name, key) == 0) {
			(void)snprintf(ret, size, "%.*s", (int)(length - key - 1), at + key + 1);
			return true;
		}
		if (is_first && may_be_first && key >= length) {
			(void)snprintf(ret, size, "%.*s", (int)length, at);
			return true;
		}
		at += length;
		at += *at == ',';
	}
	return false;
}

static const char *machine_option(const struct lend_qemu_command *command)
{
	const char *machine = lend_qemu_command_find(command, "machine");

	return machine ? machine : lend_qemu_command_find(command, "M");
}

static void read_machine(const struct lend_qemu_command *command, char *ret, size_t size)
{
	if (!property(machine_option(command), "type", true, ret, size))
		(void)snprintf(ret, size, "pc");
}

/* "q35", "pc-q35-7.2"; i440fx has no PCI Express. */
static bool is_q35(const struct lend_qemu_command *command)
{
	char machine[64];

	read_machine(command, machine, sizeof(machine));
	return strcmp(machine, "q35") == 0 || strncmp(machine, "pc-q35-", strlen("pc-q35-")) == 0;
}

static bool uses_kvm(const struct lend_qemu_command *command)
{
	char accel[32];

	return has_flag(command, "enable-kvm") ||
	       (property(machine_option(command), "accel", false, accel, sizeof(accel)) &&
		strncmp(accel, "kvm", 3) == 0) ||
	       (property(lend_qemu_command_find(command, "accel"), "accel", true, accel, sizeof(accel)) &&
		strcmp(accel, "kvm") == 0);
}

/* Memory in KiB: MiB without a unit, 128 MiB without a word. */
static uint64_t memory_kib(const struct lend_qemu_command *command)
{
	char text[32];
	uint64_t size;

	if (!property(lend_qemu_command_find(command, "m"), "size", true, text, sizeof(text)))
		return UINT64_C(128) << 10;
	if (lend_text_to_u64(text, 10, &size) == 0)
		return size < UINT64_C(1) << 40 ? size << 10 : 0;
	return lend_text_to_size(text, &size) == 0 ? size >> 10 : 0;
}

/* The firmware's image, if it is OVMF: the first of pflash, or what -bios names. */
static bool find_firmware(const struct lend_qemu_command *command, char *ret, size_t size)
{
	const char *bios = lend_qemu_command_find(command, "bios"), *flash = lend_qemu_command_find(command, "pflash");
	char kind[16];

	for (size_t i = 1; i + 1 < command->count; i++)
		if (is_option(command->arguments[i], "drive") &&
		    property(command->arguments[i + 1], "if", false, kind, sizeof(kind)) &&
		    strcmp(kind, "pflash") == 0 && property(command->arguments[i + 1], "file", false, ret, size))
			return true;
	*ret = '\0';
	if (flash || (bios && (strcasestr(bios, "ovmf") || strcasestr(bios, "edk2"))))
		(void)snprintf(ret, size, "%s", flash ? flash : bios);
	/* By a node's name: which file that is is for QEMU to find out. */
	return *ret || property(machine_option(command), "pflash0", false, kind, sizeof(kind));
}

static void print_element(FILE *out, const char *before, const char *text, const char *behind)
{
	(void)fputs(before, out);
	lend_markup_print(out, text);
	(void)fputs(behind, out);
}

static void print_arguments(FILE *out, const struct lend_qemu_command *command)
{
	(void)fputs("<commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'>", out);
	for (size_t i = 1; i < command->count; i++)
		print_element(out, "<arg value='", command->arguments[i], "'/>");
	(void)fputs("</commandline></domain>", out);
}

char *lend_qemu_command_describe(const struct lend_qemu_command *command)
{
	const char *cpu = lend_qemu_command_find(command, "cpu");
	char machine[64], firmware[256], *text = NULL, model[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	read_machine(command, machine, sizeof(machine));
	(void)fprintf(out, "<domain type='%s'><memory unit='KiB'>%" PRIu64 "</memory><os",
		      uses_kvm(command) ? "kvm" : "qemu", memory_kib(command));
	if (find_firmware(command, firmware, sizeof(firmware)))
		(void)fputs(" firmware='efi'", out);
	print_element(out, "><type machine='", machine, "'>hvm</type>");
	if (*firmware)
		print_element(out, "<loader type='pflash'>", firmware, "</loader>");
	(void)fputs("</os>", out);
	if (!property(cpu, "model", true, model, sizeof(model)))
		(void)snprintf(model, sizeof(model), "qemu64");
	if (strcmp(model, "host") == 0 || strcmp(model, "max") == 0)
		(void)fprintf(out, "<cpu mode='%s'/>", *model == 'h' ? "host-passthrough" : "maximum");
	else
		print_element(out, "<cpu mode='custom'><model>", model, "</model></cpu>");
	print_arguments(out, command);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* A command line that grows; @complete is false once memory ran out. */
struct words {
	char **items;
	size_t count;
	bool complete;
};

static void add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct words *words, const char *format, ...)
{
	char **bigger = reallocarray(words->items, words->count + 2, sizeof(*bigger)), *word = NULL;
	va_list arguments;

	words->items = bigger ? bigger : words->items;
	va_start(arguments, format);
	if (vasprintf(&word, format, arguments) < 0)
		word = NULL;
	va_end(arguments);
	if (!bigger || !word) {
		free(word);
		words->complete = false;
		return;
	}
	words->items[words->count++] = word;
	words->items[words->count] = NULL;
}

/* A card is a port with its functions in it; what is one device on the host is one in the guest. */
static void add_functions(struct words *words, const struct lend_assignment *assignment, bool is_express)
{
	unsigned card = 0, function = 0;

	for (size_t i = 0; i < assignment->count; i++) {
		const struct lend_address address = assignment->functions[i].facts.address;
		const struct lend_address_text name = lend_address_text(address);
		const bool is_first =
			i == 0 || !lend_address_same_slot(assignment->functions[i - 1].facts.address, address);
		const bool has_more = i + 1 < assignment->count &&
				      lend_address_same_slot(assignment->functions[i + 1].facts.address, address);

		function = is_first ? 0 : function + 1;
		if (is_express && is_first) {
			card += i > 0;
			add(words, "-device");
			add(words, "pcie-root-port,id=lendpci-port%u,bus=pcie.0,chassis=%u", card, CHASSIS + card);
		}
		add(words, "-device");
		if (is_express)
			add(words, "vfio-pci,host=%s,bus=lendpci-port%u,addr=0x0.0x%x%s", name.text, card, function,
			    is_first && has_more ? ",multifunction=on" : "");
		else
			add(words, "vfio-pci,host=%s", name.text);
	}
}

static void add_window(struct words *words, const struct lend_window *window, bool is_express)
{
	if (window->mmio64) {
		add(words, "-fw_cfg");
		add(words, "name=opt/ovmf/X-PciMmio64Mb,string=%" PRIu64, window->mmio64 >> 20);
	}
	if (window->pcihole64) {
		add(words, "-global");
		add(words, "%s-pcihost.pci-hole64-size=%" PRIu64, is_express ? "q35" : "i440FX", window->pcihole64);
	}
}

/* A CPU's word, with the address width that the guest's firmware takes its window from. */
static void add_cpu(struct words *words, const char *cpu, const struct lend_width *width)
{
	if (width->mode == LEND_WIDTH_PASSTHROUGH && width->bits)
		add(words, "%s,host-phys-bits=on,host-phys-bits-limit=%u", cpu, width->bits);
	else if (width->mode == LEND_WIDTH_PASSTHROUGH)
		add(words, "%s,host-phys-bits=on", cpu);
	else
		add(words, "%s,phys-bits=%u", cpu, width->bits);
}

char **lend_qemu_command_extend(const struct lend_qemu_command *command, const struct lend_assignment *assignment,
				const struct lend_window *window, const char *uuid)
{
	struct words words = { .complete = true };

	for (size_t i = 0; i < command->count; i++) {
		const bool is_cpu = i > 1 && is_option(command->arguments[i - 1], "cpu");

		if (is_cpu && window->width.mode != LEND_WIDTH_DEFAULT && !strstr(command->arguments[i], "phys-bits"))
			add_cpu(&words, command->arguments[i], &window->width);
		else
			add(&words, "%s", command->arguments[i]);
	}
	if (!lend_qemu_command_find(command, "uuid")) {
		add(&words, "-uuid");
		add(&words, "%s", uuid);
	}
	add_functions(&words, assignment, is_q35(command));
	add_window(&words, window, is_q35(command));
	if (!words.complete)
		lend_qemu_command_freep(&words.items);
	return words.items;
}

void lend_qemu_command_freep(char ***arguments)
{
	for (size_t i = 0; *arguments && (*arguments)[i]; i++)
		free((*arguments)[i]);
	free(*arguments);
	*arguments = NULL;
}
