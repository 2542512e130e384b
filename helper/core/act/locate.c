/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a policy to the card on this host: the facts for lend_wanted_locate(). */
#include "lendpci/locate.h"

#include <errno.h>

#include "lendpci/error.h"
#include "lendpci/function.h"
#include "lendpci/location.h"
#include "lendpci/policy.h"
#include "lendpci/wanted.h"

int lend_locate(const struct lend_fs *fs, const struct lend_policy_device *device, struct lend_address *ret,
		struct lend_error *error)
{
	struct lend_address place = device->address;
	struct lend_error failure = { 0 };
	struct lend_function function;
	int r = 0;

	if (device->location_path)
		r = lend_location_resolve(fs, device->location_path, &place, &failure);
	if (r == 0)
		r = lend_function_read(fs, place, &function, &failure);
	if (r == 0 || r == -ENODEV)
		return lend_wanted_locate(device, r == 0 ? &function : NULL, ret, error);
	if (error)
		*error = failure;
	return r;
}
