// SPDX-License-Identifier: Apache-2.0
// An England-like population of children, household by household, from a seed: siblings share surname and home, twins
// also their birthday, and communities live together. Nobody in it exists.
#ifndef BENCH_PEOPLE_H
#define BENCH_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bench/name_model.h"
#include "client/identity.h"

struct person {
    struct model_name name;
    enum community community;
    uint32_t family; // siblings share it
    int year, month, day;
    char postcode[16], address[64];
};

struct people;

// `second_forenames` is the share of records in which a second forename that the child has is written down.
err_t people_new(uint64_t seed, double second_forenames, struct people **out);
void people_next(struct people *people, struct person *out);
void people_free(struct people *people);

err_t person_identity(const struct person *person, struct identity *out);

#endif
