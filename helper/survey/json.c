/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --json. Programs read it: a field stays, and keeps its meaning.
 *
 * jansson's setters accept NULL as a value and then fail, so one check of the finished object finds any lack of memory.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/decide/companion.h"
#include "lendpci/know/pci/serial.h"
#include "survey/survey.h"

/* Sets @key, and remembers in @complete whether that worked. Steals @value. */
static void set(json_t *object, const char *key, json_t *value, bool *complete)
{
	*complete = json_object_set_new(object, key, value) == 0 && *complete;
}

static void append(json_t *array, json_t *value, bool *complete)
{
	*complete = json_array_append_new(array, value) == 0 && *complete;
}

static json_t *string_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *hex(unsigned value, int digits)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "0x%0*x", digits, value);
	return json_string(text);
}

static json_t *addresses(const struct lend_addresses *list, bool *complete)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		append(array, json_string(lend_address_text(list->items[i]).text), complete);
	return array;
}

static json_t *group_members(const struct lend_device *device, bool *complete)
{
	json_t *array = json_array();

	for (size_t i = 0; i < device->group_count; i++)
		append(array, json_string(lend_address_text(device->group[i]->address).text), complete);
	return array;
}

static json_t *reasons(const struct lend_verdict *verdict, bool *complete)
{
	json_t *array = json_array();

	for (size_t i = 0; i < verdict->count; i++) {
		const struct lend_reason *reason = &verdict->reasons[i];
		json_t *object = json_object();

		set(object, "code", json_string(reason->code), complete);
		set(object, "severity", json_string(lend_severity_name(reason->severity)), complete);
		set(object, "text", json_string(reason->text), complete);
		set(object, "hint", string_or_null(reason->hint), complete);
		set(object, "passing", json_boolean(reason->passing), complete);
		append(array, object, complete);
	}
	return array;
}

static json_t *holders(const struct lend_survey *survey, bool *complete)
{
	json_t *array = json_array();

	for (size_t i = 0; i < survey->holders->count; i++) {
		const struct lend_holder *holder = &survey->holders->items[i];
		json_t *object;

		if (!lend_companion_goes_along(&survey->device, holder->function))
			continue;
		object = json_object();
		set(object, "pid", holder->pid ? json_integer(holder->pid) : json_null(), complete);
		set(object, "command", string_or_null(holder->command), complete);
		set(object, "unit", string_or_null(holder->unit), complete);
		set(object, "node", string_or_null(holder->node), complete);
		append(array, object, complete);
	}
	return array;
}

static json_t *resets(const struct lend_reset_methods *reset, bool *complete)
{
	json_t *array = json_array();

	for (size_t i = 0; i < reset->count; i++)
		append(array, json_string(reset->methods[i]), complete);
	return array;
}

static json_t *serial(const struct lend_capabilities *can)
{
	return can->serial ? json_string(lend_serial_text(can->serial).text) : json_null();
}

static json_t *interrupts(const struct lend_capabilities *can, bool *complete)
{
	json_t *array;

	if (!can->known)
		return json_null();
	array = json_array();
	if (can->msix)
		append(array, json_string("msix"), complete);
	if (can->msi)
		append(array, json_string("msi"), complete);
	if (can->intx)
		append(array, json_string("intx"), complete);
	return array;
}

static json_t *bars(const struct lend_bars *list, bool *complete)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct lend_bar *bar = &list->items[i];
		json_t *object = json_object(), *sizes = json_array();

		for (unsigned bit = 0; bit < 44; bit++)
			if (bar->sizes & UINT64_C(1) << bit)
				append(sizes, json_integer(INT64_C(1) << (bit + 20)), complete);
		set(object, "index", json_integer(bar->index), complete);
		set(object, "size", json_integer((json_int_t)bar->size), complete);
		set(object, "bits", json_integer(bar->bits), complete);
		set(object, "prefetchable", json_boolean(bar->prefetchable), complete);
		set(object, "resizable", json_boolean(bar->resizable), complete);
		set(object, "sizes", sizes, complete);
		set(object, "assigned", json_boolean(bar->start != 0), complete);
		append(array, object, complete);
	}
	return array;
}

static json_t *mmio(const struct lend_mmio_need *need, bool *complete)
{
	json_t *object = json_object();

	set(object, "low", json_integer((json_int_t)need->low), complete);
	set(object, "high", json_integer((json_int_t)need->high), complete);
	return object;
}

static json_t *write_combining(const struct lend_write_combining *caching, bool *complete)
{
	json_t *object = json_object();

	set(object, "possible", caching->known ? json_boolean(caching->combines) : json_null(), complete);
	set(object, "text", json_string(caching->text), complete);
	return object;
}

json_t *lend_survey_to_json(const struct lend_survey *survey)
{
	const struct lend_device *device = &survey->device;
	const struct lend_function *function = &device->function;
	json_t *ret = json_object();
	bool complete = true;

	set(ret, "address", json_string(lend_address_text(function->address).text), &complete);
	set(ret, "location_path", string_or_null(device->location), &complete);
	set(ret, "vendor", hex(function->vendor, 4), &complete);
	set(ret, "device", hex(function->device, 4), &complete);
	set(ret, "subsystem_vendor", hex(function->subsystem_vendor, 4), &complete);
	set(ret, "subsystem_device", hex(function->subsystem_device, 4), &complete);
	set(ret, "serial", serial(&device->capabilities), &complete);
	set(ret, "class", hex(function->class, 6), &complete);
	set(ret, "name", json_string(survey->name), &complete);
	set(ret, "class_name", json_string(survey->class_name), &complete);
	set(ret, "kind", string_or_null(lend_survey_kind(device->capabilities.kind)), &complete);
	set(ret, "virtual", json_boolean(device->function.is_virtual), &complete);
	set(ret, "driver", string_or_null(function->driver), &complete);
	set(ret, "iommu_group",
	    function->iommu_group == LEND_NO_GROUP ? json_null() : json_integer(function->iommu_group), &complete);
	set(ret, "functions", addresses(&device->card, &complete), &complete);
	set(ret, "group_members", group_members(device, &complete), &complete);
	set(ret, "assignable", json_boolean(survey->verdict.assignable), &complete);
	set(ret, "reasons", reasons(&survey->verdict, &complete), &complete);
	set(ret, "holders", holders(survey, &complete), &complete);
	set(ret, "reset", resets(&device->reset, &complete), &complete);
	set(ret, "interrupts", interrupts(&device->capabilities, &complete), &complete);
	set(ret, "mmio", mmio(&survey->need, &complete), &complete);
	set(ret, "write_combining", write_combining(&survey->caching, &complete), &complete);
	set(ret, "bars", bars(&device->bars, &complete), &complete);
	set(ret, "virtual_bars", bars(&device->virtual_bars, &complete), &complete);

	if (!complete) {
		json_decref(ret);
		return NULL;
	}
	return ret;
}
