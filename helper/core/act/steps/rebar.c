/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Step "rebar": gives a Resizable BAR the size that the assignment asks for, while the function is on loan.
 *
 *	echo 14 > /sys/bus/pci/devices/ADDRESS/resource1_resize		# 1 MiB << 14: 16 GiB
 *
 * QEMU shows the guest a BAR as large as it finds it, without the capability to change it, so it is changed here. The
 * kernel refuses while any driver has the function, vfio-pci included: hence the place between "unbind" and "probe".
 * It then moves the BARs, and has no room when the window of the bridge above is too small.
 *
 * On the way back the size is as before when the host driver comes: amdgpu, i915 and xe choose it themselves at their
 * probe, and start from what they find.
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci (resourceN_resize), drivers/pci/pci-sysfs.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "lendpci/act/steps/step.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/fs.h"
#include "lendpci/base/text.h"
#include "lendpci/know/pci/bars.h"
#include "lendpci/know/pci/resize.h"

enum { RESTORE_ATTEMPTS = 3, PAUSE_MS = 100 };

static bool rebar_applies(const struct lend_target *target)
{
	const struct lend_wish *wish = lend_wish_of(target);

	return wish && *wish->rebar;
}

static int rebar_read(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	struct lend_bars bars;
	int r;

	r = lend_bars_read(call->fs, address, &bars, error);
	if (r < 0)
		return r;
	r = lend_resize_find(&bars, lend_wish_of(call->target)->rebar, state, error);
	if (r >= 0)
		return r;
	lend_error_wrap(error, r, "%s", lend_address_text(address).text);
	return lend_error_hint(error, r, "'lendpci assign DOMAIN %s --rebar keep' leaves its BARs alone",
			       lend_address_text(address).text);
}

/* The BAR now; size 0 when it is not there at all. */
static int read_bar(const struct lend_step_call *call, unsigned index, struct lend_bar *ret, struct lend_error *error)
{
	struct lend_bars bars;
	int r;

	*ret = (struct lend_bar){ 0 };
	r = lend_bars_read(call->fs, call->target->address, &bars, error);
	for (size_t i = 0; r == 0 && i < bars.count; i++)
		if (bars.items[i].index == index)
			*ret = bars.items[i];
	return r;
}

static int fail_without_room(const struct lend_step_call *call, unsigned index, uint64_t size, struct lend_error *error)
{
	lend_error_set(error, -ENOSPC, "%s: the host has no room to make its BAR %u %s large",
		       lend_address_text(call->target->address).text, index, lend_size_text(size).text);
	return lend_error_hint(
		error, -ENOSPC,
		"the window of the bridge above it is too small: switch on 'Above 4G Decoding' and 'Resizable BAR' in the firmware's setup, or ask for a smaller size");
}

static int resize(const struct lend_step_call *call, unsigned index, uint64_t size, struct lend_error *error)
{
	const struct lend_address address = call->target->address;
	char attribute[32], text[8];
	struct lend_bar now;
	unsigned exponent = 0;
	int r;

	while (size >> exponent > 1)
		exponent++;
	lend_progress_doing(call->progress, "resizing its BAR %u to %s", index, lend_size_text(size).text);
	(void)snprintf(attribute, sizeof(attribute), "resource%u_resize", index);
	(void)snprintf(text, sizeof(text), "%u", exponent - 20);
	r = lend_fs_write(call->fs, lend_function_path(address, attribute).text, text, error);
	if (r == -ENOSPC)
		return fail_without_room(call, index, size, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s: cannot resize its BAR %u", lend_address_text(address).text,
				       index);
	r = read_bar(call, index, &now, error);
	if (r < 0)
		return r;
	if (now.size != size || !now.start)
		return lend_error_set(error, -EIO, "%s: the kernel left its BAR %u at %s%s instead of %s",
				      lend_address_text(address).text, index, lend_size_text(now.size).text,
				      now.start ? "" : ", without an address,", lend_size_text(size).text);
	return 0;
}

/* A card that comes out of a guest may need more than one attempt, and this is the only time at which it can be had. */
static int resize_patiently(const struct lend_step_call *call, unsigned index, uint64_t size, struct lend_error *error)
{
	int r;

	for (int attempt = 1;; attempt++) {
		r = resize(call, index, size, error);
		if (r >= 0 || attempt == RESTORE_ATTEMPTS)
			return r;
		lend_pause_ms(PAUSE_MS);
	}
}

static int rebar_apply(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_resize *change = state;
	struct lend_bar now;
	int r;

	r = read_bar(call, change->bar, &now, error);
	if (r < 0 || (now.size == change->want && now.start))
		return r;
	return resize(call, change->bar, change->want, error);
}

static int rebar_restore(const struct lend_step_call *call, void *state, struct lend_error *error)
{
	const struct lend_resize *change = state;
	struct lend_bar now;
	int r;

	r = read_bar(call, change->bar, &now, error);
	if (r < 0 || (now.size == change->before && now.start))
		return r;
	/* Without an address it is of no use to anybody: the kernel found no room for it half-way. */
	if (now.size == change->want || !now.start)
		return resize_patiently(call, change->bar, change->before, error);
	lend_progress_warn(call->progress, "%s: left its BAR %u at %s, which somebody set while it was on loan",
			   lend_address_text(call->target->address).text, change->bar, lend_size_text(now.size).text);
	return 0;
}

static json_t *rebar_to_json(const void *state)
{
	const struct lend_resize *change = state;

	return json_pack("{s:i s:I s:I}", "bar", change->bar, "before", (json_int_t)change->before, "want",
			 (json_int_t)change->want);
}

static bool is_size(json_int_t size)
{
	return size >= 1 << 20 && (size & (size - 1)) == 0;
}

static bool rebar_from_json(const json_t *json, void *state)
{
	struct lend_resize *change = state;
	json_int_t before, want;
	int bar;

	if (json_unpack((json_t *)json, "{s:i s:I s:I}", "bar", &bar, "before", &before, "want", &want) < 0 ||
	    bar < 0 || bar >= LEND_BAR_ROM || !is_size(before) || !is_size(want))
		return false;
	*change = (struct lend_resize){ (uint8_t)bar, (uint64_t)before, (uint64_t)want };
	return true;
}

static void rebar_describe(const void *state, enum lend_direction direction, char *ret, size_t size)
{
	const struct lend_resize *change = state;
	const bool down = direction == LEND_DOWN;

	(void)snprintf(ret, size, "make its BAR %u %s large (%s %s)", change->bar,
		       lend_size_text(down ? change->want : change->before).text, down ? "now" : "while on loan",
		       lend_size_text(down ? change->before : change->want).text);
}

const struct lend_step lend_step_rebar = {
	.name = "rebar",
	.scope = LEND_SCOPE_FUNCTION,
	/* A card with a BAR of another size is home all the same. */
	.flags = LEND_STEP_TOLERANT,
	.state_size = sizeof(struct lend_resize),
	.deadline_ms = lend_step_unbind_deadline,
	.applies = rebar_applies,
	.read = rebar_read,
	.apply = rebar_apply,
	.restore = rebar_restore,
	.to_json = rebar_to_json,
	.from_json = rebar_from_json,
	.describe = rebar_describe,
};
