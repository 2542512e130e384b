/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * survey --format.
 *
 * Source: KubeVirt's user guide, "Host Devices Assignment"; Ansible's documentation, "Discovering variables: facts and
 * magic variables", facts.d.
 */
#include "survey/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/json.h"
#include "cli/verb.h"
#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"

int lend_survey_check_format(const char *format, struct lend_error *error)
{
	if (strcmp(format, "kubevirt") == 0 || strcmp(format, "ansible") == 0)
		return 0;
	lend_error_set(error, LEND_EXIT_USAGE, "--format: '%s' is neither kubevirt nor ansible", format);
	return lend_error_hint(error, LEND_EXIT_USAGE, "'lendpci survey --help' shows how");
}

/* A resource's name: letters, digits and underscores, 63 at most, as Kubernetes wants it. */
static void make_resource_name(const char *name, char *ret, size_t size)
{
	size_t length = 0;

	for (; *name && length + 1 < size; name++) {
		if (isalnum((unsigned char)*name))
			ret[length++] = (char)toupper((unsigned char)*name);
		else if (length && ret[length - 1] != '_')
			ret[length++] = '_';
	}
	while (length && ret[length - 1] == '_')
		length--;
	ret[length] = '\0';
}

static bool was_told(const struct lend_function *kinds, size_t count, const struct lend_function *function)
{
	for (size_t i = 0; i < count; i++)
		if (kinds[i].vendor == function->vendor && kinds[i].device == function->device)
			return true;
	return false;
}

static int print_kubevirt(const struct lend_survey_host *host, struct lend_error *error)
{
	_cleanup_free_ struct lend_function *told = calloc(host->inventory.count + 1, sizeof(*told));
	size_t count = 0;

	if (!told)
		return lend_error_set(error, -ENOMEM, "out of memory for the survey");
	for (size_t i = 0; i < host->inventory.count; i++) {
		const struct lend_function *function = &host->inventory.functions[i];
		struct lend_survey survey = { 0 };
		char name[64];

		if (was_told(told, count, function))
			continue;
		if (lend_survey_host_judge(host, function->address, &survey, NULL) == 0 && survey.verdict.assignable) {
			if (count == 0)
				(void)fputs("permittedHostDevices:\n  pciHostDevices:\n", stdout);
			make_resource_name(survey.name, name, sizeof(name));
			(void)printf("  - pciVendorSelector: \"%04X:%04X\"\n    resourceName: \"host.lendpci/%s\"\n",
				     function->vendor, function->device, name);
			told[count++] = *function;
		}
		lend_device_clear(&survey.device);
	}
	if (count == 0)
		(void)fputs("permittedHostDevices: {}\n", stdout);
	return 0;
}

static int print_ansible(const struct lend_survey_host *host, struct lend_error *error)
{
	json_t *lendable = json_array(), *graphics = json_array(), *devices = json_array();

	for (size_t i = 0; i < host->inventory.count; i++) {
		const struct lend_function *function = &host->inventory.functions[i];
		const struct lend_address_text address = lend_address_text(function->address);
		struct lend_survey survey = { 0 };

		if (lend_survey_host_judge(host, function->address, &survey, NULL) == 0 &&
		    !lend_verdict_find(&survey.verdict, "bridge") && !lend_verdict_find(&survey.verdict, "platform")) {
			(void)json_array_append_new(devices, lend_survey_to_json(&survey));
			if (survey.verdict.assignable)
				(void)json_array_append_new(lendable, json_string(address.text));
			if (lend_function_is_gpu(function))
				(void)json_array_append_new(graphics, json_string(address.text));
		}
		lend_device_clear(&survey.device);
	}
	if (lend_print_json(json_pack("{s:s s:o s:o s:o}", "version", LENDPCI_VERSION, "lendable", lendable, "gpus",
				      graphics, "devices", devices)) < 0)
		return lend_error_set(error, -ENOMEM, "out of memory for the survey");
	return 0;
}

int lend_survey_print_format(const struct lend_survey_host *host, const char *format, struct lend_error *error)
{
	return strcmp(format, "kubevirt") == 0 ? print_kubevirt(host, error) : print_ansible(host, error);
}
