/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a domain hands to QEMU past libvirt, as far as it bears on lent devices.
 *
 * QEMU takes an option with one dash or two, never abbreviated; its words are in any order, and of several of one name
 * the last counts.
 */
#include "lendpci/know/domain/qemu_arguments.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/text.h"
#include "lendpci/know/domain/xml.h"

#define MIB (1ULL << 20)
#define WINDOW_NAME "opt/ovmf/X-PciMmio64Mb"

/* OVMF ignores more than 16 TiB. */
enum { WINDOW_MIB_MAX = 1 << 24, VALUE_MAX = 512, WORDS_MAX = 64 };

void lend_qemu_arguments_clear(struct lend_qemu_arguments *arguments)
{
	free(arguments->vfio);
	free(arguments->windows);
	*arguments = (struct lend_qemu_arguments){ 0 };
}

/* Copies one value up to a single comma into @ret, ",," as a comma. Returns what is behind it. */
static const char *take_value(const char *at, char *ret, size_t size)
{
	size_t length = 0;

	for (; *at && !(at[0] == ',' && at[1] != ','); at++) {
		at += at[0] == ',';
		if (length + 1 < size)
			ret[length++] = *at;
	}
	ret[length] = '\0';
	return *at ? at + 1 : at;
}

/*
 * The value of @name in "first,a=b,c=d", where the first word may be without its name, which is @implied. False when it
 * is not there.
 */
static bool find_word(const char *text, const char *implied, const char *name, char *ret, size_t size)
{
	bool is_first = true, found = false;
	char value[VALUE_MAX];

	for (const char *at = text; *at; is_first = false) {
		const size_t length = strcspn(at, "=,");
		const bool is_bare = at[length] != '=';
		const char *const word = at;

		if (is_bare && is_first) {
			at = take_value(at, value, sizeof(value));
			if (strcmp(implied, name) != 0)
				continue;
		} else {
			at = take_value(is_bare ? at : at + length + 1, value, sizeof(value));
			if (is_bare || strlen(name) != length || strncmp(word, name, length) != 0)
				continue;
		}
		(void)snprintf(ret, size, "%s", value);
		found = true;
	}
	return found;
}

/* "0000:01:00.0", "01:00.0", "1:0.0": hexadecimal, as short as it gets. */
static bool parse_host(const char *text, struct lend_address *ret)
{
	unsigned domain = 0, bus, device, function;
	int end = 0;

	if ((sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) != 4 || text[end]) &&
	    ((domain = 0), end = 0, sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || text[end]))
		return false;
	if (bus > 255 || device > 31 || function > 7)
		return false;
	*ret = (struct lend_address){ domain, (uint8_t)bus, (uint8_t)device, (uint8_t)function };
	return true;
}

/* "/sys/bus/pci/devices/0000:01:00.0"; one that ends otherwise is an mdev, which is no function. */
static bool parse_sysfsdev(const char *path, struct lend_address *ret)
{
	char text[VALUE_MAX], *name;
	size_t length;

	(void)snprintf(text, sizeof(text), "%s", path);
	for (length = strlen(text); length && text[length - 1] == '/'; length--)
		text[length - 1] = '\0';
	name = strrchr(text, '/');
	return parse_host(name ? name + 1 : text, ret);
}

/* One word of a -device, which is JSON or a list of words. */
static bool device_word(const json_t *json, const char *text, const char *name, char *ret, size_t size)
{
	const char *value;

	if (!json)
		return find_word(text, "driver", name, ret, size);
	value = json_string_value(json_object_get(json, name));
	return value && (size_t)snprintf(ret, size, "%s", value) < size;
}

static void decref(json_t **json)
{
	json_decref(*json);
}

/* Adds @address, which `-OPTION TEXT` gives to QEMU. */
static int add_function(const char *option, const char *text, struct lend_address address,
			struct lend_qemu_arguments *arguments, struct lend_error *error)
{
	struct lend_vfio_argument found = { .address = address }, *bigger;

	(void)snprintf(found.option, sizeof(found.option), "%s", option);
	(void)snprintf(found.text, sizeof(found.text), "%s", text);
	lend_text_make_printable(found.text);
	bigger = reallocarray(arguments->vfio, arguments->vfio_count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "out of memory for the domain's arguments");
	arguments->vfio = bigger;
	bigger[arguments->vfio_count++] = found;
	return 0;
}

static int read_device(const char *text, struct lend_qemu_arguments *arguments, struct lend_error *error)
{
	_cleanup_(decref) json_t *json = *text == '{' ? json_loads(text, 0, NULL) : NULL;
	struct lend_address address;
	char value[VALUE_MAX];

	if (!device_word(json, text, "driver", value, sizeof(value)) ||
	    (strcmp(value, "vfio-pci") != 0 && strcmp(value, "vfio-pci-nohotplug") != 0))
		return 0;
	if (!(device_word(json, text, "host", value, sizeof(value)) && parse_host(value, &address)) &&
	    !(device_word(json, text, "sysfsdev", value, sizeof(value)) && parse_sysfsdev(value, &address)))
		return 0;
	return add_function("device", text, address, arguments, error);
}

static bool parse_property(const char *property, const char *value, struct lend_address *ret)
{
	return (strcmp(property, "host") == 0 && parse_host(value, ret)) ||
	       (strcmp(property, "sysfsdev") == 0 && parse_sysfsdev(value, ret));
}

/* "device.gpu.host=01:00.0" makes a vfio-pci of that id another host function. */
static int read_set(const char *text, struct lend_qemu_arguments *arguments, struct lend_error *error)
{
	char id[64], property[64], value[VALUE_MAX];
	struct lend_address address;

	if (sscanf(text, "device.%63[^.=].%63[^=]=%511s", id, property, value) != 3 ||
	    !parse_property(property, value, &address))
		return 0;
	return add_function("set", text, address, arguments, error);
}

/*
 * QEMU's own driver for NVMe has the whole function by VFIO: "driver=nvme,device=0000:01:00.0", as the file of a -drive
 * "file.driver=nvme,file.device=…", or "file=nvme://0000:01:00.0/1".
 */
static int read_drive(const char *option, const char *text, struct lend_qemu_arguments *arguments,
		      struct lend_error *error)
{
	_cleanup_(decref) json_t *json = *text == '{' ? json_loads(text, 0, NULL) : NULL;
	static const char *const prefixes[] = { "", "file." };
	const json_t *file = json_object_get(json, "file");
	char driver[VALUE_MAX], value[VALUE_MAX], name[32];
	struct lend_address address;

	for (size_t i = 0; i < LEND_ARRAY_SIZE(prefixes); i++) {
		const json_t *node = i && file ? file : json;
		const char *prefix = json && node == file ? "" : prefixes[i];

		(void)snprintf(name, sizeof(name), "%sdriver", prefix);
		if (!device_word(node, text, name, driver, sizeof(driver)) || strcmp(driver, "nvme") != 0)
			continue;
		(void)snprintf(name, sizeof(name), "%sdevice", prefix);
		if (device_word(node, text, name, value, sizeof(value)) && parse_host(value, &address))
			return add_function(option, text, address, arguments, error);
	}
	if (json || !find_word(text, "", "file", value, sizeof(value)) || strncmp(value, "nvme://", 7) != 0)
		return 0;
	value[7 + strcspn(value + 7, "/")] = '\0';
	return parse_host(value + 7, &address) ? add_function(option, text, address, arguments, error) : 0;
}

bool lend_window_content_parse(const char *content, uint64_t *ret)
{
	char text[64];
	uint64_t mib;

	/* Blanks before it and one end of line behind it are fine; so are zeros. */
	content += strspn(content, " \t");
	if (strlen(content) >= sizeof(text))
		return false;
	(void)snprintf(text, sizeof(text), "%s", content);
	text[strcspn(text, "\r\n")] = '\0';
	if (strspn(text, "0123456789") != strlen(text) || lend_text_to_u64(text, 10, &mib) < 0 || mib > WINDOW_MIB_MAX)
		return false;
	*ret = mib * MIB;
	return true;
}

static int read_fw_cfg(const xmlNode *node, const char *text, struct lend_qemu_arguments *arguments,
		       struct lend_error *error)
{
	struct lend_window_argument found = { .value = node }, *bigger;
	char name[VALUE_MAX], value[VALUE_MAX];

	if (!find_word(text, "name", "name", name, sizeof(name)) || strcmp(name, WINDOW_NAME) != 0)
		return 0;
	if (find_word(text, "name", "string", value, sizeof(value))) {
		found.is_number = lend_window_content_parse(value, &found.bytes);
		(void)snprintf(found.content, sizeof(found.content), "%.*s", (int)sizeof(found.content) - 1, value);
		lend_text_make_printable(found.content);
	} else if (find_word(text, "name", "file", value, sizeof(value)) && strlen(value) < sizeof(found.file)) {
		(void)snprintf(found.file, sizeof(found.file), "%.*s", (int)sizeof(found.file) - 1, value);
	}
	bigger = reallocarray(arguments->windows, arguments->window_count + 1, sizeof(*bigger));
	if (!bigger)
		return lend_error_set(error, -ENOMEM, "out of memory for the domain's arguments");
	arguments->windows = bigger;
	bigger[arguments->window_count++] = found;
	return 0;
}

/* QEMU's sizes: a number, hexadecimal or with a part, of bytes or of the unit behind it. */
static bool parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "BKMGTPE";
	const char *unit;
	double value;
	char *end;

	value = strncasecmp(text, "0x", 2) == 0 ? (double)strtoull(text, &end, 16) : strtod(text, &end);
	if (end == text || value < 0)
		return false;
	unit = *end ? strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end) : units;
	if (!unit || (*end && end[1]))
		return false;
	for (; unit > units; unit--)
		value *= 1024;
	if (value >= 0x1p63)
		return false;
	*ret = (uint64_t)value;
	return true;
}

static bool is_hole(const char *driver, const char *property)
{
	return (strcmp(driver, "q35-pcihost") == 0 || strcmp(driver, "i440FX-pcihost") == 0) &&
	       strcmp(property, "pci-hole64-size") == 0;
}

/* "q35-pcihost.pci-hole64-size=64G", or "driver=q35-pcihost,property=pci-hole64-size,value=64G". */
static int read_global(const char *text, struct lend_qemu_arguments *arguments, struct lend_error *error)
{
	char driver[64] = "", property[64] = "", value[VALUE_MAX] = "";
	struct lend_address address;

	if (sscanf(text, "%63[^.,=].%63[^,=]=%511s", driver, property, value) != 3 &&
	    !(find_word(text, "", "driver", driver, sizeof(driver)) &&
	      find_word(text, "", "property", property, sizeof(property)) &&
	      find_word(text, "", "value", value, sizeof(value))))
		return 0;
	if (is_hole(driver, property) && parse_size(value, &arguments->hole))
		arguments->has_hole = true;
	if (strcmp(driver, "vfio-pci") == 0 && parse_property(property, value, &address))
		return add_function("global", text, address, arguments, error);
	return 0;
}

/* What libvirt has QEMU told otherwise of a device that it manages. */
static int read_override(const xmlNode *domain, struct lend_qemu_arguments *arguments, struct lend_error *error)
{
	const xmlNode *override = lend_xml_child(domain, LEND_XML_QEMU, "override");
	int r = 0;

	for (const xmlNode *device = lend_xml_child(override, LEND_XML_QEMU, "device"); device && r == 0;
	     device = lend_xml_next(device)) {
		const xmlNode *frontend = lend_xml_child(device, LEND_XML_QEMU, "frontend");

		for (const xmlNode *one = lend_xml_child(frontend, LEND_XML_QEMU, "property"); one && r == 0;
		     one = lend_xml_next(one)) {
			const char *name = lend_xml_attribute(one, "name"), *value = lend_xml_attribute(one, "value");
			struct lend_address address;

			if (name && value && parse_property(name, value, &address))
				r = add_function("", value, address, arguments, error);
		}
	}
	return r;
}

/* An option's name without its dashes; NULL for what is none. */
static const char *option_name(const char *text)
{
	if (*text != '-')
		return NULL;
	return text + (text[1] == '-' ? 2 : 1);
}

int lend_qemu_arguments_read(const xmlNode *domain, struct lend_qemu_arguments *ret, struct lend_error *error)
{
	_cleanup_(lend_qemu_arguments_clear) struct lend_qemu_arguments arguments = { 0 };
	const xmlNode *line = lend_xml_child(domain, LEND_XML_QEMU, "commandline");
	const char *option = NULL;
	int r = 0;

	for (const xmlNode *arg = lend_xml_child(line, LEND_XML_QEMU, "arg"); arg && r == 0; arg = lend_xml_next(arg)) {
		const char *value = lend_xml_attribute(arg, "value");

		value = value ? value : "";
		if (option && strcmp(option, "device") == 0)
			r = read_device(value, &arguments, error);
		else if (option && strcmp(option, "fw_cfg") == 0)
			r = read_fw_cfg(arg, value, &arguments, error);
		else if (option && strcmp(option, "global") == 0)
			r = read_global(value, &arguments, error);
		else if (option && strcmp(option, "set") == 0)
			r = read_set(value, &arguments, error);
		else if (option && (strcmp(option, "drive") == 0 || strcmp(option, "blockdev") == 0))
			r = read_drive(option, value, &arguments, error);
		else if (option && strcmp(option, "readconfig") == 0)
			(void)snprintf(arguments.config, sizeof(arguments.config), "%s", value);
		option = option_name(value);
	}
	if (r == 0)
		r = read_override(domain, &arguments, error);
	if (r < 0)
		return r;
	lend_text_make_printable(arguments.config);
	*ret = arguments;
	arguments = (struct lend_qemu_arguments){ 0 };
	return 0;
}
