/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

struct lend_call;
struct lend_domain;
struct lend_error;
struct lend_libvirt;
struct lend_libvirt_domain;

/** A domain's persistent definition, while a verb edits it. */
struct lend_definition {
	struct lend_libvirt *libvirt;
	struct lend_libvirt_domain *handle;
	char *xml; /* NUL-terminated */
	size_t size;
	struct lend_domain *domain; /* what @xml says */
};

/** Reads @name's definition from the libvirt of @call. Cleared by lend_definition_clear(), also after a failure. */
int lend_definition_open(const struct lend_call *call, const char *name, struct lend_definition *ret,
			 struct lend_error *error);
void lend_definition_clear(struct lend_definition *definition);

/** Makes @xml the definition, or with --dry-run prints the difference. */
int lend_definition_store(const struct lend_call *call, const struct lend_definition *definition, const char *xml,
			  struct lend_error *error);
