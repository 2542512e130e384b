/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "survey/host.h"

#include <errno.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

int lend_survey_host_open(const char *sysroot, struct lend_survey_host *ret, struct lend_error *error)
{
	int r;

	*ret = (struct lend_survey_host){ 0 };
	r = lend_fs_new(sysroot, &ret->fs, error);
	if (r == 0)
		r = lend_inventory_read(ret->fs, &ret->inventory, error);
	if (r == 0)
		lend_address_width_read(ret->fs, &ret->space);
	return r == 0 ? lend_names_new(NULL, &ret->names, error) : r;
}

void lend_survey_host_close(struct lend_survey_host *host)
{
	lend_holders_clear(&host->holders);
	lend_names_free(host->names);
	lend_inventory_clear(&host->inventory);
	lend_fs_free(host->fs);
}

int lend_survey_host_find_holders(struct lend_survey_host *host, const struct lend_addresses *devices,
				  struct lend_error *error)
{
	_cleanup_(lend_addresses_clear) struct lend_addresses functions = { 0 };

	for (size_t i = 0; i < host->inventory.count; i++) {
		const struct lend_address address = host->inventory.functions[i].address;
		bool wanted = !devices;

		for (size_t j = 0; !wanted && j < devices->count; j++)
			wanted = lend_address_same_slot(address, devices->items[j]);
		if (wanted && lend_addresses_add(&functions, address) < 0)
			return lend_error_set(error, -ENOMEM, "out of memory for the survey");
	}
	return lend_holders_find(host->fs, functions.items, functions.count, &host->holders, error);
}

int lend_survey_host_judge(const struct lend_survey_host *host, struct lend_address address, struct lend_survey *ret,
			   struct lend_error *error)
{
	int r;

	*ret = (struct lend_survey){ .holders = &host->holders };
	r = lend_device_read(host->fs, &host->inventory, address, &ret->device, error);
	if (r < 0)
		return r;
	lend_verdict_evaluate(&ret->device, &host->inventory, &host->holders, &ret->verdict);
	lend_write_combining_evaluate(&host->space, &ret->device.bars, &ret->caching);
	ret->need = lend_mmio_of_functions(&ret->device.bars, 1);
	lend_names_function(host->names, &ret->device.function, ret->name);
	lend_names_class(host->names, ret->device.function.class, ret->class_name);
	return 0;
}
