// SPDX-License-Identifier: Apache-2.0
// The components of match keys: what a key may take from a child's details.
#ifndef CLIENT_COMPONENTS_H
#define CLIENT_COMPONENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/identity.h"

// A text of fixed capacity that remembers when it was too small.
struct key_text {
    char *data;
    size_t len, size;
    bool full;
};

void key_text_put(struct key_text *text, const char *data, size_t len);

struct component {
    const char *name; // part of the digest
    // Appends the component; false when the details do not give it.
    bool (*put)(const struct normal_identity *identity, struct key_text *out);
};

extern const struct component component_nhs_number;
extern const struct component component_upn;
extern const struct component component_name_letters; // sorted letters of all name parts
extern const struct component component_sounds;       // sorted NYSIIS(canonical call name), NYSIIS(last surname)
extern const struct component component_heads;        // sorted first letters of forename and surname
extern const struct component component_ends;         // sorted first and last letters of forename and surname
extern const struct component component_forename_head;
extern const struct component component_date;
extern const struct component component_date_swappable; // year, sorted (day, month)
extern const struct component component_outward;
extern const struct component component_postcode_sorted; // its characters
extern const struct component component_street;          // the first letters of the street's name

#endif
