// SPDX-License-Identifier: Apache-2.0
// How many OTHER children share each slot with a random child of an England-like population (bench/people.c), and how
// often a question hears a false "yes" or "possibly" because of them, when every child of the country is on the index.
//
//   population [--children N] [--set core|address] [--second-forenames PERCENT] [--seed N] [--json]
//
// The counts of a smaller population are scaled to 12 million children: the expected number of others grows with the
// number of children.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "bench/people.h"
#include "client/match_keys.h"

#define NATION 12000000.0

struct arguments {
    const char *set;
    int64_t children, seed, second_forenames;
    bool json, help;
};

struct hashed {
    uint64_t hash;
    uint32_t child;
};

struct slot_result {
    bool dated;    // holds the date of birth, so that the rate of a single name can be told
    double others; // mean
    double any;    // share of children with at least one other
    double worst;  // others, for the child at the 99th percentile of names
    double most;   // others, for the commonest name
    uint32_t most_child;
};

struct census {
    const struct match_set *set;
    size_t children;
    uint64_t *values[MAX_SLOTS];  // hash of each child's value; 0: empty
    uint64_t *undated[MAX_SLOTS]; // the same with the day and month left out; NULL where they do not matter
    uint8_t *shared;              // bit 0: a sure slot is shared with another child; bit 1: a similar one
    struct hashed *sorted;
    struct slot_result slot[MAX_SLOTS];
    double same_day[MAX_SLOTS]; // that two children of one birth year have the same dates in this slot
    double yes, possibly;
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

static err_t values_of(const struct match_set *set, const struct person *person, const int date[2],
                       struct match_values *out) {
    struct identity identity = {0};
    struct normal_identity normal;
    err_t err = person_identity(person, &identity);
    if (err == OK) {
        err = identity_normalise(&identity, &normal);
    }
    if (err != OK) {
        return err;
    }
    normal.month = date == NULL ? normal.month : date[0];
    normal.day = date == NULL ? normal.day : date[1];
    return match_values_of(set, &normal, out);
}

static const struct person specimen = {.name = {"alpha", "", "omega"},
                                       .year = 2010,
                                       .month = 1,
                                       .day = 1,
                                       .postcode = "LS1 4AP",
                                       .address = "1 Mill Lane"};
static const int one_day[2] = {6, 15};

static err_t take(struct census *census, const struct person *person, uint32_t child) {
    struct match_values values = {0};
    struct match_values undated = {0};
    err_t err = values_of(census->set, person, NULL, &values);
    if (err == OK) {
        err = values_of(census->set, person, one_day, &undated);
    }
    for (size_t i = 0; i < census->set->slot_count && err == OK; i++) {
        census->values[i][child] = hash_of(values.value[i]);
        if (census->undated[i] != NULL) {
            census->undated[i][child] = hash_of(undated.value[i]);
        }
    }
    match_values_free(&values);
    match_values_free(&undated);
    return err;
}

// A slot is dated when another day gives another value.
static err_t find_dated(struct census *census) {
    static const int other_day[2] = {9, 28};
    struct match_values a = {0};
    struct match_values b = {0};
    err_t err = values_of(census->set, &specimen, one_day, &a);
    if (err == OK) {
        err = values_of(census->set, &specimen, other_day, &b);
    }
    for (size_t i = 0; i < census->set->slot_count && err == OK; i++) {
        census->slot[i].dated = strcmp(a.value[i], b.value[i]) != 0;
    }
    match_values_free(&a);
    match_values_free(&b);
    return err;
}

// Over the 365 days of one year, all alike.
static err_t measure_days(struct census *census) {
    static uint64_t hashes[MAX_SLOTS][372];
    size_t days = 0;
    for (int month = 1; month <= 12; month++) {
        for (int day = 1; day <= 31; day++) {
            struct match_values values = {0};
            if ((day == 31 && (month == 4 || month == 6 || month == 9 || month == 11)) || (month == 2 && day > 28)) {
                continue;
            }
            err_t err = values_of(census->set, &specimen, (int[2]){month, day}, &values);
            if (err != OK) {
                return err;
            }
            for (size_t i = 0; i < census->set->slot_count; i++) {
                hashes[i][days] = hash_of(values.value[i]);
            }
            days++;
            match_values_free(&values);
        }
    }
    for (size_t i = 0; i < census->set->slot_count; i++) {
        size_t same = 0;
        for (size_t a = 0; a < days; a++) {
            for (size_t b = 0; b < days; b++) {
                same += hashes[i][a] == hashes[i][b];
            }
        }
        census->same_day[i] = (double)same / (double)(days * days);
    }
    return OK;
}

static int by_hash(const void *a, const void *b) {
    const struct hashed *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static size_t sort_slot(struct census *census, const uint64_t *hashes) {
    size_t count = 0;
    for (size_t i = 0; i < census->children; i++) {
        if (hashes[i] != 0) {
            census->sorted[count++] = (struct hashed){hashes[i], (uint32_t)i};
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

static void count_others(struct census *census, size_t slot) {
    struct slot_result *result = &census->slot[slot];
    uint8_t bit = census->set->slots[slot].sure ? 1 : 2;
    size_t count = sort_slot(census, census->values[slot]);
    double others = 0;
    size_t any = 0;
    for (size_t start = 0, end = 0; start < count; start = end) {
        end = group_end(census, start, count);
        others += (double)(end - start) * (double)(end - start - 1);
        any += end - start > 1 ? end - start : 0;
        for (size_t i = start; i < end && end - start > 1; i++) {
            census->shared[census->sorted[i].child] |= bit;
        }
    }
    result->others = others / (double)census->children;
    result->any = (double)any / (double)census->children;
}

static int by_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The children of one birth year and one name in this slot share their days by chance: from how many they are follows
// what each of them may expect, which tells common names from rare ones.
static err_t rate_names(struct census *census, size_t slot) {
    size_t count = sort_slot(census, census->undated[slot]);
    double *rates = calloc(count + 1, sizeof(double));
    if (rates == NULL) {
        return err_set(ERR_MEMORY, "no memory for the rates");
    }
    for (size_t start = 0, end = 0; start < count; start = end) {
        end = group_end(census, start, count);
        double rate = (double)(end - start - 1) * census->same_day[slot];
        if (rate > census->slot[slot].most) {
            census->slot[slot].most = rate;
            census->slot[slot].most_child = census->sorted[start].child;
        }
        for (size_t i = start; i < end; i++) {
            rates[i] = rate;
        }
    }
    qsort(rates, count, sizeof(double), by_double);
    census->slot[slot].worst = count == 0 ? 0 : rates[count * 99 / 100];
    free(rates);
    return OK;
}

static void count_answers(struct census *census) {
    size_t yes = 0;
    size_t possibly = 0;
    for (size_t i = 0; i < census->children; i++) {
        yes += (census->shared[i] & 1) != 0;
        possibly += census->shared[i] == 2;
    }
    census->yes = (double)yes / (double)census->children;
    census->possibly = (double)possibly / (double)census->children;
}

static err_t allocate(struct census *census) {
    bool good = true;
    for (size_t i = 0; i < census->set->slot_count; i++) {
        census->values[i] = calloc(census->children, sizeof(uint64_t));
        census->undated[i] = census->slot[i].dated ? calloc(census->children, sizeof(uint64_t)) : NULL;
        good = good && census->values[i] != NULL && (census->undated[i] != NULL || !census->slot[i].dated);
    }
    census->shared = calloc(census->children, 1);
    census->sorted = calloc(census->children, sizeof(*census->sorted));
    good = good && census->shared != NULL && census->sorted != NULL;
    return good ? OK : err_set(ERR_MEMORY, "no memory for %zu children", census->children);
}

static void release(struct census *census) {
    for (size_t i = 0; i < MAX_SLOTS; i++) {
        free(census->values[i]);
        free(census->undated[i]);
    }
    free(census->shared);
    free(census->sorted);
}

static err_t walk(struct census *census, const struct arguments *arguments) {
    struct people *people = NULL;
    err_t err = people_new((uint64_t)arguments->seed, (double)arguments->second_forenames / 100, &people);
    for (size_t i = 0; i < census->children && err == OK; i++) {
        struct person person;
        people_next(people, &person);
        err = take(census, &person, (uint32_t)i);
    }
    people_free(people);
    return err;
}

static err_t count_all(struct census *census, const struct arguments *arguments) {
    err_t err = find_dated(census);
    if (err == OK) {
        err = measure_days(census);
    }
    if (err == OK) {
        err = allocate(census);
    }
    if (err == OK) {
        err = walk(census, arguments);
    }
    for (size_t i = 0; i < census->set->slot_count && err == OK; i++) {
        count_others(census, i);
        if (census->slot[i].dated) {
            err = rate_names(census, i);
        }
    }
    if (err == OK) {
        count_answers(census);
    }
    return err;
}

// Makes the population again up to one child, to print its (invented) name.
static void print_name(const struct arguments *arguments, uint32_t child) {
    struct people *people = NULL;
    struct person person = {.name = {"", "", ""}};
    if (people_new((uint64_t)arguments->seed, (double)arguments->second_forenames / 100, &people) != OK) {
        return;
    }
    for (uint32_t i = 0; i <= child; i++) {
        people_next(people, &person);
    }
    people_free(people);
    printf("%s%s%s %s", person.name.first, person.name.second[0] == '\0' ? "" : " ", person.name.second,
           person.name.surname);
}

static void print_table(const struct census *census, const struct arguments *arguments) {
    double scale = NATION / (double)census->children;
    printf("%zu children, second forenames written down in %" PRId64 "%% of records; scaled to 12 million children\n",
           census->children, arguments->second_forenames);
    printf("%-22s %12s %12s %14s %14s\n", census->set->name, "others", "questions", "worst 1%", "commonest");
    for (size_t i = 0; i < census->set->slot_count; i++) {
        const struct slot_result *slot = &census->slot[i];
        printf("%-22s %12.5f %11.3f%%", census->set->slots[i].name, slot->others * scale, slot->any * scale * 100);
        if (slot->dated && slot->most > 0) {
            printf(" %14.4f %14.4f  ", slot->worst * scale, slot->most * scale);
            print_name(arguments, slot->most_child);
        }
        printf("\n");
    }
    printf("false yes %.3f%% of questions, false possibly %.3f%%\n", census->yes * scale * 100,
           census->possibly * scale * 100);
}

static void print_json(const struct census *census, const struct arguments *arguments) {
    double scale = NATION / (double)census->children;
    printf("{\"children\": %zu, \"second_forenames_percent\": %" PRId64 ", \"set\": \"%s\", \"slots\": {",
           census->children, arguments->second_forenames, census->set->name);
    for (size_t i = 0; i < census->set->slot_count; i++) {
        const struct slot_result *slot = &census->slot[i];
        printf("%s\n  \"%s\": {\"others\": %.6f, \"questions\": %.6f, \"worst_percentile\": %.6f, \"commonest\": %.6f}",
               i == 0 ? "" : ",", census->set->slots[i].name, slot->others * scale, slot->any * scale,
               slot->worst * scale, slot->most * scale);
    }
    printf("},\n  \"false_yes\": %.6f, \"false_possibly\": %.6f}\n", census->yes * scale, census->possibly * scale);
}

static err_t arguments_read(int argc, char **argv, struct arguments *out) {
    const struct option_row rows[] = {
        {"children", "N", OPTION_NUMBER, &out->children, 1000, 20000000, "size of the population (default 1200000)"},
        {"set", "NAME", OPTION_TEXT, &out->set, 0, 0, "core (default) or address"},
        {"second-forenames", "PERCENT", OPTION_NUMBER, &out->second_forenames, 0, 100,
         "of records that write a second forename down (default 50)"},
        {"seed", "N", OPTION_NUMBER, &out->seed, 0, INT64_MAX, "another population (default 1)"},
        {"json", NULL, OPTION_FLAG, &out->json, 0, 0, "one JSON document"},
    };
    const struct option_usage usage = {"population", "[OPTIONS]",
                                       "Counts how many other children share each slot with a random child.", NULL};
    int first = 0;
    err_t err = options_read(argc, argv, &usage, rows, sizeof(rows) / sizeof(rows[0]), &first, &out->help);
    return err == OK && first < argc ? err_set(ERR_INPUT, "no operands are taken") : err;
}

int main(int argc, char **argv) {
    struct arguments arguments = {.set = "core", .children = 1200000, .seed = 1, .second_forenames = 50};
    struct census census = {0};
    err_t err = arguments_read(argc, argv, &arguments);
    if (err == OK && arguments.help) {
        return 0;
    }
    census.set = match_set_find(arguments.set);
    census.children = (size_t)arguments.children;
    if (err == OK && census.set == NULL) {
        err = err_set(ERR_INPUT, "no key set of that name");
    }
    if (err == OK) {
        err = count_all(&census, &arguments);
    }
    if (err == OK) {
        (arguments.json ? print_json : print_table)(&census, &arguments);
    }
    release(&census);
    if (err != OK) {
        fprintf(stderr, "population: %s\n", err_detail());
        return 2;
    }
    return 0;
}
