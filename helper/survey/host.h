/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "lendpci/base/fs.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/host/address_width.h"
#include "lendpci/know/pci/inventory.h"
#include "survey/survey.h"

/** What every device of a survey is judged with: the host at one moment. */
struct lend_survey_host {
	struct lend_fs *fs;
	struct lend_inventory inventory;
	struct lend_address_width space;
	struct lend_names *names;
	struct lend_holders holders; /* none, as long as nobody looked for them */
};

/** Reads the host, or the one recorded in @sysroot. @ret is to be closed in either case. */
int lend_survey_host_open(const char *sysroot, struct lend_survey_host *ret, struct lend_error *error);
void lend_survey_host_close(struct lend_survey_host *host);

/** Looks who uses @devices, or a function of their slots: what goes along with a device counts as its use. NULL: all.
 */
int lend_survey_host_find_holders(struct lend_survey_host *host, const struct lend_addresses *devices,
				  struct lend_error *error);

/** All about one function; borrows of @host. To be cleared with lend_device_clear(&ret->device), in either case. */
int lend_survey_host_judge(const struct lend_survey_host *host, struct lend_address address, struct lend_survey *ret,
			   struct lend_error *error);
