// SPDX-License-Identifier: Apache-2.0
#include "bench/census.h"

#include <stdlib.h>
#include <string.h>

#include "bench/people.h"

#define NATION 12000000.0
#define DAYS_OF_YEAR 365

// What a child shares a slot of a tier with: a stranger, or a brother or sister.
enum { SURE_STRANGER = 1, SIMILAR_STRANGER = 2, SURE_SIBLING = 4, SIMILAR_SIBLING = 8 };

struct hashed {
    uint64_t hash;
    uint32_t child, family;
};

struct census {
    const struct census_order *order;
    struct census_result result;
    double scale;
    uint64_t *values[MAX_SLOTS]; // hash of each child's value; 0: empty
    uint64_t
        *undated[MAX_SLOTS];    // the same as if all were born on one day of their year; NULL where it does not matter
    double same_day[MAX_SLOTS]; // chance that two children of one year have the same dates in this slot
    uint32_t *family;
    uint8_t *shared;
    struct hashed *sorted;
};

static uint64_t hash_of(const char *value) {
    uint64_t hash = 0xCBF29CE484222325U;
    for (const char *at = value; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * 0x100000001B3U;
    }
    hash ^= hash >> 32;
    hash *= 0x9E3779B97F4A7C15U;
    return value[0] == '\0' ? 0 : (hash ^ (hash >> 29)) | 1;
}

static size_t slot_count(const struct census *census) {
    return census->order->set->slot_count;
}

// Hashes of a person's values, with the person's own month and day or others.
static err_t hash_values(const struct census *census, const struct normal_identity *identity, int month, int day,
                         uint64_t out[MAX_SLOTS]) {
    struct normal_identity dated = *identity;
    struct match_values values;
    dated.month = month;
    dated.day = day;
    err_t err = match_values_of(census->order->set, &dated, &values);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < slot_count(census); i++) {
        out[i] = hash_of(values.value[i]);
    }
    match_values_free(&values);
    return OK;
}

static err_t normalise(const struct person *person, struct normal_identity *out) {
    struct identity identity = {0};
    err_t err = person_identity(person, &identity);
    return err == OK ? identity_normalise(&identity, out) : err;
}

static void nth_day(int n, int *month, int *day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (*month = 1; n >= lengths[*month - 1]; (*month)++) {
        n -= lengths[*month - 1];
    }
    *day = n + 1;
}

static double share_of_equal_pairs(const uint64_t *hashes, size_t count) {
    size_t same = 0;
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            same += hashes[a] == hashes[b];
        }
    }
    return (double)same / (double)(count * count);
}

// Over the days of one year, all alike, with one name: which slots hold the date, and how much of it.
static err_t measure_days(struct census *census) {
    static const struct person specimen = {.name = {"alpha", "", "omegan"},
                                           .year = 2010,
                                           .month = 1,
                                           .day = 1,
                                           .postcode = "LS1 4AP",
                                           .address = "1 Mill Lane"};
    static uint64_t hashes[MAX_SLOTS][DAYS_OF_YEAR];
    struct normal_identity identity;
    err_t err = normalise(&specimen, &identity);
    for (int n = 0; n < DAYS_OF_YEAR && err == OK; n++) {
        uint64_t of_day[MAX_SLOTS];
        int month = 0, day = 0;
        nth_day(n, &month, &day);
        err = hash_values(census, &identity, month, day, of_day);
        for (size_t i = 0; i < slot_count(census) && err == OK; i++) {
            hashes[i][n] = of_day[i];
        }
    }
    for (size_t i = 0; i < slot_count(census) && err == OK; i++) {
        census->same_day[i] = share_of_equal_pairs(hashes[i], DAYS_OF_YEAR);
        census->result.slot[i].dated = census->same_day[i] < 1;
    }
    return err;
}

static err_t take(struct census *census, const struct person *person, size_t child) {
    struct normal_identity identity;
    uint64_t values[MAX_SLOTS];
    uint64_t undated[MAX_SLOTS];
    err_t err = normalise(person, &identity);
    if (err == OK) {
        err = hash_values(census, &identity, identity.month, identity.day, values);
    }
    if (err == OK) {
        err = hash_values(census, &identity, 6, 15, undated);
    }
    for (size_t i = 0; i < slot_count(census) && err == OK; i++) {
        census->values[i][child] = values[i];
        if (census->undated[i] != NULL) {
            census->undated[i][child] = undated[i];
        }
    }
    census->family[child] = person->family;
    return err;
}

static err_t walk(struct census *census) {
    struct people *people = NULL;
    err_t err = people_new(census->order->seed, census->order->second_forenames, &people);
    for (size_t i = 0; i < census->order->children && err == OK; i++) {
        struct person person;
        people_next(people, &person);
        err = take(census, &person, i);
    }
    people_free(people);
    return err;
}

static int by_hash(const void *a, const void *b) {
    const struct hashed *x = a, *y = b;
    int order = (x->hash > y->hash) - (x->hash < y->hash);
    return order != 0 ? order : (x->family > y->family) - (x->family < y->family);
}

static size_t sort_slot(struct census *census, const uint64_t *hashes) {
    size_t count = 0;
    for (size_t i = 0; i < census->order->children; i++) {
        if (hashes[i] != 0) {
            census->sorted[count++] = (struct hashed){hashes[i], (uint32_t)i, census->family[i]};
        }
    }
    qsort(census->sorted, count, sizeof(census->sorted[0]), by_hash);
    return count;
}

static size_t group_end(const struct census *census, size_t start, size_t count) {
    size_t end = start + 1;
    while (end < count && census->sorted[end].hash == census->sorted[start].hash) {
        end++;
    }
    return end;
}

static size_t family_end(const struct census *census, size_t start, size_t group) {
    size_t end = start + 1;
    while (end < group && census->sorted[end].family == census->sorted[start].family) {
        end++;
    }
    return end;
}

struct others {
    double strangers, siblings;              // pairs, counted from either side
    size_t with_stranger, with_sibling_only; // children
};

// One group of children with one value; those of a family stand together.
static void count_group(struct census *census, size_t start, size_t group, bool sure, struct others *others) {
    for (size_t at = start, end = 0; at < group; at = end) {
        end = family_end(census, at, group);
        size_t siblings = end - at - 1;
        size_t strangers = group - start - (end - at);
        uint8_t marks = (uint8_t)((strangers > 0 ? SURE_STRANGER : 0) | (siblings > 0 ? SURE_SIBLING : 0));
        others->strangers += (double)(end - at) * (double)strangers;
        others->siblings += (double)(end - at) * (double)siblings;
        others->with_stranger += strangers > 0 ? end - at : 0;
        others->with_sibling_only += strangers == 0 && siblings > 0 ? end - at : 0;
        for (size_t i = at; i < end; i++) {
            census->shared[census->sorted[i].child] |= (uint8_t)(sure ? marks : marks << 1);
        }
    }
}

static void count_others(struct census *census, size_t slot) {
    struct others others = {0};
    size_t count = sort_slot(census, census->values[slot]);
    for (size_t start = 0, end = 0; start < count; start = end) {
        end = group_end(census, start, count);
        count_group(census, start, end, census->order->set->slots[slot].sure, &others);
    }
    double children = (double)census->order->children;
    census->result.slot[slot].others = (others.strangers * census->scale + others.siblings) / children;
    census->result.slot[slot].questions =
        ((double)others.with_stranger * census->scale + (double)others.with_sibling_only) / children;
}

static int by_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Children of one birth year and one name in this slot share their days by chance: from how many they are follows what
// each of them may expect, which tells common names from rare ones.
static err_t rate_names(struct census *census, size_t slot) {
    struct census_slot *result = &census->result.slot[slot];
    size_t count = sort_slot(census, census->undated[slot]);
    double *rates = calloc(census->order->children, sizeof(double)); // 0 for those whose slot is empty
    if (rates == NULL) {
        return err_set(ERR_MEMORY, "no memory for the rates");
    }
    for (size_t start = 0, end = 0; start < count; start = end) {
        end = group_end(census, start, count);
        double rate = (double)(end - start - 1) * census->same_day[slot] * census->scale;
        if (rate > result->most) {
            result->most = rate;
            result->most_child = census->sorted[start].child;
        }
        for (size_t i = start; i < end; i++) {
            rates[i] = rate;
        }
    }
    qsort(rates, census->order->children, sizeof(double), by_double);
    result->worst = rates[census->order->children / 100 * 99];
    free(rates);
    return OK;
}

static void count_answers(struct census *census) {
    size_t yes_strangers = 0, yes_siblings = 0, possibly_strangers = 0, possibly_siblings = 0;
    for (size_t i = 0; i < census->order->children; i++) {
        uint8_t shared = census->shared[i];
        bool sure = (shared & (SURE_STRANGER | SURE_SIBLING)) != 0;
        yes_strangers += (shared & SURE_STRANGER) != 0;
        yes_siblings += (shared & SURE_STRANGER) == 0 && sure;
        possibly_strangers += !sure && (shared & SIMILAR_STRANGER) != 0;
        possibly_siblings += !sure && shared == SIMILAR_SIBLING;
    }
    double children = (double)census->order->children;
    census->result.false_yes = ((double)yes_strangers * census->scale + (double)yes_siblings) / children;
    census->result.false_possibly = ((double)possibly_strangers * census->scale + (double)possibly_siblings) / children;
}

static err_t allocate(struct census *census) {
    size_t children = census->order->children;
    bool good = true;
    for (size_t i = 0; i < slot_count(census); i++) {
        census->values[i] = calloc(children, sizeof(uint64_t));
        census->undated[i] = census->result.slot[i].dated ? calloc(children, sizeof(uint64_t)) : NULL;
        good = good && census->values[i] != NULL && (census->undated[i] != NULL || !census->result.slot[i].dated);
    }
    census->family = calloc(children, sizeof(*census->family));
    census->shared = calloc(children, sizeof(*census->shared));
    census->sorted = calloc(children, sizeof(*census->sorted));
    good = good && census->family != NULL && census->shared != NULL && census->sorted != NULL;
    return good ? OK : err_set(ERR_MEMORY, "no memory for %zu children", children);
}

static void release(struct census *census) {
    for (size_t i = 0; i < MAX_SLOTS; i++) {
        free(census->values[i]);
        free(census->undated[i]);
    }
    free(census->family);
    free(census->shared);
    free(census->sorted);
}

static err_t count_slots(struct census *census) {
    err_t err = OK;
    for (size_t i = 0; i < slot_count(census) && err == OK; i++) {
        count_others(census, i);
        err = census->result.slot[i].dated ? rate_names(census, i) : OK;
    }
    return err;
}

err_t census_run(const struct census_order *order, struct census_result *out) {
    struct census census = {.order = order, .scale = NATION / (double)order->children};
    err_t err = measure_days(&census);
    if (err == OK) {
        err = allocate(&census);
    }
    if (err == OK) {
        err = walk(&census);
    }
    if (err == OK) {
        err = count_slots(&census);
    }
    if (err == OK) {
        count_answers(&census);
        *out = census.result;
    }
    release(&census);
    return err;
}
