// SPDX-License-Identifier: Apache-2.0
// Which single mistakes each match-key set survives without the NHS number and the UPN, by the origin of the name: of
// children whose details suffer the mistake, the share whose two records still share a slot. With a right NHS number
// in both records every one of them is survived.
//
//   fairness [--set core|address] [--children N] [--seed N] [--json]
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "bench/mistakes.h"
#include "client/match_keys.h"

#define MISTAKES_MAX 16

struct origin {
    const char *name;
    enum community communities[3];
    int community_count;
    bool double_barrelled;
};

static const struct origin origins[] = {
    {"English", {COMMUNITY_ENGLISH}, 1, false},
    {"Polish/Rom.", {COMMUNITY_EUROPEAN}, 1, false},
    {"Arabic", {COMMUNITY_ARABIC}, 1, false},
    {"South Asian", {COMMUNITY_SOUTH_MUSLIM, COMMUNITY_HINDU, COMMUNITY_SIKH}, 3, false},
    {"Chinese", {COMMUNITY_CHINESE}, 1, false},
    {"W. African", {COMMUNITY_WEST_AFRICAN}, 1, false},
    {"double-barr.", {COMMUNITY_ENGLISH}, 1, true},
};
#define ORIGINS (sizeof(origins) / sizeof(origins[0]))

struct arguments {
    const char *set;
    int64_t children, seed;
    bool json, help;
};

struct count {
    uint64_t suffered, survived, survived_sure;
};

struct table {
    const struct match_set *set;
    struct name_model *names;
    struct count cell[MISTAKES_MAX][ORIGINS];
};

// As common as their communities are among those of South Asian names.
static enum community pick_community(const struct origin *origin, struct random *random) {
    double at = random_share(random);
    int index = origin->community_count == 1 || at < 0.61 ? 0 : at < 0.89 ? 1 : 2;
    return origin->communities[index];
}

static void make_person(const struct table *table, const struct origin *origin, struct random *random,
                        struct person *out) {
    *out = (struct person){.community = pick_community(origin, random)};
    if (origin->double_barrelled) {
        name_model_double_surname(table->names, random, out->name.surname);
    } else {
        do {
            name_model_surname(table->names, out->community, random, out->name.surname);
        } while (out->community == COMMUNITY_ENGLISH && strchr(out->name.surname, '-') != NULL);
    }
    out->year = MODEL_FIRST_YEAR + (int)random_below(random, MODEL_YEARS);
    out->month = 1 + (int)random_below(random, 12);
    out->day = 1 + (int)random_below(random, 28);
    name_model_child(table->names, out->community, out->year, random_below(random, 2) == 1, random, &out->name);
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

static err_t compare(const struct table *table, const struct person *before, const struct person *after,
                     struct count *count) {
    struct match_values a = {0};
    struct match_values b = {0};
    err_t err = values_of(table->set, before, &a);
    if (err == OK) {
        err = values_of(table->set, after, &b);
    }
    if (err == ERR_INPUT) { // "Neil" mistyped as "nil" leaves too few details
        count->suffered++;
        match_values_free(&a);
        return OK;
    }
    bool similar = false;
    bool sure = false;
    for (size_t i = 0; i < table->set->slot_count && err == OK; i++) {
        bool shared = a.value[i][0] != '\0' && strcmp(a.value[i], b.value[i]) == 0;
        similar |= shared;
        sure |= shared && table->set->slots[i].sure;
    }
    count->suffered++;
    count->survived += similar;
    count->survived_sure += sure;
    match_values_free(&a);
    match_values_free(&b);
    return err;
}

static err_t fill(struct table *table, const struct arguments *arguments) {
    for (size_t o = 0; o < ORIGINS; o++) {
        struct random random = {(uint64_t)arguments->seed * 1000 + o};
        for (int64_t i = 0; i < arguments->children; i++) {
            struct person person;
            make_person(table, &origins[o], &random, &person);
            for (size_t m = 0; m < mistake_count; m++) {
                struct person mistaken = person;
                bool suffered = mistakes[m].make(&mistaken, table->names, &random);
                err_t err = suffered ? compare(table, &person, &mistaken, &table->cell[m][o]) : OK;
                if (err != OK) {
                    return err;
                }
            }
        }
    }
    return OK;
}

static double share(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

// The mean over the mistakes that everyone's details can suffer.
static double mean_of(const struct table *table, size_t origin) {
    double sum = 0;
    size_t count = 0;
    for (size_t m = 0; m < mistake_count; m++) {
        if (mistakes[m].anyone) {
            sum += share(table->cell[m][origin].survived, table->cell[m][origin].suffered);
            count++;
        }
    }
    return sum / (double)count;
}

static double spread_of(const struct table *table) {
    double best = mean_of(table, 0);
    double worst = best;
    for (size_t o = 1; o < ORIGINS; o++) {
        double mean = mean_of(table, o);
        best = mean > best ? mean : best;
        worst = mean < worst ? mean : worst;
    }
    return best - worst;
}

static void print_table(const struct table *table) {
    printf("%-26s", table->set->name);
    for (size_t o = 0; o < ORIGINS; o++) {
        printf(" %13s", origins[o].name);
    }
    printf("\n");
    for (size_t m = 0; m < mistake_count; m++) {
        printf("%-26s", mistakes[m].name);
        for (size_t o = 0; o < ORIGINS; o++) {
            const struct count *count = &table->cell[m][o];
            if (count->suffered == 0) {
                printf(" %13s", "-");
            } else {
                printf("  %5.1f (%5.1f)", share(count->survived, count->suffered),
                       share(count->survived_sure, count->suffered));
            }
        }
        printf("\n");
    }
    printf("%-26s", "mean of what all suffer");
    for (size_t o = 0; o < ORIGINS; o++) {
        printf("  %5.1f        ", mean_of(table, o));
    }
    printf("\nworst origin %.1f points below the best\n", spread_of(table));
}

static void print_json(const struct table *table) {
    printf("{\"set\": \"%s\", \"mistakes\": {", table->set->name);
    for (size_t m = 0; m < mistake_count; m++) {
        printf("%s\n  \"%s\": {", m == 0 ? "" : ",", mistakes[m].name);
        for (size_t o = 0, printed = 0; o < ORIGINS; o++) {
            const struct count *count = &table->cell[m][o];
            if (count->suffered > 0) {
                printf("%s\"%s\": [%.2f, %.2f]", printed++ == 0 ? "" : ", ", origins[o].name,
                       share(count->survived, count->suffered), share(count->survived_sure, count->suffered));
            }
        }
        printf("}");
    }
    printf("},\n  \"mean\": {");
    for (size_t o = 0; o < ORIGINS; o++) {
        printf("%s\"%s\": %.2f", o == 0 ? "" : ", ", origins[o].name, mean_of(table, o));
    }
    printf("}, \"spread\": %.2f}\n", spread_of(table));
}

static err_t arguments_read(int argc, char **argv, struct arguments *out) {
    const struct option_row rows[] = {
        {"set", "NAME", OPTION_TEXT, &out->set, 0, 0, "core (default) or address"},
        {"children", "N", OPTION_NUMBER, &out->children, 10, 1000000, "of each origin (default 4000)"},
        {"seed", "N", OPTION_NUMBER, &out->seed, 0, INT32_MAX, "other children (default 1)"},
        {"json", NULL, OPTION_FLAG, &out->json, 0, 0, "one JSON document"},
    };
    const struct option_usage usage = {"fairness", "[OPTIONS]",
                                       "Shows which mistakes each key set survives, by the origin of the name.", NULL};
    int first = 0;
    err_t err = options_read(argc, argv, &usage, rows, sizeof(rows) / sizeof(rows[0]), &first, &out->help);
    return err == OK && first < argc ? err_set(ERR_INPUT, "no operands are taken") : err;
}

int main(int argc, char **argv) {
    struct arguments arguments = {.set = "core", .children = 4000, .seed = 1};
    static struct table table;
    err_t err = arguments_read(argc, argv, &arguments);
    if (err == OK && arguments.help) {
        return 0;
    }
    table.set = match_set_find(arguments.set);
    if (err == OK && table.set == NULL) {
        err = err_set(ERR_INPUT, "no key set of that name");
    }
    if (err == OK) {
        err = name_model_new(&table.names);
    }
    if (err == OK) {
        err = fill(&table, &arguments);
    }
    if (err == OK) {
        (arguments.json ? print_json : print_table)(&table);
    }
    name_model_free(table.names);
    if (err != OK) {
        fprintf(stderr, "fairness: %s\n", err_detail());
        return 2;
    }
    return 0;
}
