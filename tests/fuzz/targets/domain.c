/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's XML as the hook gets it: the domain, its policy, its guest, QEMU's arguments. All of it an owner's words.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/know/domain/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lend_domain_freep) struct lend_domain *domain = NULL;
	_cleanup_(lend_addresses_clear) struct lend_addresses devices = { 0 };
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct lend_error error = { 0 };
	char uuid[37];
	int r;

	r = lend_domain_parse_uuid(text, size, uuid, &error);
	FUZZ_RULE(r == 0 ? strlen(uuid) == 36 : *error.text != '\0', "a UUID is one, a failure has a sentence");
	error = (struct lend_error){ 0 };
	r = lend_domain_parse(text, size, &domain, &error);
	FUZZ_RULE((r == 0) == (domain != NULL) && (r == 0 || *error.text), "a domain, or a sentence");
	if (r < 0)
		return 0;
	FUZZ_RULE(domain->hostdev_count <= LEND_HOSTDEVS_MAX, "hostdevs have their bound");
	FUZZ_RULE(domain->policy.count <= LEND_POLICY_DEVICES_MAX, "the policy's devices have their bound");
	FUZZ_RULE(!lend_domain_first_borrowed(domain) || lend_domain_text_may_concern(text, size),
		  "what borrows a device is not passed over by the search of the text");
	FUZZ_RULE(lend_domain_devices(domain, &devices, NULL) == 0, "its devices can be listed");
	for (size_t i = 0; i < devices.count; i++)
		FUZZ_RULE(lend_domain_has(domain, devices.items[i]), "it has each of its devices");
	return 0;
}
