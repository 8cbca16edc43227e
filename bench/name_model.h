// SPDX-License-Identifier: Apache-2.0
// Names of an England-like population of children: communities with forenames and surnames of their own, so that full
// names are correlated as they are in life. Where the shares come from stands in name_model.c and docs/matching.md.
#ifndef BENCH_NAME_MODEL_H
#define BENCH_NAME_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "bench/random.h"

#define MODEL_FIRST_YEAR 2008
#define MODEL_YEARS 18
#define MODEL_NAME_SIZE 96 // bytes, with the zero

enum community {
    COMMUNITY_ENGLISH,
    COMMUNITY_EUROPEAN,     // Polish, Romanian and neighbours
    COMMUNITY_SOUTH_MUSLIM, // Pakistani, Bangladeshi
    COMMUNITY_HINDU,
    COMMUNITY_SIKH,
    COMMUNITY_ARABIC, // Arab, Somali, North African
    COMMUNITY_WEST_AFRICAN,
    COMMUNITY_CHINESE,
    COMMUNITY_COUNT,
};

struct model_name {
    char first[MODEL_NAME_SIZE], second[MODEL_NAME_SIZE]; // forenames; the second may be ""
    char surname[MODEL_NAME_SIZE];
};

struct name_model;

err_t name_model_new(struct name_model **out); // ERR_MEMORY
void name_model_free(struct name_model *model);

enum community name_model_community(struct random *random);
// A family's name: double-barrelled for some English families.
void name_model_surname(const struct name_model *model, enum community community, struct random *random,
                        char out[MODEL_NAME_SIZE]);
void name_model_double_surname(const struct name_model *model, struct random *random, char out[MODEL_NAME_SIZE]);
// A child's forenames, and in Sikh and South Asian Muslim families the surname where it goes by sex.
void name_model_child(const struct name_model *model, enum community community, int year, bool girl,
                      struct random *random, struct model_name *name);

#endif
