/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that come to a guest, or leave it, while it runs. */
#include "live/running_domain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verb.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/clock.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/edit/edit.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/domain/template.h"
#include "lendpci/know/host/process.h"
#include "libvirt/connection.h"

/* A guest takes at least five seconds to act on the button of a PCIe slot. */
enum { PAUSE_MS = 250 };

static int read_live(struct lend_running_domain *running, struct lend_error *error)
{
	_cleanup_free_ char *xml = NULL;
	struct lend_domain *domain;
	int r;

	r = lend_libvirt_live(running->handle, &xml, error);
	if (r == 0)
		r = lend_domain_parse(xml, strlen(xml), &domain, error);
	if (r < 0)
		return r;
	lend_domain_free(running->domain);
	running->domain = domain;
	return 0;
}

int lend_running_domain_open(const struct lend_call *call, const struct lend_fs *fs, const char *name,
			     struct lend_running_domain *ret, struct lend_error *error)
{
	int r;

	r = lend_libvirt_open(call->connect, &ret->libvirt, error);
	if (r == 0)
		r = lend_libvirt_find(ret->libvirt, name, &ret->handle, error);
	if (r < 0)
		return r;
	if (!lend_libvirt_is_running(ret->handle)) {
		lend_error_set(error, -ENOTCONN, "%s: it does not run", name);
		return lend_error_hint(
			error, -ENOTCONN,
			"'lendpci assign %s DEVICE' and 'lendpci unassign' change what it has when it starts",
			lend_text_shell_quote(name).text);
	}
	r = read_live(ret, error);
	if (r < 0)
		return lend_error_wrap(error, r, "%s", name);
	if (!lend_process_find_qemu(fs, ret->domain->uuid))
		return lend_error_set(error, -ENOTSUP, "%s: no QEMU of this host runs it", name);
	return 0;
}

void lend_running_domain_clear(struct lend_running_domain *running)
{
	lend_domain_free(running->domain);
	lend_libvirt_domain_free(running->handle);
	lend_libvirt_close(running->libvirt);
	*running = (struct lend_running_domain){ 0 };
}

static int make_hostdev(const struct lend_running_domain *running, const struct lend_fs *fs,
			struct lend_address function, char **ret, struct lend_error *error)
{
	_cleanup_(lend_templates_freep) struct lend_templates *templates = NULL;
	int r;

	r = lend_templates_load(fs, &templates, error);
	return r < 0 ? r
		     : lend_edit_hostdev_alone(function, lend_libvirt_version(running->libvirt), templates, ret, error);
}

int lend_running_domain_plug(const struct lend_running_domain *running, const struct lend_fs *fs,
			     struct lend_address function, struct lend_error *error)
{
	_cleanup_free_ char *xml = NULL;
	int r;

	r = make_hostdev(running, fs, function, &xml, error);
	return r < 0 ? r : lend_libvirt_attach(running->handle, xml, error);
}

int lend_running_domain_unplug(struct lend_running_domain *running, const struct lend_fs *fs,
			       const struct lend_addresses *functions, unsigned timeout_ms, struct lend_error *error)
{
	const struct lend_deadline deadline = lend_deadline_in(timeout_ms);
	size_t left = functions->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < functions->count; i++) {
		_cleanup_free_ char *xml = NULL;

		r = make_hostdev(running, fs, functions->items[i], &xml, error);
		if (r == 0)
			r = lend_libvirt_detach(running->handle, xml, error);
	}
	while (r == 0 && left > 0) {
		r = read_live(running, error);
		while (r == 0 && left > 0 && !lend_domain_hostdev(running->domain, functions->items[left - 1]))
			left--;
		if (r == 0 && left > 0 && lend_deadline_has_passed(deadline)) {
			lend_error_set(error, -ETIMEDOUT, "%s: the guest has not let it go within %g s, and keeps it",
				       lend_address_text(functions->items[left - 1]).text, timeout_ms / 1000.0);
			return lend_error_hint(
				error, -ETIMEDOUT,
				"close what uses it in the guest and try again; it comes home when the VM is shut down");
		}
		if (r == 0 && left > 0)
			lend_deadline_pause(deadline, PAUSE_MS);
	}
	return r;
}
