/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the files of doctor's checks: doctor_checks.c has the table and the checks of the host, devices.c the others.
 */

#include "lendpci/decide/doctor_checks.h"

#define TELL(field, ...) ((void)snprintf(field, sizeof(field), __VA_ARGS__))

void doctor_check_saved(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_definitions(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_display(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_drivers(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_sessions(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_reserved(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_leftovers(const struct lend_doctor_facts *facts, struct lend_check *ret);
void doctor_check_loans(const struct lend_doctor_facts *facts, struct lend_check *ret);
