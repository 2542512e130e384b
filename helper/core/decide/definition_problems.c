/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a definition: what libvirt, QEMU or the guest's firmware will say of it, said before. */
#include "lendpci/decide/definition_problems.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lendpci/base/cleanup.h"
#include "lendpci/base/error.h"
#include "lendpci/base/text.h"
#include "lendpci/decide/igd.h"
#include "lendpci/decide/mmio/window.h"
#include "lendpci/know/domain/definition_facts.h"
#include "lendpci/know/domain/domain.h"
#include "lendpci/know/pci/function.h"

#define GIB (UINT64_C(1) << 30)

/* The first kernel that maps BARs in large pages. */
enum { LARGE_PAGES = 6012 };

void lend_problems_clear(struct lend_problems *problems)
{
	free(problems->items);
	*problems = (struct lend_problems){ 0 };
}

/* A further problem; NULL when memory runs out. */
static struct lend_problem *__attribute__((format(printf, 4, 5)))
add(struct lend_problems *problems, const char *code, enum lend_severity severity, const char *format, ...)
{
	struct lend_problem *bigger = reallocarray(problems->items, problems->count + 1, sizeof(*bigger));
	va_list arguments;

	if (!bigger)
		return NULL;
	problems->items = bigger;
	bigger += problems->count++;
	*bigger = (struct lend_problem){ .code = code, .severity = severity };
	problems->has_error |= severity == LEND_SEVERITY_ERROR;
	va_start(arguments, format);
	(void)vsnprintf(bigger->text, sizeof(bigger->text), format, arguments);
	va_end(arguments);
	return bigger;
}

static bool __attribute__((format(printf, 2, 3))) advise(struct lend_problem *problem, const char *format, ...)
{
	va_list arguments;

	if (!problem)
		return false;
	va_start(arguments, format);
	(void)vsnprintf(problem->hint, sizeof(problem->hint), format, arguments);
	va_end(arguments);
	return true;
}

/* libvirt binds what is managed; what the policy names, the hook does. */
static bool find_unmanaged(const struct lend_definition_facts *facts, size_t i, struct lend_problems *ret)
{
	const struct lend_hostdev *hostdev = &facts->domain->hostdevs[i];
	const struct lend_address_text name = lend_address_text(hostdev->source);

	if (hostdev->managed || facts->hostdevs[i].is_on_vfio ||
	    lend_policy_find(&facts->domain->policy, hostdev->source))
		return true;
	return advise(
		add(ret, "unmanaged", LEND_SEVERITY_ERROR,
		    "%s: its hostdev has no managed='yes' and it is not on vfio-pci, so libvirt refuses the start: \"Unmanaged PCI device %s must be manually detached from the host\"",
		    name.text, name.text),
		"'lendpci assign %.100s %s' makes it managed", facts->domain->name, name.text);
}

static bool find_unassigned(const struct lend_definition_facts *facts, size_t i, struct lend_problems *ret)
{
	const struct lend_hostdev *hostdev = &facts->domain->hostdevs[i];
	const struct lend_function function = { .class = facts->hostdevs[i].class };
	const bool is_wanted =
		lend_function_is_gpu(&function) || lend_policy_find(&facts->domain->policy, hostdev->source);

	if (!hostdev->is_unassigned)
		return true;
	return advise(add(ret, "unassigned", is_wanted ? LEND_SEVERITY_WARNING : LEND_SEVERITY_INFO,
			  "%s: it is lent, and the guest does not see it: <address type='unassigned'/>",
			  lend_address_text(hostdev->source).text),
		      "remove that <address> from its hostdev if the guest is to have it");
}

static bool find_rom(const struct lend_definition_facts *facts, size_t i, struct lend_problems *ret)
{
	const struct lend_hostdev *hostdev = &facts->domain->hostdevs[i];
	const struct lend_address_text name = lend_address_text(hostdev->source);
	struct lend_problem *problem;

	switch (facts->hostdevs[i].rom) {
	case LEND_ROM_MISSING:
		problem = add(ret, "rom-missing", LEND_SEVERITY_ERROR,
			      "%s: its <rom file='%.200s'> is not there, so QEMU does not start", name.text,
			      hostdev->rom);
		break;
	case LEND_ROM_EMPTY:
		problem = add(ret, "rom-missing", LEND_SEVERITY_ERROR,
			      "%s: its <rom file='%.200s'> is empty, so QEMU does not start", name.text, hostdev->rom);
		break;
	case LEND_ROM_UNREADABLE:
		problem = add(ret, "rom-unreadable", LEND_SEVERITY_WARNING,
			      "%s: its <rom file='%.200s'> cannot be read here, and QEMU reads it as a user of its own",
			      name.text, hostdev->rom);
		break;
	default:
		return true;
	}
	return advise(problem, "put the ROM there, readable for QEMU, or remove the <rom> from its hostdev");
}

static bool has_node(uint64_t nodes, int node)
{
	return node >= 64 || nodes & 1ULL << node;
}

/* A device whose memory is on another node of the host than its guest's is reached over the link between them. */
static bool find_numa(const struct lend_definition_facts *facts, size_t i, struct lend_problems *ret)
{
	const struct lend_domain *domain = facts->domain;
	const struct lend_hostdev *hostdev = &domain->hostdevs[i];
	const struct lend_address_text name = lend_address_text(hostdev->source);
	const int node = facts->hostdevs[i].node;
	const bool has_cell = hostdev->cell >= 0 && hostdev->cell < LEND_CELLS_MAX;
	const uint64_t nodes = has_cell ? domain->cell_nodes[hostdev->cell] : domain->memory_nodes;

	if (node < 0)
		return true;
	if (has_cell && nodes && !has_node(nodes, node))
		return advise(
			add(ret, "numa", LEND_SEVERITY_WARNING,
			    "%s: it is on NUMA node %d of the host, and its place in the guest belongs to cell %d, whose memory is elsewhere",
			    name.text, node, hostdev->cell),
			"put it behind the expander bus (pxb) of a cell that <memnode> keeps on node %d", node);
	if (!has_cell && domain->cells > 1)
		return advise(
			add(ret, "numa", LEND_SEVERITY_INFO,
			    "%s: it is on NUMA node %d of the host, and the guest, which has %u cells, is not told of which it is near",
			    name.text, node, domain->cells),
			"an expander bus (pxb) with <target><node>…</node></target> above it tells, or <acpi nodeset='…'/> from libvirt 11 on");
	if (!has_cell && nodes && !has_node(nodes, node))
		return advise(add(ret, "numa", LEND_SEVERITY_WARNING,
				  "%s: it is on NUMA node %d of the host, and the guest's memory is elsewhere",
				  name.text, node),
			      "<numatune><memory nodeset='%d'/></numatune> keeps the memory there", node);
	return true;
}

/* Intel's graphics: where the guest looks for them, and what QEMU does not bring along. */
static bool find_igd(const struct lend_definition_facts *facts, size_t i, struct lend_problems *ret)
{
	static const struct lend_address place = { .device = 2 };
	const struct lend_hostdev *hostdev = &facts->domain->hostdevs[i];
	const struct lend_address_text name = lend_address_text(hostdev->source);
	struct lend_igd_needs needs;

	if (!lend_is_igd(hostdev->source, facts->hostdevs[i].vendor) || hostdev->is_unassigned)
		return true;
	if (hostdev->has_guest_address && !lend_address_equal(hostdev->guest, place))
		return advise(
			add(ret, "igd-address", LEND_SEVERITY_WARNING,
			    "%s: the guest has these Intel graphics at %s, and their ROM looks for them at 0000:00:02.0",
			    name.text, lend_address_text(hostdev->guest).text),
			"'virsh edit %.100s': free its slot 0x02 of bus 0x00 and give the hostdev that <address>",
			facts->domain->name);
	lend_igd_needs(&facts->mmio.guest, facts->hostdevs[i].rom != LEND_ROM_NONE, hostdev->alias, &needs);
	for (size_t k = 0; k < needs.count; k++)
		if (!add(ret, "igd-needs", LEND_SEVERITY_INFO, "%s: %s", name.text, needs.text[k]))
			return false;
	return true;
}

static bool find_hostdevs(const struct lend_definition_facts *facts, struct lend_problems *ret)
{
	for (size_t i = 0; i < facts->domain->hostdev_count; i++)
		if (!find_unmanaged(facts, i, ret) || !find_unassigned(facts, i, ret) || !find_rom(facts, i, ret) ||
		    !find_numa(facts, i, ret) || !find_igd(facts, i, ret))
			return false;
	return true;
}

static bool find_arguments(const struct lend_definition_facts *facts, struct lend_problems *ret)
{
	const struct lend_domain *domain = facts->domain;

	for (size_t i = 0; i < domain->arguments.vfio_count; i++) {
		const struct lend_vfio_argument *argument = &domain->arguments.vfio[i];
		const struct lend_address_text name = lend_address_text(argument->address);
		const bool is_ready = facts->arguments[i].is_on_vfio, is_option = *argument->option;

		if (!advise(add(ret, "past-libvirt", is_ready ? LEND_SEVERITY_WARNING : LEND_SEVERITY_ERROR,
				"%s: <qemu:commandline> gives it to QEMU past libvirt, so it is neither lent nor brought home%s",
				name.text, is_ready ? "" : "; it is not on vfio-pci, so QEMU does not start"),
			    "remove %s%s%s'%.160s' from %s, then 'lendpci assign %.60s %s'", is_option ? "'-" : "",
			    argument->option, is_option ? "' " : "", argument->text,
			    is_option ? "<qemu:commandline>" : "<qemu:override>", domain->name, name.text))
			return false;
	}
	return !*domain->arguments.config ||
	       advise(add(ret, "past-libvirt-file", LEND_SEVERITY_WARNING,
			  "-readconfig %.200s in <qemu:commandline> can give QEMU devices of this host past libvirt, which are then neither lent nor brought home",
			  domain->arguments.config),
		      "have devices in the domain's XML");
}

static bool find_memory(const struct lend_definition_facts *facts, struct lend_problems *ret)
{
	static const enum lend_severity severities[] = {
		[LEND_FIT_PERHAPS] = LEND_SEVERITY_INFO,
		[LEND_FIT_TOO_SMALL] = LEND_SEVERITY_WARNING,
		[LEND_FIT_NO_START] = LEND_SEVERITY_ERROR,
	};
	_cleanup_free_ struct lend_mmio_need *needs = calloc(facts->mmio.count + 1, sizeof(*needs));
	struct lend_window_facts window = {
		.devices = needs,
		.count = facts->mmio.count,
		.guest = &facts->mmio.guest,
		.host = &facts->mmio.host,
		.firmware = facts->mmio.firmware,
	};
	struct lend_window_fit fit;
	struct lend_problem *problem;
	const struct lend_domain *domain = facts->domain;

	if (!needs)
		return false;
	for (size_t i = 0; i < facts->mmio.count; i++)
		needs[i] = lend_mmio_of_device(facts->mmio.cards[i].functions, facts->mmio.cards[i].count);
	lend_window_judge(&window, &fit);
	if (fit.fit == LEND_FIT_FINE || (!facts->mmio.count && fit.fit != LEND_FIT_NO_START))
		return true;
	problem = add(ret, "memory", severities[fit.fit], "%s", fit.text);
	if (problem)
		problem->is_for_hook = fit.fit == LEND_FIT_NO_START;
	if (fit.fit == LEND_FIT_NO_START)
		return advise(problem,
			      "remove '-fw_cfg' '%s' from <qemu:commandline>, then 'lendpci assign' its devices",
			      facts->mmio.guest.window.argument);
	return advise(problem, "'lendpci assign %.100s %s' makes room", domain->name,
		      domain->hostdev_count  ? lend_address_text(domain->hostdevs[0].source).text
		      : domain->policy.count ? lend_address_text(domain->policy.devices[0].address).text
					     : "DEVICE");
}

static uint64_t size_of_bars(const struct lend_mmio_facts *mmio)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < mmio->count; i++)
		for (size_t k = 0; k < mmio->cards[i].count; k++)
			for (size_t n = 0; n < mmio->cards[i].functions[k].count; n++)
				sum += mmio->cards[i].functions[k].items[n].size;
	return sum;
}

/*
 * What makes a start slow, though nothing is wrong. VFIO pins all of a guest's memory: 8.9 s for 32 GiB and 32 s for
 * 120 GiB were measured with pages of 4 KiB, 0.7 s for 50 GiB with those of 1 GiB. Large BARs are mapped in large pages
 * from Linux 6.12 (commit f9e54c3a2f5b) and QEMU 9.2 on.
 */
static bool find_costs(const struct lend_definition_facts *facts, struct lend_problems *ret)
{
	const uint64_t memory = facts->mmio.guest.memory, bars = size_of_bars(&facts->mmio);

	if (!facts->mmio.count)
		return true;
	if (memory >= 24 * GIB && !facts->mmio.guest.has_hugepages &&
	    !advise(add(ret, "pinning", LEND_SEVERITY_INFO,
			"its memory of %s is pinned at each start, which takes some %" PRIu64 " s in pages of 4 KiB",
			lend_size_text(memory).text, memory / GIB * 27 / 100),
		    "<memoryBacking><hugepages/></memoryBacking> makes it a second, once the host has set aside enough of them"))
		return false;
	if (bars < 16 * GIB || !facts->mmio.kernel || facts->mmio.kernel >= LARGE_PAGES)
		return true;
	return advise(
		add(ret, "slow-bars", LEND_SEVERITY_INFO,
		    "its devices' BARs of %s may take minutes of each start: this host's kernel %u.%u maps them in pages of 4 KiB",
		    lend_size_text(bars).text, facts->mmio.kernel / 1000, facts->mmio.kernel % 1000),
		"Linux 6.12 and QEMU 9.2 map them in large pages");
}

static bool find_machine(const struct lend_definition_facts *facts, struct lend_problems *ret)
{
	if (facts->mmio.guest.is_known || !facts->mmio.count)
		return true;
	return add(
		ret, "machine", LEND_SEVERITY_WARNING,
		"its machine type is '%s', and lendpci knows x86-64's q35 and pc: whether its devices find room there is not looked at",
		facts->mmio.guest.machine);
}

/* Errors first, then warnings; among each as they were found. */
static bool sort(struct lend_problems *problems)
{
	struct lend_problem *sorted = calloc(problems->count + 1, sizeof(*sorted));
	size_t count = 0;

	if (!sorted)
		return false;
	for (enum lend_severity severity = LEND_SEVERITY_ERROR; severity <= LEND_SEVERITY_INFO; severity++)
		for (size_t i = 0; i < problems->count; i++)
			if (problems->items[i].severity == severity)
				sorted[count++] = problems->items[i];
	free(problems->items);
	problems->items = sorted;
	return true;
}

int lend_definition_problems_find(const struct lend_definition_facts *facts, struct lend_problems *ret,
				  struct lend_error *error)
{
	_cleanup_(lend_problems_clear) struct lend_problems problems = { 0 };

	if (!find_hostdevs(facts, &problems) || !find_arguments(facts, &problems) || !find_memory(facts, &problems) ||
	    !find_costs(facts, &problems) || !find_machine(facts, &problems) || !sort(&problems))
		return lend_error_set(error, -ENOMEM, "out of memory for what is wrong with a definition");
	*ret = problems;
	problems = (struct lend_problems){ 0 };
	return 0;
}
