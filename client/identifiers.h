// SPDX-License-Identifier: Apache-2.0
// The two national identifiers of a child, and dates: parsed strictly, refused with a reason and never with the value.
#ifndef CLIENT_IDENTIFIERS_H
#define CLIENT_IDENTIFIERS_H

#include "base/err.h"

// NHS number: ten digits, spaces and hyphens between them allowed, modulus-11 check digit. A number of ten equal
// digits passes the check and belongs to nobody: `out` is then "". ERR_INPUT.
err_t nhs_number_parse(const char *text, char out[11]);

// Unique Pupil Number: check letter (weights 2..13, modulus 23, letters without I, O and S), twelve digits; the last
// may be a letter in a temporary number. Upper-case in `out`. ERR_INPUT.
err_t upn_parse(const char *text, char out[14]);

// Dates as people write them: ISO 2014-03-09, or day first 9/3/2014, 09.03.2014, 09-03-2014. ERR_INPUT when the text
// is no date, or the day is not in the calendar or the year not within 1850 to 2150.
err_t date_parse(const char *text, int *year, int *month, int *day);

#endif
