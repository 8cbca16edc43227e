// SPDX-License-Identifier: Apache-2.0
// The children of proto/vectors.json: nobody is meant. Each shows a rule of docs/protocol.md, "Values", or a script.
#ifndef TESTS_INTEROP_VECTOR_CHILDREN_H
#define TESTS_INTEROP_VECTOR_CHILDREN_H

#include <stddef.h>

struct vector_child {
    const char *shows;
    const char *forenames, *surname, *date_of_birth, *nhs_number, *upn;
};

extern const struct vector_child vector_children[];
extern const size_t vector_child_count;

// Names for the phonetic code alone.
extern const char *const vector_sounds[];
extern const size_t vector_sound_count;

#endif
