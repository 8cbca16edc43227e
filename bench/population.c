// SPDX-License-Identifier: Apache-2.0
// How many OTHER children share each slot with a random child of an England-like population (bench/people.c), and how
// often a question hears a false "yes" or "possibly" because of them, when every child of the country is on the index.
//
//   population [--set core|address] [--children N] [--second-forenames PERCENT] [--seed N] [--json]
//
// With fewer than 12 million children the counts of strangers are scaled up, which is fast and a little rough.
#include <inttypes.h>
#include <stdio.h>

#include "base/options.h"
#include "bench/census.h"
#include "bench/people.h"

struct arguments {
    const char *set;
    int64_t children, seed, second_forenames;
    bool json, help;
};

// Makes the population again up to one child, to print its (invented) name.
static err_t print_name(const struct census_order *order, uint32_t child) {
    struct people *people = NULL;
    struct person person;
    err_t err = people_new(order->seed, order->second_forenames, &people);
    if (err != OK) {
        return err;
    }
    for (uint32_t i = 0; i <= child; i++) {
        people_next(people, &person);
    }
    people_free(people);
    printf("%s%s%s %s", person.name.first, person.name.second[0] == '\0' ? "" : " ", person.name.second,
           person.name.surname);
    return OK;
}

static err_t print_table(const struct census_order *order, const struct census_result *result) {
    printf("%zu children, a second forename written down in %.0f%% of records\n", order->children,
           order->second_forenames * 100);
    printf("%-22s %10s %10s %10s %10s\n", order->set->name, "others", "questions", "worst 1%", "commonest");
    err_t err = OK;
    for (size_t i = 0; i < order->set->slot_count && err == OK; i++) {
        const struct census_slot *slot = &result->slot[i];
        printf("%-22s %10.5f %9.3f%%", order->set->slots[i].name, slot->others, slot->questions * 100);
        if (slot->dated && slot->most > 0) {
            printf(" %10.4f %10.4f  ", slot->worst, slot->most);
            err = print_name(order, slot->most_child);
        }
        printf("\n");
    }
    printf("false yes %.3f%% of questions, false possibly %.3f%%\n", result->false_yes * 100,
           result->false_possibly * 100);
    return err;
}

static err_t print_json(const struct census_order *order, const struct census_result *result) {
    printf("{\"set\": \"%s\", \"children\": %zu, \"second_forenames\": %.2f, \"slots\": {", order->set->name,
           order->children, order->second_forenames);
    for (size_t i = 0; i < order->set->slot_count; i++) {
        const struct census_slot *slot = &result->slot[i];
        printf("%s\n  \"%s\": {\"others\": %.6f, \"questions\": %.6f", i == 0 ? "" : ",", order->set->slots[i].name,
               slot->others, slot->questions);
        if (slot->dated) {
            printf(", \"worst_percentile\": %.6f, \"commonest\": %.6f", slot->worst, slot->most);
        }
        printf("}");
    }
    printf("},\n  \"false_yes\": %.6f, \"false_possibly\": %.6f}\n", result->false_yes, result->false_possibly);
    return OK;
}

static err_t arguments_read(int argc, char **argv, struct arguments *out) {
    const struct option_row rows[] = {
        {"set", "NAME", OPTION_TEXT, &out->set, 0, 0, "core (default) or address"},
        {"children", "N", OPTION_NUMBER, &out->children, 1000, 12000000, "of the population (default 1200000)"},
        {"second-forenames", "PERCENT", OPTION_NUMBER, &out->second_forenames, 0, 100,
         "of records that write a second forename down (default 50)"},
        {"seed", "N", OPTION_NUMBER, &out->seed, 0, INT64_MAX, "another population (default 1)"},
        {"json", NULL, OPTION_FLAG, &out->json, 0, 0, "one JSON document"},
    };
    const struct option_usage usage = {"population", "[OPTIONS]",
                                       "Counts how many other children share each slot with a random child.", NULL};
    int first = 0;
    err_t err = options_read(argc, argv, &usage, rows, sizeof(rows) / sizeof(rows[0]), &first, &out->help);
    return err == OK && !out->help && first < argc ? err_set(ERR_INPUT, "no operands are taken") : err;
}

static err_t run(const struct arguments *arguments) {
    struct census_order order = {.set = match_set_find(arguments->set),
                                 .children = (size_t)arguments->children,
                                 .seed = (uint64_t)arguments->seed,
                                 .second_forenames = (double)arguments->second_forenames / 100};
    struct census_result result;
    if (order.set == NULL) {
        return err_set(ERR_INPUT, "no key set of that name");
    }
    err_t err = census_run(&order, &result);
    return err == OK ? (arguments->json ? print_json : print_table)(&order, &result) : err;
}

int main(int argc, char **argv) {
    struct arguments arguments = {.set = "core", .children = 1200000, .seed = 1, .second_forenames = 50};
    err_t err = arguments_read(argc, argv, &arguments);
    if (err == OK && !arguments.help) {
        err = run(&arguments);
    }
    if (err != OK) {
        fprintf(stderr, "population: %s\n", err_detail());
        return 2;
    }
    return 0;
}
