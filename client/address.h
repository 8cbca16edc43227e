// SPDX-License-Identifier: Apache-2.0
// Postcodes and street names, for the key set that uses them.
#ifndef CLIENT_ADDRESS_H
#define CLIENT_ADDRESS_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

#define OUTWARD_SIZE 12
#define POSTCODE_SIZE 12

// "LS1 4AP" gives "ls1" and "ls14ap". Of another country's code the first half takes the outward code's place: "2119"
// gives "21". What cannot be a postcode, and the NHS's ZZ99 codes for "unknown" and "no fixed abode", give "": an
// address is never a reason to refuse a child.
void postcode_parse(const char *text, char outward[OUTWARD_SIZE], char postcode[POSTCODE_SIZE]);

// The letters of the street's name, of "Flat 2, 14 Mill Lane, Leeds": "milllane". "" where there is none.
err_t street_parse(const char *text, char *out, size_t size);

void address_describe(struct buf *out); // for the digest

#endif
