/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of version 1, which lendpci 0.1 wrote: an upgrade with a VM running must bring its card home.
 *
 * They had one object "before" for what are the states of steps now, the loan's own steps in the entry of its first
 * function, and the daemon under the key "keeper". Here are the states of those steps as they are written today; the
 * steps themselves may change, this file does not, for nobody writes version 1 any more.
 */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "entry.h"
#include "lendpci/base/cleanup.h"

static const char vfio[] = "vfio-pci";

static json_t *step(const char *name, json_t *state)
{
	return json_pack("{s:s s:o s:b s:i}", "name", name, "state", state, "done", 1, "ms", 0);
}

static json_t *change(const char *before, const char *want)
{
	/* What was so before, or is not there, was left alone. */
	bool left = !*before || strcmp(before, want) == 0;

	return json_pack("{s:s s:s}", "before", left ? "" : before, "want", left ? "" : want);
}

static int add_steps(json_t *steps, const char *function, json_t *before)
{
	const char *driver, *override, *module, *control, *d3cold, *reset, *units;
	const char *consoles = ""; /* the first entries of version 1 had none */
	int r = 0;

	if (json_unpack(before, "{s:s s:s s:s s:s s:s s:s s:s s?s}", "driver", &driver, "driver_override", &override,
			"module", &module, "power_control", &control, "d3cold_allowed", &d3cold, "reset_method", &reset,
			"units", &units, "consoles", &consoles) < 0)
		return -EBADMSG;
	if (*units)
		r |= json_array_append_new(steps, step("units", json_pack("{s:s}", "units", units)));
	if (*consoles)
		r |= json_array_append_new(
			steps, step("console", json_pack("{s:s s:s}", "function", function, "name", consoles)));
	r |= json_array_append_new(steps, step("power", json_pack("{s:o s:o}", "d3cold_allowed", change(d3cold, "0"),
								  "control", change(control, "on"))));
	r |= json_array_append_new(steps, step("unbind", json_pack("{s:{s:s s:s s:s} s:{s:s}}", "before", "driver",
								   driver, "driver_override", override, "module",
								   module, "want", "driver_override", vfio)));
	r |= json_array_append_new(steps, step("probe", json_pack("{s:{s:s}}", "want", "driver", vfio)));
	return r == 0 ? 0 : -ENOMEM;
}

int lend_entry_upgrade(json_t *entry)
{
	json_t *before = json_object_get(entry, "before"), *daemon = json_object_get(entry, "keeper");
	const char *function = json_string_value(json_object_get(entry, "function"));
	const char *uuid = json_string_value(json_object_get(entry, "uuid"));
	json_t *steps = json_array();
	struct lend_address address;
	int r = -EBADMSG;

	if (steps && before && daemon && function && uuid && lend_address_parse(function, &address, NULL) == 0)
		r = add_steps(steps, function, before);
	if (r == 0 && (json_object_set_new(entry, "loan", json_string(lend_loan_id_of(uuid, address).text)) < 0 ||
		       json_object_set(entry, "daemon", daemon) < 0 ||
		       json_object_set(entry, "host_driver", json_object_get(before, "driver")) < 0 ||
		       json_object_set(entry, "steps", steps) < 0 ||
		       json_object_set_new(entry, "version", json_integer(LEND_ENTRY_VERSION)) < 0))
		r = -ENOMEM;
	json_decref(steps);
	if (r < 0)
		return r;
	(void)json_object_del(entry, "before");
	(void)json_object_del(entry, "keeper");
	return 0;
}
