// SPDX-License-Identifier: Apache-2.0
// Which single mistakes each match-key set survives without the NHS number and the UPN, by the origin of the name: of
// children whose details suffer the mistake, the share whose two records still share a slot. With a right NHS number
// in both records every one of them is survived.
//
//   fairness [--set core|address] [--children N] [--seed N] [--json]
#include <inttypes.h>
#include <stdio.h>

#include "base/options.h"
#include "bench/survival.h"

struct arguments {
    const char *set;
    int64_t children, seed;
    bool json, help;
};

static void print_table(const struct survival *survival) {
    printf("%-26s", survival->set->name);
    for (size_t o = 0; o < ORIGINS; o++) {
        printf(" %13s", origin_names[o]);
    }
    printf("\n");
    for (size_t m = 0; m < mistake_count; m++) {
        printf("%-26s", mistakes[m].name);
        for (size_t o = 0; o < ORIGINS; o++) {
            const struct survival_count *count = &survival->cell[m][o];
            if (count->suffered == 0) {
                printf(" %13s", "-");
            } else {
                printf("  %5.1f (%5.1f)", survival_share(count->survived, count->suffered),
                       survival_share(count->survived_sure, count->suffered));
            }
        }
        printf("\n");
    }
    printf("%-26s", "mean of what all suffer");
    for (size_t o = 0; o < ORIGINS; o++) {
        printf("  %5.1f        ", survival_mean(survival, o));
    }
    printf("\nworst origin %.1f points below the best\n", survival_spread(survival));
}

static void print_json(const struct survival *survival) {
    printf("{\"set\": \"%s\", \"mistakes\": {", survival->set->name);
    for (size_t m = 0; m < mistake_count; m++) {
        printf("%s\n  \"%s\": {", m == 0 ? "" : ",", mistakes[m].name);
        for (size_t o = 0, printed = 0; o < ORIGINS; o++) {
            const struct survival_count *count = &survival->cell[m][o];
            if (count->suffered > 0) {
                printf("%s\"%s\": [%.2f, %.2f]", printed++ == 0 ? "" : ", ", origin_names[o],
                       survival_share(count->survived, count->suffered),
                       survival_share(count->survived_sure, count->suffered));
            }
        }
        printf("}");
    }
    printf("},\n  \"mean\": {");
    for (size_t o = 0; o < ORIGINS; o++) {
        printf("%s\"%s\": %.2f", o == 0 ? "" : ", ", origin_names[o], survival_mean(survival, o));
    }
    printf("}, \"spread\": %.2f}\n", survival_spread(survival));
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
    static struct survival table;
    err_t err = arguments_read(argc, argv, &arguments);
    if (err == OK && arguments.help) {
        return 0;
    }
    const struct match_set *set = match_set_find(arguments.set);
    if (err == OK && set == NULL) {
        err = err_set(ERR_INPUT, "no key set of that name");
    }
    if (err == OK) {
        err = survival_measure(set, (size_t)arguments.children, (uint64_t)arguments.seed, &table);
    }
    if (err == OK) {
        (arguments.json ? print_json : print_table)(&table);
    }
    if (err != OK) {
        fprintf(stderr, "fairness: %s\n", err_detail());
        return 2;
    }
    return 0;
}
