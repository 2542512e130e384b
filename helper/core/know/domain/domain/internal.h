/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libxml/tree.h>

struct lend_domain;
struct lend_error;

/* Of domain.c: the hostdevs and ports of @root, which is a <domain>, into @domain. */
int domain_read_devices(const xmlNode *root, struct lend_domain *domain, struct lend_error *error);
