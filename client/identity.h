// SPDX-License-Identifier: Apache-2.0
// A child's details as a person or a case-management system gives them, and the same details normalised for matching.
// Nothing here leaves the client.
#ifndef CLIENT_IDENTITY_H
#define CLIENT_IDENTITY_H

#include <stdbool.h>

#include "base/err.h"
#include "client/address.h"
#include "client/names.h"

// The fields in which an identity can be wrong: names a column and a prompt, never a value.
enum identity_field {
    IDENTITY_FORENAMES,
    IDENTITY_SURNAME,
    IDENTITY_DATE_OF_BIRTH,
    IDENTITY_NHS_NUMBER,
    IDENTITY_UPN,
    IDENTITY_POSTCODE,
    IDENTITY_ADDRESS,
    IDENTITY_FIELD_COUNT,
};
const char *identity_field_text(enum identity_field field); // the CSV column's name

#define IDENTITY_TEXT_MAX 255 // bytes of one field as given

struct identity { // as given, UTF-8; an empty text is a missing field
    char text[IDENTITY_FIELD_COUNT][IDENTITY_TEXT_MAX + 1];
};

// Copies a field, without the white space around it. ERR_INPUT when it is too long or not UTF-8; the error names the
// field, never the value.
err_t identity_set(struct identity *identity, enum identity_field field, const char *text);

struct normal_identity {
    struct name_parts forenames, surname;
    int year, month, day; // year 0: missing
    char nhs_number[11];  // "": missing
    char upn[14];
    char outward[OUTWARD_SIZE], postcode[POSTCODE_SIZE]; // "ls1", "ls14ap"
    char street[NAME_PART_MAX];                          // letters of the street's name
};

// Normalises one field into `out`. ERR_INPUT gives the reason alone, without the field's name, and leaves the field
// missing; "" and placeholders are fine, and missing.
err_t identity_normalise_field(enum identity_field field, const char *text, struct normal_identity *out);
// What can only be told from all fields together: call it after the last one.
void identity_settle(struct normal_identity *identity);
// Whether one field can be used, on its own: what a prompt asks before it goes on. ERR_INPUT as above.
err_t identity_check(enum identity_field field, const char *text);

// Normalises all fields. ERR_INPUT names the first wrong field and why (check digit, date that does not exist); a wrong field is
// an error and never silently dropped.
err_t identity_normalise(const struct identity *identity, struct normal_identity *out);

#endif
