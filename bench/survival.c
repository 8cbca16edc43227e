// SPDX-License-Identifier: Apache-2.0
#include "bench/survival.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *const origin_names[ORIGINS] = {"English", "Polish/Rom.", "Arabic",      "South Asian",
                                           "Chinese", "W. African",  "double-barr."};

struct origin {
    enum community communities[3];
    int community_count;
    bool double_barrelled;
};

static const struct origin origins[ORIGINS] = {
    {{COMMUNITY_ENGLISH}, 1, false}, {{COMMUNITY_EUROPEAN}, 1, false},
    {{COMMUNITY_ARABIC}, 1, false},  {{COMMUNITY_SOUTH_MUSLIM, COMMUNITY_HINDU, COMMUNITY_SIKH}, 3, false},
    {{COMMUNITY_CHINESE}, 1, false}, {{COMMUNITY_WEST_AFRICAN}, 1, false},
    {{COMMUNITY_ENGLISH}, 1, true},
};

// As common as their communities are among those of South Asian names.
static enum community pick_community(const struct origin *origin, struct random *random) {
    double at = random_share(random);
    int index = origin->community_count == 1 || at < 0.61 ? 0 : at < 0.89 ? 1 : 2;
    return origin->communities[index];
}

static void make_person(const struct name_model *names, const struct origin *origin, struct random *random,
                        struct person *out) {
    *out = (struct person){.community = pick_community(origin, random)};
    if (origin->double_barrelled) {
        name_model_double_surname(names, random, out->name.surname);
    } else {
        do {
            name_model_surname(names, out->community, random, out->name.surname);
        } while (out->community == COMMUNITY_ENGLISH && strchr(out->name.surname, '-') != NULL);
    }
    out->year = MODEL_FIRST_YEAR + (int)random_below(random, MODEL_YEARS);
    out->month = 1 + (int)random_below(random, 12);
    out->day = 1 + (int)random_below(random, 28);
    name_model_child(names, out->community, out->year, random_below(random, 2) == 1, random, &out->name);
    snprintf(out->postcode, sizeof(out->postcode), "LS%u %uAB", 1 + random_below(random, 25), random_below(random, 10));
    snprintf(out->address, sizeof(out->address), "%u Mill Lane", 1 + random_below(random, 100));
}

static err_t values_of(const struct match_set *set, const struct person *person, struct match_values *out) {
    struct identity identity = {0};
    struct normal_identity normal;
    err_t err = person_identity(person, &identity);
    if (err == OK) {
        err = identity_normalise(&identity, &normal);
    }
    return err == OK ? match_values_of(set, &normal, out) : err;
}

static err_t compare(const struct match_set *set, const struct person *before, const struct person *after,
                     struct survival_count *count) {
    struct match_values a = {0};
    struct match_values b = {0};
    err_t err = values_of(set, before, &a);
    if (err == OK) {
        err = values_of(set, after, &b);
    }
    if (err == ERR_INPUT) { // "Neil" mistyped as "nil" leaves too few details
        count->suffered++;
        match_values_free(&a);
        return OK;
    }
    bool similar = false;
    bool sure = false;
    for (size_t i = 0; i < set->slot_count && err == OK; i++) {
        bool shared = a.value[i][0] != '\0' && strcmp(a.value[i], b.value[i]) == 0;
        similar |= shared;
        sure |= shared && set->slots[i].sure;
    }
    count->suffered++;
    count->survived += similar;
    count->survived_sure += sure;
    match_values_free(&a);
    match_values_free(&b);
    return err;
}

static err_t suffer(const struct name_model *names, const struct person *person, size_t origin, struct random *random,
                    struct survival *out) {
    err_t err = OK;
    for (size_t m = 0; m < mistake_count && err == OK; m++) {
        struct person mistaken = *person;
        if (mistakes[m].make(&mistaken, names, random)) {
            err = compare(out->set, person, &mistaken, &out->cell[m][origin]);
        }
    }
    return err;
}

err_t survival_measure(const struct match_set *set, size_t children, uint64_t seed, struct survival *out) {
    struct name_model *names = NULL;
    assert(mistake_count <= MISTAKES_MAX);
    *out = (struct survival){.set = set};
    err_t err = name_model_new(&names);
    for (size_t o = 0; o < ORIGINS && err == OK; o++) {
        struct random random = {seed * 1000 + o};
        for (size_t i = 0; i < children && err == OK; i++) {
            struct person person;
            make_person(names, &origins[o], &random, &person);
            err = suffer(names, &person, o, &random, out);
        }
    }
    name_model_free(names);
    return err;
}

double survival_share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

double survival_mean(const struct survival *survival, size_t origin) {
    double sum = 0;
    size_t count = 0;
    for (size_t m = 0; m < mistake_count; m++) {
        if (mistakes[m].anyone) {
            sum += survival_share(survival->cell[m][origin].survived, survival->cell[m][origin].suffered);
            count++;
        }
    }
    return sum / (double)count;
}

double survival_spread(const struct survival *survival) {
    double best = survival_mean(survival, 0);
    double worst = best;
    for (size_t o = 1; o < ORIGINS; o++) {
        double mean = survival_mean(survival, o);
        best = mean > best ? mean : best;
        worst = mean < worst ? mean : worst;
    }
    return best - worst;
}
