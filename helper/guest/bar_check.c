/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the guest's firmware has assigned an address to every BAR of the devices.
 *
 * Asks QEMU, so that nothing is needed in the guest. The hook must not do this: libvirt waits for it.
 */
#include "guest/bar_check.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/message.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "guest/bar_report.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/bar_placement.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/guest_pci.h"
#include "libvirt/connection.h"

/* A domain's lent functions, in the order of its XML. */
struct report {
	struct lend_domain *domain;
	struct lend_guest_pci guest;
	struct lend_bar_placement *items; /* one for each hostdev */
	size_t count;
};

static void report_clear(struct report *report)
{
	lend_domain_free(report->domain);
	lend_guest_pci_clear(&report->guest);
	free(report->items);
	*report = (struct report){ 0 };
}

static int read_domain(struct lend_libvirt_domain *handle, const char *name, struct lend_domain **ret,
		       struct lend_error *error)
{
	_cleanup_free_ char *xml = NULL;
	int r;

	if (!lend_libvirt_is_running(handle)) {
		lend_error_set(error, -ENOTCONN, "%s: it is not running", name);
		return lend_error_hint(error, -ENOTCONN,
				       "'virsh start %s' starts it; its firmware then assigns the BARs",
				       lend_text_shell_quote(name).text);
	}
	r = lend_libvirt_live(handle, &xml, error);
	if (r == 0)
		r = lend_domain_parse(xml, strlen(xml), ret, error);
	return r < 0 ? lend_error_wrap(error, r, "%s", name) : 0;
}

static int read_guest(struct lend_libvirt_domain *handle, struct lend_guest_pci *ret, struct lend_error *error)
{
	_cleanup_free_ char *answer = NULL;
	int r;

	r = lend_libvirt_guest_pci(handle, &answer, error);
	return r < 0 ? r : lend_guest_pci_parse(answer, strlen(answer), ret, error);
}

static int compare(const struct lend_fs *fs, struct report *report, struct lend_error *error)
{
	report->items = calloc(report->domain->hostdev_count, sizeof(*report->items));
	if (!report->items)
		return lend_error_set(error, -ENOMEM, "out of memory for a guest's devices");
	for (size_t i = 0; i < report->domain->hostdev_count; i++) {
		const struct lend_hostdev *hostdev = &report->domain->hostdevs[i];
		struct lend_bars bars;
		int r = lend_bars_read(fs, hostdev->source, &bars, error);

		if (r < 0)
			return r;
		lend_bar_placement_evaluate(hostdev->source, hostdev->alias, &bars, &report->guest,
					    &report->items[report->count++]);
	}
	return 0;
}

static int make_report(const struct lend_call *call, const struct lend_fs *fs, struct report *ret,
		       struct lend_error *error)
{
	_cleanup_(lend_libvirt_closep) struct lend_libvirt *libvirt = NULL;
	_cleanup_(lend_libvirt_domain_freep) struct lend_libvirt_domain *handle = NULL;
	int r;

	r = lend_libvirt_open(call->connect, &libvirt, error);
	if (r == 0)
		r = lend_libvirt_find(libvirt, call->guest, &handle, error);
	if (r == 0)
		r = read_domain(handle, call->guest, &ret->domain, error);
	if (r < 0 || !ret->domain->hostdev_count)
		return r;
	r = read_guest(handle, &ret->guest, error);
	return r < 0 ? r : compare(fs, ret, error);
}

static int print_json(const struct report *report, struct lend_error *error)
{
	json_t *array = json_array();

	for (size_t i = 0; i < report->count; i++)
		(void)json_array_append_new(array, lend_guest_bar_report_to_json(&report->items[i]));
	if (lend_print_json_array(array, report->count) < 0)
		return lend_error_set(error, -ENOMEM, "%s: cannot form the JSON", report->domain->name);
	return 0;
}

static void print_text(const struct report *report)
{
	if (!report->count)
		lend_say("%s: has no PCI device of this host", report->domain->name);
	/* Until then a BAR without an address means nothing. */
	if (!report->guest.has_placed)
		return;
	for (size_t i = 0; i < report->count; i++)
		lend_guest_bar_report_print(stdout, report->domain->name, &report->items[i]);
}

int lend_guest_bar_check(const struct lend_call *call, struct lend_error *error)
{
	_cleanup_(lend_program_close) struct lend_program program = { 0 };
	_cleanup_(report_clear) struct report report = { 0 };
	int r;

	r = lend_program_open(call, false, &program, error);
	if (r == 0)
		r = make_report(call, program.fs, &report, error);
	if (r == 0 && call->json)
		r = print_json(&report, error);
	else if (r == 0)
		print_text(&report);
	if (r == 0)
		r = lend_bar_placement_explain(report.items, report.count, &report.guest, report.domain->name, error);
	return r < 0 && report.domain ? lend_error_wrap(error, r, "%s", report.domain->name) : r;
}
