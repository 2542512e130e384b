/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "lendpci/decide/mmio/need.h"
#include "lendpci/decide/verdict.h"
#include "lendpci/decide/write_combining.h"
#include "lendpci/know/holders/find.h"
#include "lendpci/know/pci/device.h"
#include "lendpci/know/pci/names.h"

/** One device as the survey tells of it. */
struct lend_survey {
	struct lend_device device;
	struct lend_verdict verdict;
	struct lend_mmio_need need; /* of this function alone */
	struct lend_write_combining caching;
	char name[LEND_NAME_MAX];
	char class_name[LEND_NAME_MAX];
	const struct lend_holders *holders; /* of all devices, borrowed */
};

/** How people want to see it. */
struct lend_survey_look {
	bool colour;
	bool verbose; /* BARs and capabilities too */
	size_t columns;
};

/** The object of `survey --json`; the caller's. NULL when memory ran out. */
json_t *lend_survey_to_json(const struct lend_survey *survey);

/** All of it: a block of lines. */
void lend_survey_print(FILE *out, const struct lend_survey *survey, struct lend_survey_look look);

/** A verdict in a word. */
enum lend_survey_word {
	LEND_WORD_YES,     /* can be lent */
	LEND_WORD_WARNING, /* can be lent, and may disappoint */
	LEND_WORD_NOT_NOW, /* could be, but for what passes */
	LEND_WORD_NO,
};
enum lend_survey_word lend_survey_word(const struct lend_verdict *verdict);

/** "yes", "warning", "not now", "no". */
const char *lend_survey_word_name(enum lend_survey_word word);

/** How to paint it: LEND_GREEN and the like. */
const char *lend_survey_word_colour(enum lend_survey_word word);

/** "PCI Express endpoint", "root port"; NULL when it is not known. */
const char *lend_survey_kind(enum lend_pci_kind kind);
